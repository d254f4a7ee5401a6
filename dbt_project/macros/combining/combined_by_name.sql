{% macro combined_by_name(relations, columns, renamed) -%}
    with
        {% for source, relation in relations.items() -%}
            {{ quoted(source ~ "_rows") }} as (
                select {{ all_columns_renamed(renamed.get(source, {})) }}, {{ sql_literal(source) }} as _source
                from {{ relation }} as _rows
            ),

        {% endfor -%}
        combined as (
            {% for source in relations -%}
                select * from {{ quoted(source ~ "_rows") }}
                {{ union_all_by_name() if not loop.last }}
            {% endfor %}
        ),

        chosen as (
            select {% if columns -%} {{ quoted_names(columns) }}, _source {%- else -%} * {%- endif %}
            from combined
        )

    select *
    from chosen
{%- endmacro %}

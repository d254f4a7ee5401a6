{% macro combine(relations, columns=none) -%}
    {#- `columns`: only these, missing ones NULL; default all. -#}
    {%- if columns is none or ("_file_id" in columns and "_row_number" in columns) -%} {{ batched_by_file(relations.values() | list) }} {%- endif %}
    with
        {% for name, relation in relations.items() -%}
            {{ name }}_rows as (select *, '{{ name }}' as _source from {{ relation }}),

        {% endfor -%}
        combined as (
            {% for name in relations -%}
                select * from {{ name }}_rows
                {{ union_all_by_name() if not loop.last }}
            {% endfor %}
        ),

        chosen as (select {{ "*" if columns is none else (columns + ["_source"]) | join(", ") }} from combined)

    select *
    from chosen
{%- endmacro %}

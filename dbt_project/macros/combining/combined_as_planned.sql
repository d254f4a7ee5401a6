{% macro combined_as_planned(relations, plan) -%}
    {%- set kept = plan | rejectattr("type", "none") | list -%}
    with
        {% for each in kept if stated(each) | trim -%} -- {{ stated(each) | trim }}
        {% endfor -%}
        {% for source, relation in relations.items() -%}
            {{ quoted(source ~ "_rows") }} as (
                select
                    {% for each in kept -%}
                        {{ planned_value(each, source) }} as {{ quoted(each.name) }},
                    {% endfor -%}
                    {{ sql_literal(source) }} as _source,
                from {{ relation }} as _rows
            ),

        {% endfor -%}
        combined as (
            {% for source in relations -%}
                select * from {{ quoted(source ~ "_rows") }}
                {{ "union all" if not loop.last }}
            {% endfor %}
        )

    select *
    from combined
{%- endmacro %}

{% macro stated(each) -%}
    {#- What was reconciled in a column, in words; nothing where there was nothing to reconcile. -#}
    {%- set met, missing = [], [] -%}
    {%- for source, origin in each.origins.items() -%}
        {%- if not origin -%} {%- do missing.append(source) -%}
        {%- elif origin.type != each.type -%} {%- do met.append(source ~ " " ~ origin.type) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if met or missing -%}
        {{ each.name }}: {{ each.type }}
        {%- if met %}, from {{ met | join(", ") }} {%- endif -%}
        {%- if missing %}, missing in {{ missing | join(", ") }} {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro listed_plan(plan) -%}
    {% for each in plan -%}
        {%- set is_last_column = loop.last -%}
        {% for source, origin in each.origins.items() -%}
            select
                {{ sql_literal(each.name) }} as column_name,
                {{ sql_literal(source) }} as source,
                {{ sql_literal(origin.column) if origin else "cast(null as varchar)" }} as source_column,
                {{ sql_literal(origin.type) if origin else "cast(null as varchar)" }} as source_type,
                {{ sql_literal(each.type) if each.type else "cast(null as varchar)" }} as combined_type,
                {{ sql_literal(status_in_plan(each, origin)) }} as status
            {{ "union all" if not (is_last_column and loop.last) }}
        {% endfor -%}
    {%- endfor %}
{%- endmacro %}

{% macro status_in_plan(each, origin) -%}
    {%- if not origin -%} {{ return("missing") }}
    {%- elif each.type is none -%} {{ return("left_out") }}
    {%- else -%} {{ return("as_is" if origin.type == each.type else "cast") }}
    {%- endif -%}
{%- endmacro %}

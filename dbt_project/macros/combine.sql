{% macro combine(relations, columns=none, renamed={}, types={}) -%}
    {%- set chosen = (columns or []) | map("lower") | list -%}
    {%- if columns is none or ("_file_id" in chosen and "_row_number" in chosen) -%}
        {{ batched_by_file(relations.values() | list, by_row=true) }}
    {%- endif %}
    {% set met = columns_of_relations(relations) -%}
    {%- if none in met.values() -%}
        {{ combined_by_name(relations, columns, renamed) }}
    {%- else -%}
        {{ combined_as_planned(relations, plan_of_combination(met, columns, renamed, types)) }}
    {%- endif %}
    {{ end_of_batched() }}
{%- endmacro %}

{% macro columns_of_combination(relations, columns=none, renamed={}, types={}) -%}
    {#- What `combine` makes of the columns: one row for each column and source. -#}
    {%- set met = columns_of_relations(relations) -%}
    {%- if none in met.values() -%}
        {{ no_rows(["column_name", "source", "source_column", "source_type", "combined_type", "status"]) }}
    {%- else -%} {{ listed_plan(plan_of_combination(met, columns, renamed, types)) }}
    {%- endif -%}
{%- endmacro %}

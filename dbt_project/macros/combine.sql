{% macro combine(relations, columns=none, renamed={}, types={}) -%}
    {%- if keep_places(columns, renamed) -%}
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

{% macro keep_places(columns, renamed) -%}
    {#- Whether each row still has the file and the row number that it came from. -#}
    {%- set chosen, changed = (columns or ["_file_id", "_row_number"]) | map("lower") | list, [] -%}
    {%- for names in renamed.values() -%} {%- do changed.extend((names.keys() | list) + (names.values() | list)) -%} {%- endfor -%}
    {%- set changed = changed | map("lower") | list -%}
    {{ return("_file_id" in chosen and "_row_number" in chosen and "_file_id" not in changed and "_row_number" not in changed) }}
{%- endmacro %}

{% macro columns_of_combination(relations, columns=none, renamed={}, types={}) -%}
    {#- What `combine` makes of the columns: one row for each column and source. -#}
    {%- set met = columns_of_relations(relations) -%}
    {%- if none in met.values() -%}
        {{ no_rows(["column_name", "source", "source_column", "source_type", "combined_type", "status"]) }}
    {%- else -%} {{ listed_plan(plan_of_combination(met, columns, renamed, types)) }}
    {%- endif -%}
{%- endmacro %}

{% macro combine(relations, columns=none, renamed={}, types={}) -%}
    {%- if columns is none or ("_file_id" in columns and "_row_number" in columns) -%} {{ batched_by_file(relations.values() | list) }} {%- endif %}
    {% set met = columns_of_relations(relations) -%}
    {%- if none in met.values() -%}
        {{ combined_by_name(relations, columns, renamed) }}
    {%- else -%}
        {{ combined_as_planned(relations, plan_of_combination(met, columns, renamed, types)) }}
    {%- endif -%}
{%- endmacro %}

{% macro columns_of_combination(relations, columns=none, renamed={}, types={}) -%}
    {#- What `combine` makes of the columns: one row for each column and source. -#}
    {%- set met = columns_of_relations(relations) -%}
    {%- if none in met.values() -%}
        {{ no_rows(["column_name", "source", "source_column", "source_type", "combined_type", "status"]) }}
    {%- else -%} {{ listed_plan(plan_of_combination(met, columns, renamed, types)) }}
    {%- endif -%}
{%- endmacro %}

{% macro columns_of_relations(relations) -%}
    {#- By source the type of each column; none where they cannot be known: when dbt only parses, and in unit tests,
        where a relation is a common table of the very query. -#}
    {%- set met = {} -%}
    {%- for source, relation in relations.items() -%}
        {%- set is_known = execute and (relation is string or not relation.is_cte) -%}
        {%- do met.update({source: types_of_columns(relation) if is_known else none}) -%}
    {%- endfor -%}
    {{ return(met) }}
{%- endmacro %}

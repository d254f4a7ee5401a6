{% macro replaced_rows(plan) -%}
    {#- The rows that give way, as what is joined to the table. A join, because DuckDB compares what a subquery refers to
        outside by `is not distinct from`, and then leaves out no row group. -#}
    {%- if plan["replaces"] == "rows" -%}
        {{ likely_places(batch_table("places")) }}
        where {{ is_in_places("stands." ~ plan["place"][0], "stands." ~ plan["place"][1], batch_table("places")) }}
    {%- elif plan["replaces"] == "runs" -%} {{ batch_table("files") }} as files where stands.run_id = files.run_id
    {%- else -%} {{ batch_table("files") }} as files where stands.{{ plan["place"][0] }} = files.file_id
    {%- endif -%}
{%- endmacro %}

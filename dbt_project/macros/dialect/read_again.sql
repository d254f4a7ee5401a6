{% macro read_again() -%} {{ return(adapter.dispatch("read_again", "tidemill")()) }} {%- endmacro %}

{% macro duckdb__read_again() -%}
    {#- Spark has no word for it and never keeps a CTE's rows. DuckDB keeps those of a CTE that is read twice, with all
        their columns. -#}
    as not materialized
{%- endmacro %}

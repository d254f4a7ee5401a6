{% macro is_referenced(relation) -%} {{ return(adapter.dispatch("is_referenced", "tidemill")(relation)) }} {%- endmacro %}

{% macro duckdb__is_referenced(relation) -%}
    {#- Spark has no foreign keys. Whether another table's foreign key points to a table of this name. -#}
    {%- set pointing -%}
        select count(*)
        from duckdb_constraints()
        where
            database_name = {{ sql_literal(relation.database) }}
            and constraint_type = 'FOREIGN KEY'
            and lower(referenced_table) = {{ sql_literal(relation.identifier | lower) }}
    {%- endset -%}
    {{ return(run_query(pointing).columns[0].values() | first > 0) }}
{%- endmacro %}

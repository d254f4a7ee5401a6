{% macro table_mark(relation) -%} {{ return(adapter.dispatch("table_mark", "tidemill")(relation)) }} {%- endmacro %}

{% macro duckdb__table_mark(relation) -%}
    {#- Spark: show tblproperties. What Tidemill has noted in a table, as a query of one text; it goes with the table. -#}
    select comment
    from duckdb_tables()
    where
        database_name = {{ sql_literal(relation.database) }}
        and schema_name = {{ sql_literal(relation.schema) }}
        and table_name = {{ sql_literal(relation.identifier) }}
{%- endmacro %}

{% macro set_table_mark(relation, text) -%}
    {{ return(adapter.dispatch("set_table_mark", "tidemill")(relation, text)) }}
{%- endmacro %}

{% macro duckdb__set_table_mark(relation, text) -%}
    {#- Spark: alter table … set tblproperties. -#}
    comment on table {{ relation }} is {{ sql_literal(text) }}
{%- endmacro %}

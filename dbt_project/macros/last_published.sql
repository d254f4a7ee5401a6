{% macro last_published(model) -%}
    {#- A model's rows as readers see them: those of the last run that published it; none where none has. A column that
        is new since then is NULL. In a unit test the model is a common table, which nobody publishes. -#}
    {%- set file = env_var("TIDEMILL_WAREHOUSE", "../warehouse") ~ "/published.duckdb" -%}
    (
        select * from {{ model }} where false
        {% if execute and not model.is_cte and is_published(file, model) -%}
            {{ union_all_by_name() }} select * from last_published.{{ model.include(database=false) }}
        {%- endif %}
    )
{%- endmacro %}

{% macro is_published(file, model) -%}
    {%- if run_query("select 1 from glob(" ~ sql_literal(file) ~ ")") | length == 0 -%} {{ return(false) }} {%- endif -%}
    {%- do run_query("attach if not exists " ~ sql_literal(file) ~ " as last_published (read_only)") -%}
    {%- set named = "database_name = 'last_published' and schema_name = " ~ sql_literal(model.schema) -%}
    {%- set tables = "select 1 from duckdb_tables() where " ~ named ~ " and table_name = " ~ sql_literal(model.identifier) -%}
    {{ return(run_query(tables) | length > 0) }}
{%- endmacro %}

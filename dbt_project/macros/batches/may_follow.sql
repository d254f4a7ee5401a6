{% macro may_follow(plan, relation) -%}
    {#- Whether a batch can replace rows of the table. Not where a foreign key points to them: dbt makes the tables with such
        keys anew. Nor in an attached database: no transaction writes to it and to `batches.changed_rows`. -#}
    {{ return(plan is not none and is_in_warehouse(relation) and not is_referenced(relation)) }}
{%- endmacro %}

{% macro is_in_warehouse(relation) -%} {{ return(relation.database == one_value("select current_database()")) }} {%- endmacro %}

{% macro is_one_table(relation) -%}
    {#- Only a table can be cut to a batch; a subquery or a list of tables cannot. -#}
    {{ return(modules.re.fullmatch('"[^"]+"[.]"[^"]+"[.]"[^"]+"', relation | string) is not none) }}
{%- endmacro %}

{% macro are_tables(relations) -%}
    {%- for relation in relations if not is_one_table(relation) -%} {{ return(false) }} {%- endfor -%}
    {{ return(true) }}
{%- endmacro %}

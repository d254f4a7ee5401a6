{% macro raw_text(name, rules) -%}
    {#- The column of the raw table (`from`, default: the same name), or one value inside its JSON (`path`). -#}
    {%- set column = "cast(" ~ raw_column(name, rules) ~ " as " ~ dbt.type_string() ~ ")" -%}
    {{ json_text(column, sql_literal(rules["path"])) if "path" in rules else column }}
{%- endmacro %}

{% macro raw_column(name, rules) -%} {{ return("raw_rows." ~ adapter.quote(rules.get("from", name))) }} {%- endmacro %}

{% macro raw_text(name, rules) -%}
    {#- The column of the raw table (`from`, default: the same name), or one value inside its JSON (`path`). -#}
    {%- set column = cell_text(raw_column(name, rules)) -%}
    {{ json_text(column, sql_literal(rules["path"])) if "path" in rules else column }}
{%- endmacro %}

{% macro has_broken_json(name, rules) -%}
    {#- A cell out of which a path can take nothing, because it is neither JSON nor a word for nothing. -#}
    {%- set cell = "trim(" ~ cell_text(raw_column(name, rules)) ~ ")" -%}
    not {{ is_json(cell) }} and not {{ is_word_for_nothing(cell, rules) }}
{%- endmacro %}

{% macro no_raw_value(name, rules) -%}
    {#- NULL of the raw column's type, wherever in `clean`. Its typeof is a constant once the statement is bound. -#}
    {{ return("(select " ~ quoted(rules.get("from", name)) ~ " from raw_types)") }}
{%- endmacro %}

{% macro raw_column(name, rules) -%} {{ return("raw_rows." ~ quoted(rules.get("from", name))) }} {%- endmacro %}

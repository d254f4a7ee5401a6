{#- A code is 'column:rule:raw column:path:version of the rule', and of a problem also what was expected; raw column and
    path are empty where the raw column has the same name. Codes are joined by commas. -#}

{% macro code(name, rules, rule, expected=none) -%}
    {%- set place = [encoded(rules.get("from", "")), encoded(rules.get("path", ""))] -%}
    {%- set parts = [name, rule] + place + [cleaning_rule_versions()[rule]] -%}
    {%- if expected is not none -%} {%- do parts.append(encoded(expected)) -%} {%- endif -%}
    {{ return(sql_literal(parts | join(":") ~ ",")) }}
{%- endmacro %}

{% macro encoded(text) -%}
    {{ return(text | replace("%", "%25") | replace(":", "%3A") | replace(",", "%2C")) }}
{%- endmacro %}

{% macro decoded(text) -%} replace(replace(replace({{ text }}, '%2C', ','), '%3A', ':'), '%25', '%') {%- endmacro %}

{% macro coded(name, rules, rule, condition) -%}
    {{ return("case when " ~ condition ~ " then " ~ code(name, rules, rule) ~ " else '' end") }}
{%- endmacro %}

{% macro joined_codes(any, codes) -%}
    {#- Each with a comma behind it; NULL where nothing can have happened. -#}
    {%- if not codes -%} cast(null as {{ dbt.type_string() }})
    {%- else -%} case when {{ any | join(" or ") }} then {{ joined_texts(codes) }} end
    {%- endif -%}
{%- endmacro %}

{% macro without_last_comma(codes) -%}
    {#- NULL where nothing happened, which most rows compress to nothing. The codes are a column: DuckDB's `nullif` goes
        through its first argument twice, and what stands in a CASE is not made once for both. -#}
    case when {{ codes }} <> '' then {{ without_last_letter(codes) }} end
{%- endmacro %}

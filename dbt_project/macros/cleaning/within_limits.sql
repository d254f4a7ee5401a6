{% macro within_limits(value, rules) -%}
    {#- Declared ranges and enumerations; a NULL is within them. -#}
    {%- set limits = ["true"] -%}
    {%- if "minimum" in rules -%} {%- do limits.append(value ~ " >= " ~ sql_literal(rules["minimum"])) -%} {%- endif -%}
    {%- if "maximum" in rules -%} {%- do limits.append(value ~ " <= " ~ sql_literal(rules["maximum"])) -%} {%- endif -%}
    {%- if "accepted" in rules and base_type(rules) != "enumeration" -%}
        {%- do limits.append(is_one_of(value, rules["accepted"], is_number(rules))) -%}
    {%- endif -%}
    coalesce({{ limits | join(" and ") }}, true)
{%- endmacro %}

{% macro has_limits(rules) -%}
    {{ return("minimum" in rules or "maximum" in rules or ("accepted" in rules and base_type(rules) != "enumeration")) }}
{%- endmacro %}

{% macro accepted_value(name, rules) -%}
    {%- set value = quoted(name ~ "__value") -%}
    {%- if has_limits(rules) -%} case when {{ within_limits(value, rules) }} then {{ value }} end {%- else -%} {{ value }} {%- endif -%}
{%- endmacro %}

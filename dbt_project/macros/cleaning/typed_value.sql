{% macro typed_value(text, rules) -%}
    {%- set type = base_type(rules) -%}
    {%- if type == "text" -%} {{ text }}
    {%- elif type == "integer" -%} try_cast({{ text }} as bigint)
    {%- elif type == "decimal" -%} try_cast({{ text }} as {{ rules["type"] }})
    {%- else -%} try_cast({{ text }} as {{ type }})
    {%- endif -%}
{%- endmacro %}

{% macro within_limits(value, rules) -%}
    {#- Declared ranges and enumerations; a NULL is within them. -#}
    {%- set limits = ["true"] -%}
    {%- if "minimum" in rules -%} {%- do limits.append(value ~ " >= " ~ sql_literal(rules["minimum"])) -%} {%- endif -%}
    {%- if "maximum" in rules -%} {%- do limits.append(value ~ " <= " ~ sql_literal(rules["maximum"])) -%} {%- endif -%}
    {%- if "accepted" in rules -%}
        {%- set accepted = [] -%}
        {%- for each in rules["accepted"] -%} {%- do accepted.append(sql_literal(each)) -%} {%- endfor -%}
        {%- do limits.append(value ~ " in (" ~ accepted | join(", ") ~ ")") -%}
    {%- endif -%}
    coalesce({{ limits | join(" and ") }}, true)
{%- endmacro %}

{% macro accepted_value(name, rules) -%}
    {%- set value = adapter.quote(name ~ "__value") -%}
    {%- if "minimum" in rules or "maximum" in rules or "accepted" in rules -%}
        case when {{ within_limits(value, rules) }} then {{ value }} end
    {%- else -%} {{ value }}
    {%- endif -%}
{%- endmacro %}

{% macro limits_of(value, rules) -%}
    {#- Rule -> what a value within the declared limits fulfils; a NULL does so, too. -#}
    {%- set limits, range = {}, [] -%}
    {%- if "minimum" in rules -%} {%- do range.append(value ~ " >= " ~ sql_literal(rules["minimum"])) -%} {%- endif -%}
    {%- if "maximum" in rules -%} {%- do range.append(value ~ " <= " ~ sql_literal(rules["maximum"])) -%} {%- endif -%}
    {%- if range -%} {%- do limits.update({"range": "coalesce(" ~ range | join(" and ") ~ ", true)"}) -%} {%- endif -%}
    {%- if "accepted" in rules and base_type(rules) != "enumeration" -%}
        {%- set is_accepted = is_one_of(value, rules["accepted"], is_number(rules)) -%}
        {%- do limits.update({"accepted": "coalesce(" ~ is_accepted ~ ", true)"}) -%}
    {%- endif -%}
    {{ return(limits) }}
{%- endmacro %}

{% macro accepted_value(name, rules) -%}
    {%- set value = quoted(name ~ "__value") -%}
    {%- set limits = limits_of(value, rules).values() -%}
    {{ return("case when " ~ limits | join(" and ") ~ " then " ~ value ~ " end" if limits else value) }}
{%- endmacro %}

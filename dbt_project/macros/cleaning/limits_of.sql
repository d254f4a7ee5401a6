{% macro limits_of(value, rules) -%}
    {#- Rule -> what a value within the declared limits fulfils; a NULL does so, too. -#}
    {%- set limits, range = {}, [] -%}
    {%- if "minimum" in rules -%} {%- do range.append(value ~ " >= " ~ exact_limit(rules["minimum"], rules)) -%} {%- endif -%}
    {%- if "maximum" in rules -%} {%- do range.append(value ~ " <= " ~ exact_limit(rules["maximum"], rules)) -%} {%- endif -%}
    {%- if range -%} {%- do limits.update({"range": "coalesce(" ~ range | join(" and ") ~ ", true)"}) -%} {%- endif -%}
    {%- if "accepted" in rules and base_type(rules) != "enumeration" -%}
        {%- set is_accepted = is_one_of(value, rules["accepted"], is_number(rules)) -%}
        {%- do limits.update({"accepted": "coalesce(" ~ is_accepted ~ ", true)"}) -%}
    {%- endif -%}
    {{ return(limits) }}
{%- endmacro %}

{% macro exact_limit(declared, rules) -%}
    {#- 1e18 would be a double, beside which a whole number or a decimal becomes one as well. -#}
    {%- set largest = 10 ** (38 - (decimal_scale(rules) or 0)) if base_type(rules) in ("integer", "decimal") else 0 -%}
    {%- set is_whole = declared is float and declared | abs < largest and declared == declared | int -%}
    {{ return(sql_literal(declared | int if is_whole else declared)) }}
{%- endmacro %}

{% macro accepted_value(name, rules) -%}
    {%- set value = quoted(name ~ "__value") -%}
    {%- set limits = limits_of(value, rules).values() -%}
    {{ return("case when " ~ limits | join(" and ") ~ " then " ~ value ~ " end" if limits else value) }}
{%- endmacro %}

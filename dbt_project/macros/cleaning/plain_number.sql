{% macro plain_number(raw, rules) -%}
    {%- set mark, type = mark_of("", rules), base_type(rules) -%}
    {%- set more_digits = {"double": 14, "integer": 17}.get(type, decimal_digits(rules)[0] - 1) -%}
    {#- Only a double has a -0. -#}
    {%- set whole = ("-?0" if type == "double" else "0") ~ ("|-?[1-9]\\d{0," ~ more_digits ~ "}" if more_digits > 0 else "") -%}
    {%- set digits = "\\d+" if type == "double" else "\\d{1," ~ (decimal_scale(rules) or 1) ~ "}" -%}
    {%- if type == "integer" or mark == "," or (type == "decimal" and decimal_scale(rules) == 0) -%} {{ return(matches(raw, whole)) }}
    {%- elif mark == "evidence" and (type == "double" or decimal_scale(rules) > 2) -%}
        {%- set digits = "\\d{1,2}|\\d{4,}" if type == "double" else "\\d{1,2}|\\d{4," ~ ([4, decimal_scale(rules)] | max) ~ "}" -%}
        {%- set digits = "\\d{1,2}" if type == "decimal" and decimal_scale(rules) == 3 else digits -%}
    {%- endif -%}
    {%- set fraction = "|-0[.]\\d{0," ~ (decimal_scale(rules) - 1) ~ "}[1-9]" if type == "decimal" else "" -%}
    {%- set shape = matches(raw, "(?:" ~ whole ~ ")([.](" ~ digits ~ "))?" ~ fraction) -%}
    {#- 15 digits are always the same double; more may be rounded. -#}
    {{ return(shape ~ " and " ~ byte_length(raw) ~ " <= 16" if type == "double" else shape) }}
{%- endmacro %}

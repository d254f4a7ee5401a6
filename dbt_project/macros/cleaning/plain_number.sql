{% macro plain_number(raw, rules) -%}
    {%- set mark, type, scale = mark_of("", rules), base_type(rules), decimal_scale(rules) -%}
    {%- set whole = plain_whole(rules) -%}
    {%- if type == "integer" or mark == "," or scale == 0 -%} {{ return(matches(raw, whole)) }} {%- endif -%}
    {%- set below_one = "|-0[.]\\d{0," ~ (scale - 1) ~ "}[1-9]" if type == "decimal" else "" -%}
    {%- set shape = matches(raw, "(?:" ~ whole ~ ")([.](" ~ plain_fraction(mark, rules) ~ "))?" ~ below_one) -%}
    {#- 15 digits are always the same double; more may be rounded. -#}
    {{ return(shape ~ " and " ~ byte_length(raw) ~ " <= 16" if type == "double" else shape) }}
{%- endmacro %}

{% macro plain_whole(rules) -%}
    {#- Only a double has a -0. -#}
    {%- set type = base_type(rules) -%}
    {%- set more_digits = {"double": 14, "integer": 17}.get(type, decimal_digits(rules)[0] - 1) -%}
    {%- set zero = "-?0" if type == "double" else "0" -%}
    {{ return(zero ~ "|-?[1-9]\\d{0," ~ more_digits ~ "}" if more_digits > 0 else zero) }}
{%- endmacro %}

{% macro plain_fraction(mark, rules) -%}
    {#- Three digits behind a mark that is not known may be a thousand. -#}
    {%- set scale, is_known = decimal_scale(rules), mark != "evidence" -%}
    {%- if base_type(rules) == "double" -%} {{ return("\\d+" if is_known else "\\d{1,2}|\\d{4,}") }}
    {%- elif is_known or scale <= 2 -%} {{ return("\\d{1," ~ scale ~ "}") }}
    {%- endif -%}
    {{ return("\\d{1,2}|\\d{4," ~ scale ~ "}" if scale > 3 else "\\d{1,2}") }}
{%- endmacro %}

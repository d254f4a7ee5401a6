{% macro typed_number(text, is_plain, rules) -%}
    {%- set type = {"integer": "bigint", "decimal": rules["type"], "double": "double"}[base_type(rules)] -%}
    {%- set value = number_of(text, is_plain, type) -%}
    {%- if type == "double" -%}
        {%- set is_short = byte_length(text) ~ " <= 308 and " ~ text ~ " not like '%e%'" -%}
        {%- set value = finite(value, is_plain ~ " or (" ~ is_short ~ ")") -%}
    {%- endif -%}
    {%- if "units" not in rules -%} {{ return(value) }} {%- endif -%}
    {{ return("case when " ~ text ~ " like '%*%' then " ~ product_of(text, type) ~ " else " ~ value ~ " end") }}
{%- endmacro %}

{% macro product_of(text, type) -%}
    {#- A number times the factor of its unit, as doubles. -#}
    {%- set factors = [] -%}
    {%- for place in (1, 2) -%}
        {%- do factors.append("cast(split_part(" ~ text ~ ", '*', " ~ place ~ ") as double)") -%}
    {%- endfor -%}
    {%- set product = try_cast_to(finite(factors | join(" * "), "false"), "varchar") -%}
    {{ return(number_of(product, "false", type)) }}
{%- endmacro %}

{% macro number_of(text, is_plain, type) -%}
    {%- if type == "double" -%} {{ return(try_cast_to(text, type)) }} {%- endif -%}
    case
        when {{ is_plain }} or {{ text }} not like '%e%'
        then {{ exact_number(text, is_plain, type) }}
        else {{ exact_number(without_power(text), "false", type) }}
    end
{%- endmacro %}

{% macro exact_number(text, is_plain, type) -%}
    {{ return(whole_number(text, is_plain) if type == "bigint" else try_cast_to(text, type)) }}
{%- endmacro %}

{% macro whole_number(text, is_plain) -%}
    {#- 12.0 is a whole number and 12.5 none, which a cast would round. -#}
    case
        when {{ is_plain }}
        then try_cast({{ text }} as bigint)
        when {{ matches(text, "[+-]?\\d+(?:[.]0*)?") }}
        then try_cast(split_part({{ text }}, '.', 1) as bigint)
        when {{ matches(text, "[+-]?[.]0+") }}
        then 0
    end
{%- endmacro %}

{% macro without_power(text) -%}
    {#- 0.098 for 98e-3, which DuckDB's cast to a decimal rounds digit after digit: to 0.1, and that to 1 where it keeps
        none. -#}
    {%- set number = "replace(split_part(" ~ text ~ ", 'e', 1), '-', '')" -%}
    {%- set power = "try_cast(split_part(" ~ text ~ ", 'e', 2) as integer)" -%}
    {%- set digits = "replace(" ~ number ~ ", '.', '')" -%}
    {%- set place = "(length(split_part(" ~ number ~ ", '.', 1)) + " ~ power ~ ")" -%}
    {%- set before = "repeat('0', greatest(-" ~ place ~ ", 0))" -%}
    {%- set behind = "repeat('0', greatest(" ~ place ~ " - length(" ~ digits ~ "), 0))" -%}
    {%- set filled = "(" ~ before ~ " || " ~ digits ~ " || " ~ behind ~ ")" -%}
    {%- set sign = "case when " ~ text ~ " like '-%' then '-0' else '0' end" -%}
    {%- set whole = "left(" ~ filled ~ ", greatest(" ~ place ~ ", 0))" -%}
    {%- set fraction = "substr(" ~ filled ~ ", greatest(" ~ place ~ ", 0) + 1)" -%}
    {{ return("(" ~ sign ~ " || " ~ whole ~ " || '.' || " ~ fraction ~ ")") }}
{%- endmacro %}

{% macro finite(double, is_certain) -%}
    {#- A cast makes an infinity of digits that are too many for a double. -#}
    case when {{ is_certain }} or abs({{ double }}) <= 1.7976931348623157e308 then {{ double }} end
{%- endmacro %}

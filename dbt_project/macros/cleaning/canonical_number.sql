{% macro canonical_number(name, text, rules) -%}
    {%- set mark = mark_of(name, rules) -%}
    case
        {% if has_declared_comma(name, rules) -%}
            when not {{ is_text(no_raw_value(name, rules)) }} and {{ matches(text, number_shape(".", rules)) }}
            then {{ read_number(text, ".", rules) }}
        {% endif -%}
        {% if mark == "evidence" -%}
            when {{ matches(text, two_readings(rules)) }}
            then
                case
                    when {{ quoted(name ~ "__reading") }} = ','
                    then {{ read_number(text, ",", rules) }}
                    else {{ read_number(text, ".", rules) }}
                end
        {% endif -%}
        {%- for each in (".", ",") if mark in (each, "either", "evidence") -%}
            when {{ matches(text, number_shape(each, rules)) }}
            then {{ read_number(text, each, rules) }}
        {% endfor -%}
    end
{%- endmacro %}

{% macro mark_of(name, rules) -%}
    {#- Which mark stands before the fraction: as declared, 'either' where 1.234 can be read in one way only, or
        'evidence', which the values of the file must give. JSON knows the point only. -#}
    {%- set others = {",": ".", ".": ",", "": "either", " ": "either", "'": "either"} -%}
    {%- set mark = rules.get("decimal_mark", "." if "path" in rules else "auto") -%}
    {{ return(others.get(rules.get("thousands_mark"), "evidence") if mark == "auto" else mark) }}
{%- endmacro %}

{% macro has_declared_comma(name, rules) -%}
    {#- What a typed file holds has a point, whatever mark the texts of its source have. -#}
    {{ return(is_number(rules) and "path" not in rules and mark_of(name, rules) == ",") }}
{%- endmacro %}

{% macro number_shape(decimal_mark, rules) -%}
    {#- Digits, in groups of three (with commas also of two before the last three, as in India) with one mark between them.
        What has such groups with points is a version or an address, and no number. -#}
    {%- set marks = ["," if decimal_mark == "." else ".", " ", "'"] -%}
    {%- set marks = [rules["thousands_mark"]] if "thousands_mark" in rules else marks -%}
    {%- set wholes = [] -%}
    {%- for mark in marks if mark and mark != decimal_mark -%}
        {%- set between = "[" ~ (mark | replace("'", "''’")) ~ "]" -%}
        {%- do wholes.append("[1-9]\\d{0,2}(?:" ~ between ~ "\\d{3})+") -%}
        {%- if mark == "," -%} {%- do wholes.append("[1-9]\\d?(?:,\\d{2})+,\\d{3}") -%} {%- endif -%}
    {%- endfor -%}
    {#- Whoever writes 1,234E+03 writes no thousands: behind groups the only power of ten is that of a unit or per cent. -#}
    {%- set fraction, power = "[" ~ decimal_mark ~ "]\\d+", "(?:[eE][+-]?\\d{1,4})?" -%}
    {%- set power_of_groups = "(?:e-?\\d{4})?" if "units" in rules or "percent" in rules else "" -%}
    {%- set grouped = "|(?:" ~ wholes | join("|") ~ ")(?:" ~ fraction ~ ")?" ~ power_of_groups if wholes else "" -%}
    {{ return("[+-]?(?:(?:\\d+(?:" ~ fraction ~ ")?|" ~ fraction ~ ")" ~ power ~ grouped ~ ")(?:[*][0-9.e-]+)?") }}
{%- endmacro %}

{% macro two_readings(rules) -%}
    {#- 1.234 and 1,234: a fraction or a thousand. -#}
    {%- set factor = "(?:e-?\\d{4}|[*].*)?" if "units" in rules or "percent" in rules else "" -%}
    {{ return("[+-]?[1-9]\\d{0,2}[.,]\\d{3}" ~ factor) }}
{%- endmacro %}

{% macro read_number(text, decimal_mark, rules) -%}
    {#- Digits with a point, whatever marks they had; the factor of a unit stays behind them. -#}
    {%- set number = "split_part(" ~ text ~ ", '*', 1)" if "units" in rules else text -%}
    {%- set digits = replaced(number, "[, ''’]" if decimal_mark == "." else "[. ''’]", "") -%}
    {%- set digits = digits if decimal_mark == "." else "replace(" ~ digits ~ ", ',', '.')" -%}
    {%- set digits = "replace(" ~ digits ~ ", 'E', 'e')" -%}
    {%- set digits = replaced(digits, "^[+]?(-?)0*([0-9])", "\\1\\2") -%}
    {{ return(digits ~ " || substr(" ~ text ~ ", length(" ~ number ~ ") + 1)" if "units" in rules else digits) }}
{%- endmacro %}

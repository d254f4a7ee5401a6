{% macro mark_of(name, rules) -%}
    {#- Which mark stands before the fraction: as declared, 'either' where 1.234 can be read in one way only, or
        'evidence', which the values of the file must give. JSON knows the point only. -#}
    {%- set other = {",": ".", ".": ",", "": "either", " ": "either", "'": "either"}.get(rules.get("thousands_mark"), "evidence") -%}
    {%- set mark = rules.get("decimal_mark", "." if "path" in rules else "auto") -%}
    {{ return(other if mark == "auto" else mark) }}
{%- endmacro %}

{% macro has_declared_comma(name, rules) -%}
    {#- What a typed file holds has a point, whatever mark the texts of its source have. -#}
    {{ return(is_number(rules) and "path" not in rules and mark_of(name, rules) == ",") }}
{%- endmacro %}

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

{% macro number_steps(text, rules) -%}
    {#- What stands around the digits is taken off, or becomes a sign or a factor: -5, 5e-2, 5*0.45. -#}
    {%- set steps, now = [], namespace(text=text) -%}
    {%- set marks = rules.get("currency", ["$", "€", "£", "¥", "EUR", "USD", "GBP", "CHF", "JPY"]) -%}
    {%- set percent = power_of_ten(-2) if rules.get("percent") == "fraction" else "" -%}
    {%- set negative = replaced(text, "^−", "-") -%}
    {%- if "brackets" in rules.get("negative", []) -%} {%- set negative = replaced(negative, "^\\((.*)\\)$", "-\\1") -%} {%- endif -%}
    {%- if "trailing" in rules.get("negative", []) -%} {%- set negative = replaced(negative, "^([^-].*)-$", "-\\1") -%} {%- endif -%}
    {%- set changes = [["negative", negative]] -%}
    {%- if marks -%}
        {%- set mark = "(?:" ~ escaped(marks) | join("|") ~ ")" -%}
        {%- set before = mark ~ " *([+-]?\\d)|(?:" ~ before_point(marks) | join("|") ~ ")([+-]?[.,])" -%}
        {%- set bare = replaced(negative, "^([+-]?)(?:" ~ before ~ ")|^([+-]) +| *" ~ mark ~ "$", "\\1\\2\\3\\4") -%}
        {%- do changes.append(["currency", bare]) -%}
    {%- endif -%}
    {%- if "percent" in rules -%} {%- do changes.append(["percent", replaced(changes[-1][1], " ?%$", percent)]) -%} {%- endif -%}
    {%- for unit, factor in rules.get("units", {}).items() -%}
        {%- do changes.append(["unit", replaced(changes[-1][1], "^([^*]*[0-9]) ?" ~ escaped([unit])[0] ~ "$", "\\1" ~ times(factor))]) -%}
    {%- endfor -%}
    {%- for rule, after in changes -%}
        {%- do steps.append({"rule": rule, "before": now.text, "after": after}) -%}
        {%- set now.text = after -%}
    {%- endfor -%}
    {{ return(steps) }}
{%- endmacro %}

{% macro before_point(marks) -%}
    {#- What may stand before .50: the point of kr.500 ends the word, and is none of the number. -#}
    {%- set found = [] -%}
    {%- for mark in marks -%} {%- do found.append(escaped([mark])[0] ~ (" +" if modules.re.search("\\w$", mark) else " *")) -%} {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro times(factor) -%}
    {#- How a factor stands behind a number: exact where it is a power of ten. -#}
    {%- set found = namespace(text="*" ~ factor) -%}
    {%- for power in range(-15, 16) if factor == 10**power -%} {%- set found.text = power_of_ten(power) -%} {%- endfor -%}
    {{ return("" if factor == 1 else found.text) }}
{%- endmacro %}

{% macro power_of_ten(power) -%}
    {#- Of four digits, which no file writes: what stands before it may be in groups of thousands, unlike 1,234e3. -#}
    {{ return("e" ~ "%05d" % power if power < 0 else "e" ~ "%04d" % power) }}
{%- endmacro %}

{% macro escaped(words) -%}
    {%- set found = [] -%}
    {%- for word in words -%} {%- do found.append(modules.re.escape(word) | replace("'", "''")) -%} {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro bare_number(text, rules) -%}
    case when {{ matches(text, "[+-]?[0-9][0-9.,]*") }} then {{ text }} else {{ number_steps(text, rules)[-1].after }} end
{%- endmacro %}

{% macro number_shape(decimal_mark, rules) -%}
    {#- Digits, in groups of three (with commas also of two before the last three, as in India) with one mark between them.
        What has such groups with points is a version or an address, and no number. -#}
    {%- set marks = [rules["thousands_mark"]] if "thousands_mark" in rules else ["," if decimal_mark == "." else ".", " ", "'"] -%}
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
                    when {{ adapter.quote(name ~ "__reading") }} = ','
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

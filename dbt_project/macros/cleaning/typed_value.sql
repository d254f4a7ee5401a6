{% macro typed_value(name, rules) -%}
    {#- What a plain text and what the other ones become; NULL where they do not become the type. -#}
    {%- set raw, last = adapter.quote(name ~ "__raw"), before_level(name, rules, "value") -%}
    {%- set type = base_type(rules) -%}
    {%- set is_plain = adapter.quote(name ~ "__plain") if plain_condition(name, rules) else "false" -%}
    {%- if type in ("text", "enumeration") -%} {{ return(last) }}
    {%- elif type == "boolean" -%} {{ return("cast(" ~ last ~ " as boolean)") }}
    {%- elif type == "json" -%} {{ return("case when " ~ is_json(last) ~ " then " ~ as_json(last) ~ " end") }}
    {%- elif is_moment(rules) -%}
        {%- set moment = with_zone(last) if type == "timestamptz" else last -%}
        {%- set moment = moment if type == "date" else "case when " ~ last ~ " between " ~ utc_limits() ~ " then " ~ moment ~ " end" -%}
        {%- set plain = with_zone(try_cast_to("left(" ~ raw ~ ", length(" ~ raw ~ ") - 3)", "timestamp")) if type == "timestamptz" else try_cast_to(raw, type) -%}
        {{ return(moment if is_plain == "false" else "case when " ~ is_plain ~ " then " ~ plain ~ " else " ~ moment ~ " end") }}
    {%- endif -%}
    {{ return(typed_number(last, is_plain, rules)) }}
{%- endmacro %}

{% macro try_cast_to(text, type) -%} {{ return("try_cast(" ~ text ~ " as " ~ type ~ ")") }} {%- endmacro %}

{% macro typed_number(text, is_plain, rules) -%}
    {%- set type = {"integer": "bigint", "decimal": rules["type"], "double": "double"}[base_type(rules)] -%}
    {%- set value = number_of(text, is_plain, type) -%}
    {%- if type == "double" -%} {%- set value = finite(value, is_plain ~ " or (" ~ byte_length(text) ~ " <= 308 and " ~ text ~ " not like '%e%')") -%} {%- endif -%}
    {%- if "units" not in rules -%} {{ return(value) }} {%- endif -%}
    {%- set product = "cast(split_part(" ~ text ~ ", '*', 1) as double) * cast(split_part(" ~ text ~ ", '*', 2) as double)" -%}
    {%- set product = try_cast_to(finite(product, "false"), "varchar") -%}
    {%- set product = number_of(product, "false", type) -%}
    {{ return("case when " ~ text ~ " like '%*%' then " ~ product ~ " else " ~ value ~ " end") }}
{%- endmacro %}

{% macro finite(double, is_certain) -%}
    {#- A cast makes an infinity of digits that are too many for a double. -#}
    case when {{ is_certain }} or abs({{ double }}) <= 1.7976931348623157e308 then {{ double }} end
{%- endmacro %}

{% macro number_of(text, is_plain, type) -%}
    {%- if type == "double" -%} {{ return(try_cast_to(text, type)) }} {%- endif -%}
    case
        when {{ is_plain }} or {{ text }} not like '%e%'
        then {{ whole_number(text, is_plain) if type == "bigint" else try_cast_to(text, type) }}
        else {{ whole_number(without_power(text), "false") if type == "bigint" else try_cast_to(without_power(text), type) }}
    end
{%- endmacro %}

{% macro without_power(text) -%}
    {#- 0.098 for 98e-3, which DuckDB's cast to a decimal rounds digit after digit: to 0.1, and that to 1 where it keeps none. -#}
    {%- set number = "replace(split_part(" ~ text ~ ", 'e', 1), '-', '')" -%}
    {%- set digits = "replace(" ~ number ~ ", '.', '')" -%}
    {%- set place = "(length(split_part(" ~ number ~ ", '.', 1)) + try_cast(split_part(" ~ text ~ ", 'e', 2) as integer))" -%}
    {%- set filled = "(repeat('0', greatest(-" ~ place ~ ", 0)) || " ~ digits ~ " || repeat('0', greatest(" ~ place ~ " - length(" ~ digits ~ "), 0)))" -%}
    {%- set sign = "case when " ~ text ~ " like '-%' then '-0' else '0' end" -%}
    {{ return("(" ~ sign ~ " || left(" ~ filled ~ ", greatest(" ~ place ~ ", 0)) || '.' || substr(" ~ filled ~ ", greatest(" ~ place ~ ", 0) + 1))") }}
{%- endmacro %}

{% macro whole_number(text, is_plain) -%}
    {#- 12.0 is a whole number and 12.5 none, which a cast would round. -#}
    case
        when {{ is_plain }}
        then try_cast({{ text }} as bigint)
        when {{ matches(text, "[+-]?\\d+(?:[.]0*)?") }}
        then try_cast(split_part({{ text }}, '.', 1) as bigint)
    end
{%- endmacro %}

{% macro within_limits(value, rules) -%}
    {#- Declared ranges and enumerations; a NULL is within them. -#}
    {%- set limits = ["true"] -%}
    {%- if "minimum" in rules -%} {%- do limits.append(value ~ " >= " ~ sql_literal(rules["minimum"])) -%} {%- endif -%}
    {%- if "maximum" in rules -%} {%- do limits.append(value ~ " <= " ~ sql_literal(rules["maximum"])) -%} {%- endif -%}
    {%- if "accepted" in rules and base_type(rules) != "enumeration" -%}
        {%- set accepted = rules["accepted"] if is_number(rules) else rules["accepted"] | map("string") | list -%}
        {%- do limits.append(is_one_of(value, accepted)) -%}
    {%- endif -%}
    coalesce({{ limits | join(" and ") }}, true)
{%- endmacro %}

{% macro has_limits(rules) -%}
    {{ return("minimum" in rules or "maximum" in rules or ("accepted" in rules and base_type(rules) != "enumeration")) }}
{%- endmacro %}

{% macro accepted_value(name, rules) -%}
    {%- set value = adapter.quote(name ~ "__value") -%}
    {%- if has_limits(rules) -%} case when {{ within_limits(value, rules) }} then {{ value }} end {%- else -%} {{ value }} {%- endif -%}
{%- endmacro %}

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
        {%- set plain = with_zone(try_cast_to("left(" ~ raw ~ ", length(" ~ raw ~ ") - 3)", "timestamp")) if type == "timestamptz" else try_cast_to(raw, type) -%}
        {{ return(moment if is_plain == "false" else "case when " ~ is_plain ~ " then " ~ plain ~ " else " ~ moment ~ " end") }}
    {%- endif -%}
    {{ return(typed_number(last, is_plain, rules)) }}
{%- endmacro %}

{% macro try_cast_to(text, type) -%} {{ return("try_cast(" ~ text ~ " as " ~ type ~ ")") }} {%- endmacro %}

{% macro typed_number(text, is_plain, rules) -%}
    {%- set type = {"integer": "bigint", "decimal": rules["type"], "double": "double"}[base_type(rules)] -%}
    {%- set value = whole_number(text, is_plain) if type == "bigint" else try_cast_to(text, type) -%}
    {%- if type == "double" -%} {%- set value = "case when " ~ is_plain ~ " or " ~ text ~ " not like '%e%' or abs(" ~ value ~ ") <= 1.7976931348623157e308 then " ~ value ~ " end" -%} {%- endif -%}
    {%- if "units" not in rules -%} {{ return(value) }} {%- endif -%}
    {%- set product = "cast(split_part(" ~ text ~ ", '*', 1) as double) * cast(split_part(" ~ text ~ ", '*', 2) as double)" -%}
    {%- set product = try_cast_to(product, "varchar") -%}
    {%- set product = whole_number(product, "false") if type == "bigint" else try_cast_to(product, type) -%}
    {{ return("case when " ~ text ~ " like '%*%' then " ~ product ~ " else " ~ value ~ " end") }}
{%- endmacro %}

{% macro whole_number(text, is_plain) -%}
    {#- 12.0 is a whole number and 12.5 none, which a cast would round. -#}
    {%- set exact = try_cast_to(text, "decimal(38, 9)") -%}
    case
        when {{ is_plain }}
        then try_cast({{ text }} as bigint)
        when {{ matches(text, "[+-]?\\d+(?:[.]0+)?") }}
        then try_cast(split_part({{ text }}, '.', 1) as bigint)
        -- 1e-10 has more places than the decimal, which would make it 0.
        when {{ text }} like '%e%' and {{ exact }} = trunc({{ exact }}) and cast({{ exact }} as double) = {{ try_cast_to(text, "double") }}
        then try_cast({{ exact }} as bigint)
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

{% macro typed_value(name, rules) -%}
    {#- What a plain text and what the other ones become; NULL where they do not become the type. -#}
    {%- set raw, last = quoted(name ~ "__raw"), before_level(name, rules, "value") -%}
    {%- set type = base_type(rules) -%}
    {%- set is_plain = quoted(name ~ "__plain") if plain_condition(name, rules) else "false" -%}
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

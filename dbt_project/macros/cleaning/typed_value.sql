{% macro typed_value(name, rules) -%}
    {#- What a plain text and what the other ones become; NULL where they do not become the type. -#}
    {%- set last, type = before_level(name, rules, "value"), base_type(rules) -%}
    {%- set is_plain = quoted(name ~ "__plain") if plain_condition(name, rules) else "false" -%}
    {%- if type in ("text", "enumeration") -%} {{ return(last) }}
    {%- elif type == "boolean" -%} {{ return("cast(" ~ last ~ " as boolean)") }}
    {%- elif type == "json" -%} {{ return("case when " ~ is_json(last) ~ " then " ~ as_json(last) ~ " end") }}
    {%- elif is_moment(rules) -%} {{ return(typed_moment(quoted(name ~ "__raw"), last, is_plain, type)) }}
    {%- endif -%}
    {{ return(typed_number(last, is_plain, rules)) }}
{%- endmacro %}

{% macro typed_moment(raw, moment, is_plain, type) -%}
    {%- set read, plain = moment, try_cast_to(raw, type) -%}
    {%- if type == "timestamptz" -%}
        {%- set read, plain = with_zone(moment), with_zone(plain_moment_at("canonical", raw, type)) -%}
    {%- endif -%}
    {%- if type != "date" -%}
        {%- set read = "case when " ~ moment ~ " between " ~ utc_limits() ~ " then " ~ read ~ " end" -%}
    {%- endif -%}
    {{ return(read if is_plain == "false" else "case when " ~ is_plain ~ " then " ~ plain ~ " else " ~ read ~ " end") }}
{%- endmacro %}

{% macro try_cast_to(text, type) -%} {{ return("try_cast(" ~ text ~ " as " ~ type ~ ")") }} {%- endmacro %}

{% macro canonical_boolean(text, rules) -%}
    {%- set words = rules.get("words", {
        "true": ["true", "t", "yes", "y", "1", "on", "ja", "wahr"],
        "false": ["false", "f", "no", "n", "0", "off", "nein", "falsch"],
    }) -%}
    case
        {% for value in ("true", "false") if words.get(value) -%}
            when {{ is_one_of("lower(" ~ text ~ ")", words[value] | map("lower")) }}
            then '{{ value }}'
        {% endfor -%}
    end
{%- endmacro %}

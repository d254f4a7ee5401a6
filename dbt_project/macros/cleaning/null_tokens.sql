{% macro null_tokens(rules) -%}
    {#- What means "nothing" in a column, in lower case; an empty value always does. -#}
    {%- set known = default_null_tokens() | reject("in", declared_words(rules)) -%}
    {{ return([""] + (rules.get("null_tokens", known) | map("lower") | list)) }}
{%- endmacro %}

{% macro declared_words(rules) -%}
    {#- What the rules of a column give a meaning of its own, in lower case. -#}
    {%- set words = [rules.get("accepted", []), rules.get("map", {}) | list] + (rules.get("words", {}).values() | list) -%}
    {{ return(words | sum(start=[]) | map("lower") | list) }}
{%- endmacro %}

{% macro is_null_token(text, rules) -%}
    {#- The length of a text is known before any letter of it is looked at. -#}
    {%- set lengths = [] -%}
    {#- A letter of lower case may take a byte more or less than its capital. -#}
    {%- for token in null_tokens(rules) -%} {%- do lengths.append(4 * (token | length)) -%} {%- endfor -%}
    {%- set longest = lengths | max if "null_tokens" in rules else 7 -%}
    ({{ byte_length(text) }} <= {{ longest }} and {{ is_one_of("lower(" ~ text ~ ")", null_tokens(rules)) }})
{%- endmacro %}

{% macro present_text(text, rules) -%} case when not {{ is_null_token(text, rules) }} then {{ text }} end {%- endmacro %}

{% macro default_null_tokens() -%}
    {{ return(["n/a", "na", "#n/a", "null", "none", "nil", "nan", "-", "--", "?", "unknown"]) }}
{%- endmacro %}

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

{% macro is_null_token(name, text, rules) -%}
    {%- set numbers = numbers_for_nothing(rules) if "path" not in rules else [] -%}
    {%- if not numbers -%} {{ return(is_word_for_nothing(text, rules)) }} {%- endif -%}
    {#- The -1 of a typed file may print as -1.0 or -1.00. -#}
    {%- set number = replaced(text, zeros_of_number(), "\\1\\2") -%}
    (
        {{ is_word_for_nothing(text, rules) }}
        or ({{ is_of_number(no_raw_value(name, rules)) }} and {{ is_one_of(number, numbers) }})
    )
{%- endmacro %}

{% macro numbers_for_nothing(rules) -%}
    {%- set found = [] -%}
    {%- for token in null_tokens(rules) if modules.re.fullmatch("-?[0-9]+([.][0-9]+)?", token) -%}
        {%- do found.append(modules.re.sub(zeros_of_number(), "\\1\\2", token)) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro is_word_for_nothing(text, rules) -%}
    {#- The length of a text is known before any letter of it is looked at. -#}
    {%- set lengths = [] -%}
    {#- A letter of lower case may take a byte more or less than its capital. -#}
    {%- for token in null_tokens(rules) -%} {%- do lengths.append(4 * (token | length)) -%} {%- endfor -%}
    {%- set longest = lengths | max if "null_tokens" in rules else 7 -%}
    ({{ byte_length(text) }} <= {{ longest }} and {{ is_one_of("lower(" ~ text ~ ")", null_tokens(rules)) }})
{%- endmacro %}

{% macro present_text(name, text, rules) -%}
    case when not {{ is_null_token(name, text, rules) }} then {{ text }} end
{%- endmacro %}

{% macro default_null_tokens() -%}
    {{ return(["n/a", "na", "#n/a", "null", "none", "nil", "nan", "-", "--", "?", "unknown"]) }}
{%- endmacro %}

{% macro tidy_steps(text, rules, is_printable=false) -%}
    {#- What is done to every text, each step on the one before. Line ends inside a text stay. A text of printable ASCII
        has neither control characters nor anything to compose. -#}
    {%- set steps, wide = [], "\t\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{202F}\\x{205F}\\x{3000}" -%}
    {#- Beside control characters those without width, which make two texts of one; joiners write words and stay. -#}
    {%- set unseen = "[\\x{0}-\\x{8}\\x{B}\\x{C}\\x{E}-\\x{1F}\\x{7F}-\\x{9F}\\x{200B}\\x{200E}\\x{200F}\\x{202A}-\\x{202E}\\x{2060}"
        ~ "\\x{2066}-\\x{2069}\\x{FEFF}]" -%}
    {%- set left_out = rules.get("keep", []) + (["control", "unicode"] if is_printable else []) -%}
    {%- set now = namespace(text=text) -%}
    {%- for rule in cleaning_options()["keep"]["allowed"] if rule not in left_out and (base_type(rules) != "json" or rule == "trim") -%}
        {%- set before = now.text -%}
        {%- if rule == "control" -%}
            {%- set now.text = replaced(before, unseen, "") -%}
        {%- elif rule == "trim" -%} {%- set now.text = trimmed(before, is_printable) -%}
        {%- elif rule == "spaces" -%} {%- set now.text = replaced(before, "[ " ~ wide ~ "]{2,}|[" ~ wide ~ "]", " ") -%}
        {%- else -%} {%- set now.text = composed(before) -%}
        {%- endif -%}
        {%- do steps.append({"rule": rule, "before": before, "after": now.text}) -%}
    {%- endfor -%}
    {{ return(steps) }}
{%- endmacro %}

{% macro tidied_text(text, rules) -%}
    {%- set steps, few_steps = tidy_steps(text, rules), tidy_steps(text, rules, is_printable=true) -%}
    {%- if not steps -%} {{ return(text) }} {%- endif -%}
    case
        when {{ matches(text, "[!-~]+( [!-~]+)*") }}
        then {{ text }}
        when {{ is_printable(text) }}
        then {{ few_steps[-1].after if few_steps else text }}
        else {{ steps[-1].after }}
    end
{%- endmacro %}

{% macro is_printable(text) -%} {{ return(matches(text, "[ -~]*")) }} {%- endmacro %}

{% macro null_tokens(rules) -%}
    {#- What means "nothing" in a column, in lower case; an empty value always does. -#}
    {%- set tokens = rules["null_tokens"] if "null_tokens" in rules else default_null_tokens() | reject("in", declared_words(rules)) -%}
    {{ return([""] + (tokens | map("lower") | list)) }}
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

{% macro mapped_text(text, map) -%}
    case {{ text }}
        {% for before, after in map.items() -%} when {{ sql_literal(before | string) }} then {{ sql_literal(after | string) }} {% endfor -%}
        else {{ text }}
    end
{%- endmacro %}

{% macro text_steps(text, rules) -%}
    {#- What the declared rules do to a text before it is one of its type, each step on the one before. -#}
    {%- set steps, now = [], namespace(text=text) -%}
    {%- if base_type(rules) == "text" -%}
        {%- if "accents" in rules -%}
            {%- do steps.append({"rule": "accents", "before": now.text, "after": without_accents(now.text)}) -%}
            {%- set now.text = without_accents(now.text) -%}
        {%- endif -%}
        {%- if "case" in rules -%}
            {%- do steps.append({"rule": "case", "before": now.text, "after": rules["case"] ~ "(" ~ now.text ~ ")"}) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(steps) }}
{%- endmacro %}

{% macro canonical_boolean(text, rules) -%}
    {%- set words = rules.get("words", {
        "true": ["true", "t", "yes", "y", "1", "on", "ja", "wahr"], "false": ["false", "f", "no", "n", "0", "off", "nein", "falsch"]
    }) -%}
    case
        {% for value in ("true", "false") if words.get(value) -%}
            when {{ is_one_of("lower(" ~ text ~ ")", words[value] | map("lower")) }}
            then '{{ value }}'
        {% endfor -%}
    end
{%- endmacro %}

{% macro declared_spelling(text, accepted) -%}
    case
        {% for each in accepted -%}
            {%- set spelling = sql_literal(each | string) -%}
            when lower({{ text }}) = lower({{ spelling }})
            then {{ spelling }}
        {% endfor -%}
    end
{%- endmacro %}

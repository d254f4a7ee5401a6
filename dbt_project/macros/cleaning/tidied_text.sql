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

{% macro tidy_steps(text, rules, is_printable=false) -%}
    {#- What is done to every text, each step on the one before. A text of printable ASCII has neither control characters
        nor anything to compose. -#}
    {%- set left_out = rules.get("keep", []) + (["control", "unicode"] if is_printable else []) -%}
    {%- set left_out = left_out + (["control", "spaces", "unicode"] if base_type(rules) == "json" else []) -%}
    {%- set steps = [] -%}
    {%- for rule in cleaning_options()["keep"]["allowed"] if rule not in left_out -%}
        {%- set before = steps[-1].after if steps else text -%}
        {%- do steps.append({"rule": rule, "before": before, "after": tidied_by(rule, before, is_printable)}) -%}
    {%- endfor -%}
    {{ return(steps) }}
{%- endmacro %}

{% macro tidied_by(rule, text, is_printable) -%}
    {#- Beside control characters those without width go, which make two texts of one; joiners write words and stay, and
        line ends inside a text. -#}
    {%- set unseen = "\\x{0}-\\x{8}\\x{B}\\x{C}\\x{E}-\\x{1F}\\x{7F}-\\x{9F}\\x{200B}\\x{200E}\\x{200F}\\x{202A}-\\x{202E}"
        ~ "\\x{2060}\\x{2066}-\\x{2069}\\x{FEFF}" -%}
    {%- set wide = "\t\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{202F}\\x{205F}\\x{3000}" -%}
    {%- if rule == "control" -%} {{ return(replaced(text, "[" ~ unseen ~ "]", "")) }}
    {%- elif rule == "trim" -%} {{ return(trimmed(text, is_printable)) }}
    {%- elif rule == "spaces" -%} {{ return(replaced(text, "[ " ~ wide ~ "]{2,}|[" ~ wide ~ "]", " ")) }}
    {%- else -%} {{ return(composed(text)) }}
    {%- endif -%}
{%- endmacro %}

{% macro is_printable(text) -%} {{ return(matches(text, "[ -~]*")) }} {%- endmacro %}

{% macro nearest(word, names) -%}
    {#- '; did you mean …?' for the name that has most pairs of letters in common with the word; '' where none is
        close. -#}
    {%- set best = namespace(name="", score=0.4) -%}
    {%- set own = letter_pairs(word) -%}
    {%- for name in names -%}
        {%- set other = letter_pairs(name) -%}
        {%- set both = own | select("in", other) | list | length -%}
        {%- set score = 2 * both / ((own | length) + (other | length)) -%}
        {%- if score > best.score -%} {%- set best.name, best.score = name, score -%} {%- endif -%}
    {%- endfor -%}
    {{ return("; did you mean '" ~ best.name ~ "'?" if best.name else "") }}
{%- endmacro %}

{% macro letter_pairs(word) -%}
    {%- set text, pairs = " " ~ (word | string | lower) ~ " ", [] -%}
    {%- for place in range((text | length) - 1) -%} {%- do pairs.append(text[place : place + 2]) -%} {%- endfor -%}
    {{ return(pairs) }}
{%- endmacro %}

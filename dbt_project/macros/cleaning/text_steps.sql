{% macro text_steps(text, rules) -%}
    {#- What the declared rules do to a text before it is one of its type, each step on the one before. -#}
    {%- set steps = [] -%}
    {%- if "accents" in rules -%}
        {%- do steps.append({"rule": "accents", "before": text, "after": without_accents(text)}) -%}
    {%- endif -%}
    {%- if "case" in rules -%}
        {%- set before = steps[-1].after if steps else text -%}
        {%- set after = lowered(before, rules) if rules["case"] == "lower" else "upper(" ~ before ~ ")" -%}
        {%- do steps.append({"rule": "case", "before": before, "after": after}) -%}
    {%- endif -%}
    {{ return(steps) }}
{%- endmacro %}

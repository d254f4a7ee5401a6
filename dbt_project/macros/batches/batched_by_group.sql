{% macro batched_by_group(relation, rules) -%}
    {#- One row for each group of a relation's rows: those of one key; without a key, those of equal content. -#}
    {%- set expressions = expressions_of(rules) + [rules["whole"] or ""] -%}
    {%- if is_one_table(relation) and look_at_one_row(expressions) -%}
        {%- set groups = {"keys": rules["keys"], "content": rules["content"], "merge_null_keys": rules["merge_null_keys"]} -%}
        {%- set read = {"relation": relation | string, "takes": "groups", "groups": groups} -%}
        {%- do read.update({"passes_on_the_rest": passes_on_the_rest(expressions)}) -%}
        {{ batched({"replaces": "rows", "place": ["_file_id", "_row_number"], "reads": [read]}) }}
    {%- endif -%}
{%- endmacro %}

{% macro look_at_one_row(expressions) -%}
    {#- Not so a subquery or a window, which a batch would cut, nor what another day or another call makes something else. -#}
    {%- set others = "\\b(select|over)\\b|[(]\\s*(from|table|values)\\b" -%}
    {%- set clock = "\\b(current_(date|time|timestamp)|localtime(stamp)?)\\b|\\b(now|today|get_current_\\w+|transaction_timestamp)\\s*[(]" -%}
    {%- set chance = "\\b(random|uuid\\w*|gen_random_uuid|nextval)\\s*[(]" -%}
    {{ return(modules.re.search([others, clock, chance] | join("|"), expressions | join(" , ") | lower) is none) }}
{%- endmacro %}

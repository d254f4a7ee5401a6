{% macro rules_of_deduplication(partition_by, order_by, columns, best_of, merge_null_keys, is_staged) -%}
    {#- What was declared, checked and in one form: lists, and an order as its expression and its direction. -#}
    {%- if not is_staged and not columns -%}
        {%- do refuse("deduplicate: is_staged=false without columns; name the columns in which equal rows are equal") -%}
    {%- endif -%}
    {%- if not partition_by and (order_by or best_of or merge_null_keys) -%}
        {%- do refuse("deduplicate: order_by, best_of or merge_null_keys without partition_by; name the key, or leave them out") -%}
    {%- endif -%}
    {%- set keys = without_collation("partition_by", listed("partition_by", partition_by)) -%}
    {%- set orders = [] -%}
    {%- for order in listed("order_by", order_by) -%} {%- do orders.append(order_of_trust(order)) -%} {%- endfor -%}
    {%- set best = [] -%}
    {%- set names = [] -%}
    {%- for column in ([best_of] if best_of is string else (best_of or [])) -%}
        {%- if column | lower in names -%}
            {%- do refuse("deduplicate: best_of names '" ~ column ~ "' twice; leave one of them out") -%}
        {%- endif -%}
        {%- do names.append(column | lower) -%}
        {%- set own_orders = [] -%}
        {%- if best_of is mapping -%}
            {%- for order in listed("best_of", best_of[column]) -%}
                {%- do own_orders.append(order_of_trust(order)) -%}
            {%- endfor -%}
        {%- endif -%}
        {%- do best.append({"column": column, "orders": own_orders}) -%}
    {%- endfor -%}
    {{ return({
        "keys": keys,
        "orders": orders,
        "content": without_collation("columns", listed("columns", columns)) or ["_row_fingerprint"],
        "whole": none if not columns else "_row_fingerprint" if is_staged else content_of_row(),
        "best_of": best,
        "merge_null_keys": merge_null_keys,
    }) }}
{%- endmacro %}

{% macro expressions_of(rules) -%}
    {#- All that was declared and may name columns. -#}
    {{ return(expressions_that_decide(rules) + rules["best_of"] | map(attribute="column") | list) }}
{%- endmacro %}

{% macro expressions_that_decide(rules) -%}
    {#- What rows are told apart and ordered by. -#}
    {%- set orders = rules["orders"] + rules["best_of"] | map(attribute="orders") | sum(start=[]) -%}
    {{ return(rules["keys"] + rules["content"] + orders | map(attribute="expression") | list) }}
{%- endmacro %}

{% macro listed(argument, given) -%}
    {#- Two columns in one text would be taken for one key that is never null. -#}
    {%- set items = [given] if given is string or given is mapping else (given or []) -%}
    {%- for item in items if item is string and has_open_comma(item) -%}
        {%- do refuse(
            "deduplicate: " ~ argument ~ " '" ~ item
            ~ "' holds a comma; give a list of columns, or put the expression in parentheses"
        ) -%}
    {%- endfor -%}
    {{ return(items) }}
{%- endmacro %}

{% macro without_collation(argument, expressions) -%}
    {#- Rows are found by hashes, which differ for texts that a collation takes for equal. -#}
    {%- for expression in expressions if " collate " in expression | lower -%}
        {%- do refuse(
            "deduplicate: " ~ argument ~ " '" ~ expression
            ~ "' compares by a collation, which equal rows are not found by; write lower(…) or strip_accents(…) instead"
        ) -%}
    {%- endfor -%}
    {{ return(expressions) }}
{%- endmacro %}

{% macro has_open_comma(text) -%}
    {%- set seen = namespace(depth=0, comma=false) -%}
    {#- What stands in quotes divides nothing. -#}
    {%- for character in without_quoted(text) -%}
        {%- set seen.depth = seen.depth + {"(": 1, ")": -1, "[": 1, "]": -1, "{": 1, "}": -1}.get(character, 0) -%}
        {%- set seen.comma = seen.comma or (character == "," and seen.depth == 0) -%}
    {%- endfor -%}
    {{ return(seen.comma) }}
{%- endmacro %}

{% macro without_quoted(text) -%} {{ return(modules.re.sub("'[^']*'|\"[^\"]*\"", "", text)) }} {%- endmacro %}

{% macro order_of_trust(order) -%}
    {#- `updated_at desc nulls first` as its expression and what follows it; the whole text is the rule's name. -#}
    {%- if order is mapping -%} {{ return(order) }} {%- endif -%}
    {%- set parts = modules.re.fullmatch("(?is)(.*?)(\\s+(?:asc|desc))?(?:\\s+nulls\\s+(first|last))?", order | trim) -%}
    {%- set nulls_at = " nulls " ~ (parts.group(3) or "last") -%}
    {{ return({"rule": order | trim, "expression": parts.group(1), "direction": (parts.group(2) or "") ~ nulls_at}) }}
{%- endmacro %}

{% macro rules_of_deduplication(partition_by, order_by, columns, best_of, merge_null_keys, is_staged) -%}
    {#- What was declared, checked and in one form: lists, and an order as its expression and its direction. -#}
    {%- do refuse_half_a_rule(partition_by, order_by, columns, best_of, merge_null_keys, is_staged) -%}
    {{ return({
        "keys": without_collation("partition_by", listed("partition_by", partition_by)),
        "orders": orders_of_trust("order_by", order_by),
        "best_of": best_columns(best_of),
        "content": without_collation("columns", listed("columns", columns)) or ["_row_fingerprint"],
        "whole": none if not columns else "_row_fingerprint" if is_staged else content_of_row(),
        "merge_null_keys": merge_null_keys,
    }) }}
{%- endmacro %}

{% macro refuse_half_a_rule(partition_by, order_by, columns, best_of, merge_null_keys, is_staged) -%}
    {%- if not is_staged and not columns -%}
        {%- do refuse("deduplicate: is_staged=false without columns; name the columns in which equal rows are equal") -%}
    {%- endif -%}
    {%- if not partition_by and (order_by or best_of or merge_null_keys) -%}
        {%- do refuse("deduplicate: order_by, best_of or merge_null_keys without partition_by; name the key, or leave them out") -%}
    {%- endif -%}
{%- endmacro %}

{% macro best_columns(best_of) -%}
    {%- set best, names = [], [] -%}
    {%- for column in ([best_of] if best_of is string else (best_of or [])) -%}
        {%- if column | lower in names -%}
            {%- do refuse("deduplicate: best_of names '" ~ column ~ "' twice; leave one of them out") -%}
        {%- endif -%}
        {%- do names.append(column | lower) -%}
        {%- set own_orders = best_of[column] if best_of is mapping else none -%}
        {%- do best.append({"column": column, "orders": orders_of_trust("best_of", own_orders)}) -%}
    {%- endfor -%}
    {{ return(best) }}
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

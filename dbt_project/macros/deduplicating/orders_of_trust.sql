{% macro orders_of_trust(argument, given) -%}
    {%- set orders = [] -%}
    {%- for order in listed(argument, given) -%} {%- do orders.append(order_of_trust(order)) -%} {%- endfor -%}
    {{ return(orders) }}
{%- endmacro %}

{% macro order_of_trust(order) -%}
    {#- `updated_at desc nulls first` as its expression and what follows it; the whole text is the rule's name. -#}
    {%- if order is mapping -%} {{ return(order) }} {%- endif -%}
    {%- set parts = modules.re.fullmatch("(?is)(.*?)(\\s+(?:asc|desc))?(?:\\s+nulls\\s+(first|last))?", order | trim) -%}
    {%- set nulls_at = " nulls " ~ (parts.group(3) or "last") -%}
    {{ return({"rule": order | trim, "expression": parts.group(1), "direction": (parts.group(2) or "") ~ nulls_at}) }}
{%- endmacro %}

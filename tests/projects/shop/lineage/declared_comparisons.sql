{% macro declared_comparisons() -%}
    {{ return([
        {
            "comparison": "int_amounts_compared",
            "relation": ref("int_amounts_compared"),
            "left": "cheaper orders",
            "left_relation": cheaper_orders(),
            "right": "orders",
        },
    ]) }}
{%- endmacro %}

{% macro cheaper_orders() -%}
    {{ return("(select * from " ~ ref("stg_shop__orders") ~ " where coalesce(amount, 0) < 5)") }}
{%- endmacro %}

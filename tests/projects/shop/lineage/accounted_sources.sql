{% macro accounted_sources() -%}
    {{ return([
        {
            "source": "shop.orders",
            "raw": source("shop", "orders"),
            "cleaned": ref("stg_shop__orders"),
            "deduplicated": ref("int_orders_deduplicated"),
        },
    ]) }}
{%- endmacro %}

{% macro declared_comparisons() -%}
    {{ return([
        {
            "comparison": "int_amounts_compared",
            "relation": ref("int_amounts_compared"),
            "left": "all orders",
            "right": "orders",
        },
    ]) }}
{%- endmacro %}

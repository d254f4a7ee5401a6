{% macro declared_comparisons() -%}
    {{ return([
        {
            "comparison": "totals_compared",
            "relation": ref("totals_compared"),
            "left": "published totals",
            "left_relation": last_published(ref("totals")),
            "right": "totals",
        },
    ]) }}
{%- endmacro %}

{% macro declared_comparisons() -%}
    {#- The comparisons whose counts are kept run by run. -#}
    {{ return([
        {
            "comparison": "int_plans_compared",
            "relation": ref("int_plans_compared"),
            "left": "crm.accounts",
            "right": "billing.exits",
        },
    ]) }}
{%- endmacro %}

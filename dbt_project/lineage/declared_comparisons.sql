{% macro declared_comparisons() -%}
    {#- The comparisons whose counts are kept run by run. -#}
    {{ return([
        {
            "comparison": "int_plans_compared",
            "relation": ref("int_plans_compared"),
            "left": "crm.accounts",
            "left_relation": ref("int_accounts_deduplicated"),
            "right": "billing.exits",
        },
    ]) }}
{%- endmacro %}

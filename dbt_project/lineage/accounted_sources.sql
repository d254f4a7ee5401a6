{% macro accounted_sources() -%}
    {#- The sources whose every row the records account for: raw table, staging model, de-duplicated model. -#}
    {{ return([
        {
            "source": "activity.monthly",
            "raw": source("activity", "monthly"),
            "cleaned": ref("stg_activity__monthly"),
            "deduplicated": ref("int_activity_deduplicated"),
        },
        {
            "source": "billing.exits",
            "raw": source("billing", "exits"),
            "cleaned": ref("stg_billing__exits"),
            "deduplicated": ref("int_exits_deduplicated"),
        },
        {
            "source": "crm.accounts",
            "raw": source("crm", "accounts"),
            "cleaned": ref("stg_crm__accounts"),
            "deduplicated": ref("int_accounts_deduplicated"),
        },
        {
            "source": "finance.firms",
            "raw": source("finance", "firms"),
            "cleaned": ref("stg_finance__firms"),
            "deduplicated": ref("int_firms_deduplicated"),
        },
    ]) }}
{%- endmacro %}

-- One row per account and source that knows it.
{{
    combine(
        {
            "crm": ref("int_accounts_deduplicated"),
            "activity": ref("int_activity_deduplicated"),
            "billing": ref("int_exits_deduplicated"),
        },
        columns=["account_id", "plan", "period", "has_exited"],
    )
}}

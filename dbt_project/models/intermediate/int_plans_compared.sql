-- The accounts of which the CRM and billing know different plans, or only one of them knows any.
{{ compare(ref("int_accounts_deduplicated"), ref("int_exits_deduplicated"), key="account_id", columns=["plan"]) }}

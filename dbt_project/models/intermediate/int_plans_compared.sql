-- Which plan the CRM and billing know of each account.
{{ compare(ref("int_accounts_deduplicated"), ref("int_exits_deduplicated"), key="account_id", columns=["plan"]) }}

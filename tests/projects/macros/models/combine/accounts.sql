{{
    combine(
        {"shop": ref("shop"), "web": ref("web")},
        renamed={"shop": {"account": "account_id"}},
        columns=["account_id", "amount", "quantity"],
    )
}}

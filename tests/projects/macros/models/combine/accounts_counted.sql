{{ join_counts(ref("web"), ref("shop"), {"account_id": "account"}) }}

{{ join_report(ref("web"), ref("shop"), {"account_id": "account"}) }}

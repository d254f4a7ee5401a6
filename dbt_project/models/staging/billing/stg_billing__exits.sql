-- One row per account and billing record.
{{
    clean(
        source("billing", "exits"),
        {
            "account_id": {"type": "text", "case": "upper", "required": true, "on_error": "row"},
            "plan": {"type": "text", "case": "lower", "accepted": ["basic", "plus", "premium"]},
            "has_exited": {"type": "boolean"},
            "exited_on": {"type": "date"},
            "recorded_at": {"type": "timestamp"},
        },
    )
}}

-- One row per account record of either office, typed.
{{
    clean(
        source("crm", "accounts"),
        {
            "account_id": {"type": "text", "case": "upper", "required": true, "on_error": "row"},
            "name": {"type": "text"},
            "email": {"type": "text", "case": "lower"},
            "country": {"type": "text", "case": "upper", "accepted": ["GB", "DE"]},
            "plan": {"type": "text", "case": "lower", "accepted": ["basic", "plus", "premium"]},
            "firm_id": {"type": "text", "case": "upper"},
            "opened_on": {"type": "date", "formats": ["iso", "us", "german"]},
            "monthly_fee": {"type": "decimal(12, 2)", "decimal_mark": "auto", "minimum": 0},
            "balance": {"type": "decimal(12, 2)", "decimal_mark": "auto"},
            "support_calls": {"type": "integer", "minimum": 0},
            "updated_at": {"type": "timestamp", "formats": ["iso", "german"]},
        },
    )
}}

-- One row per firm and rating.
{{
    clean(
        source("finance", "firms"),
        {
            "firm_id": {"type": "text", "case": "upper", "required": true, "on_error": "row"},
            "firm_name": {"type": "text"},
            "industry": {"type": "text", "case": "lower"},
            "employees": {"type": "integer", "minimum": 0},
            "annual_revenue": {"type": "decimal(18, 2)"},
            "rated_on": {"type": "date"},
        },
    )
}}

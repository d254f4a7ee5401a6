-- One row per account and month of activity, out of nested JSON.
{{
    clean(
        source("activity", "monthly"),
        {
            "account_id": {"type": "text", "from": "account", "path": "$.id", "required": true, "on_error": "row"},
            "period": {"type": "text"},
            "logins": {"type": "integer", "from": "usage", "path": "$.logins", "minimum": 0},
            "minutes": {"type": "double", "from": "usage", "path": "$.minutes", "minimum": 0},
            "tickets": {"type": "integer", "minimum": 0},
        },
    )
}}

-- One row per order record.
{{
    clean(
        source("shop", "orders"),
        {
            "order_id": {"type": "text", "required": true, "on_error": "row"},
            "amount": {"type": "decimal(12, 2)"},
            "country": {"type": "text", "null_tokens": ["-", "Unknown"]},
            "updated_at": {"type": "timestamp"},
        },
    )
}}

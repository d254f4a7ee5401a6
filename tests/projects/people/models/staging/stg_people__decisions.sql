-- One row per decision about a pair of cards.
{{
    clean(
        source("people", "decisions"),
        {
            "left_record_id": {"type": "text", "required": true, "on_error": "row"},
            "right_record_id": {"type": "text", "required": true, "on_error": "row"},
            "is_same": {"type": "boolean", "required": true, "on_error": "row"},
            "decided_by": {"type": "text"},
            "decided_at": {"type": "timestamp", "required": true, "on_error": "row"},
        },
    )
}}

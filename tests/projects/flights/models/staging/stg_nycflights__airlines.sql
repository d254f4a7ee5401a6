-- One row per airline.
{{
    clean(
        source("nycflights", "airlines"),
        {
            "carrier": {"type": "text", "required": true, "on_error": "row"},
            "airline": {"type": "text", "from": "name"},
        },
    )
}}

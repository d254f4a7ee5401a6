-- One row per plane of the register.
{{
    clean(
        source("nycflights", "planes"),
        {
            "tail_number": {"type": "text", "from": "tailnum", "required": true, "on_error": "row"},
            "built_in": {"type": "integer", "from": "year", "minimum": 1903, "maximum": 2013},
            "engines": {"type": "integer"},
            "seats": {"type": "integer"},
        },
    )
}}

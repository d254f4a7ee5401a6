-- One row per card.
{{
    clean(
        source("people", "cards"),
        {
            "person_id": {"type": "text"},
            "name": {"type": "text"},
            "surname": {"type": "text"},
            "city": {"type": "text"},
            "born_on": {"type": "text"},
            "phone": {"type": "text"},
        },
    )
}}

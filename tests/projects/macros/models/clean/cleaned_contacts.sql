-- The same cell by each normaliser.
{{
    clean(
        ref("raw_cells"),
        {
            "email": {"from": "cell", "normalize": "email"},
            "phone": {"from": "cell", "normalize": "phone", "calling_code": "49"},
            "url": {"from": "cell", "normalize": "url"},
            "postcode": {"from": "cell", "normalize": "postcode", "country": "GB"},
        },
    )
}}

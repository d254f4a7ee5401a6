-- The same cell by each other type and rule.
{{
    clean(
        ref("raw_cells"),
        {
            "whole": {"type": "json", "from": "cell"},
            "town": {"from": "cell", "path": "$.town"},
            "price": {
                "type": "decimal(12, 2)",
                "from": "cell",
                "decimal_mark": ".",
                "thousands_mark": "'",
                "currency": ["CHF"],
            },
            "is_paid": {"type": "boolean", "from": "cell", "words": {"true": ["oui"], "false": ["non"]}},
            "moment": {"type": "timestamptz", "from": "cell", "formats": ["iso"], "timezone": "Europe/Berlin"},
            "needed": {"from": "cell", "required": true, "case": "lower"},
        },
    )
}}

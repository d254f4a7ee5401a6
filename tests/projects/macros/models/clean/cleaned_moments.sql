-- The same cell by each way to write a date or a time.
{{
    clean(
        ref("raw_cells"),
        {
            "by_evidence": {"type": "date", "from": "cell"},
            "in_order": {"type": "date", "from": "cell", "formats": ["us", "uk", "%d.%m.%y", "excel"], "pivot": 70},
            "in_utc": {"type": "timestamp", "from": "cell", "formats": ["iso", "uk"]},
            "from_local": {
                "type": "timestamp",
                "from": "cell",
                "formats": ["iso", "uk"],
                "timezone": "Europe/Berlin",
            },
        },
    )
}}

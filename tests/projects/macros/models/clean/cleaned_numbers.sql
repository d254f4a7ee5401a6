-- The same cell by each way to write a number.
{{
    clean(
        ref("raw_cells"),
        {
            "by_evidence": {"type": "decimal(12, 2)", "from": "cell"},
            "by_comma": {
                "type": "decimal(12, 2)",
                "from": "cell",
                "decimal_mark": ",",
                "negative": ["brackets", "trailing"],
            },
            "share": {"type": "decimal(12, 4)", "from": "cell", "decimal_mark": ".", "percent": "fraction"},
            "weight": {"type": "double", "from": "cell", "decimal_mark": ".", "units": {"kg": 1, "g": 0.001}},
            "whole": {"type": "integer", "from": "cell", "decimal_mark": ".", "minimum": 0, "maximum": 5000},
            "is_true": {"type": "boolean", "from": "cell"},
        },
    )
}}

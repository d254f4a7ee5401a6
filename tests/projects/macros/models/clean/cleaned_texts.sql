-- The same cell by each rule for texts.
{{
    clean(
        ref("raw_cells"),
        {
            "tidied": {"from": "cell"},
            "kept": {"from": "cell", "keep": ["trim", "spaces", "unicode", "control"], "null_tokens": []},
            "folded": {"from": "cell", "case": "lower", "accents": "strip"},
            "mapped": {"from": "cell", "map": {"Deutschland": "DE"}, "accepted": ["DE", "GB"], "on_error": "row"},
            "kind": {"type": "enumeration", "from": "cell", "accepted": ["Basic", "Plus"]},
        },
    )
}}

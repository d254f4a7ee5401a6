{{
    row_ledger(
        [
            {
                "source": "shop.cells",
                "cleaned": ref("cleaned_cells"),
                "deduplicated": ref("kept_cells"),
            }
        ]
    )
}}

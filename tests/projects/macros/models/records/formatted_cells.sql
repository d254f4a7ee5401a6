{{
    formatting_changes(
        [
            {
                "source": "shop.cells",
                "raw": ref("raw_cells"),
                "cleaned": ref("cleaned_cells"),
            }
        ]
    )
}}

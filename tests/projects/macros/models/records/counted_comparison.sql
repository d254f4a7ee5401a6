{{
    comparisons(
        [
            {
                "comparison": "prices",
                "relation": ref("compared_by_key"),
                "left": "before",
                "left_relation": ref("before"),
                "right": "after",
            }
        ]
    )
}}

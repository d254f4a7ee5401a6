{{
    compare(
        ref("before"),
        ref("after"),
        key=["id"],
        columns=["name", "amount"],
        tolerance={"amount": {"absolute": 0.5, "relative": 0.1}},
        fold={"name": ["case", "space"]},
    )
}}

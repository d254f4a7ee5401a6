{{ test_unique_combination(ref("shop"), ["account", "note"]) }}

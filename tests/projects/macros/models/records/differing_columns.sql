{{ comparison_columns([{"comparison": "prices", "relation": ref("compared_of_two_types")}]) }}

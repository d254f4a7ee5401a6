-- One row per pair of cards that may be the same person's: somebody has to look.
{{
    pairs_to_review(
        ref("int_people_linked"),
        ref("int_people_deduplicated"),
        columns=["name", "surname", "born_on", "phone"],
    )
}}

-- The latest decision about each pair of cards.
{{
    deduplicate(
        ref("stg_people__decisions"),
        partition_by=[
            "least(left_record_id, right_record_id)",
            "greatest(left_record_id, right_record_id)",
        ],
        order_by=["decided_at desc", "is_same"],
    )
}}

-- One row per scheduled flight; a flight number may leave twice a day.
{{
    deduplicate(
        ref("stg_nycflights__flights"),
        partition_by=["month", "day", "scheduled_departure", "carrier", "flight", "origin"],
    )
}}

-- One row per airport and hour; the hour that summer time repeats is one hour in UTC.
{{ deduplicate(ref("stg_nycflights__weather"), partition_by=["origin", "hour_at"]) }}

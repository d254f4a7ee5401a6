-- One row per airport.
{{ deduplicate(ref("stg_nycflights__airports"), partition_by="airport") }}

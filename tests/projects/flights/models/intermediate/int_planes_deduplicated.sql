-- One row per plane.
{{ deduplicate(ref("stg_nycflights__planes"), partition_by="tail_number") }}

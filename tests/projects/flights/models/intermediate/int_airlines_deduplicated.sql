-- One row per airline.
{{ deduplicate(ref("stg_nycflights__airlines"), partition_by="carrier") }}

-- One row per person id.
{{ deduplicate(ref("stg_people__cards"), partition_by="person_id") }}

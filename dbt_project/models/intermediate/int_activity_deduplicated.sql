-- One row per account and month.
{{ deduplicate(ref("stg_activity__monthly"), partition_by=["account_id", "period"]) }}

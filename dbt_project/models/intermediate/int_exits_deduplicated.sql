-- One row per account: its newest billing record.
{{ deduplicate(ref("stg_billing__exits"), partition_by="account_id", order_by="recorded_at desc") }}

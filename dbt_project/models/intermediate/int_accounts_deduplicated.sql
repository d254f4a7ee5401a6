-- One row per account: its newest version.
{{ deduplicate(ref("stg_crm__accounts"), partition_by="account_id", order_by="updated_at desc") }}

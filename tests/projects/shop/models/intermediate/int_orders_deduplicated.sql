-- One row per order: its newest version.
{{ deduplicate(ref("stg_shop__orders"), partition_by="order_id", order_by="updated_at desc") }}

-- One row per firm: its newest rating.
{{ deduplicate(ref("stg_finance__firms"), partition_by="firm_id", order_by="rated_on desc") }}

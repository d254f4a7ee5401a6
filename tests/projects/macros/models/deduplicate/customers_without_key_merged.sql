{{ deduplicate(ref("customers"), partition_by="customer_id", merge_null_keys=true) }}

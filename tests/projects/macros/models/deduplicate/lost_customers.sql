{{ losers(ref("customers"), partition_by="customer_id", order_by="updated_on desc") }}

-- What the records of the cheaper orders say against what is kept.
{{ compare(cheaper_orders(), ref("int_orders_deduplicated"), key="order_id", columns=["amount", "country"]) }}

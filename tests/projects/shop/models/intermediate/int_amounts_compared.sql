-- What each order's records say against what is kept.
{{ compare(ref("stg_shop__orders"), ref("int_orders_deduplicated"), key="order_id", columns=["amount", "country"]) }}

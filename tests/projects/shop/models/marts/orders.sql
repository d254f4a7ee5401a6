-- One row per order.
with
    deduplicated as (select * from {{ ref("int_orders_deduplicated") }}),

    orders as (select order_id, amount, country, updated_at from deduplicated)

select *
from orders

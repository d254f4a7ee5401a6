-- One row per country.
with
    orders as (select * from {{ ref("orders") }}),

    countries as (select country, count(*) as n_orders, from orders group by country)

select *
from countries

-- stg_order
-- Orders, each once.
--
-- kept        view
-- grain       one row per (order_id)
-- partition   order_date daily
--
-- order_date     date    UTC day of the order
-- order_id       text    order
-- order_week     date    first day of the reporting week
-- product        text    product
-- unit_count     bigint  units sold

select
    min(order_date) as order_date,
    order_id,
    min(order_week) as order_week,
    max(product) as product,
    max(unit_count) as unit_count
from raw_order
group by order_id

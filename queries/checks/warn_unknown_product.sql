-- warn_unknown_product
-- Weeks in which more than one handled contact in five names no product.

select
    reporting_week,
    count(*) filter (where product = '(unknown)') as unknown_count,
    count(*) as contact_count
from int_contact
where is_handled
    and direction = 'inbound'
    and reporting_week is not null
group by reporting_week
having count(*) filter (where product = '(unknown)') * 5 > count(*)
order by reporting_week

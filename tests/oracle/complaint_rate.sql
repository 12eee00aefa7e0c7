-- Complaints by week, from the truth. A contact without words has no label and is not in the denominator.
--
-- Out: week, dimension, member, handled, labelled, complaints.

with handled as (
    select *
    from contact
    where is_handled
        and ended_at < getvariable('as_of')
),

cut as (
    select *, 'all' as dimension, 'all' as member from handled
    union all
    select *, 'site', site from handled
    union all
    select *, 'channel', channel from handled
    union all
    select handled.*, 'product', handled.product from handled join told using (contact_id) where told.is_product_told
)

select
    week,
    dimension,
    member,
    count(*) as handled_contact_count,
    count(*) filter (where has_text) as labelled_contact_count,
    count(*) filter (where has_text and is_complaint) as complaint_contact_count
from cut
group by week, dimension, member
order by week, dimension, member;

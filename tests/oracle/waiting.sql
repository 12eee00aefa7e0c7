-- Service level, abandonment and redials by week, from the truth. Tickets do not wait in a queue.
--
-- Out: week, dimension, member and the counts of the waiting mart.

with offered as (
    select
        contact.*,
        case
            when is_abandoned and customer is not null then exists (
                select 1
                from contact as next
                where next.customer = contact.customer
                    and next.contact_id <> contact.contact_id
                    and epoch_us(next.started_at) - epoch_us(contact.ended_at) > 0
                    and epoch_us(next.started_at) - epoch_us(contact.ended_at) <= 1800000000
            )
        end as is_redialed
    from contact
    where channel = 'voice'
        and (is_handled or is_abandoned)
        and ended_at < getvariable('as_of')
),

cut as (
    select *, 'all' as dimension, 'all' as member from offered
    union all
    select *, 'site', site from offered
    union all
    select *, 'channel', channel from offered
    union all
    select *, 'queue', queue from offered
    union all
    select offered.*, 'product', offered.product from offered join told using (contact_id) where told.is_product_told
)

select
    week,
    dimension,
    member,
    count(*) as offered_contact_count,
    count(*) filter (where is_handled) as answered_contact_count,
    count(*) filter (where is_handled and wait_seconds <= 20) as answered_in_20_count,
    count(*) filter (where is_handled and wait_seconds <= 120) as answered_in_120_count,
    count(*) filter (where not is_handled) as abandoned_contact_count,
    count(*) filter (where not is_handled and wait_seconds <= 5) as short_abandon_count,
    count(is_redialed) as identified_abandon_count,
    count(*) filter (where is_redialed) as redialed_abandon_count
from cut
group by week, dimension, member
order by week, dimension, member;

-- First-contact resolution by week, from the truth: brute force over pairs of contacts of a customer.
--
-- Out: week, dimension, member, handled, first contacts, resolved, unresolved, pending.

with pair as (
    select
        former.contact_id as former_id,
        latter.contact_id as latter_id,
        latter.started_at
    from contact as former
    join contact as latter using (customer)
    where former.contact_id <> latter.contact_id
        and epoch_us(latter.started_at) - epoch_us(former.ended_at) > 60000000
        and epoch_us(latter.started_at) - epoch_us(former.ended_at) <= 7 * 86400000000
        and (latter.order_id = former.order_id or latter.issue = former.issue)
),

-- A contact within the window of an earlier one opens nothing, however soon it comes.
within as (
    select latter.contact_id
    from contact as former
    join contact as latter using (customer)
    where former.is_handled
        and (former.started_at, former.contact_id) < (latter.started_at, latter.contact_id)
        and epoch_us(latter.started_at) - epoch_us(former.ended_at) <= 7 * 86400000000
        and (latter.order_id = former.order_id or latter.issue = former.issue)
),

judged as (
    select
        contact.*,
        customer is not null
            and not is_wrong_number
            and coalesce(talk_seconds, 5) >= 5
            and contact_id not in (select contact_id from within) as is_first,
        list_min(list_filter(
            [
                (select min(pair.started_at) from pair where pair.former_id = contact.contact_id),
                if(is_escalated or is_marked_unresolved or survey_resolved = false, ended_at, null)
            ],
            lambda sign: sign is not null
        )) as failed_at
    from contact
    where is_handled
        and ended_at < getvariable('as_of')
),

stated as (
    select
        *,
        case
            when failed_at < getvariable('as_of') then 'unresolved'
            when epoch_us(getvariable('as_of')) - epoch_us(ended_at) >= 9 * 86400000000 then 'resolved'
            else 'pending'
        end as state
    from judged
),

cut as (
    select *, 'all' as dimension, 'all' as member from stated
    union all
    select *, 'site', site from stated
    union all
    select *, 'channel', channel from stated
    union all
    select stated.*, 'product', stated.product from stated join told using (contact_id) where told.is_product_told
)

select
    week,
    dimension,
    member,
    count(*) as handled_contact_count,
    count(*) filter (where is_first) as first_contact_count,
    count(*) filter (where is_first and state = 'resolved') as resolved_contact_count,
    count(*) filter (where is_first and state = 'unresolved') as unresolved_contact_count,
    count(*) filter (where is_first and state = 'pending') as pending_contact_count
from cut
group by week, dimension, member
order by week, dimension, member;

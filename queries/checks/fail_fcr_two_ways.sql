-- fail_fcr_two_ways
-- Contacts on which two routes to "came back about it" disagree: the join of int_follow_up, and a window over each customer's contacts.

with inbound as (
    select
        contact_id,
        customer_key,
        coalesce(order_id, '') as order_id,
        coalesce(issue_id, '') as issue_id,
        started_at,
        ended_at,
        direction = 'inbound' and is_handled as is_handled
    from int_contact
    where direction = 'inbound'
        and customer_key is not null
),

same_issue as (
    select
        contact_id,
        ended_at,
        array_agg(started_at) over (
            partition by customer_key, issue_id
            order by started_at
            range between current row and interval '22 days' following
        ) as later_starts
    from inbound
    where issue_id <> ''
        and is_handled
),

by_window as (
    select
        contact_id,
        min(later_start) as failed_at
    from (
        select
            contact_id,
            ended_at,
            unnest(later_starts) as later_start
        from same_issue
    )
    where later_start > ended_at + interval '60 seconds'
        and later_start <= ended_at + interval '7 days'
    group by contact_id
)

select
    int_follow_up.contact_id,
    int_follow_up.failed_at,
    by_window.failed_at as failed_at_by_window
from by_window
inner join int_follow_up on int_follow_up.contact_id = by_window.contact_id
where int_follow_up.failed_at is null
    or int_follow_up.failed_at > by_window.failed_at
order by int_follow_up.contact_id

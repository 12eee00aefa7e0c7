-- fail_fcr_two_ways
-- Contacts on which two routes to "came back about it" disagree: the join of int_follow_up, and a window over each customer's contacts.
-- Contacts open for longer than 14 days are left to warn_long_contact.

with subject as (
    select
        contact_id,
        customer_key,
        'issue' as kind,
        issue_id as subject,
        started_at,
        ended_at,
        is_handled
    from int_contact
    where direction = 'inbound'
        and customer_key is not null
        and issue_id is not null
    union all
    select
        contact_id,
        customer_key,
        'order' as kind,
        order_id as subject,
        started_at,
        ended_at,
        is_handled
    from int_contact
    where direction = 'inbound'
        and customer_key is not null
        and order_id is not null
),

series as (
    select
        contact_id,
        started_at,
        ended_at,
        is_handled,
        array_agg(started_at) over (
            partition by customer_key, kind, subject
            order by started_at
            range between current row and interval '22 days' following
        ) as later_starts
    from subject
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
        from series
        where is_handled
            and ended_at <= started_at + interval '14 days'
    )
    where later_start > ended_at + interval '60 seconds'
        and later_start <= ended_at + interval '7 days'
    group by contact_id
),

by_join as (
    select
        int_follow_up.contact_id,
        int_follow_up.failed_at
    from int_follow_up
    inner join int_contact on int_contact.contact_id = int_follow_up.contact_id
    where coalesce(int_follow_up.failure_kind, 'follow_up') = 'follow_up'
        and int_contact.ended_at <= int_contact.started_at + interval '14 days'
)

select
    by_join.contact_id,
    by_join.failed_at,
    by_window.failed_at as failed_at_by_window
from by_join
left join by_window on by_window.contact_id = by_join.contact_id
where by_join.failed_at is distinct from by_window.failed_at
order by by_join.contact_id

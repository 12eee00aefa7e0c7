-- derived_need
-- What customers come back for: how much more often one issue follows another than it follows anything.
--
-- kept        table
-- grain       one row per (issue_id, next_issue_id)
-- reads       int_contact all
-- matures     15 days
-- counted     handled inbound contacts of identified customers with an issue, once 14 days have passed since
-- follows     another contact of the customer about the next issue starts within 14 days of the end
-- usual       the same share over the contacts of all issues but the next one itself
-- interval    95 %, of the logarithm of the ratio of two shares (Katz 1978); customers taken as independent
--
-- issue_id         text    issue
-- issue_name       text    readable name
-- next_issue_id    text    the issue that follows, another one
-- next_issue_name  text    readable name
-- contact_count    bigint  contacts about the issue
-- followed_count   bigint  of these, followed by the next issue
-- follow_rate      double  followed / contacts, 0..1
-- usual_rate       double  share of all contacts that the next issue follows, 0..1
-- lift             double  follow_rate / usual_rate
-- lift_low         double  lower end of the interval
-- lift_high        double  upper end of the interval

with contact as (
    select
        contact_id,
        customer_key,
        issue_id,
        issue_name,
        started_at,
        ended_at
    from int_contact
    where direction = 'inbound'
        and is_handled
        and customer_key is not null
        and issue_id is not null
        and ended_at < cast($as_of as timestamp)
),

anchor as (
    select *
    from contact
    where ended_at + interval '14 days' <= cast($as_of as timestamp)
),

followed as (
    select distinct
        anchor.contact_id,
        anchor.issue_id,
        later.issue_id as next_issue_id
    from anchor
    inner join contact as later on later.customer_key = anchor.customer_key
    where later.issue_id <> anchor.issue_id
        and later.started_at > anchor.ended_at
        and later.started_at <= anchor.ended_at + interval '14 days'
),

issue as (
    select
        issue_id,
        max(issue_name) as issue_name,
        count(*) as contact_count
    from anchor
    group by issue_id
),

total as (
    select count(*) as contact_count
    from anchor
),

next_issue as (
    select
        next_issue_id,
        count(*) as followed_count
    from followed
    group by next_issue_id
),

name as (
    select
        issue_id,
        max(issue_name) as issue_name
    from contact
    group by issue_id
),

pair as (
    select
        issue_id,
        next_issue_id,
        count(*) as followed_count
    from followed
    group by issue_id, next_issue_id
),

rated as (
    select
        pair.issue_id,
        issue.issue_name,
        pair.next_issue_id,
        name.issue_name as next_issue_name,
        issue.contact_count,
        pair.followed_count,
        cast(pair.followed_count as double) / issue.contact_count as follow_rate,
        total.contact_count - coalesce(own.contact_count, 0) as other_count,
        next_issue.followed_count as next_count
    from pair
    inner join issue on issue.issue_id = pair.issue_id
    inner join next_issue on next_issue.next_issue_id = pair.next_issue_id
    inner join name on name.issue_id = pair.next_issue_id
    left join issue as own on own.issue_id = pair.next_issue_id
    cross join total
),

lifted as (
    select
        *,
        cast(next_count as double) / other_count as usual_rate,
        follow_rate * other_count / next_count as lift,
        sqrt(greatest(
            1.0 / followed_count - 1.0 / contact_count + 1.0 / next_count - 1.0 / other_count,
            0.0
        )) as deviation
    from rated
)

select
    issue_id,
    issue_name,
    next_issue_id,
    next_issue_name,
    contact_count,
    followed_count,
    follow_rate,
    usual_rate,
    lift,
    lift * exp(-1.96 * deviation) as lift_low,
    lift * exp(1.96 * deviation) as lift_high
from lifted
order by issue_id, next_issue_id

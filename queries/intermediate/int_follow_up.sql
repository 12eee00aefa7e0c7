-- int_follow_up
-- For each handled inbound contact: whether it opened an episode, and when it turned out to have failed.
--
-- kept        table
-- grain       one row per (contact_id)
-- partition   contact_date daily
-- reads       int_contact -21..22 days
-- window      7 days, elapsed time; a contact that starts within 60 s of the end is the same one   DECISIONS 2
-- same issue  same order, else same issue; unknown otherwise                                       DECISIONS 4
-- failure     earliest of follow-up, escalation, outcome code, survey                              DECISIONS 1
-- longest     a contact that stays open longer than 14 days may be missed by a nightly run; a full run sees it
--
-- contact_date       date       UTC day on which the contact began
-- contact_id         text       contact
-- site               text       contact centre
-- queue              text       queue
-- channel            text       channel
-- product            text       product
-- language           text       language
-- issue_id           text       issue
-- issue_name         text       readable name of the issue
-- customer_key       text       pseudonym of the customer
-- ended_at           timestamp  end
-- reporting_week     date       first day of the reporting week of the end
-- is_counted         boolean    identified, not excluded, long enough to be a conversation
-- is_episode_start   boolean    no handled contact of the customer about the same issue in the window before
-- failed_at          timestamp  first sign that it was not resolved, unknown issues taken as different; null when none
-- failed_low_at      timestamp  the same, unknown issues taken as the same
-- failed_any_at      timestamp  the same, any later contact taken as the same issue
-- failure_kind       text       follow_up, escalation, outcome or survey; null when none
-- matures_at         timestamp  from here on the absence of a failure means resolved

with handled as (
    select *
    from int_contact
    where direction = 'inbound'
        and is_handled
        and ended_at is not null
),

inbound as (
    select
        contact_id,
        customer_key,
        issue_id,
        order_id,
        started_at,
        ended_at,
        is_handled
    from int_contact
    where direction = 'inbound'
        and customer_key is not null
),

later as (
    select
        handled.contact_id,
        min(inbound.started_at) as any_at,
        min(inbound.started_at) filter (
            where inbound.order_id = handled.order_id or inbound.issue_id = handled.issue_id
        ) as high_at,
        min(inbound.started_at) filter (
            where inbound.order_id = handled.order_id
                or inbound.issue_id = handled.issue_id
                or inbound.issue_id is null
                or handled.issue_id is null
        ) as low_at
    from handled
    inner join inbound on inbound.customer_key = handled.customer_key
    where inbound.contact_id <> handled.contact_id
        and inbound.started_at > handled.ended_at + interval '60 seconds'
        and inbound.started_at <= handled.ended_at + interval '7 days'
    group by handled.contact_id
),

earlier as (
    select distinct handled.contact_id
    from handled
    inner join inbound on inbound.customer_key = handled.customer_key
    where inbound.contact_id <> handled.contact_id
        and inbound.is_handled
        and (
            inbound.started_at < handled.started_at
            or inbound.started_at = handled.started_at and inbound.contact_id < handled.contact_id
        )
        and handled.started_at <= inbound.ended_at + interval '7 days'
        and (inbound.order_id = handled.order_id or inbound.issue_id = handled.issue_id)
),

signs as (
    select
        handled.*,
        later.any_at,
        later.high_at,
        later.low_at,
        case
            when handled.is_escalated or handled.is_marked_unresolved or not handled.is_survey_resolved
                then handled.ended_at
        end as own_at,
        earlier.contact_id is null as is_episode_start
    from handled
    left join later on later.contact_id = handled.contact_id
    left join earlier on earlier.contact_id = handled.contact_id
)

select
    contact_date,
    contact_id,
    site,
    queue,
    channel,
    product,
    language,
    issue_id,
    issue_name,
    customer_key,
    ended_at,
    reporting_week,
    customer_key is not null
        and not is_excluded
        and (talk_seconds is null or talk_seconds >= 5) as is_counted,
    is_episode_start,
    coalesce(own_at, high_at) as failed_at,
    coalesce(own_at, low_at) as failed_low_at,
    coalesce(own_at, any_at) as failed_any_at,
    case
        when is_escalated then 'escalation'
        when is_marked_unresolved then 'outcome'
        when not is_survey_resolved then 'survey'
        when high_at is not null then 'follow_up'
    end as failure_kind,
    ended_at + interval '9 days' as matures_at
from signs
order by contact_date, contact_id

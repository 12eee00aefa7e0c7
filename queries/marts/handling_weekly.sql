-- handling_weekly
-- What a handled contact cost in time, and how often it was passed on.
--
-- kept        table
-- grain       one row per (reporting_week, dimension, member)
-- partition   reporting_week weekly
-- reads       int_contact -14..6 days
-- matures     1 days
-- counted     handled inbound contacts; handle time only where a source measures it
--
-- reporting_week             date    first day of the reporting week in which the contacts ended
-- dimension                  text    all, site, channel, language, product or issue
-- member                     text    the site, channel, …; 'all' when the row is not cut
-- handled_contact_count      bigint  handled inbound contacts
-- timed_contact_count        bigint  of these, with a measured talk time: the denominator of the handle time
-- handle_seconds             bigint  talk, hold and after-call work, sum over timed contacts
-- transferred_contact_count  bigint  with at least one transfer
-- escalated_contact_count    bigint  that reached a higher tier
-- average_handle_seconds     double  handle_seconds / timed contacts (AHT), seconds
-- transfer_rate              double  transferred / handled, 0..1
-- escalation_rate            double  escalated / handled, 0..1

with cut as (
    select
        contact.*,
        dimension.dimension,
        case dimension.dimension
            when 'all' then 'all'
            when 'site' then contact.site
            when 'channel' then contact.channel
            when 'language' then contact.language
            when 'product' then contact.product
            when 'issue' then contact.issue_id
        end as member
    from int_contact as contact
    cross join (values ('all'), ('site'), ('channel'), ('language'), ('product'), ('issue')) as dimension(dimension)
    where contact.direction = 'inbound'
        and contact.is_handled
        and contact.ended_at < cast($as_of as timestamp)
),

cell as (
    select
        reporting_week,
        dimension,
        member,
        count(*) as handled_contact_count,
        count(talk_seconds) as timed_contact_count,
        coalesce(sum(handle_seconds) filter (where talk_seconds is not null), 0) as handle_seconds,
        count(*) filter (where is_transferred) as transferred_contact_count,
        count(*) filter (where is_escalated) as escalated_contact_count
    from cut
    where member is not null
    group by reporting_week, dimension, member
)

select
    reporting_week,
    dimension,
    member,
    handled_contact_count,
    timed_contact_count,
    handle_seconds,
    transferred_contact_count,
    escalated_contact_count,
    case when timed_contact_count > 0 then cast(handle_seconds as double) / timed_contact_count end as average_handle_seconds,
    cast(transferred_contact_count as double) / handled_contact_count as transfer_rate,
    cast(escalated_contact_count as double) / handled_contact_count as escalation_rate
from cell
order by reporting_week, dimension, member

-- complaint_rate_weekly
-- Share of handled contacts in which the customer complained.
--
-- kept        table
-- grain       one row per (reporting_week, dimension, member)
-- partition   reporting_week weekly
-- reads       int_contact -14..6 days
-- matures     1 days
-- counted     handled inbound contacts with text; contacts without text are counted apart   DECISIONS 6
-- interval    95 %, Wilson
--
-- reporting_week           date    first day of the reporting week in which the contacts ended
-- dimension                text    all, site, channel, language, product or issue
-- member                   text    the site, channel, …; 'all' when the row is not cut
-- handled_contact_count    bigint  handled inbound contacts
-- labelled_contact_count   bigint  of these, with a complaint label: the denominator
-- complaint_contact_count  bigint  of these, complaints
-- complaint_rate           double  complaints / labelled contacts, 0..1
-- complaint_rate_low       double  lower end of the interval
-- complaint_rate_high      double  upper end of the interval

with cut as (
    select
        contact.reporting_week,
        contact.is_complaint,
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
        count(is_complaint) as labelled_contact_count,
        count(*) filter (where is_complaint) as complaint_contact_count
    from cut
    where member is not null
    group by reporting_week, dimension, member
),

rate as (
    select
        *,
        cast(labelled_contact_count as double) as n,
        case when labelled_contact_count > 0 then cast(complaint_contact_count as double) / labelled_contact_count end as p
    from cell
)

select
    reporting_week,
    dimension,
    member,
    handled_contact_count,
    labelled_contact_count,
    complaint_contact_count,
    p as complaint_rate,
    case when n > 0 then greatest(0.0, (p + 1.9208 / n - 1.96 * sqrt(p * (1 - p) / n + 0.9604 / (n * n))) / (1 + 3.8416 / n)) end as complaint_rate_low,
    case when n > 0 then least(1.0, (p + 1.9208 / n + 1.96 * sqrt(p * (1 - p) / n + 0.9604 / (n * n))) / (1 + 3.8416 / n)) end as complaint_rate_high
from rate
order by reporting_week, dimension, member

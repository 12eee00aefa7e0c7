-- waiting_weekly
-- How long customers waited, who gave up, and who called again.
--
-- kept        table
-- grain       one row per (reporting_week, dimension, member)
-- partition   reporting_week weekly
-- reads       int_wait -14..6 days
-- matures     1 days
-- counted     inbound contacts that entered a queue and were answered or abandoned there
-- short       an abandon within 5 seconds is not held against the service level
--
-- reporting_week             date    first day of the reporting week in which the contacts ended
-- dimension                  text    all, site, channel, language, product or queue
-- member                     text    the site, channel, …; 'all' when the row is not cut
-- offered_contact_count      bigint  answered + abandoned
-- answered_contact_count     bigint  answered by a person
-- answered_in_20_count       bigint  answered within 20 seconds
-- answered_in_120_count      bigint  answered within 120 seconds
-- abandoned_contact_count    bigint  left the queue
-- short_abandon_count        bigint  of these, within 5 seconds
-- identified_abandon_count   bigint  abandons with a customer key: the denominator of the redial rate
-- redialed_abandon_count     bigint  of these, followed by the same customer within 30 minutes
-- service_level_20           double  answered within 20 s / (answered + abandoned - short abandons), 0..1
-- service_level_120          double  answered within 120 s / (answered + abandoned - short abandons), 0..1
-- average_answer_seconds     double  mean wait of answered contacts (ASA), seconds
-- abandonment_rate           double  (abandoned - short) / (offered - short), 0..1
-- redial_rate                double  redialed / identified abandons, 0..1

with cut as (
    select
        wait.*,
        dimension.dimension,
        case dimension.dimension
            when 'all' then 'all'
            when 'site' then wait.site
            when 'channel' then wait.channel
            when 'language' then wait.language
            when 'product' then wait.product
            when 'queue' then wait.queue
        end as member
    from int_wait as wait
    cross join (values ('all'), ('site'), ('channel'), ('language'), ('product'), ('queue')) as dimension(dimension)
    where wait.ended_at < cast($as_of as timestamp)
),

cell as (
    select
        reporting_week,
        dimension,
        member,
        count(*) as offered_contact_count,
        count(*) filter (where is_answered) as answered_contact_count,
        count(*) filter (where is_answered and wait_seconds <= 20) as answered_in_20_count,
        count(*) filter (where is_answered and wait_seconds <= 120) as answered_in_120_count,
        count(*) filter (where is_abandoned) as abandoned_contact_count,
        count(*) filter (where is_abandoned and wait_seconds <= 5) as short_abandon_count,
        count(is_redialed) as identified_abandon_count,
        count(*) filter (where is_redialed) as redialed_abandon_count,
        avg(cast(wait_seconds as double)) filter (where is_answered) as average_answer_seconds
    from cut
    where member is not null
    group by reporting_week, dimension, member
)

select
    reporting_week,
    dimension,
    member,
    offered_contact_count,
    answered_contact_count,
    answered_in_20_count,
    answered_in_120_count,
    abandoned_contact_count,
    short_abandon_count,
    identified_abandon_count,
    redialed_abandon_count,
    case when offered_contact_count > short_abandon_count then cast(answered_in_20_count as double) / (offered_contact_count - short_abandon_count) end as service_level_20,
    case when offered_contact_count > short_abandon_count then cast(answered_in_120_count as double) / (offered_contact_count - short_abandon_count) end as service_level_120,
    average_answer_seconds,
    case when offered_contact_count > short_abandon_count then cast(abandoned_contact_count - short_abandon_count as double) / (offered_contact_count - short_abandon_count) end as abandonment_rate,
    case when identified_abandon_count > 0 then cast(redialed_abandon_count as double) / identified_abandon_count end as redial_rate
from cell
order by reporting_week, dimension, member

-- waiting_daily
-- Offered contacts and waits by day, so that a peak such as 11.11 can be seen.
--
-- kept        table
-- grain       one row per (reporting_week, reporting_date, site)
-- partition   reporting_week weekly
-- reads       int_wait -14..6 days
-- matures     1 days
--
-- reporting_week           date    first day of the reporting week
-- reporting_date           date    reporting day on which the contacts ended
-- site                     text    contact centre
-- offered_contact_count    bigint  answered + abandoned
-- abandoned_contact_count  bigint  left the queue
-- answered_in_120_count    bigint  answered within 120 seconds
-- average_answer_seconds   double  mean wait of answered contacts, seconds

select
    reporting_week,
    reporting_date,
    site,
    count(*) as offered_contact_count,
    count(*) filter (where is_abandoned) as abandoned_contact_count,
    count(*) filter (where is_answered and wait_seconds <= 120) as answered_in_120_count,
    avg(cast(wait_seconds as double)) filter (where is_answered) as average_answer_seconds
from int_wait
where ended_at < cast($as_of as timestamp)
    and site is not null
group by reporting_week, reporting_date, site
order by reporting_week, reporting_date, site

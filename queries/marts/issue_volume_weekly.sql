-- issue_volume_weekly
-- How many contacts each issue brought, by site, product and language: what alerts are tested on.
--
-- kept        table
-- grain       one row per (reporting_week, site, product, language, issue_id)
-- partition   reporting_week weekly
-- reads       int_contact -14..6 days
-- matures     1 days
-- counted     handled inbound contacts; those without an issue are '(none)', never a named issue   DECISIONS 4
--
-- reporting_week           date    first day of the reporting week in which the contacts ended
-- site                     text    contact centre of the first leg
-- product                  text    product
-- language                 text    language of the customer
-- issue_id                 text    issue; '(none)' when none was near enough
-- issue_name               text    readable name
-- contact_count            bigint  contacts
-- complaint_contact_count  bigint  of these, complaints

select
    reporting_week,
    coalesce(site, '(unknown)') as site,
    product,
    language,
    coalesce(issue_id, '(none)') as issue_id,
    coalesce(max(issue_name), '(none)') as issue_name,
    count(*) as contact_count,
    count(*) filter (where is_complaint) as complaint_contact_count
from int_contact
where direction = 'inbound'
    and is_handled
    and ended_at < cast($as_of as timestamp)
group by reporting_week, coalesce(site, '(unknown)'), product, language, coalesce(issue_id, '(none)')
order by reporting_week, site, product, language, issue_id

-- first_contact_resolution_weekly
-- Share of first contacts after which the customer did not have to come back.
--
-- kept        table
-- grain       one row per (reporting_week, dimension, member)
-- partition   reporting_week weekly
-- reads       int_follow_up -77..6 days
-- matures     10 days
-- counted     handled inbound contacts of identified customers that opened an episode     DECISIONS 1, 3
-- resolved    no failure known, and the 7-day window plus 2 days for late records is over  DECISIONS 2
-- nowcast     resolved + each pending one by its chance to stay so, from the 8 weeks before  DECISIONS 7
-- interval    95 %, Wilson on the effective number of contacts, clustered by customer        DECISIONS 8
--
-- reporting_week            date    first day of the reporting week in which the contacts ended
-- dimension                 text    all, site, channel, language, product or issue: what the row is cut by
-- member                    text    the site, channel, … ; 'all' when the row is not cut
-- handled_contact_count     bigint  handled inbound contacts, counted or not
-- first_contact_count       bigint  contacts that opened an episode: the denominator
-- resolved_contact_count    bigint  of these, resolved
-- unresolved_contact_count  bigint  of these, failed
-- pending_contact_count     bigint  of these, too young to tell
-- fcr_rate                  double  resolved / (resolved + unresolved), 0..1; null while any contact is pending
-- fcr_rate_low              double  lower end of the interval
-- fcr_rate_high             double  upper end of the interval
-- fcr_any_rate              double  as fcr_rate, any later contact taken as the same issue: a lower bound
-- fcr_issue_low_rate        double  as fcr_rate, contacts of unknown issue taken as the same issue
-- fcr_nowcast               double  estimate for weeks with pending contacts, 0..1; null without earlier weeks
-- pending_share             double  pending / first contacts
-- identity_coverage         double  handled contacts with a customer key / handled contacts
-- issue_coverage            double  first contacts with an issue / first contacts
-- definition_id             text    names the knobs behind the numbers

with known as (
    select
        *,
        coalesce(failed_at < cast($as_of as timestamp), false) as is_unresolved,
        coalesce(failed_at < cast($as_of as timestamp), false) = false and matures_at <= cast($as_of as timestamp) as is_resolved,
        coalesce(failed_any_at < cast($as_of as timestamp), false) as is_unresolved_any,
        coalesce(failed_low_at < cast($as_of as timestamp), false) as is_unresolved_low,
        least(7, cast(floor(date_part('epoch', cast($as_of as timestamp) - ended_at) / 86400) as bigint)) as age_days,
        date_part('epoch', failed_at - ended_at) / 86400 as failed_after_days
    from int_follow_up
    where ended_at < cast($as_of as timestamp)
        and reporting_week is not null
),

week as (
    select distinct reporting_week
    from known
),

-- how many of the mature first contacts of the eight weeks before a week had not failed after k days
survival as (
    select
        week.reporting_week,
        day.k,
        cast(count(*) filter (where known.failed_at is null or known.failed_after_days > day.k or not known.is_unresolved) as double) / count(*) as share
    from week
    inner join known
        on known.reporting_week < week.reporting_week
        and known.reporting_week >= week.reporting_week - interval '56 days'
    cross join (values (0), (1), (2), (3), (4), (5), (6), (7)) as day(k)
    where known.is_counted
        and known.is_episode_start
        and known.matures_at <= cast($as_of as timestamp)
    group by week.reporting_week, day.k
),

chance as (
    select
        young.reporting_week,
        young.k,
        whole.share / young.share as still_resolved
    from survival as young
    inner join survival as whole
        on whole.reporting_week = young.reporting_week
        and whole.k = 7
    where young.share > 0
),

cut as (
    select
        known.*,
        dimension.dimension,
        case dimension.dimension
            when 'all' then 'all'
            when 'site' then known.site
            when 'channel' then known.channel
            when 'language' then known.language
            when 'product' then known.product
            when 'issue' then known.issue_id
        end as member,
        known.is_counted and known.is_episode_start as is_first,
        chance.still_resolved
    from known
    cross join (values ('all'), ('site'), ('channel'), ('language'), ('product'), ('issue')) as dimension(dimension)
    left join chance
        on chance.reporting_week = known.reporting_week
        and chance.k = known.age_days
),

customer as (
    select
        reporting_week,
        dimension,
        member,
        customer_key,
        count(*) as handled_contact_count,
        count(customer_key) as identified_contact_count,
        count(*) filter (where is_first) as first_contact_count,
        count(issue_id) filter (where is_first) as first_contact_with_issue_count,
        count(*) filter (where is_first and is_resolved) as resolved_contact_count,
        count(*) filter (where is_first and is_unresolved) as unresolved_contact_count,
        count(*) filter (where is_first and not is_resolved and not is_unresolved) as pending_contact_count,
        count(*) filter (where is_first and not is_unresolved_any) as resolved_any_count,
        count(*) filter (where is_first and not is_unresolved_low) as resolved_low_count,
        -- decimals, because sums of doubles depend on the order of the rows
        sum(cast(still_resolved as decimal(18, 15))) filter (where is_first and not is_resolved and not is_unresolved) as expected_resolved_count,
        count(*) filter (where is_first and not is_resolved and not is_unresolved and still_resolved is null) as unpredicted_contact_count
    from cut
    where member is not null
    group by reporting_week, dimension, member, customer_key
),

cell as (
    select
        reporting_week,
        dimension,
        member,
        sum(handled_contact_count) as handled_contact_count,
        sum(identified_contact_count) as identified_contact_count,
        sum(first_contact_count) as first_contact_count,
        sum(first_contact_with_issue_count) as first_contact_with_issue_count,
        sum(resolved_contact_count) as resolved_contact_count,
        sum(unresolved_contact_count) as unresolved_contact_count,
        sum(pending_contact_count) as pending_contact_count,
        sum(resolved_any_count) as resolved_any_count,
        sum(resolved_low_count) as resolved_low_count,
        cast(coalesce(sum(expected_resolved_count), 0) as double) as expected_resolved_count,
        sum(unpredicted_contact_count) as unpredicted_contact_count,
        -- sums over customers for the clustered variance of the ratio resolved / decided
        count(*) filter (where resolved_contact_count + unresolved_contact_count > 0) as customer_count,
        sum(cast(resolved_contact_count * resolved_contact_count as double)) as sum_yy,
        sum(cast(resolved_contact_count * (resolved_contact_count + unresolved_contact_count) as double)) as sum_yn,
        sum(cast((resolved_contact_count + unresolved_contact_count) * (resolved_contact_count + unresolved_contact_count) as double)) as sum_nn
    from customer
    group by reporting_week, dimension, member
),

rate as (
    select
        *,
        cast(resolved_contact_count + unresolved_contact_count as double) as decided,
        case
            when resolved_contact_count + unresolved_contact_count > 0
                then cast(resolved_contact_count as double) / (resolved_contact_count + unresolved_contact_count)
        end as p
    from cell
),

spread as (
    select
        *,
        case
            when p > 0 and p < 1 and customer_count > 1
                then decided / greatest(
                    1.0,
                    (cast(customer_count as double) / (customer_count - 1))
                        * (sum_yy - 2 * p * sum_yn + p * p * sum_nn)
                        / (decided * p * (1 - p))
                )
            else decided
        end as effective_count
    from rate
)

select
    reporting_week,
    dimension,
    member,
    handled_contact_count,
    first_contact_count,
    resolved_contact_count,
    unresolved_contact_count,
    pending_contact_count,
    case when pending_contact_count = 0 then p end as fcr_rate,
    case
        when pending_contact_count = 0 and p is not null
            then greatest(0.0, (p + 1.9208 / effective_count - 1.96 * sqrt(p * (1 - p) / effective_count + 0.9604 / (effective_count * effective_count))) / (1 + 3.8416 / effective_count))
    end as fcr_rate_low,
    case
        when pending_contact_count = 0 and p is not null
            then least(1.0, (p + 1.9208 / effective_count + 1.96 * sqrt(p * (1 - p) / effective_count + 0.9604 / (effective_count * effective_count))) / (1 + 3.8416 / effective_count))
    end as fcr_rate_high,
    case when pending_contact_count = 0 and first_contact_count > 0 then cast(resolved_any_count as double) / first_contact_count end as fcr_any_rate,
    case when pending_contact_count = 0 and first_contact_count > 0 then cast(resolved_low_count as double) / first_contact_count end as fcr_issue_low_rate,
    case
        when pending_contact_count > 0 and unpredicted_contact_count = 0
            then (resolved_contact_count + expected_resolved_count) / first_contact_count
    end as fcr_nowcast,
    case when first_contact_count > 0 then cast(pending_contact_count as double) / first_contact_count end as pending_share,
    cast(identified_contact_count as double) / handled_contact_count as identity_coverage,
    case when first_contact_count > 0 then cast(first_contact_with_issue_count as double) / first_contact_count end as issue_coverage,
    'episode/7d+2d/60s/order-or-issue/escalation-outcome-survey' as definition_id
from spread
order by reporting_week, dimension, member

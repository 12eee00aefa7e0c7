-- issue_state_weekly
-- The life of every issue, week by week: born, continued, split, merged, dormant, retired.
--
-- kept        table
-- grain       one row per (reporting_week, issue_id)
-- reads       int_contact all
-- reads       stg_issue all
-- matures     1 days
-- fits        what a fit found comes first: born, split, merged, retired in the week of the fit
-- volume      else: born in its first week, unless that is the first week of all; dormant without contacts; retired after 8 such weeks
--
-- reporting_week  date    first day of the reporting week
-- issue_id        text    issue
-- issue_name      text    readable name
-- state           text    born, continued, split, merged, dormant or retired; after merged or retired there are no more rows
-- other_issue_id  text    the issue it split off from or was merged into; null for the other states
-- contact_count   bigint  handled inbound contacts

with counted as (
    select
        reporting_week,
        issue_id,
        max(issue_name) as issue_name,
        count(*) as contact_count
    from int_contact
    where direction = 'inbound'
        and is_handled
        and issue_id is not null
        and ended_at < cast($as_of as timestamp)
    group by reporting_week, issue_id
),

week as (
    select distinct reporting_week
    from int_contact
    where ended_at < cast($as_of as timestamp)
        and reporting_week is not null
),

life as (
    select
        issue_id,
        max(issue_name) as issue_name,
        min(reporting_week) as first_week
    from counted
    group by issue_id
),

grid as (
    select
        week.reporting_week,
        life.issue_id,
        life.issue_name,
        life.first_week,
        coalesce(counted.contact_count, 0) as contact_count,
        max(counted.reporting_week) over (
            partition by life.issue_id
            order by week.reporting_week
            rows between unbounded preceding and current row
        ) as last_week,
        min(week.reporting_week) over () as first_of_all
    from week
    inner join life on life.first_week <= week.reporting_week
    left join counted on counted.issue_id = life.issue_id and counted.reporting_week = week.reporting_week
),

told as (
    select
        grid.reporting_week,
        grid.issue_id,
        grid.issue_name,
        grid.contact_count,
        date_part('epoch', cast(grid.reporting_week as timestamp) - cast(grid.last_week as timestamp)) / 604800 as silent_weeks,
        case
            when stg_issue.changed_on >= grid.reporting_week
                and stg_issue.changed_on < grid.reporting_week + interval '7 days'
                then stg_issue.change
        end as change,
        stg_issue.other_issue_id,
        coalesce(
            stg_issue.change in ('merged', 'retired')
            and stg_issue.changed_on < grid.reporting_week
            and grid.contact_count = 0,
            false
        ) as is_over,
        grid.reporting_week = grid.first_week and grid.first_week > grid.first_of_all as is_first
    from grid
    left join stg_issue on stg_issue.issue_id = grid.issue_id
)

select
    reporting_week,
    issue_id,
    issue_name,
    case
        when change in ('split', 'merged', 'retired') then change
        when is_first then 'born'
        when silent_weeks >= 8 then 'retired'
        when contact_count = 0 then 'dormant'
        else 'continued'
    end as state,
    case when change in ('split', 'merged') then other_issue_id end as other_issue_id,
    contact_count
from told
where silent_weeks <= 8
    and not is_over
order by reporting_week, issue_id

-- contacts_per_thousand_units_weekly
-- Contacts per 1,000 units sold: the fault view for product teams.
--
-- kept        table
-- grain       one row per (reporting_week, product, issue_id)
-- partition   reporting_week weekly
-- reads       int_contact -14..6 days
-- reads       stg_order -1..8 days
-- matures     1 days
-- counted     handled inbound contacts of the week over units sold in the same week; issue '(all)' is the whole product
--
-- reporting_week      date    first day of the reporting week
-- product             text    product
-- issue_id            text    issue; '(all)' for all contacts of the product
-- issue_name          text    readable name
-- contact_count       bigint  contacts about the product
-- unit_count          bigint  units sold in the week; null when none was sold
-- contact_rate_1000   double  contacts per 1,000 units sold

with contact as (
    select
        contact.reporting_week,
        contact.product,
        scope.scope,
        case scope.scope when 'all' then '(all)' when 'issue' then contact.issue_id end as issue_id,
        case scope.scope when 'all' then '(all)' when 'issue' then contact.issue_name end as issue_name
    from int_contact as contact
    cross join (values ('all'), ('issue')) as scope(scope)
    where contact.direction = 'inbound'
        and contact.is_handled
        and contact.ended_at < cast($as_of as timestamp)
        and contact.product <> '(unknown)'
),

volume as (
    select
        reporting_week,
        product,
        issue_id,
        max(issue_name) as issue_name,
        count(*) as contact_count
    from contact
    where issue_id is not null
    group by reporting_week, product, issue_id
),

sale as (
    select
        order_week as reporting_week,
        product,
        sum(unit_count) as unit_count
    from stg_order
    group by order_week, product
)

select
    volume.reporting_week,
    volume.product,
    volume.issue_id,
    volume.issue_name,
    volume.contact_count,
    sale.unit_count,
    case when sale.unit_count > 0 then cast(volume.contact_count as double) / sale.unit_count * 1000 end as contact_rate_1000
from volume
left join sale
    on sale.reporting_week = volume.reporting_week
    and sale.product = volume.product
order by reporting_week, product, issue_id

-- int_contact
-- Each contact once: its legs joined, its labels beside it.
--
-- kept        table
-- grain       one row per (contact_id)
-- partition   contact_date daily
-- reads       stg_leg -1..1 days
-- first       queue, wait and tier are of the first leg; the outcome is of the last
--
-- contact_date          date       UTC day on which the contact began
-- contact_id            text       contact
-- channel               text       channel of the first leg
-- direction             text       inbound or outbound
-- site                  text       contact centre of the first leg
-- queue                 text       queue of the first leg
-- product               text       product; '(unknown)' when no source names it
-- order_id              text       order
-- customer_key          text       pseudonym of the customer
-- language              text       detected or given language; '(unknown)' without text
-- is_complaint          boolean    expression of dissatisfaction
-- issue_id              text       issue
-- issue_name            text       readable name of the issue
-- started_at            timestamp  start of the first leg
-- ended_at              timestamp  end of the last leg; null while a leg is open
-- reporting_date        date       reporting day of the end
-- reporting_week        date       first day of the reporting week of the end
-- wait_seconds          bigint     wait in the first queue
-- talk_seconds          bigint     talk, sum over legs
-- handle_seconds        bigint     talk, hold and after-call work, sum over legs
-- leg_count             bigint     legs with a queue or an agent
-- is_handled            boolean    a person answered at least one leg
-- is_abandoned          boolean    nobody answered and the customer left a queue
-- is_transferred        boolean    at least one transfer
-- is_escalated          boolean    reached a higher tier than it began in
-- is_marked_unresolved  boolean    the last outcome code says unsolved
-- is_survey_resolved    boolean    the customer's answer, when there is one
-- is_excluded           boolean    wrong number, spam or test

with contact as (
    select
        min(leg_date) as contact_date,
        contact_id,
        first_value(channel order by started_at, leg_id) filter (where channel is not null) as channel,
        first_value(direction order by started_at, leg_id) filter (where direction is not null) as direction,
        first_value(site order by started_at, leg_id) filter (where site is not null) as site,
        first_value(queue order by started_at, leg_id) filter (where queue is not null) as queue,
        first_value(product order by started_at, leg_id) filter (where product is not null) as product,
        first_value(order_id order by started_at, leg_id) filter (where order_id is not null) as order_id,
        first_value(customer_key order by started_at, leg_id) filter (where customer_key is not null) as customer_key,
        min(started_at) as started_at,
        case when count(ended_at) = count(*) then max(ended_at) end as ended_at,
        case when count(ended_at) = count(*) then max(end_date) end as reporting_date,
        case when count(ended_at) = count(*) then max(end_week) end as reporting_week,
        first_value(wait_seconds order by started_at, leg_id) filter (where wait_seconds is not null) as wait_seconds,
        sum(talk_seconds) as talk_seconds,
        sum(coalesce(talk_seconds, 0) + coalesce(hold_seconds, 0) + coalesce(wrap_up_seconds, 0)) as handle_seconds,
        count(queue) as leg_count,
        coalesce(bool_or(is_handled), false) as is_handled,
        coalesce(bool_or(is_abandoned), false) as is_abandoned,
        coalesce(bool_or(is_transferred), false) as is_transferred,
        max(tier) as highest_tier,
        first_value(tier order by started_at, leg_id) filter (where tier is not null) as first_tier,
        cast(last_value(cast(is_marked_unresolved as integer) order by started_at, leg_id) filter (where is_marked_unresolved is not null) as boolean) as is_marked_unresolved,
        cast(last_value(cast(is_survey_resolved as integer) order by started_at, leg_id) filter (where is_survey_resolved is not null) as boolean) as is_survey_resolved,
        last_value(disposition order by started_at, leg_id) filter (where disposition is not null) as disposition
    from stg_leg
    group by contact_id
)

select
    contact.contact_date,
    contact.contact_id,
    contact.channel,
    contact.direction,
    contact.site,
    contact.queue,
    coalesce(contact.product, '(unknown)') as product,
    contact.order_id,
    contact.customer_key,
    coalesce(stg_label.language, '(unknown)') as language,
    stg_label.is_complaint,
    stg_label.issue_id,
    stg_label.issue_name,
    contact.started_at,
    contact.ended_at,
    contact.reporting_date,
    contact.reporting_week,
    contact.wait_seconds,
    contact.talk_seconds,
    contact.handle_seconds,
    contact.leg_count,
    contact.is_handled,
    contact.is_abandoned and not contact.is_handled as is_abandoned,
    contact.is_transferred,
    coalesce(contact.highest_tier > contact.first_tier, false) as is_escalated,
    coalesce(contact.is_marked_unresolved, false) as is_marked_unresolved,
    contact.is_survey_resolved,
    coalesce(contact.disposition in ('wrong number', 'spam', 'test'), false) as is_excluded
from contact
left join stg_label on stg_label.contact_id = contact.contact_id
order by contact_date, contact_id

-- int_wait
-- Each inbound contact that entered a queue, with what became of it there.
--
-- kept        table
-- grain       one row per (contact_id)
-- partition   contact_date daily
-- reads       int_contact 0..1 days
-- redial      an inbound contact of the same customer starts within 30 minutes of the abandon
--
-- contact_date     date       UTC day on which the contact began
-- contact_id       text       contact
-- site             text       contact centre
-- queue            text       queue
-- channel          text       channel
-- product          text       product
-- language         text       language; '(unknown)' for contacts without text, as abandoned calls are
-- ended_at         timestamp  end
-- reporting_date   date       reporting day of the end
-- reporting_week   date       first day of the reporting week of the end
-- wait_seconds     bigint     wait in the first queue
-- is_answered      boolean    a person answered
-- is_abandoned     boolean    the customer left the queue
-- is_redialed      boolean    came back within 30 minutes; null unless abandoned and identified

with offered as (
    select *
    from int_contact
    where direction = 'inbound'
        and (is_handled or is_abandoned)
        and wait_seconds is not null
        and ended_at is not null
),

redial as (
    select distinct offered.contact_id
    from offered
    inner join int_contact as next on next.customer_key = offered.customer_key
    where offered.is_abandoned
        and next.contact_id <> offered.contact_id
        and next.direction = 'inbound'
        and next.started_at > offered.ended_at
        and next.started_at <= offered.ended_at + interval '30 minutes'
)

select
    offered.contact_date,
    offered.contact_id,
    offered.site,
    offered.queue,
    offered.channel,
    offered.product,
    offered.language,
    offered.ended_at,
    offered.reporting_date,
    offered.reporting_week,
    offered.wait_seconds,
    offered.is_handled as is_answered,
    offered.is_abandoned,
    case
        when offered.is_abandoned and offered.customer_key is not null then redial.contact_id is not null
    end as is_redialed
from offered
left join redial on redial.contact_id = offered.contact_id
order by contact_date, contact_id

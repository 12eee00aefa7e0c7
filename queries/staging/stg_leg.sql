-- stg_leg
-- Each leg once: what all records of a leg say of it, the latest word for each column.
--
-- kept        view
-- grain       one row per (leg_id)
-- partition   leg_date daily
-- merged      per column the last value that is not null, by updated_at, ties by record_hash   DECISIONS 5
-- open        a leg that its newest record calls open has not ended, whatever an older one says: a ticket was reopened
-- cast        booleans go through integers: the engine has no columnar last value of booleans (halves int_contact)
--
-- leg_date              date       UTC day on which the leg began
-- leg_id                text       leg
-- contact_id            text       contact that the leg belongs to
-- channel               text       voice, email, web or chat
-- direction             text       inbound or outbound
-- site                  text       contact centre
-- site_model            text       in_house, outsourced or hosted
-- queue                 text       queue that held the leg
-- tier                  integer    1 is the first line
-- agent_key             text       pseudonym of the agent
-- customer_key          text       pseudonym of the customer; null when not identified
-- started_at            timestamp  start
-- queued_at             timestamp  entry into the queue
-- answered_at           timestamp  a person answered
-- ended_at              timestamp  end; null while open
-- end_date              date       reporting day of the end
-- end_week              date       first day of the reporting week of the end
-- site_hour             integer    hour of the start in the site's zone, 0..23
-- wait_seconds          bigint     wait in the queue
-- talk_seconds          bigint     talk
-- hold_seconds          bigint     hold
-- wrap_up_seconds       bigint     after-call work
-- is_handled            boolean    a person answered
-- is_abandoned          boolean    the customer left the queue
-- is_transferred        boolean    ended in a transfer
-- disposition           text       the source's own outcome code
-- is_marked_unresolved  boolean    the outcome code says unsolved, or promises a call-back
-- is_survey_resolved    boolean    the customer's answer to: was it solved?
-- product               text       product
-- order_id              text       order

select
    min(leg_date) as leg_date,
    leg_id,
    last_value(contact_id order by updated_at, record_hash) filter (where contact_id is not null) as contact_id,
    last_value(channel order by updated_at, record_hash) filter (where channel is not null) as channel,
    last_value(direction order by updated_at, record_hash) filter (where direction is not null) as direction,
    last_value(site order by updated_at, record_hash) filter (where site is not null) as site,
    last_value(site_model order by updated_at, record_hash) filter (where site_model is not null) as site_model,
    last_value(queue order by updated_at, record_hash) filter (where queue is not null) as queue,
    last_value(tier order by updated_at, record_hash) filter (where tier is not null) as tier,
    last_value(agent_key order by updated_at, record_hash) filter (where agent_key is not null) as agent_key,
    last_value(customer_key order by updated_at, record_hash) filter (where customer_key is not null) as customer_key,
    last_value(started_at order by updated_at, record_hash) filter (where started_at is not null) as started_at,
    last_value(queued_at order by updated_at, record_hash) filter (where queued_at is not null) as queued_at,
    last_value(answered_at order by updated_at, record_hash) filter (where answered_at is not null) as answered_at,
    case
        when coalesce(last_value(cast(is_open as integer) order by updated_at, record_hash) filter (where is_open is not null), 0) = 0
        then last_value(ended_at order by updated_at, record_hash) filter (where ended_at is not null)
    end as ended_at,
    case
        when coalesce(last_value(cast(is_open as integer) order by updated_at, record_hash) filter (where is_open is not null), 0) = 0
        then last_value(end_date order by updated_at, record_hash) filter (where end_date is not null)
    end as end_date,
    case
        when coalesce(last_value(cast(is_open as integer) order by updated_at, record_hash) filter (where is_open is not null), 0) = 0
        then last_value(end_week order by updated_at, record_hash) filter (where end_week is not null)
    end as end_week,
    last_value(site_hour order by updated_at, record_hash) filter (where site_hour is not null) as site_hour,
    last_value(wait_seconds order by updated_at, record_hash) filter (where wait_seconds is not null) as wait_seconds,
    last_value(talk_seconds order by updated_at, record_hash) filter (where talk_seconds is not null) as talk_seconds,
    last_value(hold_seconds order by updated_at, record_hash) filter (where hold_seconds is not null) as hold_seconds,
    last_value(wrap_up_seconds order by updated_at, record_hash) filter (where wrap_up_seconds is not null) as wrap_up_seconds,
    cast(last_value(cast(is_handled as integer) order by updated_at, record_hash) filter (where is_handled is not null) as boolean) as is_handled,
    cast(last_value(cast(is_abandoned as integer) order by updated_at, record_hash) filter (where is_abandoned is not null) as boolean) as is_abandoned,
    cast(last_value(cast(is_transferred as integer) order by updated_at, record_hash) filter (where is_transferred is not null) as boolean) as is_transferred,
    last_value(disposition order by updated_at, record_hash) filter (where disposition is not null) as disposition,
    cast(last_value(cast(is_marked_unresolved as integer) order by updated_at, record_hash) filter (where is_marked_unresolved is not null) as boolean) as is_marked_unresolved,
    cast(last_value(cast(is_survey_resolved as integer) order by updated_at, record_hash) filter (where is_survey_resolved is not null) as boolean) as is_survey_resolved,
    last_value(product order by updated_at, record_hash) filter (where product is not null) as product,
    last_value(order_id order by updated_at, record_hash) filter (where order_id is not null) as order_id
from raw_leg
group by leg_id

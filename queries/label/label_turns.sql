-- label_turns
-- What the customer of a contact said, as labels and the fitting of issues read it.
--
-- kept        view
-- grain       one row per (contact_id)
-- partition   contact_date daily
-- reads       raw_leg -1..1 days
-- reads       raw_turn -1..1 days
-- text        at most 2,000 characters
-- turns       the first 12 turns; a longer conversation says nothing new about what it is about
--
-- contact_date         date    UTC day on which the contact's first leg began
-- contact_id           text    contact
-- text                 text    the customer's turns in order, in one line; null where nothing was said
-- turns                text    the customer's first turns in order, one per line
-- customer_turn_count  bigint  turns of the customer

with leg as (
    select
        leg_id,
        min(contact_id) as contact_id,
        min(leg_date) as leg_date
    from raw_leg
    group by leg_id
),

contact as (
    select
        contact_id,
        min(leg_date) as contact_date
    from leg
    group by contact_id
),

customer_turn as (
    select
        leg_id,
        turn_index,
        turn_id,
        max(text) as text
    from raw_turn
    where speaker = 'customer'
    group by leg_id, turn_index, turn_id
),

placed as (
    select
        leg.contact_id,
        replace(customer_turn.text, chr(10), ' ') as text,
        row_number() over (
            partition by leg.contact_id
            order by customer_turn.leg_id, customer_turn.turn_index, customer_turn.turn_id
        ) as place
    from customer_turn
    inner join leg on leg.leg_id = customer_turn.leg_id
),

said as (
    select
        contact_id,
        substr(string_agg(text, ' ' order by place), 1, 2000) as text,
        string_agg(text, chr(10) order by place) filter (where place <= 12) as turns,
        count(*) as customer_turn_count
    from placed
    group by contact_id
)

select
    contact.contact_date,
    contact.contact_id,
    said.text,
    said.turns,
    coalesce(said.customer_turn_count, 0) as customer_turn_count
from contact
left join said on said.contact_id = contact.contact_id

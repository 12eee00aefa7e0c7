-- stg_exchange
-- What a contact asked, and what the agent last said before the customer's last turn.
--
-- kept        view
-- grain       one row per (contact_id)
-- partition   contact_date daily
-- reads       label_contact 0..0 days
-- reads       raw_leg -1..1 days
-- reads       raw_turn -1..1 days
-- answer      an agent's turn of 30 characters or more; a shorter one explains nothing
--
-- contact_date      date    UTC day on which the contact began
-- contact_id        text    contact
-- issue_id          text    issue, assigned by text; null when it has none or a person gave it
-- language          text    BCP-47 tag
-- issue_similarity  double  cosine to the issue's centroid
-- question          text    the problem statement
-- answer            text    the agent's turn; null when there is none

with leg as (
    select
        leg_id,
        min(contact_id) as contact_id
    from raw_leg
    group by leg_id
),

turn as (
    select
        leg.contact_id,
        raw_turn.speaker,
        max(raw_turn.text) as text,
        row_number() over (
            partition by leg.contact_id
            order by raw_turn.leg_id, raw_turn.turn_index, raw_turn.turn_id
        ) as place
    from raw_turn
    inner join leg on leg.leg_id = raw_turn.leg_id
    group by leg.contact_id, raw_turn.leg_id, raw_turn.turn_index, raw_turn.turn_id, raw_turn.speaker
),

last_word as (
    select
        contact_id,
        max(place) as place
    from turn
    where speaker = 'customer'
    group by contact_id
),

answer as (
    select
        turn.contact_id,
        last_value(turn.text order by turn.place) as text
    from turn
    inner join last_word on last_word.contact_id = turn.contact_id
    where turn.speaker = 'agent'
        and turn.place < last_word.place
        and length(turn.text) >= 30
    group by turn.contact_id
)

select
    label_contact.contact_date,
    label_contact.contact_id,
    case when not label_contact.is_given then label_contact.issue_id end as issue_id,
    label_contact.language,
    label_contact.issue_similarity,
    label_contact.problem as question,
    answer.text as answer
from label_contact
left join answer on answer.contact_id = label_contact.contact_id

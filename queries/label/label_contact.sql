-- label_contact
-- What a contact was about, in which language, and whether it was a complaint.
--
-- kept        table
-- grain       one row per (contact_id)
-- partition   contact_date daily
-- reads       raw_leg -1..1 days
-- reads       raw_turn -1..1 days
-- reads       raw_given_label all
-- given       a label that a person gave wins over a detected one       DECISIONS 6
-- text        the customer's turns in order, at most 2,000 characters; the issue is read off the first two turns
--
-- contact_date         date       UTC day on which the contact's first leg began
-- contact_id           text       contact
-- language             text       BCP-47 tag; null without text or when undecidable
-- language_confidence  double     0..1; null where the language was given
-- is_complaint         boolean    expression of dissatisfaction; null without text
-- issue_id             text       permanent id; null when no issue is near enough
-- issue_name           text       readable name
-- issue_similarity     double     cosine to the issue's centroid, -1..1; null where the issue was given
-- is_given             boolean    at least one label was given by a person
-- customer_turn_count  bigint     turns of the customer that were read

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
        customer_turn.text,
        row_number() over (
            partition by leg.contact_id
            order by customer_turn.leg_id, customer_turn.turn_index, customer_turn.turn_id
        ) as place
    from customer_turn
    inner join leg on leg.leg_id = customer_turn.leg_id
),

statement as (
    select
        contact_id,
        substr(string_agg(text, ' ' order by place), 1, 2000) as text,
        substr(string_agg(text, ' ' order by place) filter (where place <= 2), 1, 2000) as problem,
        count(*) as customer_turn_count
    from placed
    group by contact_id
),

detected as (
    select
        contact_id,
        text,
        customer_turn_count,
        detect_language(text) as detection,
        assign_issue(problem) as assignment
    from statement
),

given as (
    select
        contact_id,
        max(language) as language,
        max(issue_id) as issue_id,
        bool_or(is_complaint) as is_complaint
    from raw_given_label
    group by contact_id
)

select
    contact.contact_date,
    contact.contact_id,
    coalesce(given.language, detected.detection['language']) as language,
    case when given.language is null then detected.detection['confidence'] end as language_confidence,
    coalesce(given.is_complaint, is_complaint(detected.text, detected.detection['language'])) as is_complaint,
    coalesce(given.issue_id, detected.assignment['issue_id']) as issue_id,
    case when given.issue_id is null then detected.assignment['name'] else given.issue_id end as issue_name,
    case when given.issue_id is null then detected.assignment['similarity'] end as issue_similarity,
    given.contact_id is not null as is_given,
    coalesce(detected.customer_turn_count, 0) as customer_turn_count
from contact
left join detected on detected.contact_id = contact.contact_id
left join given on given.contact_id = contact.contact_id
order by contact_date, contact_id

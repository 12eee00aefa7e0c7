-- label_statement
-- What a customer said, in which language, whether it was a complaint, and what is left when set phrases are taken out.
--
-- kept        table
-- grain       one row per (contact_id)
-- partition   contact_date daily
-- reads       label_turns -1..1 days
-- vectors     kept where encoding is slower than reading, that is for sentence transformers
--
-- contact_date         date     UTC day on which the contact's first leg began
-- contact_id           text     contact
-- language             text     BCP-47 tag as detected; null without text or when undecidable
-- language_confidence  double   0..1
-- is_complaint         boolean  expression of dissatisfaction; null without text
-- problem              text     the customer's first two turns of substance, without set phrases; null when there are none
-- later                text     the customer's later turns of substance; null when there are none
-- problem_vector       binary   vector of the problem, binary16; null with an embedding
-- later_vector         binary   vector of the later turns, binary16; null with an embedding
-- customer_turn_count  bigint   turns of the customer that were read

with detected as (
    select
        contact_date,
        contact_id,
        text,
        turns,
        customer_turn_count,
        detect_language(text) as detection
    from label_turns
),

stated as (
    select
        contact_date,
        contact_id,
        detection['language'] as language,
        detection['confidence'] as language_confidence,
        is_complaint(text, detection['language']) as is_complaint,
        problem_statement(turns, detection['language'], contact_date) as statement,
        customer_turn_count
    from detected
)

select
    contact_date,
    contact_id,
    language,
    language_confidence,
    is_complaint,
    statement['problem'] as problem,
    statement['later'] as later,
    embed(statement['problem']) as problem_vector,
    embed(statement['later']) as later_vector,
    customer_turn_count
from stated
order by contact_date, contact_id

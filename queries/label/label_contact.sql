-- label_contact
-- What a contact was about, in which language, and whether it was a complaint.
--
-- kept        table
-- grain       one row per (contact_id)
-- partition   contact_date daily
-- reads       label_statement 0..0 days
-- reads       raw_given_label all
-- given       a label that a person gave wins over a detected one       DECISIONS 6
-- second      the later turns name another issue, and not one of the same parent
--
-- contact_date         date     UTC day on which the contact's first leg began
-- contact_id           text     contact
-- language             text     BCP-47 tag; null without text or when undecidable
-- language_confidence  double   0..1; null where the language was given
-- is_complaint         boolean  expression of dissatisfaction; null without text
-- issue_id             text     permanent id; null when no issue is near enough
-- issue_name           text     readable name
-- parent_issue_id      text     the wider issue it belongs to; null when it is like no other
-- issue_similarity     double   cosine to the issue's centroid, -1..1; null where a person or a phrase decided
-- second_issue_id      text     another issue that the customer came to later; usually null
-- second_issue_name    text     its name
-- is_given             boolean  at least one label was given by a person
-- problem              text     the problem statement that the issue was read from
-- customer_turn_count  bigint   turns of the customer that were read

with assigned as (
    select
        contact_date,
        contact_id,
        language,
        language_confidence,
        is_complaint,
        problem,
        customer_turn_count,
        assign_issue(problem, problem_vector, contact_date) as assignment,
        assign_issue(later, later_vector, contact_date) as later_assignment
    from label_statement
),

given as (
    select
        contact_id,
        max(language) as language,
        max(issue_id) as issue_id,
        bool_or(is_complaint) as is_complaint
    from raw_given_label
    group by contact_id
),

chosen as (
    select
        assigned.contact_date,
        assigned.contact_id,
        coalesce(given.language, assigned.language) as language,
        case when given.language is null then assigned.language_confidence end as language_confidence,
        coalesce(given.is_complaint, assigned.is_complaint) as is_complaint,
        coalesce(given.issue_id, assigned.assignment['issue_id']) as issue_id,
        case when given.issue_id is null then assigned.assignment['name'] else given.issue_id end as issue_name,
        case when given.issue_id is null then assigned.assignment['parent_id'] end as parent_issue_id,
        case when given.issue_id is null then assigned.assignment['similarity'] end as issue_similarity,
        assigned.later_assignment['issue_id'] as later_issue_id,
        assigned.later_assignment['name'] as later_issue_name,
        assigned.later_assignment['parent_id'] as later_parent_id,
        given.contact_id is not null as is_given,
        assigned.problem,
        assigned.customer_turn_count
    from assigned
    left join given on given.contact_id = assigned.contact_id
),

compared as (
    select
        *,
        issue_id is not null
        and later_issue_id <> issue_id
        and coalesce(later_parent_id <> parent_issue_id, true) as has_second
    from chosen
)

select
    contact_date,
    contact_id,
    language,
    language_confidence,
    is_complaint,
    issue_id,
    issue_name,
    parent_issue_id,
    issue_similarity,
    case when has_second then later_issue_id end as second_issue_id,
    case when has_second then later_issue_name end as second_issue_name,
    is_given,
    problem,
    customer_turn_count
from compared
order by contact_date, contact_id

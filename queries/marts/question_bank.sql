-- question_bank
-- What customers typically ask about an issue, by language, and the answer that settled it.
--
-- kept        table
-- grain       one row per (issue_id, language)
-- reads       int_exchange all
-- reads       int_follow_up all
-- matures     10 days
-- answer      of the most typical contact that was resolved: the agent's turn before the customer's last one
-- resolved    no failure known, and the 7-day window plus 2 days for late records is over          DECISIONS 2
--
-- issue_id                text    issue
-- language                text    language of the customer
-- contact_count           bigint  handled inbound contacts of the issue in the language
-- resolved_contact_count  bigint  of these, resolved
-- question                text    the most typical problem statement
-- answer                  text    the answer that preceded resolution; null when no typical contact was resolved yet

with asked as (
    select
        issue_id,
        language,
        first_value(question order by issue_similarity desc, contact_id) as question
    from int_exchange
    group by issue_id, language
),

state as (
    select
        contact_id,
        issue_id,
        language,
        failed_at is null and matures_at <= cast($as_of as timestamp) as is_resolved
    from int_follow_up
    where ended_at < cast($as_of as timestamp)
),

answered as (
    select
        exchange.issue_id,
        exchange.language,
        first_value(exchange.answer order by exchange.issue_similarity desc, exchange.contact_id) as answer
    from int_exchange as exchange
    inner join state on state.contact_id = exchange.contact_id
    where state.is_resolved
        and exchange.answer is not null
    group by exchange.issue_id, exchange.language
),

counted as (
    select
        issue_id,
        language,
        count(*) as contact_count,
        count(*) filter (where is_resolved) as resolved_contact_count
    from state
    where issue_id is not null
    group by issue_id, language
)

select
    asked.issue_id,
    asked.language,
    coalesce(counted.contact_count, 0) as contact_count,
    coalesce(counted.resolved_contact_count, 0) as resolved_contact_count,
    asked.question,
    answered.answer
from asked
left join counted on counted.issue_id = asked.issue_id and counted.language = asked.language
left join answered on answered.issue_id = asked.issue_id and answered.language = asked.language
order by issue_id, language

-- int_exchange
-- The most typical questions of a day, by issue and language, each with the answer that came before the end.
--
-- kept        table
-- grain       one row per (contact_date, issue_id, language, place)
-- partition   contact_date daily
-- reads       stg_exchange -1..1 days
-- typical     nearest to the issue's centroid; three of a day are enough to find the most typical of all days
--
-- contact_date      date     UTC day on which the contact began
-- issue_id          text     issue
-- language          text     BCP-47 tag
-- place             bigint   1 is the most typical of the day
-- contact_id        text     contact
-- issue_similarity  double   cosine to the issue's centroid
-- question          text     the problem statement
-- answer            text     the agent's turn before the customer's last one; null when there is none

with placed as (
    select
        contact_date,
        issue_id,
        language,
        row_number() over (
            partition by contact_date, issue_id, language
            order by issue_similarity desc, contact_id
        ) as place,
        contact_id,
        issue_similarity,
        question,
        answer
    from stg_exchange
    where issue_id is not null
        and language is not null
        and issue_similarity is not null
        and question is not null
)

select
    contact_date,
    issue_id,
    language,
    cast(place as bigint) as place,
    contact_id,
    issue_similarity,
    question,
    answer
from placed
where place <= 3
order by contact_date, issue_id, language, place

-- warn_long_contact
-- Contacts that stayed open longer than the reach of int_follow_up: a nightly run may miss their follow-ups.

select
    contact_id,
    started_at,
    ended_at
from int_contact
where ended_at > started_at + interval '14 days'
order by contact_id

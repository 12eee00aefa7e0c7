-- fail_contact_conservation
-- Legs whose contact is missing, and contacts without a leg: nothing is lost between raw and int_contact.

with leg as (
    select distinct contact_id
    from raw_leg
)

select
    coalesce(leg.contact_id, int_contact.contact_id) as contact_id,
    leg.contact_id is not null as has_leg,
    int_contact.contact_id is not null as has_contact
from leg
full join int_contact on int_contact.contact_id = leg.contact_id
where leg.contact_id is null
    or int_contact.contact_id is null
order by contact_id

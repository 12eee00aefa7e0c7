-- stg_label
-- Labels of a contact, as the metrics read them.
--
-- kept        view
-- grain       one row per (contact_id)
-- partition   contact_date daily
--
-- contact_date      date     UTC day on which the contact began
-- contact_id        text     contact
-- language          text     BCP-47 tag
-- is_complaint      boolean  expression of dissatisfaction
-- issue_id          text     permanent id
-- issue_name        text     readable name
-- parent_issue_id   text     the wider issue it belongs to
-- second_issue_id   text     another issue that the customer came to later
-- is_given          boolean  at least one label was given by a person

select
    contact_date,
    contact_id,
    language,
    is_complaint,
    issue_id,
    issue_name,
    parent_issue_id,
    second_issue_id,
    is_given
from label_contact

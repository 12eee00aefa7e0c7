-- stg_issue
-- Every issue that is or was, as the metrics read it.
--
-- kept        view
-- grain       one row per (issue_id)
--
-- issue_id         text     permanent id
-- issue_name       text     readable name
-- parent_issue_id  text     the wider issue it belongs to
-- change           text     the last thing that a fit did to it: born, split, merged, retired
-- other_issue_id   text     the issue it split off from or was merged into
-- changed_on       date     UTC day of that fit

select
    issue_id,
    issue_name,
    parent_issue_id,
    change,
    other_issue_id,
    changed_on
from label_issue

-- label_issue
-- Every issue that is or was: its name, its parent, what became of it.
--
-- kept        table
-- grain       one row per (issue_id)
--
-- issue_id         text     permanent id; never given to another issue
-- issue_name       text     readable name
-- parent_issue_id  text     the wider issue it belongs to; null when it is like no other
-- parent_name      text     the wider issue's name
-- counted_to       text     the issue that its contacts count to: itself, or what people merged it into; null when hidden or gone
-- change           text     the last thing that a fit did to it: born, split, merged, retired; null for an issue that people made
-- other_issue_id   text     the issue it split off from or was merged into
-- changed_on       date     UTC day of that fit
-- is_hidden        boolean  people take it for no issue

with issue as (select unnest(issue_catalogue()) as issue)

select
    issue['issue_id'] as issue_id,
    issue['name'] as issue_name,
    issue['parent_id'] as parent_issue_id,
    issue['parent_name'] as parent_name,
    issue['counted_to'] as counted_to,
    issue['change'] as change,
    issue['other_issue_id'] as other_issue_id,
    issue['changed_on'] as changed_on,
    issue['is_hidden'] as is_hidden
from issue
order by issue_id

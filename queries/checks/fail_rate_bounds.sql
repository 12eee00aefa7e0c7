-- fail_rate_bounds
-- Rates outside 0..1, intervals that do not hold their rate, counts that do not add up.

select
    'first_contact_resolution_weekly' as mart,
    reporting_week,
    dimension,
    member
from first_contact_resolution_weekly
where first_contact_count <> resolved_contact_count + unresolved_contact_count + pending_contact_count
    or fcr_rate not between 0 and 1
    or fcr_nowcast not between 0 and 1
    or fcr_rate < fcr_rate_low - 0.000001
    or fcr_rate > fcr_rate_high + 0.000001
    or fcr_any_rate > fcr_issue_low_rate + 0.000001
    or fcr_issue_low_rate > fcr_rate + 0.000001
union all
select
    'complaint_rate_weekly' as mart,
    reporting_week,
    dimension,
    member
from complaint_rate_weekly
where labelled_contact_count > handled_contact_count
    or complaint_contact_count > labelled_contact_count
    or complaint_rate not between complaint_rate_low - 0.000001 and complaint_rate_high + 0.000001
union all
select
    'waiting_weekly' as mart,
    reporting_week,
    dimension,
    member
from waiting_weekly
where offered_contact_count <> answered_contact_count + abandoned_contact_count
    or service_level_20 > service_level_120
    or service_level_120 not between 0 and 1
    or abandonment_rate not between 0 and 1
    or redial_rate not between 0 and 1
order by mart, reporting_week, dimension, member

-- fail_reject_conservation
-- Files whose rejected records are not all in table reject.

with counted as (
    select
        source,
        batch,
        source_file,
        sum(rejected_count) as rejected_count
    from ledger
    group by source, batch, source_file
),

listed as (
    select
        source,
        batch,
        source_file,
        count(*) as rejected_count
    from reject
    group by source, batch, source_file
)

select
    coalesce(counted.source, listed.source) as source,
    coalesce(counted.source_file, listed.source_file) as source_file,
    coalesce(counted.rejected_count, -1) as counted,
    coalesce(listed.rejected_count, 0) as listed
from counted
full join listed
    on listed.source = counted.source
    and listed.batch = counted.batch
    and listed.source_file = counted.source_file
where coalesce(counted.rejected_count, -1) <> coalesce(listed.rejected_count, 0)
order by source, source_file

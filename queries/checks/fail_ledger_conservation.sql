-- fail_ledger_conservation
-- Files whose records are not all accounted for: read = kept + merged + duplicate + rejected.

select
    source,
    batch,
    source_file,
    read_count,
    kept_count,
    merged_count,
    duplicate_count,
    rejected_count
from ledger
where read_count <> kept_count + merged_count + duplicate_count + rejected_count
    or least(read_count, kept_count, merged_count, duplicate_count, rejected_count) < 0
order by source, batch, source_file

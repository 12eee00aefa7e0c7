-- warn_transcript_without_contact
-- Transcripts whose contact is not in the lake: the call log lost it, or comes later.

select
    source,
    leg_id,
    count(*) as turn_count
from raw_turn
where leg_id not in (select leg_id from raw_leg)
group by source, leg_id
order by source, leg_id

-- What of the truth a lake can know at the instant $as_of: one row per contact.
--
-- In: truth.parquet as view `truth`; view `told`, which contacts came with an order or product; variable as_of. Out: view `contact`.
-- Written from definitions.md alone; nothing is copied from queries/.
--
--   left out      contacts of which no readable record was delivered, and calls that we made ourselves
--   issue         a label exists only where there are words, and never for a wrong number
--   wrong number  the PBX and the tickets have no code for it, so there it counts like any contact
--   order         the true one, of contacts whose source told one: a PBX does not ask, agents forget
--   week          Monday of the end, in Madrid
--   end           an unsolved ticket has none

create or replace view contact as
select
    contact_id,
    customer,
    site,
    channel,
    queue,
    product,
    if(told.is_order_told, order_id, null) as order_id,
    if(has_text, issue, null) as issue,
    language,
    started_at,
    ended_at,
    cast(date_trunc('week', ended_at at time zone 'Europe/Madrid') as date) as week,
    coalesce(epoch(answered_at) - epoch(queued_at), wait_seconds) as wait_seconds,
    talk_seconds,
    is_handled and (answered_at is not null) as is_handled,
    is_abandoned,
    is_transferred,
    is_escalated,
    is_complaint,
    has_text,
    is_marked_unresolved,
    survey_resolved,
    issue is null and source in ('outsourcer', 'connect') as is_wrong_number
from truth
left join told using (contact_id)
where is_delivered
    and not is_outbound;

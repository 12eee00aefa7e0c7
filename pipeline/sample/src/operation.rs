//! The stream of days: hour by hour, contacts arrive or come back, and are delivered.
//!
//! In: plan and phrase books. Out: the files of each day and the truth. Memory: the returns of the
//! next fortnight (48 bytes each), the contacts whose records are due on later days (about 180 bytes
//! each: 1 in 6 tickets per day in flight, 1 in 40 others), one hour of queue log lines, one row
//! group of the truth. Nothing grows with the number of days.

use std::path::Path;

use crate::behaviour::Behaviour;
use crate::catalogue::{SITES, Source};
use crate::contact::{Contact, Fate};
use crate::conversation::Conversation;
use crate::files::DayFiles;
use crate::phrases::Book;
use crate::plan::Plan;
use crate::random::{Random, Stream};
use crate::truth::Truth;
use crate::vendors::asterisk::{Timeline, push_day_noise};
use crate::vendors::{Delivery, Desk, Planted, call_log, shop, zendesk};
use crate::{SampleError, Summary};

/// Buffers and counters that live through all days.
#[derive(Debug)]
pub(crate) struct Operation<'a> {
    plan: &'a Plan,
    books: &'a [Book],
    behaviour: Behaviour,
    /// Contacts whose records are due on a later day of the window.
    pending: Vec<Vec<(Contact, Delivery)>>,
    pending_orders: Vec<shop::Pending>,
    planted: Planted,
    queue_log: Timeline,
    conversation: Conversation,
    record: Vec<u8>,
    field: Vec<u8>,
    /// Fractions of arrivals left over by rounding, per site.
    carry: [f64; 3],
}

impl<'a> Operation<'a> {
    /// An operation before its first day.
    pub(crate) fn new(plan: &'a Plan, books: &'a [Book]) -> Self {
        let days = (plan.end_day - plan.first_day) as usize;
        Self {
            plan,
            books,
            behaviour: Behaviour::new(plan),
            pending: vec![Vec::new(); days],
            pending_orders: vec![Vec::new(); days],
            planted: Planted::default(),
            queue_log: Timeline::default(),
            conversation: Conversation::default(),
            record: Vec::with_capacity(1 << 14),
            field: Vec::with_capacity(1 << 12),
            carry: [0.0; 3],
        }
    }

    /// What was planted and written so far.
    pub(crate) fn planted(&self) -> &Planted {
        &self.planted
    }

    /// Runs one day and writes its delivery.
    ///
    /// # Errors
    /// [`SampleError::Write`], [`SampleError::Truth`].
    pub(crate) fn run_day(
        &mut self,
        day: i64,
        out: &Path,
        compress: bool,
        truth: &mut Truth,
        summary: &mut Summary,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), SampleError> {
        let plan = self.plan;
        let index = (day - plan.first_day) as usize;
        let mut files = DayFiles::create(out, day, compress)?;
        let mut totals = call_log::Totals::default();
        call_log::open(plan, day, &mut files.call_log)?;
        push_day_noise(&mut self.queue_log, plan.seed, day);

        let due = std::mem::take(&mut self.pending_orders[index]);
        let pending_orders = &mut self.pending_orders;
        let mut later = |day: i64, entry| pending_orders[(day - plan.first_day) as usize].push(entry);
        summary.order_count += shop::write_day(plan, day, &mut files, &due, &mut later, &mut self.planted)?;

        for (contact, copy) in std::mem::take(&mut self.pending[index]) {
            self.deliver(&contact, copy, day, &mut files, &mut totals)?;
        }
        let fresh = plan.fresh_arrivals(day, self.behaviour.generated(), self.behaviour.pending());
        for hour in day * 24..day * 24 + 24 {
            self.behaviour.open_hour(plan, hour);
            for (at, site) in self.arrivals(hour, fresh) {
                let contact = self.behaviour.fresh(plan, SITES[site], at);
                self.take(&contact, day, &mut files, &mut totals, truth, summary)?;
            }
            loop {
                let returns = self.behaviour.take_returns((hour - plan.first_day * 24) as usize);
                if returns.is_empty() {
                    break;
                }
                for entry in &returns {
                    let contact = self.behaviour.returning(plan, entry);
                    self.take(&contact, day, &mut files, &mut totals, truth, summary)?;
                }
            }
            self.queue_log.flush((hour + 1) * 3_600, &mut files.queue_log)?;
            progress(self.behaviour.generated());
        }
        if day + 1 == plan.end_day {
            self.queue_log.flush(i64::MAX, &mut files.queue_log)?;
        }
        call_log::close(totals, &mut files.call_log)?;
        summary.byte_count += files.finish()?;
        summary.file_count += DayFiles::COUNT;
        Ok(())
    }

    /// Instants and sites of the fresh arrivals of an hour, oldest first.
    fn arrivals(&mut self, hour: i64, fresh: f64) -> Vec<(i64, usize)> {
        let mut arrivals = Vec::new();
        for site in SITES {
            let mut random = Random::new(self.plan.seed, Stream::Arrival, hour as u64 * 3 + site as u64);
            let wanted = fresh * self.plan.hour_share(site, hour) + self.carry[site as usize];
            let count = wanted.max(0.0) as u64;
            self.carry[site as usize] = wanted - count as f64;
            arrivals.extend((0..count).map(|_| (hour * 3_600 + random.below(3_600) as i64, site as usize)));
        }
        arrivals.sort_unstable();
        arrivals
    }

    /// Notes a contact in the truth and delivers its records, now or later.
    fn take(
        &mut self,
        contact: &Contact,
        day: i64,
        files: &mut DayFiles,
        totals: &mut call_log::Totals,
        truth: &mut Truth,
        summary: &mut Summary,
    ) -> Result<(), SampleError> {
        summary.contact_count += 1;
        summary.leg_count += u64::from(contact.leg_count);
        truth.push(self.plan, contact)?;
        if contact.personal.is_some() {
            let book = &self.books[usize::from(contact.language)];
            self.conversation.compose(self.plan.seed, &self.plan.people, book, contact);
            truth.push_personal(contact, self.conversation.personal_value())?;
        }
        let last_day = self.plan.end_day - 1;
        let first_day = contact.delivered_day;
        let copy = if matches!(contact.fate, Fate::Late(_)) { Delivery::Late } else { Delivery::First };
        self.schedule(contact, copy, first_day, day, files, totals)?;
        match contact.fate {
            Fate::TwiceNextDay => {
                self.schedule(contact, Delivery::Again, (first_day + 1).min(last_day), day, files, totals)?;
            }
            Fate::Revised(days) => {
                self.schedule(
                    contact,
                    Delivery::Newer,
                    (first_day + i64::from(days)).min(last_day),
                    day,
                    files,
                    totals,
                )?;
            }
            _ => {}
        }
        if contact.source == Source::Zendesk && contact.is_delivered() {
            for later in zendesk::export_days(contact).skip(1).filter(|later| *later <= last_day) {
                self.schedule(contact, Delivery::Newer, later, day, files, totals)?;
            }
        }
        Ok(())
    }

    fn schedule(
        &mut self,
        contact: &Contact,
        copy: Delivery,
        on: i64,
        today: i64,
        files: &mut DayFiles,
        totals: &mut call_log::Totals,
    ) -> Result<(), SampleError> {
        if on <= today {
            return self.deliver(contact, copy, today, files, totals);
        }
        self.pending[(on - self.plan.first_day) as usize].push((contact.clone(), copy));
        Ok(())
    }

    fn deliver(
        &mut self,
        contact: &Contact,
        copy: Delivery,
        day: i64,
        files: &mut DayFiles,
        totals: &mut call_log::Totals,
    ) -> Result<(), SampleError> {
        let mut desk = Desk {
            plan: self.plan,
            books: self.books,
            files,
            queue_log: &mut self.queue_log,
            totals,
            planted: &mut self.planted,
            conversation: &mut self.conversation,
            record: &mut self.record,
            field: &mut self.field,
            day,
        };
        desk.write(contact, copy)
    }
}

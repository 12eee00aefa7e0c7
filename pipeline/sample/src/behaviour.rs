//! What happens to customers: topic, waiting, patience, service, outcome, and who comes back.
//!
//! In: arrivals and returns. Out: contacts, and returns scheduled for later hours. Planted here: the
//! emerging issue, the mix shift, the worse site (by its odds); the surge lies in `plan.rs`.
//! Memory: 48 bytes per waiting return, at most two weeks ahead: about 0.2 returns per contact of a
//! fortnight. No file is written here.

use crate::calendar::DAY;
use crate::catalogue::{
    Channel, EMERGING_ISSUE, EMERGING_PRODUCT, FAMILY_SHARES, ISSUES, NONE, PRODUCTS, SECOND_LINE,
    SHIFTED_FAMILY_SHARES, SITES, Site, Source,
};
use crate::contact::{Contact, Disposition, Fate, Leg};
use crate::personal::KINDS;
use crate::plan::Plan;
use crate::random::{Random, Stream, running_sums};

/// Seconds of median patience.
///
/// # Source
/// Our choice within the range of published call-centre data (heavy-tailed, minutes), Brown et al. 2005.
const PATIENCE_MEDIAN: f64 = 125.0;
const PATIENCE_SPREAD: f64 = 1.25;
/// Days ahead that a return is scheduled at most.
const HORIZON_DAYS: i64 = 13;

/// Why a customer will be in contact again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    Redial,
    FollowUp,
    CallBack,
    NextIssue,
}

/// A customer who will be in contact again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Return {
    at: i64,
    previous: u64,
    customer: u64,
    order: u64,
    source: Source,
    channel: Channel,
    reason: Reason,
    language: u8,
    issue: u8,
    product: u8,
    attempt: u8,
    is_follow_up: bool,
    is_anonymous: bool,
}

/// The state of the simulated operation.
#[derive(Debug)]
pub(crate) struct Behaviour {
    /// Returns by hour of the window.
    returns: Vec<Vec<Return>>,
    pending: u64,
    generated: u64,
    sequences: [u64; 5],
    family_sums: [Vec<f64>; 2],
    /// Products of each family: numbers and running sums.
    products: Vec<(Vec<u8>, Vec<f64>)>,
    /// Issues of each product: numbers and weights.
    issues: Vec<(Vec<u8>, Vec<f64>)>,
    /// Share of the emerging issue in its product among all fresh contacts, before it emerges.
    emerging_share: f64,
    /// Mean wait and probability of any wait in the current hour, per site.
    waiting: [(f64, f64); 3],
}

impl Behaviour {
    /// An operation that nobody has contacted yet.
    pub(crate) fn new(plan: &Plan) -> Self {
        let products = (0..4)
            .map(|family| {
                let numbers: Vec<u8> = (0..PRODUCTS.len() as u8)
                    .filter(|number| PRODUCTS[usize::from(*number)].family == family)
                    .collect();
                let sums =
                    running_sums(numbers.iter().map(|number| PRODUCTS[usize::from(*number)].contact_share));
                (numbers, sums)
            })
            .collect();
        let issues: Vec<(Vec<u8>, Vec<f64>)> = (0..PRODUCTS.len() as u8)
            .map(|product| {
                let numbers: Vec<u8> = (0..ISSUES.len() as u8)
                    .filter(|number| ISSUES[usize::from(*number)].products.contains(&product))
                    .collect();
                let weights = numbers.iter().map(|number| ISSUES[usize::from(*number)].weight).collect();
                (numbers, weights)
            })
            .collect();
        Self {
            returns: vec![Vec::new(); ((plan.end_day - plan.first_day) * 24) as usize],
            pending: 0,
            generated: 0,
            sequences: [1; 5],
            family_sums: [running_sums(FAMILY_SHARES), running_sums(SHIFTED_FAMILY_SHARES)],
            products,
            issues,
            emerging_share: emerging_share(),
            waiting: [(0.0, 0.0); 3],
        }
    }

    /// Contacts so far.
    pub(crate) fn generated(&self) -> u64 {
        self.generated
    }

    /// Returns that are scheduled within the window.
    pub(crate) fn pending(&self) -> u64 {
        self.pending
    }

    /// Sets the load of the hour (hours since 1970).
    pub(crate) fn open_hour(&mut self, plan: &Plan, hour: i64) {
        self.waiting = SITES.map(|site| {
            let load = plan.load(site, hour);
            ((9.0 + 46.0 * load.powi(4)).min(380.0), (0.22 + 0.6 * load).min(0.97))
        });
    }

    /// Takes the returns due in an hour of the window; called again until none are left.
    pub(crate) fn take_returns(&mut self, hour_index: usize) -> Vec<Return> {
        let mut due = std::mem::take(&mut self.returns[hour_index]);
        self.pending -= due.len() as u64;
        due.sort_by_key(|entry| (entry.at, entry.previous));
        due
    }

    /// A contact of somebody who was not waiting for anything.
    pub(crate) fn fresh(&mut self, plan: &Plan, site: Site, at: i64) -> Contact {
        self.generated += 1;
        let mut random = Random::new(plan.seed, Stream::Behaviour, self.generated);
        let source = match site {
            Site::Madrid if random.chance(0.4) => Source::Zendesk,
            Site::Madrid => Source::Asterisk,
            Site::Manila => Source::Outsourcer,
            Site::Virginia => Source::Connect,
        };
        let channel = channel_of(source, &mut random);
        let day = at.div_euclid(DAY);
        let is_shifted = plan.shift_day().is_some_and(|first| day >= first);
        let family = random.cumulative(&self.family_sums[usize::from(is_shifted)]);
        let (numbers, sums) = &self.products[family];
        let product = numbers[random.cumulative(sums)];
        let issue = self.draw_issue(product, &mut random);
        // The emerging issue comes on top of what its product brings anyway.
        let extra = self.emerging_share * (plan.emergence(day) - 1.0);
        let is_extra = random.chance(extra / (1.0 + extra));
        let (product, issue) = if is_extra { (EMERGING_PRODUCT, EMERGING_ISSUE) } else { (product, issue) };
        let order = if random.chance(ISSUES[usize::from(issue)].order_share) {
            find_order(plan, site, day, product, &mut random)
        } else {
            None
        };
        let (order, mut customer) = match order {
            Some((order, customer)) => (order + 1, customer),
            None => (0, plan.people.caller(site, &mut random)),
        };
        if channel == Channel::Voice && order == 0 {
            while plan.people.is_digital_only(customer) {
                customer = plan.people.caller(site, &mut random);
            }
        }
        let is_wrong = channel == Channel::Voice && random.chance(0.012);
        let mut contact = blank(self.generated, source, channel, at);
        contact.customer = customer;
        contact.language = plan.people.language(customer);
        contact.is_anonymous = channel == Channel::Voice && random.chance(0.02);
        if is_wrong {
            contact.disposition = Disposition::WrongNumber;
        } else {
            contact.issue = issue;
            contact.product = product;
            contact.order = order;
        }
        self.serve(plan, &mut contact, 0, &mut random);
        contact
    }

    /// A contact of somebody who comes back, or is called back.
    pub(crate) fn returning(&mut self, plan: &Plan, entry: &Return) -> Contact {
        self.generated += 1;
        let mut random = Random::new(plan.seed, Stream::Behaviour, self.generated);
        let mut contact = blank(self.generated, entry.source, entry.channel, entry.at);
        contact.previous = entry.previous;
        contact.customer = entry.customer;
        contact.is_anonymous = entry.is_anonymous;
        contact.is_outbound = entry.reason == Reason::CallBack;
        contact.is_follow_up = entry.is_follow_up;
        contact.is_redial = entry.reason == Reason::Redial;
        contact.language = entry.language;
        contact.issue = entry.issue;
        contact.product = entry.product;
        contact.order = entry.order;
        if entry.issue == NONE {
            contact.disposition = Disposition::WrongNumber;
        }
        self.serve(plan, &mut contact, entry.attempt, &mut random);
        contact
    }

    fn draw_issue(&self, product: u8, random: &mut Random) -> u8 {
        let (numbers, weights) = &self.issues[usize::from(product)];
        let mut point = random.unit() * weights.iter().sum::<f64>();
        for (number, weight) in numbers.iter().zip(weights) {
            point -= weight;
            if point < 0.0 {
                return *number;
            }
        }
        numbers[0]
    }

    /// Waiting, talking, outcome; schedules what follows.
    fn serve(&mut self, plan: &Plan, contact: &mut Contact, attempt: u8, random: &mut Random) {
        if contact.channel == Channel::Voice {
            self.call(contact, random);
        } else {
            ticket(contact, self.waiting[Site::Madrid as usize], random);
        }
        let counter = &mut self.sequences[contact.source as usize];
        contact.sequence = *counter;
        *counter += u64::from(if contact.source == Source::Outsourcer { contact.leg_count } else { 1 });
        settle(contact, attempt, random);
        plant(plan, contact, random);
        self.schedule_next(plan, contact, attempt, random);
    }

    fn call(&mut self, contact: &mut Contact, random: &mut Random) {
        let (mean_wait, wait_chance) = self.waiting[contact.site() as usize];
        let queue = if contact.is_wrong_number() {
            random.index(4) as u8
        } else {
            ISSUES[usize::from(contact.issue)].family
        };
        let offered =
            if random.chance(wait_chance) { random.exponential(mean_wait) } else { random.unit() * 4.0 };
        let patience = random.log_normal(PATIENCE_MEDIAN, PATIENCE_SPREAD).max(1.0);
        let queued_at = contact.started_at + random.between(4, 35) as i64;
        let mut leg = Leg { queue, queued_at, agent: random.below(40) as u16, ..Leg::default() };
        if contact.is_outbound {
            leg.queue = NONE;
            leg.queued_at = contact.started_at;
            leg.is_answered = random.chance(0.8);
            leg.wait_seconds = random.between(6, 25) as u32;
        } else {
            leg.is_answered = offered <= patience;
            leg.wait_seconds = offered.min(patience).min(3_000.0) as u32;
        }
        leg.ring_seconds = random.between(1, 9).min(u64::from(leg.wait_seconds)) as u8;
        leg.ended_at = leg.answered_at();
        if leg.is_answered {
            talk(&mut leg, contact, random);
        } else if !contact.is_outbound {
            contact.disposition = Disposition::Abandoned;
        } else {
            contact.disposition = Disposition::NoSolution;
        }
        contact.legs[0] = leg;
        contact.ended_at = leg.ended_at;
        let transfer = ISSUES.get(usize::from(contact.issue)).map_or(0.0, |issue| issue.transfer);
        if leg.is_answered && !contact.is_outbound && random.chance(transfer) {
            let first = &mut contact.legs[0];
            first.talk_seconds = (first.talk_seconds / 2).max(20);
            first.hold_seconds = first.hold_seconds.min(first.talk_seconds / 2);
            first.ended_at = first.answered_at() + i64::from(first.talk_seconds + first.hold_seconds);
            let queue =
                if random.chance(0.65) { SECOND_LINE } else { (leg.queue + 1 + random.below(3) as u8) % 4 };
            let mut second = Leg {
                queue,
                queued_at: first.ended_at + 1,
                wait_seconds: (random.exponential(mean_wait.min(60.0) + 10.0) as u32).min(900),
                agent: 40 + random.below(12) as u16,
                is_answered: true,
                ..Leg::default()
            };
            second.ring_seconds = random.between(1, 9).min(u64::from(second.wait_seconds)) as u8;
            talk(&mut second, contact, random);
            contact.ended_at = second.ended_at;
            contact.legs[1] = second;
            contact.leg_count = 2;
        }
        contact.first_solved_at = contact.ended_at;
    }

    fn schedule_next(&mut self, plan: &Plan, contact: &Contact, attempt: u8, random: &mut Random) {
        let mut entry = Return {
            at: 0,
            previous: contact.number,
            customer: contact.customer,
            order: contact.order,
            source: contact.source,
            channel: contact.channel,
            reason: Reason::Redial,
            language: contact.language,
            issue: contact.issue,
            product: contact.product,
            attempt: attempt + 1,
            is_follow_up: contact.is_follow_up,
            is_anonymous: contact.is_anonymous,
        };
        if contact.is_abandoned() {
            if attempt < 5 && random.chance(0.46) {
                let delay = random.exponential(420.0).clamp(25.0, 1_780.0) as i64;
                self.schedule(plan, entry, contact.ended_at + delay);
            }
            return;
        }
        if contact.is_outbound || contact.is_wrong_number() || !contact.is_handled() {
            return;
        }
        if contact.is_resolved {
            let next = ISSUES[usize::from(contact.issue)].next;
            if next != NONE
                && random.chance(0.06)
                && ISSUES[usize::from(next)].products.contains(&contact.product)
            {
                entry.reason = Reason::NextIssue;
                entry.previous = 0;
                entry.issue = next;
                entry.attempt = 0;
                entry.is_follow_up = false;
                self.schedule_at_daytime(plan, entry, contact, random);
            }
            return;
        }
        if contact.disposition == Disposition::CallBackPromised && !contact.is_anonymous && random.chance(0.3)
        {
            let mut call_back = entry;
            call_back.reason = Reason::CallBack;
            call_back.channel = Channel::Voice;
            if contact.source == Source::Zendesk {
                call_back.source = Source::Asterisk;
            }
            if !plan.people.is_digital_only(contact.customer) {
                self.schedule_at_daytime(plan, call_back, contact, random);
            }
            if random.chance(0.6) {
                return;
            }
        }
        let willingness = [0.74, 0.66, 0.55, 0.4, 0.0][usize::from(attempt.min(4))];
        if !random.chance(willingness) {
            return;
        }
        entry.reason = Reason::FollowUp;
        entry.is_follow_up = true;
        if random.chance(0.3) || contact.source == Source::Zendesk && random.chance(0.2) {
            entry.source =
                [Source::Asterisk, Source::Zendesk, Source::Outsourcer, Source::Connect][random.index(4)];
            entry.channel = channel_of(entry.source, random);
        }
        if plan.people.is_digital_only(contact.customer) {
            entry.source = Source::Zendesk;
            if entry.channel == Channel::Voice {
                entry.channel = Channel::Email;
            }
        }
        if entry.channel != Channel::Voice {
            entry.is_anonymous = false;
        }
        if random.chance(0.06) {
            entry.language = plan.people.other_language(contact.customer, contact.language);
        }
        if random.chance(0.1) {
            entry.order = 0;
        }
        self.schedule_at_daytime(plan, entry, contact, random);
    }

    /// Schedules for some days later, at an hour in which people are in contact.
    fn schedule_at_daytime(&mut self, plan: &Plan, entry: Return, contact: &Contact, random: &mut Random) {
        let delay = match entry.reason {
            Reason::CallBack => random.between(7_200, 93_600) as f64,
            Reason::NextIssue => random.between(DAY as u64, 12 * DAY as u64) as f64,
            _ => random.log_normal(1.7 * DAY as f64, 1.0).max(600.0),
        };
        let target = contact.ended_at + (delay as i64).min(HORIZON_DAYS * DAY);
        let day = target.div_euclid(DAY);
        let sums = running_sums((0..24).map(|hour| plan.hour_weight(entry.source.site(), day * 24 + hour)));
        let at = day * DAY + random.cumulative(&sums) as i64 * 3_600 + random.below(3_600) as i64;
        self.schedule(
            plan,
            entry,
            if at < contact.ended_at + 300 { target.max(contact.ended_at + 300) } else { at },
        );
    }

    fn schedule(&mut self, plan: &Plan, mut entry: Return, at: i64) {
        entry.at = at;
        let hour = at.div_euclid(3_600) - plan.first_day * 24;
        if let Some(bucket) = usize::try_from(hour).ok().and_then(|hour| self.returns.get_mut(hour)) {
            bucket.push(entry);
            self.pending += 1;
        }
    }
}

fn blank(number: u64, source: Source, channel: Channel, at: i64) -> Contact {
    Contact {
        number,
        previous: 0,
        source,
        channel,
        sequence: 0,
        customer: 0,
        is_anonymous: false,
        is_outbound: false,
        is_follow_up: false,
        is_redial: false,
        language: 0,
        issue: NONE,
        product: NONE,
        order: 0,
        started_at: at,
        ended_at: at,
        legs: [Leg::default(); 2],
        leg_count: 1,
        is_resolved: false,
        is_complaint: false,
        has_text: false,
        disposition: Disposition::Solved,
        survey_resolved: None,
        first_solved_at: at,
        personal: None,
        fate: Fate::Plain,
        delivered_day: 0,
    }
}

fn channel_of(source: Source, random: &mut Random) -> Channel {
    if source != Source::Zendesk {
        return Channel::Voice;
    }
    [Channel::Email, Channel::Web, Channel::Chat][random.cumulative(&[0.5, 0.7, 1.0])]
}

/// Finds an order of the last two weeks, of the product, from a country that the site serves.
fn find_order(plan: &Plan, site: Site, day: i64, product: u8, random: &mut Random) -> Option<(u64, u64)> {
    for _ in 0..400 {
        let age = 1 + (random.unit() * random.unit() * 14.0) as i64;
        if day - age < plan.first_day {
            continue;
        }
        let orders = plan.orders_of(day - age);
        if orders.is_empty() {
            continue;
        }
        let number = orders.start + random.below(orders.end - orders.start);
        let order = plan.order(number);
        if order.product == product
            && random.chance(plan.people.acceptance(site, order.customer))
            && !plan.people.is_digital_only(order.customer)
        {
            return Some((number, order.customer));
        }
    }
    None
}

fn talk(leg: &mut Leg, contact: &Contact, random: &mut Random) {
    let median = ISSUES.get(usize::from(contact.issue)).map_or(18.0, |issue| issue.talk);
    leg.talk_seconds = random.log_normal(median, 0.5).clamp(8.0, 3_600.0) as u32;
    if contact.source != Source::Asterisk {
        if !contact.is_wrong_number() && random.chance(0.35) {
            leg.hold_seconds = random.exponential(55.0).clamp(5.0, 900.0) as u32;
        }
        leg.wrap_up_seconds = random.exponential(38.0).clamp(3.0, 600.0) as u32;
    }
    leg.ended_at = leg.answered_at() + i64::from(leg.talk_seconds + leg.hold_seconds);
}

/// Times of a ticket: first reply, solved, perhaps reopened and solved again.
fn ticket(contact: &mut Contact, (mean_wait, _): (f64, f64), random: &mut Random) {
    let issue = &ISSUES[usize::from(contact.issue)];
    let mut leg = Leg {
        queue: issue.family,
        queued_at: contact.started_at,
        agent: random.below(30) as u16,
        ..Leg::default()
    };
    leg.is_answered = true;
    let solved_after = if contact.channel.is_letter() {
        leg.wait_seconds = random.log_normal(10_800.0, 0.9).clamp(300.0, 259_200.0) as u32;
        random.log_normal(14_400.0, 1.0).clamp(600.0, 432_000.0) as i64
    } else {
        let offered = random.exponential(mean_wait);
        let patience = random.log_normal(2.0 * PATIENCE_MEDIAN, PATIENCE_SPREAD).max(1.0);
        leg.is_answered = offered <= patience;
        leg.wait_seconds = offered.min(patience).min(3_000.0) as u32;
        random.log_normal(issue.talk * 1.8, 0.5).clamp(60.0, 7_200.0) as i64
    };
    if leg.is_answered {
        contact.ended_at = leg.answered_at() + solved_after;
    } else {
        contact.disposition = Disposition::Abandoned;
        contact.ended_at = leg.answered_at();
    }
    leg.ended_at = contact.ended_at;
    contact.legs[0] = leg;
    contact.first_solved_at = contact.ended_at;
}

/// Whether it was resolved, and what agent, survey and customer say of it.
fn settle(contact: &mut Contact, attempt: u8, random: &mut Random) {
    if !contact.is_handled() {
        return;
    }
    if contact.is_wrong_number() {
        contact.is_resolved = true;
        contact.has_text = !contact.is_outbound;
        return;
    }
    let issue = &ISSUES[usize::from(contact.issue)];
    let is_escalated = contact.last_leg().queue == SECOND_LINE;
    let odds = issue.resolution / (1.0 - issue.resolution)
        * contact.site().resolution_odds()
        * if is_escalated { 1.4 } else { 1.0 }
        * if attempt > 0 && contact.is_follow_up { 0.8 } else { 1.0 };
    contact.is_resolved = random.chance(odds / (1.0 + odds));
    let noted = random.unit();
    contact.disposition = match contact.is_resolved {
        false if noted < 0.36 => Disposition::CallBackPromised,
        false if noted < 0.60 => Disposition::NoSolution,
        _ => Disposition::Solved,
    };
    if contact.source == Source::Connect && random.chance(0.14) {
        contact.survey_resolved = Some(contact.is_resolved == random.chance(0.93));
    }
    if contact.channel.is_letter() && !contact.is_resolved && random.chance(0.22) {
        contact.ended_at = contact.first_solved_at + random.between(7_200, 2 * DAY as u64) as i64;
        contact.legs[0].ended_at = contact.ended_at;
        contact.is_resolved = random.chance(0.5);
        contact.disposition = Disposition::Solved;
    }
    let text_share = match contact.source {
        Source::Asterisk => 0.93,
        Source::Zendesk => 1.0,
        Source::Outsourcer => 0.92,
        _ => 0.95,
    };
    contact.has_text = !contact.is_outbound && random.chance(text_share);
    let waited = if contact.channel == Channel::Voice { contact.legs[0].wait_seconds } else { 0 };
    let complaint = 0.11
        + if contact.is_follow_up { 0.22 } else { 0.0 }
        + if contact.is_resolved { 0.0 } else { 0.10 }
        + if waited > 180 { 0.12 } else { 0.0 };
    contact.is_complaint = contact.has_text && random.chance(complaint);
}

/// Decides what goes wrong in the delivery, and what the customer gives away.
fn plant(plan: &Plan, contact: &mut Contact, random: &mut Random) {
    let point = random.unit();
    contact.fate = match point {
        _ if point < 0.003 => Fate::Bad(random.below(6) as u8),
        _ if point < 0.009 => Fate::TwiceSameFile,
        _ if point < 0.015 => Fate::TwiceNextDay,
        _ if point < 0.027 => Fate::Late(random.between(1, 4) as u8),
        _ if point < 0.090 && contact.source == Source::Connect => Fate::Revised(random.below(2) as u8),
        _ => Fate::Plain,
    };
    let has_versions = contact.source == Source::Zendesk
        && contact.started_at.div_euclid(DAY) != contact.ended_at.div_euclid(DAY);
    match contact.fate {
        // Another record of the same contact would be readable, or in time.
        Fate::Bad(_) if contact.leg_count > 1 => contact.fate = Fate::Plain,
        Fate::Late(_) if has_versions => contact.fate = Fate::Plain,
        _ => {}
    }
    if !contact.is_delivered() {
        contact.has_text = false;
        contact.is_complaint = false;
    }
    if contact.has_text && !contact.is_wrong_number() && random.chance(0.047) {
        contact.personal = Some(KINDS[random.cumulative(&[0.27, 0.57, 0.75, 0.90, 1.0])]);
    }
    let late = if let Fate::Late(days) = contact.fate { i64::from(days) } else { 0 };
    let seen_at = if contact.source == Source::Zendesk { contact.started_at } else { contact.ended_at };
    contact.delivered_day = (seen_at.div_euclid(DAY) + late).min(plan.end_day - 1);
}

/// What the emerging issue's product brings of it in ordinary weeks, as a share of all fresh contacts.
fn emerging_share() -> f64 {
    let product = &PRODUCTS[usize::from(EMERGING_PRODUCT)];
    let family: f64 =
        PRODUCTS.iter().filter(|other| other.family == product.family).map(|other| other.contact_share).sum();
    let issues: f64 = ISSUES
        .iter()
        .filter(|issue| issue.products.contains(&EMERGING_PRODUCT))
        .map(|issue| issue.weight)
        .sum();
    FAMILY_SHARES[usize::from(product.family)]
        * (product.contact_share / family)
        * (ISSUES[usize::from(EMERGING_ISSUE)].weight / issues)
}

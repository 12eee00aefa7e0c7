//! The plan of the window: volumes by hour, orders by day, planted dates, zones.
//!
//! In: the parameters. Out: weights and ranges that the stream of days reads. Everything here is
//! known before the first contact, so writing fewer days changes none of it.

use jiff::civil::Date;

use crate::calendar::{DAY, Offsets, civil, weekday};
use crate::catalogue::{HOUR_WEIGHTS, SITES, Site, WEEKDAY_WEIGHTS};
use crate::people::People;
use crate::random::{Random, Stream, running_sums};
use crate::{SampleError, SampleParameters};

/// Contacts that a fresh contact draws after it, measured over a million: redials, follow-ups, call-backs.
const LATER_CONTACTS: f64 = 0.325;
/// How much the arrivals of the surge day exceed a normal day's; redials bring the total to three times.
const SURGE_ARRIVALS: f64 = 2.8;
/// How much the orders of the surge day exceed a normal day's.
const SURGE_ORDERS: f64 = 2.4;
/// Week (from 0) in which the planted issue emerges.
const EMERGING_WEEK: i64 = 6;
/// Week (from 0) from which the mix is shifted.
const SHIFT_WEEK: i64 = 4;
/// Orders per contact.
const ORDERS_PER_CONTACT: f64 = 1.3;
/// The first order's number as the shop writes it.
pub(crate) const FIRST_ORDER: u64 = 482_000;
/// Relative orders by weekday, Monday first.
const ORDER_WEEKDAYS: [f64; 7] = [1.05, 0.98, 0.96, 0.97, 1.0, 1.06, 0.98];

/// An order, derived from its number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    pub(crate) customer: u64,
    pub(crate) product: u8,
}

/// What is known before the first day.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) contact_count: u64,
    pub(crate) first_day: i64,
    /// The day after the last, had all been written.
    pub(crate) end_day: i64,
    pub(crate) people: People,
    offsets: [Offsets; 3],
    surge_day: Option<i64>,
    /// First order of each day, and one more entry for the total.
    first_orders: Vec<u64>,
    product_sums: Vec<f64>,
    /// Arrival weight still to come after each day.
    weight_after: Vec<f64>,
}

impl Plan {
    /// Lays the window out.
    ///
    /// # Errors
    /// [`SampleError::Window`] for an empty or impossible window, [`SampleError::ZoneMissing`].
    pub(crate) fn new(parameters: &SampleParameters) -> Result<Self, SampleError> {
        let end_day = day_number(parameters.until);
        let first_day = end_day - i64::from(parameters.weeks) * 7;
        if parameters.weeks == 0 || parameters.weeks > 520 || first_day < 0 {
            return Err(SampleError::Window { weeks: parameters.weeks, until: parameters.until });
        }
        let until = (end_day + 45) * DAY;
        let zone = |site: Site| Offsets::new(site.zone(), first_day * DAY - DAY, until);
        let mut plan = Self {
            seed: parameters.seed,
            contact_count: parameters.contact_count,
            first_day,
            end_day,
            people: People::new(parameters.seed, parameters.contact_count),
            offsets: [zone(SITES[0])?, zone(SITES[1])?, zone(SITES[2])?],
            surge_day: (first_day..end_day).find(|day| matches!(civil(*day), (_, 11, 11))),
            first_orders: Vec::new(),
            product_sums: running_sums(crate::catalogue::PRODUCTS.iter().map(|product| product.order_share)),
            weight_after: Vec::new(),
        };
        plan.lay_out();
        Ok(plan)
    }

    fn lay_out(&mut self) {
        let order_weight = |day: i64| {
            let surge = if Some(day) == self.surge_day { SURGE_ORDERS } else { 1.0 };
            surge * ORDER_WEEKDAYS[weekday(day)]
        };
        let total: f64 = (self.first_day..self.end_day).map(order_weight).sum();
        let mut sum = 0.0;
        let mut first_orders = vec![0];
        for day in self.first_day..self.end_day {
            sum += order_weight(day);
            first_orders.push((self.contact_count as f64 * ORDERS_PER_CONTACT * sum / total) as u64);
        }
        let mut after: Vec<f64> = Vec::new();
        let mut left = 0.0;
        for day in (self.first_day..self.end_day).rev() {
            after.push(left);
            left += self.day_weight(day);
        }
        after.reverse();
        self.first_orders = first_orders;
        self.weight_after = after;
    }

    /// Local seconds of an instant at a site.
    pub(crate) fn local(&self, site: Site, instant: i64) -> i64 {
        self.offsets[site as usize].local(instant)
    }

    /// Relative arrivals of a site in an hour (hours since 1970, UTC), the surge included.
    pub(crate) fn hour_weight(&self, site: Site, hour: i64) -> f64 {
        let surge = if self.surge_day == Some(hour.div_euclid(24)) { SURGE_ARRIVALS } else { 1.0 };
        surge * site.share() * self.profile(site, hour)
    }

    fn profile(&self, site: Site, hour: i64) -> f64 {
        let local_hour = self.local(site, hour * 3_600).div_euclid(3_600);
        WEEKDAY_WEIGHTS[weekday(local_hour.div_euclid(24))] * HOUR_WEIGHTS[local_hour.rem_euclid(24) as usize]
    }

    fn day_weight(&self, day: i64) -> f64 {
        (day * 24..day * 24 + 24)
            .map(|hour| SITES.iter().map(|site| self.hour_weight(*site, hour)).sum::<f64>())
            .sum()
    }

    /// Arrivals per seat in an hour, against staffing that is planned for a normal week.
    pub(crate) fn load(&self, site: Site, hour: i64) -> f64 {
        let local_hour = self.local(site, hour * 3_600).div_euclid(3_600);
        let staffed = 0.13 + 0.97 * HOUR_WEIGHTS[local_hour.rem_euclid(24) as usize];
        let share = [1.08, 1.04, 1.0, 1.0, 1.0, 0.72, 0.52][weekday(local_hour.div_euclid(24))];
        let key = (local_hour.div_euclid(24) * 3 + site as i64) as u64;
        let chance = 0.88 + 0.24 * Random::new(self.seed, Stream::Day, key).unit();
        chance * self.hour_weight(site, hour) / site.share() / (staffed * share)
    }

    /// Fresh arrivals of a day, so that what is still missing is spread over what is left of the window.
    pub(crate) fn fresh_arrivals(&self, day: i64, generated: u64, pending: u64) -> f64 {
        let today = self.day_weight(day);
        let left = today + self.weight_after[(day - self.first_day) as usize];
        let missing = self.contact_count.saturating_sub(generated + pending) as f64;
        missing / (1.0 + LATER_CONTACTS) * today / left
    }

    /// The share of a day's arrivals that falls on one site and hour.
    pub(crate) fn hour_share(&self, site: Site, hour: i64) -> f64 {
        self.hour_weight(site, hour) / self.day_weight(hour.div_euclid(24))
    }

    /// Dates of the planted surge.
    pub(crate) fn surge_day(&self) -> Option<i64> {
        self.surge_day
    }

    /// First day of the week in which the planted issue emerges, when the window holds it.
    pub(crate) fn emerging_day(&self) -> Option<i64> {
        Some(self.first_day + 7 * EMERGING_WEEK).filter(|day| *day < self.end_day)
    }

    /// First day of the shifted mix, when the window holds it.
    pub(crate) fn shift_day(&self) -> Option<i64> {
        Some(self.first_day + 7 * SHIFT_WEEK).filter(|day| *day < self.end_day)
    }

    /// How much more often than usual the planted issue occurs on a day.
    pub(crate) fn emergence(&self, day: i64) -> f64 {
        match (day - self.first_day).div_euclid(7) - EMERGING_WEEK {
            week if week < 0 => 1.0,
            week => (40.0 * 0.80_f64.powi(week as i32)).max(1.0),
        }
    }

    /// Order numbers of a day.
    pub(crate) fn orders_of(&self, day: i64) -> std::ops::Range<u64> {
        let index = (day - self.first_day) as usize;
        self.first_orders[index]..self.first_orders[index + 1]
    }

    /// Who ordered what.
    pub(crate) fn order(&self, order: u64) -> Order {
        let mut random = Random::new(self.seed, Stream::Order, order);
        let product = random.cumulative(&self.product_sums) as u8;
        Order { customer: self.people.buyer(&mut random), product }
    }
}

/// Days since 1970-01-01 of a date.
pub(crate) fn day_number(date: Date) -> i64 {
    date.to_zoned(jiff::tz::TimeZone::UTC)
        .map_or(0, |instant| instant.timestamp().as_second().div_euclid(DAY))
}

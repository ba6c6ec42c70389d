"""A contract drafted from a file alone names its kind, columns and codes, and holds nothing that tells of a person."""

import csv
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
import tiny
import yaml

from flows.contracts.load import load_contracts
from flows.contracts.model import Contracts
from flows.draft.propose import propose
from flows.draft.sniff import sniff
from flows.draft.words import load_words
from flows.draft.write import contract_text, map_text, name_pattern
from flows.settings import Settings, load_settings

INBOX = tiny.ROOT / "data" / "sample" / "inbox"
SOURCES = sorted(folder.name for folder in INBOX.iterdir())
HEADERS = {
    "ru": ("ПИНФЛ", "Должностной оклад", "Премия", "Удержания", "Месяц"),
    "uz": ("JSHSHIR", "Lavozim maoshi", "Mukofot", "Ushlanmalar", "Oy"),
    "ko": ("개인번호", "기본급", "상여금", "공제액", "급여월"),
}


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(tiny.ROOT / "qdeep.toml")


@pytest.fixture(scope="module")
def contracts(settings: Settings) -> Contracts:
    return load_contracts(settings)


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES)
def test_a_source_that_nobody_knows_is_drafted_from_its_file(
    source: str, settings: Settings, contracts: Contracts, tmp_path: Path
) -> None:
    """Its own contract is left out, so only the lists of words and the other sources help."""
    known = contracts.sources[source]
    rest = replace(contracts, sources={name: one for name, one in contracts.sources.items() if name != source})
    file = sniff(max((INBOX / source).iterdir()), settings, tmp_path)
    found = propose(file, rest, load_words(rest, settings))
    wanted = known.maps[-1].headers
    right = sum(found.headers.get(column) == name for column, name in wanted.items())
    assert found.kind.name == known.kind.name
    assert right >= 0.85 * len(wanted), (wanted, found.headers)
    assert (file.style.format, file.style.encoding, file.style.header_rows, file.style.title_rows) == (
        known.file.format,
        known.file.encoding,
        known.file.header_rows,
        known.file.title_rows,
    )
    codes = {(column, word): code for column, words in known.values.items() for word, code in words.items()}
    drafted = {(column, word): code for column, words in found.values.items() for word, code in words.items()}
    assert not {one for one, code in drafted.items() if codes.get(one, code) != code}


def test_every_canonical_column_has_a_name_in_the_lists(contracts: Contracts, settings: Settings) -> None:
    named = {column for columns in load_words(contracts, settings).columns.values() for column in columns}
    kinds = [kind for kind in contracts.kinds.values() if kind.name != "survey"]
    assert not {column.name for kind in kinds for column in kind.tables[0].columns} - named


@pytest.mark.parametrize("language", sorted(HEADERS))
def test_headings_of_a_strange_ministry_are_known(
    language: str, settings: Settings, contracts: Contracts, tmp_path: Path
) -> None:
    path = tmp_path / "pay.csv"
    row = ("30101851234567", "5000000", "0", "100", "2026-01")
    path.write_text("\n".join([";".join(HEADERS[language]), *[";".join(row)] * 3]) + "\n", encoding="utf-8")
    found = propose(sniff(path, settings, tmp_path), contracts, load_words(contracts, settings))
    assert found.kind.name == "pay"
    assert found.headers == dict(
        zip(("pinfl", "base_pay", "bonus", "deductions", "month"), HEADERS[language], strict=True)
    )


def planted(path: Path) -> set[str]:
    """Write a staff list with an unknown remark; return all that tells of a person."""
    draw, secrets = random.Random(4), set()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["JSHSHIR", "F.I.Sh.", "Telefon", "Jinsi", "Boʻlinma kodi", "Izoh", "Sobiq familiyasi"])
        for number in range(60):
            person = [
                f"{draw.randrange(3, 7)}{draw.randrange(10**12, 10**13)}",
                f"Kanareyev{number} Ptitsa",
                f"+99890{draw.randrange(10**6, 10**7)}",
            ]
            remark, former = f"kasal{number}", f"Yashirin{number}"
            secrets |= {*person, remark, former}
            writer.writerow([*person, _slipped(number), "MOA-1", remark, former])
            secrets |= {_slipped(number)} - {"erkak"}
    return secrets


def _slipped(number: int) -> str:
    """Return what stands where the sex should: names of two rows each, one telephone number of ten, then words."""
    return f"Sirdosh{number % 20}" if number < 40 else "+998901112233" if number < 50 else "erkak"


def test_no_person_stands_in_a_draft(settings: Settings, contracts: Contracts, tmp_path: Path) -> None:
    """Names that slipped into a column of codes are counted, not shown, unless many rows hold them."""
    path = tmp_path / "staff_2026-01-31.csv"
    secrets = planted(path)
    file = sniff(path, settings, tmp_path)
    found = propose(file, contracts, load_words(contracts, settings))
    text = contract_text(found, file, path, "staff_strange", "") + map_text(found)
    assert {"pinfl", "full_name", "phone"} <= set(found.headers)
    assert not [secret for secret in secrets if secret in text]
    assert yaml.safe_load(text.split("version,")[0])["kind"] == found.kind.name


def test_the_command_writes_two_files_and_overwrites_none(tmp_path: Path) -> None:
    made = tiny.make(tmp_path)
    path = tmp_path / "staff_2026-01-31.csv"
    secrets = planted(path)
    first = made.qdeep("contract", "draft", str(path), "--source", "strange", "--into", "draft", "-o", "json")
    assert first.returncode in (0, 1), first.stderr
    item = json.loads(first.stdout)["items"][0]
    assert (item["kind"], len(item["files"])) == ("personnel", 2)
    assert not [secret for secret in secrets if secret in first.stdout + first.stderr]
    again = made.qdeep("contract", "draft", str(path), "--source", "strange", "--into", "draft")
    assert (again.returncode, "E-409" in again.stderr) == (2, True)


def test_days_in_a_file_name_become_groups() -> None:
    assert name_pattern("staff_asof2026-01-31_sent2026-02-03.csv") == (
        r"staff_asof(?P<period>\d{4}-\d{2}-\d{2})_sent(?P<known_from>\d{4}-\d{2}-\d{2})\.csv"
    )


LOG = """case:concept:name,concept:name,lifecycle:transition,time:timestamp,org:resource
1,invite,start,2026-01-05 09:00:00,Mike
1,invite,complete,2026-01-06 09:00:00,Mike
1,decide,start,2026-01-07 09:00:00,
1,decide,complete,2026-01-08 09:00:00,
"""


@pytest.mark.parametrize("name", ["occurred_at", "completed_at"])
def test_the_stamp_beside_a_transition_is_a_moment(
    name: str, settings: Settings, contracts: Contracts, tmp_path: Path
) -> None:
    """A start under the heading of completions would count as work done, and each activity twice."""
    is_told = name == "occurred_at"
    rows = [line.split(",") for line in LOG.splitlines()]
    kept = rows if is_told else [row[:2] + row[3:] for row in rows[::2]]
    file = tmp_path / "log.csv"
    file.write_text("\n".join(",".join(row) for row in kept), encoding="utf-8")
    found = propose(sniff(file, settings, tmp_path), contracts, load_words(contracts, settings))
    assert found.kind.name == "event_log"
    assert found.headers[name] == "time:timestamp"
    assert ("lifecycle" in found.headers) == is_told

"""A key is safe or refused; another key gives the same lake with other pseudonyms, and nobody is lost or doubled."""

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.contracts.model import Contracts
from flows.errors import QdeepError
from flows.intake import land, rekey
from flows.intake.deliver import replay, take_in
from flows.intake.keys import examine, key_of, lake_keys, safe_key
from flows.intake.parcel import write_rows
from flows.intake.persons import find_duplicates, write_review
from flows.intake.pseudonym import Key, load_key, new_key
from flows.intake.rekey import rotate
from flows.intake.store import deliveries, is_whole
from flows.pull import receive
from flows.settings import Settings
from tests.contracts.small_project import settings_for, write
from tests.flows.test_intake import project_in, send
from tests.flows.test_replay import FIRST_CELL, SENT, UNIT, exported, mend, row

pytestmark = pytest.mark.slow


class Killed(BaseException):
    """Stands for a kill: nothing of ours catches it."""


@pytest.fixture
def lake(filled: Path, tmp_path: Path) -> tuple[Contracts, Settings, Key]:
    """A copy of that lake."""
    contracts, settings = project_in(tmp_path)
    for folder in (settings.workspace, settings.inbox):
        shutil.copytree(filled / folder.name, folder, symlinks=True)
    shutil.copy2(filled / settings.key_file.name, settings.key_file)
    return contracts, settings, load_key(settings.key_file)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with a landed delivery, a mended one that adds to it, an event log and a refused delivery."""
    folder = tmp_path_factory.mktemp("filled")
    contracts, settings = project_in(folder)
    new_key(settings.key_file)
    key = load_key(settings.key_file)
    twin = row(7).replace("31505600010014", "31505600010022")
    send(settings, row(1), row(1), row(2, unit="X"), row(3, unit="X"), twin)
    send(settings, row(1, unit="X"), name="staff_2026-01-02.csv")
    write(settings.inbox / "log" / "log.csv", LOG)
    for source in ("staff", "log"):
        for received in receive(contracts.sources[source], settings):
            take_in(received, contracts.sources[source], contracts, settings, key)
    origin = next(one for one in deliveries(settings) if one["source"] == "staff" and one["verdict"] == "landed")
    cells = {(line, UNIT): "MOA-1" for line in (3, 4)} | {(3, FIRST_CELL + 4): "MOA-0001"}
    book = mend(exported(settings, origin["delivery_id"]), cells)
    outcome = replay(book, contracts, settings, key, SENT)
    assert (outcome.read, outcome.landed, outcome.refused) == (2, 1, 1)
    return folder


LOG = """Case,Step,Start,End,Who,Closed
K1,register,05.01.2026 09:00,05.01.2026 09:20,Anvar,1
K1,sign,05.01.2026 10:00,05.01.2026 10:05,Dilnoza,1
"""


def content(settings: Settings) -> list[dict]:
    """Return all landed rows; pseudonyms become the numbers in which they first appear."""
    numbers: dict[str, int] = {}

    def unkeyed(value: object) -> object:
        return numbers.setdefault(str(value), len(numbers)) if str(value).startswith("h1_") else value

    tables = [pq.read_table(path).to_pylist() for path in sorted(settings.lake.glob("*/*/*.parquet"))]
    return [{name: unkeyed(value) for name, value in one.items()} for rows in tables for one in rows]


def tokens(settings: Settings) -> set[str]:
    found = (pq.read_table(path).to_pylist() for path in settings.lake.glob("*/*/*.parquet"))
    return {str(v) for rows in found for one in rows for v in one.values() if str(v).startswith("h1_")}


def second_key(settings: Settings) -> Key:
    path = settings.key_file.with_name("second")
    if not path.exists():
        new_key(path)
    return load_key(path)


def test_rotation_changes_pseudonyms_and_nothing_else(lake: tuple[Contracts, Settings, Key]) -> None:
    contracts, settings, old = lake
    before, was, verdicts = content(settings), tokens(settings), _verdicts(settings)
    pair = _pair(settings)
    write_review(settings, find_duplicates(settings, {}))
    new = second_key(settings)
    found = rotate(settings, contracts, old, new)
    assert (found.deliveries, found.rows, found.persons) == (4, 5, {"hr": 2, "resource": 2})
    assert content(settings) == before
    assert _verdicts(settings) == verdicts
    assert not was & tokens(settings)
    assert lake_keys(settings) == {new.id}
    for manifest in deliveries(settings):
        assert is_whole(settings.lake / manifest["source"] / manifest["delivery_id"], manifest)
    assert not [name for name in (rekey.FRESH, rekey.ASIDE, rekey.INTENT) if (settings.workspace / name).exists()]
    assert _pair(settings) == pair
    kept = [path.name for path in settings.vault.rglob("persons*")]
    assert (kept, list(settings.vault.rglob("*.csv"))) == ([f"persons.{new.id}.parquet"] * 2, _originals(settings))
    assert rotate(settings, contracts, old, new).deliveries == 0
    with pytest.raises(QdeepError, match="E-444"):
        key_of(settings)
    assert key_of(replace(settings, key_file=settings.key_file.with_name("second"))) == new


def _pair(settings: Settings) -> dict:
    """Return the one pair of persons for review, its pseudonyms by their places."""
    (pair,) = find_duplicates(settings, {})
    assert {pair["person_key"], pair["other_key"]} <= tokens(settings)
    places = {tuple(pair[f"{who}{name}"] for name in ("source", "delivery_id", "line")) for who in ("", "other_")}
    return {"reason": pair["reason"], "places": places}


def _originals(settings: Settings) -> list[Path]:
    return list(settings.vault.rglob("original.csv"))


def _verdicts(settings: Settings) -> list[dict]:
    keyed = ("files", "key_id")
    return [{name: one[name] for name in one if name not in keyed} for one in deliveries(settings)]


def test_a_rotation_stopped_anywhere_goes_on_where_it_was(
    lake: tuple[Contracts, Settings, Key], monkeypatch: pytest.MonkeyPatch
) -> None:
    contracts, settings, old = lake
    before, new, seen = content(settings), second_key(settings), Counter[str]()
    made = Counter[str]()

    def counted(*arguments: Any, **named: Any) -> dict[str, dict[str, Any]]:
        made.update(["made"])
        return write_rows(*arguments, **named)

    monkeypatch.setattr("flows.intake.deliver.write_rows", counted)
    for step in ("rekeyed", "proved", "intended", "exchanged", "renamed", "old_removed"):  # the last three finish it

        def stop(name: str, step: str = step) -> None:
            seen[name] += 1
            if name == step:
                raise Killed

        monkeypatch.setattr(land, "checkpoint", stop)
        with pytest.raises(Killed):
            _rotate_or_finish(settings, contracts, old, new)
        assert len(deliveries(settings)) == 4, step
        assert content(settings) == before, step
    monkeypatch.setattr(land, "checkpoint", lambda _: None)
    rekey.finish(settings)
    assert lake_keys(settings) == {new.id}
    assert made["made"] <= 4, "what was made before the kill is not made again"


def test_merged_persons_go_by_their_new_keys_and_a_stranger_stops_the_rotation(
    lake: tuple[Contracts, Settings, Key], monkeypatch: pytest.MonkeyPatch
) -> None:
    contracts, settings, old = lake
    new, person, absent = second_key(settings), old.token("hr", "31505600010014"), old.token("hr", "31505600010030")
    assert person in tokens(settings)
    path = settings.contracts[0] / "merges" / "found.csv"
    lines = "survivor_key,merged_key,reason,who,when,active\r\n{},{},other,Karim,2026-02-01,no\r\n"
    write(path, lines.format(person, absent))
    with pytest.raises(QdeepError, match="E-445") as caught:
        rotate(settings, contracts, old, new)
    assert (caught.value.finding.where.line, caught.value.finding.where.column) == (2, "merged_key")
    assert lake_keys(settings) == {old.id}
    write(path, lines.format(person, person))
    stop = {"exchanged": True}

    def checkpoint(name: str) -> None:
        if stop.pop(name, False):
            raise Killed

    monkeypatch.setattr(land, "checkpoint", checkpoint)
    with pytest.raises(Killed):
        rotate(settings, contracts, old, new)
    rekey.finish(settings)
    assert path.read_bytes().decode() == lines.format(*[new.token("hr", "31505600010014")] * 2)
    assert [one.name for one in path.parent.iterdir()] == ["found.csv"]


def _rotate_or_finish(settings: Settings, contracts: Contracts, old: Key, new: Key) -> None:
    """Do what the next command does first, and then rotate."""
    rekey.finish(settings)
    rotate(settings, contracts, old, new)


def test_a_lake_that_cannot_be_made_anew_stays(lake: tuple[Contracts, Settings, Key]) -> None:
    contracts, settings, old = lake
    before, new = tokens(settings), second_key(settings)
    path = next(settings.lake.glob("log/*/rows.parquet"))
    table = pq.read_table(path)
    with pytest.raises(QdeepError, match="E-444"):
        rotate(settings, contracts, new, Key(b"n" * 32))
    pq.write_table(table.set_column(0, "case_id", table.column("activity")), path)
    with pytest.raises(QdeepError, match="E-445"):
        rotate(settings, contracts, old, new)
    pq.write_table(table, path)
    persons = next(settings.vault.glob("staff/*/persons.*"))
    kept = pq.read_table(persons)
    pq.write_table(kept.set_column(4, "line", pa.array([9] * kept.num_rows)), persons)
    with pytest.raises(QdeepError, match="E-445"):
        rotate(settings, contracts, old, new)
    pq.write_table(kept, persons)
    next(settings.vault.glob("log/*/original.csv")).unlink()
    with pytest.raises(QdeepError, match="E-445"):
        rotate(settings, contracts, old, new)
    assert tokens(settings) == before


def test_a_respondent_is_never_linkable_to_a_person() -> None:
    """The same identifier in a survey and in a personnel file gives pseudonyms that have nothing in common."""
    key = Key(b"k" * 32)
    purposes = ("hr", "survey", "resource", "review")
    assert len({key.token(purpose, "31505600010014")[3:8] for purpose in purposes}) == len(purposes)


def test_a_key_inside_the_workspace_is_refused_except_for_the_sample(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    inside = replace(settings, key_file=settings.workspace / "key")
    new_key(inside.key_file)
    with pytest.raises(QdeepError, match="E-402"):
        safe_key(inside)
    assert safe_key(replace(inside, sample=True)) == load_key(inside.key_file)
    new_key(settings.key_file)
    settings.key_file.chmod(0o600)
    assert examine(settings)["fits"]
    assert "master" not in repr(examine(settings))


def test_a_key_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_for(tmp_path)
    new_key(settings.key_file)
    monkeypatch.setattr("os.geteuid", lambda: 4711)
    with pytest.raises(QdeepError, match="E-402"):
        safe_key(settings)

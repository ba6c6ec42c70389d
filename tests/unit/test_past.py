"""Two releases side by side give nobody away: what one of them showed is known to whoever reads the other."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.errors import QdeepError
from flows.release.protection.past import LEDGER, Past, keep, remember
from flows.release.protection.protect import ENGINE, Protected, protect
from flows.release.protection.rules import load_rules
from flows.release.tables import Field, Table
from flows.release.verify import describe_files, verify
from flows.release.write import as_arrow, write_parquet
from tests.unit.test_secondary import (
    LEAVES,
    PEOPLE,
    _shown_again,
    counts,
    exposed_by_stranger,
    people,
    protect_people,
)
from tests.unit.test_secondary import (
    status as statuses,
)

SHIPPED = load_rules()
People = dict[str, tuple[int, int]]
CHANGED = st.tuples(st.integers(0, 30), st.integers(0, 14))
NUMBERS = ("numerator", "denominator", "value", "n")


@pytest.fixture
def shelve(tmp_path: Path) -> Callable[[Protected, str], Past]:
    """Put a release on a shelf, as the next one finds it."""

    def put(done: Protected, name: str) -> Past:
        folder, secrets = tmp_path / name, tmp_path / LEDGER / name
        folder.mkdir(parents=True, exist_ok=True)
        for table, frame in done.frames.items():
            frame.write_parquet(folder / f"{table}.parquet")
        keep(secrets, done.secrets)
        return Past(name, folder, secrets)

    return put


def known_from(done: Protected, true: People, other: Protected, others: People) -> Protected:
    """Return a release as its reader sees it who has another one too, and guesses rightly what has not changed."""
    now, then, seen = counts(true), counts(others), statuses(other)
    frame = done.frames["hrm_indicators"]
    told = [key for key, code in seen.items() if code == "F" and now[key] == then[key]]
    here = pl.concat_str("org_unit_id", "category_1", separator="|")
    values = {f"{unit}|{sex}": float(now[unit, sex]) for unit, sex in told}
    filled = pl.coalesce("numerator", here.replace_strict(values, default=None, return_dtype=pl.Float64))
    return replace(done, frames={"hrm_indicators": frame.with_columns(numerator=filled)})


def test_what_the_release_before_showed_protects_nothing(shelve: Callable[[Protected, str], Past]) -> None:
    """Three women of A-1 are new in the file; of the second cells those are taken that were not told before."""
    before: People = {**PEOPLE, "A-1": (40, 9)}
    first = protect_people(before)
    alone, beside = protect_people(PEOPLE), protect_people(PEOPLE, past=[shelve(first, "first")])
    assert exposed_by_stranger(known_from(alone, PEOPLE, first, before), PEOPLE) == [("A-1", "female")]
    assert exposed_by_stranger(known_from(beside, PEOPLE, first, before), PEOPLE) == []
    assert beside.lost == 0


def test_what_the_release_before_withheld_does_not_come_out_unchanged(shelve: Callable[[Protected, str], Past]) -> None:
    """The women of A-1 become nine; the men of A-1, who protected them, would still tell that they were three."""
    after: People = {**PEOPLE, "A-1": (40, 9)}
    first = protect_people(PEOPLE)
    alone, beside = protect_people(after), protect_people(after, past=[shelve(first, "first")])
    assert exposed_by_stranger(known_from(first, PEOPLE, alone, after), PEOPLE) == [("A-1", "female")]
    assert exposed_by_stranger(known_from(first, PEOPLE, beside, after), PEOPLE) == []
    assert statuses(beside)["A-1", "female"] == "F"  # what has changed tells nothing of what was


def test_other_rules_do_not_bind_the_next_release(shelve: Callable[[Protected, str], Past]) -> None:
    first = replace(shelve(protect_people(PEOPLE), "first"), same_rules=False)
    after: People = {**PEOPLE, "A-1": (40, 9)}
    assert statuses(protect_people(after, past=[first])) == statuses(protect_people(after))


def test_a_count_that_was_told_before_is_no_secret_and_stops_nothing(shelve: Callable[[Protected, str], Past]) -> None:
    first = protect_people(PEOPLE, secondary=False)
    beside = protect_people(PEOPLE, past=[shelve(first, "first")])
    assert beside.lost == 1  # three women, by subtraction from what was shown
    assert statuses(beside) == statuses(first)


def test_the_same_ledger_gives_the_same_release(shelve: Callable[[Protected, str], Past]) -> None:
    first = shelve(protect_people({**PEOPLE, "B-1": (25, 2)}), "first")
    one, other = (protect_people(PEOPLE, past=[first]).frames["hrm_indicators"] for _ in range(2))
    assert one.equals(other)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=people, changes=st.dictionaries(st.sampled_from(LEAVES), CHANGED, max_size=2))
def test_no_stranger_with_both_releases_learns_a_small_count(
    before: People, changes: People, shelve: Callable[[Protected, str], Past]
) -> None:
    after = {**before, **changes}
    first = protect_people(before)
    second = protect_people(after, past=[shelve(first, "first")])
    assert second.lost == 0
    assert exposed_by_stranger(known_from(second, after, first, before), after) == []
    assert exposed_by_stranger(known_from(first, before, second, after), before) == []


TABLE = Table(
    "answers",
    "",
    "One row.",
    (Field("unit", "VARCHAR", "u"), Field("n", "BIGINT", "n"), Field("value", "DOUBLE", "v")),
    ("unit",),
    "survey",
    ("n",),
    ("value",),
)


@pytest.mark.parametrize(("n", "status"), [(40, "F"), (41, "C"), (49, "C"), (31, "C"), (50, "F"), (30, "F")])
def test_answers_of_the_few_who_came_between_two_releases_are_not_told(
    n: int, status: str, shelve: Callable[[Protected, str], Past]
) -> None:
    """Means of 40 and of 41 tell what the one answered; ten are asked for, as everywhere in surveys."""
    first, second = (pl.DataFrame({"unit": ["A"], "n": [count], "value": [60.0]}) for count in (40, n))
    past = shelve(protect({"answers": TABLE}, {"answers": first}, SHIPPED), "first")
    done = protect({"answers": TABLE}, {"answers": second}, SHIPPED, [past])
    assert done.frames["answers"]["conf_status"].to_list() == [status]


def test_a_table_that_an_earlier_release_did_not_have_remembers_nothing(tmp_path: Path) -> None:
    rows = pl.DataFrame({"unit": ["A"], "n": [40], "value": [60.0]})
    memory = remember(TABLE, rows, ("n",), [Past("first", tmp_path, tmp_path)])
    assert (memory.told["n"][0], memory.kept["n"][0], memory.step["n"][0]) == (False, False, None)


def test_nobody_but_the_owner_reads_what_is_kept(tmp_path: Path) -> None:
    keep(tmp_path / "ledger" / "first", protect_people(PEOPLE).secrets)
    files = list((tmp_path / "ledger" / "first").iterdir())
    assert files
    assert {file.stat().st_mode & 0o077 for file in (files[0].parent, *files)} == {0}


def published(folder: Path, done: Protected, engine: int) -> Path:
    """Write a release of two tables with its manifest."""
    folder.mkdir(parents=True)
    for name, frame in done.frames.items():
        write_parquet(done.tables[name], as_arrow(done.tables[name], frame), folder / f"{name}.parquet", LINEAGE)
    manifest = {
        **LINEAGE,
        "engine": engine,
        "disclosure": asdict(SHIPPED),
        "tables": [
            {**asdict(done.tables[name]), "rows": frame.height}
            | {"withheld": done.hidden[name].withheld, "hidden": asdict(done.hidden[name])}
            for name, frame in done.frames.items()
        ],
        "files": describe_files(folder),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


LINEAGE = {"release_id": "first"}


def test_a_release_of_an_earlier_engine_is_held_to_the_thresholds_that_it_records(tmp_path: Path) -> None:
    """Beside the units of A three more belong to it, as today's engine finds; a small count must never be shown."""
    done = protect_people(PEOPLE, secondary=False)
    more = pl.col("org_unit_id").is_in(["UZ", "A"]) & (pl.col("category_1") != "female")
    three = [(pl.col(name) + 3 * more).cast(pl.Int64 if name == "n" else pl.Float64) for name in NUMBERS]
    done.frames["hrm_indicators"] = done.frames["hrm_indicators"].with_columns(three)
    assert verify(published(tmp_path / "old", done, ENGINE - 1)) == ()
    assert [one.where.file for one in verify(published(tmp_path / "new", done, ENGINE))] == ["hrm_indicators.parquet"]
    frame = _shown_again(done.frames["hrm_indicators"], pl.col("category_1") == "female", 3).with_columns(n=3)
    bad = replace(done, frames={**done.frames, "hrm_indicators": frame})
    assert verify(published(tmp_path / "bad", bad, ENGINE - 1)) != ()


def test_what_was_withheld_and_cannot_be_read_stops_the_next_release(tmp_path: Path) -> None:
    kept = pl.DataFrame({"unit": ["a"], "n": [3.0]})
    keep(tmp_path / LEDGER / "r", {"t": kept})
    past = Past("r", tmp_path / "r", tmp_path / LEDGER / "r")
    told = past.withheld("t", ["unit", "n"])
    assert told is not None
    assert told.equals(kept)
    assert past.withheld("t", ["unit", "m"]) is None
    assert past.withheld("other", ["n"]) is None
    file = past.secrets / "t.parquet"
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(QdeepError, match=r"E-513 .*ledger/r/t.parquet"):
        past.withheld("t", ["unit", "n"])


def test_what_a_release_says_that_it_withholds_is_counted_again(tmp_path: Path) -> None:
    done = protect_people(PEOPLE)
    assert verify(published(tmp_path / "true", done, ENGINE)) == ()
    less = replace(done.hidden["hrm_indicators"], by_reason={"C": 1})
    told = replace(done, hidden={**done.hidden, "hrm_indicators": less})
    assert [one.where.file for one in verify(published(tmp_path / "untrue", told, ENGINE))] == ["manifest.json"]

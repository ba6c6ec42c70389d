"""Killed anywhere between receiving and publishing, all invariants hold, and a second run gives the undisturbed result.

QDEEP_KILLS sets how many kills there are in all (7 where it is not set), QDEEP_KILL_SEED where they fall. They are
spread evenly over the points of each work; half of them fall some milliseconds later, in whatever happens then. From a
hundred kills on each named step has one of its own.
"""

import os
import random
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.intake.pseudonym import load_key
from flows.intake.store import deliveries
from tests.contracts.small_project import settings_for
from tests.faults.faulty import Bases, Warm, check_invariants, left, result

KILLS = int(os.environ.get("QDEEP_KILLS", "7"))
SEED = os.environ.get("QDEEP_KILL_SEED", "1")
LONG = pytest.mark.timeout(7200 if KILLS >= 100 else 300)
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults"), LONG]

SHARES = {"take": 4, "again": 2, "replay": 2, "rotate": 3, "swap": 1, "publish": 2}
STEPS = (("take", "vault_placed"), ("take", "lake_placed"), ("again", "vault_placed"), ("rotate", "exchanged"))
MORE = {
    "take": "copied read judged written synced cleared",
    "again": "judged written synced",
    "replay": "vault_placed",
    "rotate": "rekeyed proved intended renamed old_removed",
    "swap": "built unvouched swapped vouched",
}
MORE_STEPS = tuple((work, step) for work, steps in MORE.items() for step in steps.split())


def points(work: str, count: int) -> Iterator[tuple[int, float]]:
    """Yield where and how many seconds later each kill falls: one in each of as many equal parts of the work."""
    chance = random.Random(f"{SEED} {work}")
    kills = max(1, KILLS * SHARES[work] // sum(SHARES.values()))
    for number in range(kills):
        first, last = number * count // kills + 1, max((number + 1) * count // kills, number * count // kills + 1)
        yield chance.randint(first, last), chance.choice((0, chance.uniform(0.0005, 0.05)))


@pytest.mark.parametrize("work", SHARES)
def test_a_killed_run_leaves_all_whole_and_the_next_one_ends_as_if_undisturbed(
    work: str, warm: Warm, bases: Bases, tmp_path: Path
) -> None:
    count, expected = bases.undisturbed(work)
    for number, (at, delay) in enumerate(points(work, count)):
        root = bases.copy(work, tmp_path / "killed")
        ended = warm.run(work, root, at=at, delay=delay)
        where = f"{work}, kill {number}, at {at} of {count}, delay {delay}"
        assert ended["signal"] in ((signal.SIGALRM, 0) if delay else (signal.SIGKILL,)), (where, ended)
        check_invariants(work, settings_for(root))
        finish(work, root, warm, expected, where)


def finish(work: str, root: Path, warm: Warm, expected: object, where: str) -> None:
    """Run again, and hold what is there then against the undisturbed result."""
    ended = warm.run(work, root)
    assert (ended["error"], ended["signal"]) == ("", 0), where
    check_invariants(work, settings_for(root))
    assert result(work, settings_for(root)) == expected, where
    assert not left(settings_for(root)), where
    shutil.rmtree(root)


@pytest.mark.parametrize(("work", "step"), STEPS + MORE_STEPS * (KILLS >= 100))
def test_a_run_killed_at_a_named_step_does_the_same(
    work: str, step: str, warm: Warm, bases: Bases, tmp_path: Path
) -> None:
    _, expected = bases.undisturbed(work)
    root = bases.copy(work, tmp_path / "killed")
    before = len(deliveries(settings_for(root)))
    assert warm.run(work, root, at=step)["signal"] == signal.SIGKILL
    check_invariants(work, settings_for(root))
    assert len(deliveries(settings_for(root))) == before + (step == "lake_placed"), "the lake folder is the commit"
    finish(work, root, warm, expected, step)


def test_some_kills_in_a_row_are_survived_too(warm: Warm, bases: Bases, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    count, expected = bases.undisturbed("rotate")
    root = bases.copy("rotate", tmp_path / "killed")
    for _ in range(3):
        warm.run("rotate", root, at=chance.randint(1, count))
        check_invariants("rotate", settings_for(root))
    finish("rotate", root, warm, expected, "three kills")
    assert expected[1][0]["key_id"] == load_key(bases.made["rotate"] / "second").id


def test_what_was_damaged_or_left_behind_is_taken_in_anew(warm: Warm, bases: Bases, tmp_path: Path) -> None:
    _, expected = bases.undisturbed("take")
    root = bases.copy("again", tmp_path / "damaged")
    shutil.copytree(bases.copy("take", tmp_path / "take") / "contracts", root / "contracts", dirs_exist_ok=True)
    settings = settings_for(root)
    log, staff = (next(settings.lake.glob(f"{source}/*/rows.parquet")) for source in ("log", "staff"))
    whole = staff.read_bytes()
    staff.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    shutil.rmtree(log.parent)
    (settings.vault / "log" / log.parent.name / "left_behind").write_text("x")
    finish("take", root, warm, expected, "damaged")

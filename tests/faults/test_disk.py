"""A disk that fills up, files that change under the reader, two runs at once: nothing is half, lost or doubled.

The disk is a file system of the size wanted where the user may mount one; else a file may not grow beyond a length.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

from flows.intake.store import deliveries
from flows.release.protection.past import LEDGER, UNSEEN, keep
from tests.contracts.small_project import settings_for
from tests.faults.faulty import Bases, Warm, check_invariants, left, result

IS_DEEP = int(os.environ.get("QDEEP_KILLS", "7")) >= 100
LONG = pytest.mark.timeout(3600 if IS_DEEP else 300)
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults"), LONG]

ROOM = (4, 60, 260, 600, 1500) if IS_DEEP else (60,)  # KiB beyond what stands there already
LARGEST = (512, 4096, 20_000) if IS_DEEP else (4096,)
CANNOT = ("E-405",)
REFUSED, READ_ON = ("staff",), ("log", "staff")  # what was opened before it was replaced is read to its end
CHANGES = (
    ("gone", "before", REFUSED), ("grown", "during", REFUSED), ("other", "during", READ_ON),
    ("grown", "before", REFUSED), ("cut", "before", REFUSED), ("other", "before", REFUSED),
    ("folder", "before", REFUSED), ("cut", "during", REFUSED), ("gone", "during", READ_ON),
    ("folder", "during", READ_ON),
)  # fmt: skip
WORKS = ("take", "again", "replay", "rotate", "swap", "publish")


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], Path]]:
    """Return what gives a file system with as many KiB more than are in use; it grows when called again."""
    folder = tmp_path_factory.mktemp("disk")

    def mount(options: str) -> bool:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        tried = subprocess.run(command, capture_output=True, check=False) if shutil.which("mount") else None
        return tried is not None and tried.returncode == 0

    if not mount("size=64m"):
        pytest.skip("only who may mount a file system can fill one")

    def resize(free: int) -> Path:
        used = shutil.disk_usage(folder).used // 1024
        assert mount(f"remount,size={used + free}k")
        return folder

    yield resize
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("work", WORKS)
def test_a_full_disk_ends_the_run_and_the_next_one_finishes_it(
    work: str, warm: Warm, bases: Bases, disk: Callable[[int], Path]
) -> None:
    _, expected = bases.undisturbed(work)
    ends = set()
    for room in ROOM:
        root = bases.copy(work, disk(65536) / "small")
        disk(room)
        ended = warm.run(work, root)
        ends.add(ended["error"])
        assert ended["error"] in ("", *CANNOT), (work, room, ended)
        disk(65536)
        check_invariants(work, settings_for(root))
        again = warm.run(work, root)
        assert (again["error"], left(settings_for(root))) == ("", []), (work, room, again)
        assert result(work, settings_for(root)) == expected, (work, room, ended)
        shutil.rmtree(root)
    assert ends & set(CANNOT), "the disk was never full"


def test_a_full_disk_leaves_no_half_of_what_a_release_withholds(disk: Callable[[int], Path]) -> None:
    folder, rows = disk(65536) / LEDGER / "release", pl.select(pl.int_range(100_000).shuffle(1).alias("n"))
    keep(folder, {"few": rows.head(9)})
    disk(60)
    with pytest.raises(OSError, match="No space left"):
        keep(folder, {"few": rows.head(8), "many": rows})
    assert sorted(path.name for path in folder.iterdir()) == ["few.parquet", UNSEEN]
    assert pl.read_parquet(folder / "few.parquet").height in {8, 9}
    disk(65536)
    shutil.rmtree(folder.parent)


@pytest.mark.parametrize("largest", LARGEST)
@pytest.mark.parametrize("work", ["take", "rotate"] if IS_DEEP else ["take"])
def test_a_file_that_may_not_grow_does_the_same(
    work: str, largest: int, warm: Warm, bases: Bases, tmp_path: Path
) -> None:
    _, expected = bases.undisturbed(work)
    root = bases.copy(work, tmp_path / "small")
    ended = warm.run(work, root, largest=largest)
    assert ended["error"] in CANNOT, (work, largest, ended)
    check_invariants(work, settings_for(root))
    assert (warm.run(work, root)["error"], left(settings_for(root))) == ("", [])
    assert result(work, settings_for(root)) == expected


@pytest.mark.parametrize(("change", "moment", "landed"), CHANGES if IS_DEEP else CHANGES[:3])
def test_a_file_that_changes_under_the_reader_is_left_for_the_next_run(  # noqa: PLR0913, PLR0917 - three of a case, three fixtures
    change: str, moment: str, landed: tuple[str, ...], warm: Warm, bases: Bases, tmp_path: Path
) -> None:
    _, expected = bases.undisturbed("take")
    root = bases.copy("take", tmp_path / "moving")
    sent = root / "inbox" / "log" / "log.csv"
    whole = sent.read_bytes()
    ended = warm.run("take", root, change=[change, moment])
    assert (ended["error"], ended["signal"]) == ("", 0)
    check_invariants("take", settings_for(root))
    assert tuple(one["source"] for one in deliveries(settings_for(root))) == landed
    shutil.rmtree(sent) if sent.is_dir() else sent.unlink(missing_ok=True)
    sent.with_name("other").unlink(missing_ok=True)
    sent.write_bytes(whole)
    assert warm.run("take", root)["error"] == ""
    assert result("take", settings_for(root)) == expected


@pytest.mark.parametrize("work", ("take", "rotate", "replay", "again") if IS_DEEP else ("take",))
def test_of_two_runs_at_once_one_works_and_the_other_says_so(
    work: str, warm: Warm, bases: Bases, tmp_path: Path
) -> None:
    """They are begun at once until they have met: on a busy machine one may end before the other begins."""
    other = Warm()
    ends: list[str] = []
    try:
        other.run(work, bases.copy(work, tmp_path / "first"))
        for _ in range(20):
            _, expected = bases.undisturbed(work)
            root = bases.copy(work, tmp_path / work)
            for one in (warm, other):
                one.begin(work, root)
            ends = sorted(one.end()["error"] for one in (warm, other))
            assert ends in (["", "E-403"], ["", ""])
            check_invariants(work, settings_for(root))
            assert result(work, settings_for(root)) == expected
            if "E-403" in ends:
                break
    finally:
        other.close()
    assert ends == ["", "E-403"]

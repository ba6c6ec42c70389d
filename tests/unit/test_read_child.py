"""Whatever happens to the reading process, the run goes on with a clear refusal."""

import errno
import os
import signal
import sys
from pathlib import Path

import pytest

from flows.errors import QdeepError
from flows.intake import read as reader
from flows.intake.inside import text
from flows.intake.limits import Limits
from tests.unit.reading import read, rows

pytestmark = pytest.mark.usefixtures("real_reader")
START = "import json, os, sys, signal, time\njob = json.load(open(sys.argv[1]))\n"
RESULT = "open(job['result'], 'w').write(json.dumps({'tables': {'rows': {'header': ['a'], 'rows': %d}}}))\n"


def code_with(child: str, folder: Path, monkeypatch: pytest.MonkeyPatch, text: str = "a\n1\n") -> str:
    """Read a file, a good one if none is given, by a child that does something else."""
    script, path = folder / "child.py", folder / "file.csv"
    script.write_text(START + child)
    path.write_text(text)
    monkeypatch.setattr(reader, "CHILD", script)
    with pytest.raises(QdeepError) as caught:
        read(path, folder, Limits(child_seconds=1))
    return caught.value.finding.code


@pytest.mark.parametrize(
    ("child", "code"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "E-114"),
        ("os.kill(os.getpid(), signal.SIGXCPU)", "E-114"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "E-134"),
        ("os.kill(os.getpid(), signal.SIGTERM)", "E-134"),
        ("sys.exit(0)", "E-114"),
        (RESULT % 1 + "sys.exit(1)", "E-114"),
        (RESULT % 0, "E-115"),
        (RESULT % 2, "E-115"),
        ("sys.exit(28)", "E-405"),
    ],
)
def test_a_reader_that_dies_or_miscounts_refuses_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, child: str, code: str
) -> None:
    assert code_with(child, tmp_path, monkeypatch) == code


def test_a_fault_of_the_text_is_told_though_its_reader_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = "a\n" + "1\n" * 400_000 + '"never closed'  # more than a pipe holds
    assert code_with("sys.exit(1)", tmp_path, monkeypatch, long) == "E-111"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hangs", "signalled"), [("while True: pass", signal.SIGXCPU), ("import time; time.sleep(60)", signal.SIGKILL)]
)
def test_a_reader_that_hangs_is_ended_and_one_that_got_no_time_is_not_to_blame(
    tmp_path: Path, hangs: str, signalled: int
) -> None:
    assert reader._run([sys.executable, "-c", hangs], tmp_path, 1) == -signalled


@pytest.mark.timeout(20)
def test_a_reader_whose_run_was_killed_before_it_began_ends_too(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(text.CutShortError):
        text.read({"pipe": str(tmp_path / "pipe")})


def test_a_file_system_without_pipes_is_no_hindrance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = os.mkfifo

    def refuse(path: Path, mode: int) -> None:
        if path.is_relative_to(tmp_path):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        make(path, mode)

    monkeypatch.setattr(os, "mkfifo", refuse)
    (tmp_path / "staff.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert rows(read(tmp_path / "staff.csv", tmp_path).tables["rows"]) == [["1", "2"]]


def test_a_reader_that_was_killed_once_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    once = "if not os.path.exists('been'): open('been', 'w'); os.kill(os.getpid(), signal.SIGKILL)\n"
    assert code_with(once + "sys.exit(28)", tmp_path, monkeypatch) == "E-405"


def test_a_reader_that_uses_up_its_time_is_told_from_one_that_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited = f"sys.path.insert(0, {str(reader.CHILD.parent)!r})\nimport read_child\n"
    spins = "read_child._limit_self(job['bounds'])\nwhile True: pass"
    assert code_with(limited + spins, tmp_path, monkeypatch) == "E-114"


def test_what_nobody_foresaw_while_a_file_is_looked_through_refuses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a secret cell")

    path = tmp_path / "file.csv"
    path.write_text("a\n1\n")
    monkeypatch.setattr(reader, "scan_text", stumble)
    with pytest.raises(QdeepError, match="E-114") as caught:
        read(path, tmp_path)
    assert "ZeroDivisionError" in caught.value.finding.text
    assert "secret" not in caught.value.finding.text


def test_the_reader_limits_itself_before_it_loads_a_parser(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("a\n1\n")
    with pytest.raises(QdeepError, match="E-114"):
        read(path, tmp_path, Limits(child_bytes=64 << 20))


def test_the_reader_sees_nothing_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDEEP_SECRET", "x")
    ends = "sys.exit(28 if 'QDEEP_SECRET' not in os.environ else 1)"
    assert code_with(ends, tmp_path, monkeypatch) == "E-405"

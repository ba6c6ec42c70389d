"""The command line answers at once, in one shape, with codes that mean one thing, on any console."""

import fcntl
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tiny

from flows import console
from flows.errors import Finding, Place
from flows.explain import messages

KEYS = {"command", "ok", "exit", "release", "note", "items", "findings"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tiny.Tiny:
    made = tiny.make(tmp_path_factory.mktemp("cli"))
    made.send("staff_moa", tiny.staff("MOA-HR", 30, changes={3: {"sex": "boy"}}))
    return made


def test_help_names_the_commands(place: tiny.Tiny) -> None:
    answer = place.qdeep("--help")
    assert answer.returncode == 0
    assert "serve" in answer.stdout


def test_help_imports_nothing_heavy() -> None:
    heavy = ("prefect", "duckdb", "polars", "dbt", "pyarrow", "jinja2")
    code = f"import sys, flows.cli; print([m for m in {heavy} if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], cwd=tiny.ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_a_typo_is_met_with_a_proposal_and_exit_2(place: tiny.Tiny) -> None:
    answer = place.qdeep("rnu")
    assert answer.returncode == 2
    assert 'Did you mean "run"?' in answer.stderr
    assert place.qdeep("run", "--wiat", "1s").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("run", "--as-of", "2026-13-01"), "E-407"),
        (("run", "--wait", "soon"), "E-407"),
        (("run", "--only", "nobody"), "E-208"),
        (("run", "--config", "absent.toml"), "E-407"),
        (("check", "absent.csv"), "E-407"),
        (("check", "inbox/other_2026.csv"), "E-207"),
        (("explain", "E-999"), "E-407"),
        (("release", "verify"), "E-502"),
        (("key", "new", "key"), "E-402"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_with_exit_2(
    place: tiny.Tiny, arguments: tuple[str, ...], code: str
) -> None:
    (place.folder / "inbox" / "other_2026.csv").write_text("a\n1\n", encoding="utf-8")
    answer = place.qdeep(*arguments, "-o", "json")
    told = json.loads(answer.stdout)
    assert (answer.returncode, told["exit"], told["ok"]) == (2, 2, False)
    assert told["findings"][0]["code"] == code
    assert answer.stderr.startswith(code)
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    "arguments",
    [("status",), ("deliveries",), ("refused", "list"), ("doctor",), ("explain", "E-303"), ("contract", "check")],
)
def test_every_command_has_the_one_json_shape(place: tiny.Tiny, arguments: tuple[str, ...]) -> None:
    answer = place.qdeep(*arguments, "-o", "json")
    told = json.loads(answer.stdout)
    assert set(told) >= KEYS
    assert told["exit"] == answer.returncode
    assert told["ok"] == (answer.returncode == 0)
    assert told["command"] == " ".join(arguments[:2] if arguments[0] in ("refused", "contract") else arguments[:1])


def test_a_run_without_a_key_says_how_to_make_one(tmp_path: Path) -> None:
    place = tiny.make(tmp_path)
    (tmp_path / "key").unlink()
    answer = place.qdeep("run", "--engine", "plain")
    assert answer.returncode == 2
    assert "E-401" in answer.stderr
    assert "qdeep key new" in answer.stderr
    assert place.qdeep("key", "new").returncode == 0
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_a_second_run_at_once_ends_with_exit_3_and_can_wait(tmp_path: Path) -> None:
    place = tiny.make(tmp_path)
    place.workspace.mkdir()
    with (place.workspace / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = place.qdeep("run", "-o", "json")
        start = time.perf_counter()
        assert place.qdeep("run", "--wait", "2s").returncode == 3
    assert answer.returncode == 3
    assert json.loads(answer.stdout)["findings"][0]["code"] == "E-403"
    assert time.perf_counter() - start >= 2


@pytest.mark.parametrize("encoding", ["cp1251", "cp866", "cp949", "ascii"])
@pytest.mark.parametrize("arguments", [("--help",), ("doctor",), ("explain", "E-303", "--lang", "uz")])
def test_consoles_of_all_kinds_are_survived(place: tiny.Tiny, encoding: str, arguments: tuple[str, ...]) -> None:
    answer = place.qdeep(*arguments, PYTHONIOENCODING=encoding)
    assert answer.returncode == 0
    assert answer.stderr == ""
    assert "✓" not in answer.stdout


def test_a_console_without_the_letters_of_a_language_gets_english(place: tiny.Tiny) -> None:
    english = place.qdeep("explain", "E-303").stdout
    assert place.qdeep("explain", "E-303", PYTHONIOENCODING="cp1251", QDEEP_LANG="ko").stdout == english
    assert "неизвест" in place.qdeep("explain", "E-303", PYTHONIOENCODING="cp1251", QDEEP_LANG="ru").stdout.lower()
    assert "ro'yxat" in place.qdeep("explain", "E-303", PYTHONIOENCODING="cp1251", QDEEP_LANG="uz").stdout


def test_json_is_ascii_where_the_console_has_no_unicode(place: tiny.Tiny) -> None:
    answer = place.qdeep("explain", "E-303", "--lang", "ko", "-o", "json", PYTHONIOENCODING="cp1251")
    assert json.loads(answer.stdout)["items"][0]["title"] == messages()["E-303"]["title_ko"]


@pytest.mark.parametrize("command", ["--help", "doctor", "status", "explain E-303"])
def test_a_closed_pipe_is_no_error(place: tiny.Tiny, command: str) -> None:
    line = f"{sys.executable} -m flows.cli {command} | head -1; exit ${{PIPESTATUS[0]}}"
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tiny.ROOT)}
    answer = subprocess.run(
        ["bash", "-c", line], cwd=place.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert answer.stderr == ""
    assert answer.stdout.count("\n") == 1
    assert answer.returncode in (0, 1)  # 1: a required source is missing in `status`


def test_colours_and_bars_stay_off_where_nobody_sees_them(place: tiny.Tiny) -> None:
    answer = place.qdeep("contract", "check")
    assert "\x1b[" not in answer.stdout + answer.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("whole", "told"), [("E-206", ["E-206", "E-302"]), ("E-211", ["E-211"])])
def test_rows_are_told_beside_a_refusal_of_which_they_are_the_cause(
    capsys: pytest.CaptureFixture[str], whole: str, told: list[str]
) -> None:
    place = Place("staff", delivery_id="0123456789abcdef")
    console.say_findings([Finding("E-302", "34 rows break the rule.", place, 34), Finding(whole, "Refused.", place)])
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines() if "E-" in line] == told


def test_check_guesses_the_source_and_writes_nothing(place: tiny.Tiny) -> None:
    before = sorted(str(path) for path in place.folder.rglob("*"))
    answer = place.qdeep("check", "inbox/staff_moa/staff_moa_2026-10-05.csv", "-o", "json")
    told = json.loads(answer.stdout)
    assert answer.returncode == 1
    assert told["items"] == [
        {
            "source": "staff_moa",
            "file": "staff_moa_2026-10-05.csv",
            "status": "landed",
            "read": 30,
            "landed": 29,
            "refused": 1,
        }
    ]
    assert [finding["code"] for finding in told["findings"]] == ["E-303"]
    assert "boy" not in answer.stdout
    assert sorted(str(path) for path in place.folder.rglob("*")) == before


def test_doctor_finds_a_key_that_others_can_read(tmp_path: Path) -> None:
    place = tiny.make(tmp_path)
    (tmp_path / "key").chmod(0o444)
    answer = place.qdeep("doctor", "-o", "json")
    states = {item["name"]: item["state"] for item in json.loads(answer.stdout)["items"]}
    assert answer.returncode == 1
    assert states["key"] == "fail"
    assert {name for name, state in states.items() if state == "fail"} == {"key"}


def test_doctor_names_a_broken_contract_and_goes_on(tmp_path: Path) -> None:
    place = tiny.make(tmp_path)
    (tmp_path / "contracts" / "sources" / "staff_moa.yml").write_text("source: [\n", encoding="utf-8")
    answer = place.qdeep("doctor", "-o", "json")
    items = {item["name"]: item for item in json.loads(answer.stdout)["items"]}
    assert items["contracts"]["state"] == "fail"
    assert "E-409" in items["contracts"]["text"]
    assert items["lock"]["state"] == "ok"

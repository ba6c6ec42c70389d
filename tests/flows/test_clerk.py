"""What a clerk types: refused rows listed, explained, exported, mended, replayed; the key; the review; the state."""

import json
from collections.abc import Callable

import duckdb
import openpyxl
import pytest
import tiny

from flows import steps
from flows.cli import main
from flows.intake.store import deliveries
from flows.settings import ROOT, load_settings
from flows.warehouse.choose import choose
from flows.warehouse.prepare import prepare

pytestmark = pytest.mark.slow

FIRST = 4  # first cell of a row after line, check and reason
Command = Callable[..., tuple[int, dict]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tiny.Tiny:
    """A workspace in which two rows of a delivery were refused and two persons have one name."""
    made = tiny.make(tmp_path_factory.mktemp("clerk"))
    changes = {3: {"sex": "boy"}, 5: {"unit": "NOWHERE"}}
    twin = tiny.born(8)
    number = tiny.pinfl(20, twin, "male")
    changes[20] = {"name": "MARKER0008 Shaxs", "born": twin.isoformat(), "pinfl": number, "sex": "male"}
    made.send("staff_moa", tiny.staff("MOA-HR", 30, changes=changes))
    made.send("staff_mhe", "nonsense\n1\n")
    steps.run(load_settings(made.config), phases=("intake",))
    return made


@pytest.fixture
def ask(place: tiny.Tiny, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: str) -> tuple[int, dict]:
        code = main([*arguments, "-o", "json", "--config", str(place.config)])
        answer = json.loads(capsys.readouterr().out)
        assert answer["exit"] == code
        return code, answer

    return run


def delivery(ask: Command, verdict: str) -> str:
    return next(one["delivery_id"] for one in ask("deliveries")[1]["items"] if one["verdict"] == verdict)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("refused", "list", "--delivery", "0" * 16), "E-502"),
        (("refused", "list", "--source", "nobody"), "E-208"),
        (("deliveries", "--source", "nobody"), "E-208"),
        (("refused", "explain", "abc"), "E-502"),
        (("refused", "export", "abc"), "E-502"),
        (("refused", "export", "{landed}", "/nowhere/at/all.xlsx"), "E-405"),
        (("refused", "export", "{landed}", "{folder}/qdeep.toml"), "E-407"),
        (("refused", "replay", "absent.xlsx"), "E-407"),
        (("refused", "replay", "{folder}/qdeep.toml"), "E-104"),
        (("refused", "replay", "{folder}"), "E-407"),
        (("refused", "replay", "absent.xlsx", "--sent-on", "soon"), "E-407"),
        (("refused", "mend"), "E-407"),
        (("key", "new", "{folder}/key"), "E-402"),
        (("key", "rotate", "{folder}/key"), "E-407"),
        (("key", "rotate", "{folder}/key", "absent"), "E-401"),
        (("key", "rotate", "absent", "{folder}/key"), "E-401"),
        (("persons", "duplicates", "too", "much"), "E-407"),
        (("status", "now"), "E-407"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_lost(
    ask: Command, place: tiny.Tiny, arguments: tuple[str, ...], code: str
) -> None:
    landed = delivery(ask, "landed")
    kept = place.config.read_bytes()
    ended, answer = ask(*(one.format(landed=landed, folder=place.folder) for one in arguments))
    assert (ended, [one["code"] for one in answer["findings"]]) == (2, [code])
    assert place.config.read_bytes() == kept


def test_refusals_are_counted_placed_and_explained(ask: Command) -> None:
    landed, whole = delivery(ask, "landed"), delivery(ask, "refused")
    counted = {(one["delivery_id"], one["code"]): one["rows"] for one in ask("refused", "list")[1]["items"]}
    assert counted == {(whole, "E-201"): 0, (landed, "E-303"): 1, (landed, "E-309"): 1}
    assert {key[0] for key in counted} == {one["delivery_id"] for one in ask("refused", "list")[1]["items"]}
    (only,) = ask("refused", "list", "--source", "staff_mhe")[1]["items"]
    assert (only["delivery_id"], only["verdict"]) == (whole, "refused")
    places = ask("refused", "list", "--delivery", landed)[1]["items"]
    assert [(one["line"], one["codes"]) for one in places] == [(5, "E-303"), (7, "E-309")]
    told = {one["code"]: one for one in ask("refused", "explain", landed, "--lang", "ru")[1]["items"]}
    assert (told["E-303"]["column"], told["E-303"]["lines"]) == ("sex", [5])
    assert told["E-303"]["title"] != ask("refused", "explain", landed)[1]["items"][0]["title"]


def test_who_may_stand_twice_is_listed_for_its_owner_alone(ask: Command, place: tiny.Tiny) -> None:
    code, answer = ask("persons", "duplicates")
    (pair,) = answer["items"]
    assert (code, pair["reason"], {pair["line"], pair["other_line"]}) == (0, "same_name", {10, 22})
    review = place.workspace / "vault" / "review" / "duplicates.csv"
    assert review.stat().st_mode & 0o777 == 0o600
    assert "MARKER" not in review.read_text() + json.dumps(answer)


def test_the_state_says_what_waits_for_somebody(ask: Command) -> None:
    code, answer = ask("status")
    found = {one["source"]: one for one in answer["items"]}
    assert (code, found["staff_moa"]["state"], found["staff_mhe"]["state"]) == (1, "partly_refused", "refused")
    assert (found["staff_moa"]["landed"], found["staff_moa"]["refused"], answer["release"]) == (28, 2, None)


def test_a_key_is_made_checked_and_taken_the_place_of(ask: Command, place: tiny.Tiny) -> None:
    code, answer = ask("key", "check")
    (first,) = answer["items"]
    assert (code, first["fits"], first["lake_keys"]) == (0, True, [first["key_id"]])
    second = place.folder / "second"
    assert ask("key", "new", str(second))[0] == 0
    (before,) = ask("persons", "duplicates")[1]["items"]
    code, answer = ask("key", "rotate", str(place.folder / "key"), str(second))
    (proof,) = answer["items"]
    assert (code, proof["old_id"], proof["rows"], proof["persons"]) == (0, first["key_id"], 28, {"hr": 28})
    code, answer = ask("key", "check")
    assert (code, answer["items"][0]["lake_keys"]) == (1, [proof["new_id"]]), "the configuration names the old one"
    (after,) = ask("persons", "duplicates")[1]["items"]
    assert {name for name in before if before[name] != after[name]} <= {"person_key", "other_key", "line", "other_line"}
    assert not {before["person_key"], before["other_key"]} & {after["person_key"], after["other_key"]}
    assert ask("key", "rotate", str(second), str(place.folder / "key"))[0] == 0
    assert ask("key", "check")[0] == 0


def test_a_mended_row_lands_and_sql_knows_where_it_came_from(ask: Command, place: tiny.Tiny) -> None:
    landed, book = delivery(ask, "landed"), place.folder / "mended.xlsx"
    assert ask("refused", "export", landed, str(book))[1]["items"] == [{"path": str(book)}]
    opened = openpyxl.load_workbook(book)
    opened["rows"].cell(2, FIRST + 3).value = "female"
    opened.save(book)
    code, answer = ask("refused", "replay", str(book), "--sent-on", "2026-10-20")
    (item,) = answer["items"]
    assert (code, item["status"], item["read"], item["landed"]) == (0, "landed", 1, 1)
    assert ask("refused", "replay", str(book), "--sent-on", "2026-10-20")[1]["items"][0]["status"] == "unchanged"
    settings = load_settings(place.config)
    contracts, target = steps.load_contracts(settings), place.folder / "known.duckdb"
    prepare(target, settings, contracts, choose(deliveries(settings), contracts, settings.known_on))
    model = (ROOT / "dbt_project" / "models" / "marts" / "quality" / "dq_deliveries.sql").read_text(encoding="utf-8")
    query = model.replace("{{ source('build', 'deliveries') }}", "lake.deliveries")
    config = {"python_enable_replacements": False}
    with duckdb.connect(str(target), read_only=True, config=config) as connection:
        found = connection.execute(
            f"select delivery_id, origin_delivery_id, rows_read, rows_landed, rows_refused, rows_mended from ({query}) "
            "where source = 'staff_moa' order by rows_read desc"
        ).fetchall()
        rows = connection.execute("select _row from lake.personnel where _delivery_id = ?", [item["delivery_id"]])
        assert rows.fetchall() == [(5,)], "a mended row keeps the line it came with"
    assert found == [(landed, None, 30, 28, 2, 1), (item["delivery_id"], landed, 1, 1, 0, 0)]

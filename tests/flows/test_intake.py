"""One file in, one committed delivery out: what stands in lake and vault, and what never does."""

import json
import os
from dataclasses import replace
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from flows.contracts.model import Contracts
from flows.errors import Busy
from flows.intake.deliver import Outcome, check_file, take_in
from flows.intake.persons import find_duplicates, persons_name
from flows.intake.pseudonym import Key
from flows.intake.refused import export_refused, list_refused
from flows.intake.store import deliveries
from flows.lock import writer
from flows.pull import receive, strangers
from flows.settings import Settings
from tests.contracts.small_project import POLL_HEADER, STEP_HEADER, load_project

pytestmark = pytest.mark.slow

KEY = Key(b"k" * 32)
HEADER = "ЖШШИР;Ф.И.О.;Тугилган;Жинс;Штат;Булим;Шартнома;Ставка;Кирган;Кетган"
GOOD = "31505600010014;Каримов Анвар;15.05.1960;Э;MOA-0001;MOA-1;-;0,5;01.02.2000;"
WRONG = "31505600010014;=cmd|'x'!A0;15.05.1960;Э;MOA-0002;NOWHERE;-;0,5;01.02.2000;01.02.1999"
VALUES = (b"31505600010014", "Каримов".encode(), "Каримов".encode("cp1251"), b"NOWHERE", b"cmd|")


@pytest.fixture
def project(tmp_path: Path) -> tuple[Contracts, Settings]:
    """The small project, its header without the letters that cp1251 lacks."""
    return project_in(tmp_path)


def project_in(folder: Path) -> tuple[Contracts, Settings]:
    """Return the small project of a folder."""
    contracts, settings = load_project(folder)
    staff = contracts.sources["staff"]
    headers = dict(zip(staff.maps[0].headers, HEADER.split(";"), strict=True))
    staff = replace(staff, maps=(replace(staff.maps[0], headers=headers),), refused_share_max=0.9)
    return replace(contracts, sources={**contracts.sources, "staff": staff}), settings


def send(settings: Settings, *rows: str, name: str = "staff_2026-01-01.csv", source: str = "staff") -> Path:
    """Put a text file into the watched folder of a source."""
    path = settings.inbox / source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("\r\n".join([HEADER, *rows]).encode("cp1251"))
    return path


def take_all(project: tuple[Contracts, Settings], source: str = "staff") -> list[Outcome]:
    contracts, settings = project
    contract = contracts.sources[source]
    return [take_in(one, contract, contracts, settings, KEY) for one in receive(contract, settings)]


def test_rows_land_with_a_pseudonym_and_the_wrong_ones_wait_in_the_vault(
    project: tuple[Contracts, Settings],
) -> None:
    settings = project[1]
    path = send(settings, GOOD, WRONG, "1;2")
    sent = path.read_bytes()
    (outcome,) = take_all(project)
    assert (outcome.status, outcome.read, outcome.landed, outcome.refused) == ("landed", 3, 1, 2)
    folder = settings.lake / "staff" / outcome.delivery_id
    (row,) = pq.read_table(folder / "rows.parquet").to_pylist()
    assert row["person_key"] == KEY.token("hr", "31505600010014")
    assert (row["_source"], row["_delivery_id"], row["_row"]) == ("staff", outcome.delivery_id, 1)
    assert not {"full_name", "pinfl", "birth_date"} & set(row)
    vault = settings.vault / "staff" / outcome.delivery_id
    assert (vault / "original.csv").read_bytes() == sent == path.read_bytes()


def test_many_rows_keep_the_order_of_the_file_though_several_processors_judge_them(
    project: tuple[Contracts, Settings],
) -> None:
    """More than one group of rows of the engine, every third row refused."""
    _, settings = project
    text = [(WRONG if place % 3 == 2 else GOOD).replace("MOA-000", f"MOA-{place}") for place in range(150_000)]
    path = send(settings, *text)
    (one,) = take_all(project)
    assert (one.read, one.landed, one.refused) == (150_000, 100_000, 50_000)
    rows = pq.read_table(settings.lake / "staff" / one.delivery_id / "rows.parquet").column("_row").to_pylist()
    assert rows == [place + 1 for place in range(150_000) if place % 3 != 2]
    lines = pq.read_table(settings.vault / "staff" / one.delivery_id / "refused.parquet").column("_line").to_pylist()
    assert lines == [place + 2 for place in range(150_000) if place % 3 == 2]
    assert path.is_file()


def test_no_value_of_a_row_leaves_the_vault(project: tuple[Contracts, Settings]) -> None:
    settings = project[1]
    send(settings, GOOD, WRONG, "1;2")
    (outcome,) = take_all(project)
    told = [path.read_bytes() for path in settings.lake.rglob("*") if path.is_file()]
    told.append(repr((outcome, list_refused(settings))).encode())
    assert not [value for value in VALUES for text in told if value in text]


def test_the_manifest_accounts_for_every_row(project: tuple[Contracts, Settings]) -> None:
    settings = project[1]
    send(settings, GOOD, WRONG, "1;2")
    take_all(project)
    (manifest,) = deliveries(settings)
    assert (manifest["verdict"], manifest["known_from"], manifest["period"]) == ("landed", "2026-01-01", None)
    assert manifest["tables"] == {"rows": {"read": 3, "landed": 1, "refused": 2}}
    assert manifest["files"]["rows.parquet"]["rows"] == 1
    assert {"E-307", "E-309", "E-312"} <= {rule["code"] for rule in manifest["rules"] if rule["failed"]}
    places = {finding["where"]["file"] for finding in manifest["findings"]}
    assert places == {"staff_2026-01-01.csv"}


def test_everything_written_is_for_its_owner_alone(project: tuple[Contracts, Settings]) -> None:
    settings = project[1]
    send(settings, GOOD, WRONG)
    before = os.umask(0)
    try:
        take_all(project)
    finally:
        os.umask(before)
    for path in settings.workspace.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_same_bytes_twice_are_one_delivery(project: tuple[Contracts, Settings]) -> None:
    settings = project[1]
    send(settings, GOOD)
    send(settings, GOOD, name="staff_2026-01-02.csv")
    assert [outcome.status for outcome in take_all(project)] == ["landed", "unchanged"]
    assert [outcome.status for outcome in take_all(project)] == ["unchanged", "unchanged"]
    assert len(deliveries(settings)) == 1


def test_a_delivery_refused_under_an_older_contract_is_judged_again(project: tuple[Contracts, Settings]) -> None:
    contracts, settings = project
    send(settings, GOOD, WRONG)
    strict = replace(contracts.sources["staff"], refused_share_max=0.1)
    old = replace(contracts, sources={**contracts.sources, "staff": strict})
    assert [outcome.status for outcome in take_all((old, settings))] == ["refused"]
    assert [outcome.status for outcome in take_all((old, settings))] == ["unchanged"]
    assert [outcome.status for outcome in take_all(project)] == ["landed"]
    assert len(deliveries(settings)) == 1


def test_a_file_that_cannot_be_read_is_refused_and_kept(project: tuple[Contracts, Settings]) -> None:
    settings = project[1]
    send(settings, GOOD, '"31505600010014;Каримов')
    (outcome,) = take_all(project)
    assert (outcome.status, outcome.read) == ("refused", 0)
    (finding,) = outcome.findings
    assert (finding.code, finding.where.line, finding.where.file) == ("E-111", 3, "staff_2026-01-01.csv")
    folder = settings.lake / "staff" / outcome.delivery_id
    assert [path.name for path in folder.iterdir()] == ["manifest.json"]
    assert (settings.vault / "staff" / outcome.delivery_id / "original.csv").is_file()


def test_an_empty_file_is_a_refused_delivery_and_a_link_is_none(project: tuple[Contracts, Settings]) -> None:
    settings = project[1]
    send(settings).write_bytes(b"")
    (settings.inbox / "staff" / "staff_2026-01-02.csv").symlink_to("/etc/hostname")
    outcomes = take_all(project)
    assert [(one.status, one.findings[0].code) for one in outcomes] == [("refused", "E-101"), ("refused", "E-102")]
    assert len(deliveries(settings)) == 1


def test_a_date_in_a_file_name_that_is_none_refuses_the_file(project: tuple[Contracts, Settings]) -> None:
    send(project[1], GOOD, name="staff_2026-13-01.csv")
    (outcome,) = take_all(project)
    assert (outcome.status, outcome.findings[0].code) == ("refused", "E-207")


def test_checking_a_file_gives_the_verdict_and_writes_nothing(project: tuple[Contracts, Settings]) -> None:
    contracts, settings = project
    path = send(settings, GOOD, WRONG)
    outcome = check_file(path, contracts.sources["staff"], contracts, settings)
    assert (outcome.status, outcome.read, outcome.landed, outcome.refused) == ("landed", 2, 1, 1)
    assert not settings.workspace.exists()


def test_a_file_beside_the_folders_of_the_sources_is_told(project: tuple[Contracts, Settings]) -> None:
    contracts, settings = project
    settings.inbox.mkdir(exist_ok=True)
    (settings.inbox / "staff_2026-01-01.csv").write_text("x", encoding="utf-8")
    (settings.inbox / ".hidden").write_text("x", encoding="utf-8")
    assert [(one.code, one.where.file) for one in strangers(contracts, settings)] == [("E-208", "staff_2026-01-01.csv")]


def test_files_still_arriving_are_left_alone_and_strangers_told(project: tuple[Contracts, Settings]) -> None:
    contracts, settings = project
    for name in (".staff_2026-01-01.csv", "~$staff_2026-01-01.csv", "staff_2026-01-01.csv.part"):
        send(settings, GOOD, name=name)
    assert receive(contracts.sources["staff"], settings) == []
    send(settings, GOOD, name="list.txt")
    send(settings, GOOD, source="unknown")
    assert [(one.code, one.where.file) for one in strangers(contracts, settings)] == [
        ("E-207", "list.txt"),
        ("E-208", "staff_2026-01-01.csv"),
    ]


def test_refused_rows_go_back_as_a_workbook_with_the_wrong_cells_marked(
    project: tuple[Contracts, Settings], tmp_path: Path
) -> None:
    settings = project[1]
    send(settings, GOOD, WRONG)
    (outcome,) = take_all(project)
    assert [(row["line"], row["codes"]) for row in list_refused(settings, "staff")] == [(3, "E-307, E-309")]
    assert list_refused(settings, "log") == []
    assert export_refused(settings, outcome.delivery_id, tmp_path / "refused.xlsx") == {"rows": 1}
    header, row = openpyxl.load_workbook(tmp_path / "refused.xlsx").active.iter_rows()
    assert [cell.value for cell in header] == ["Line", "Check", "Reason", *HEADER.split(";")]
    texts = {name.value: cell for name, cell in zip(header, row, strict=True)}
    assert (texts["Line"].value, texts["Ф.И.О."].value) == (3, "'=cmd|'x'!A0")
    assert {name for name, cell in texts.items() if cell.fill.fill_type} == {"Булим", "Кирган"}


def test_survey_answers_carry_the_pseudonym_of_their_submission(project: tuple[Contracts, Settings]) -> None:
    contracts, settings = project
    (settings.inbox / "poll").mkdir(parents=True)
    with xlsxwriter.Workbook(str(settings.inbox / "poll" / "poll.xlsx")) as book:
        main, step = book.add_worksheet("poll"), book.add_worksheet("step")
        main.write_row(0, 0, POLL_HEADER)
        main.write_row(1, 0, ["u1", "2026-01-05 10:00:00", "male", "2", 7, "mail", 1, 0, "free words", "x"])
        step.write_row(0, 0, STEP_HEADER)
        step.write_row(1, 0, ["1", 2.5, 1, "u1"])
    (outcome,) = take_all((contracts, settings), "poll")
    assert (outcome.status, outcome.read, outcome.refused) == ("landed", 2, 0)
    answers = pq.read_table(settings.lake / "poll" / outcome.delivery_id / "answers.parquet").to_pylist()
    assert {answer["response_key"] for answer in answers} == {KEY.token("survey", "u1")}
    assert "free words" not in json.dumps(answers)


def test_only_one_writer_at_a_time(project: tuple[Contracts, Settings]) -> None:
    settings = project[1]
    with writer(settings), pytest.raises(Busy, match=str(os.getpid())), writer(settings):
        pass
    with writer(settings):
        pass


def test_one_name_under_two_numbers_comes_up_for_review(project: tuple[Contracts, Settings]) -> None:
    settings = project[1]
    other = GOOD.replace("31505600010014", "31505600010022").replace("MOA-0001", "MOA-0002")
    send(settings, GOOD, other)
    (outcome,) = take_all(project)
    (pair,) = find_duplicates(settings, {})
    keys = {KEY.token("hr", number) for number in ("31505600010014", "31505600010022")}
    assert (outcome.landed, {pair["person_key"], pair["other_key"]}) == (2, keys)
    assert {pair["line"], pair["other_line"]} == {2, 3}
    kept = (settings.vault / "staff" / outcome.delivery_id / persons_name(KEY.id)).read_bytes()
    assert not any(value in kept for value in VALUES)

"""A mended workbook lands as a delivery of its own that adds to its origin; others are refused with a reason."""

from datetime import date
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from flows.contracts.model import Contracts
from flows.errors import QdeepError
from flows.intake.deliver import Outcome, replay
from flows.intake.refused import count_refused, explain_refused, export_refused, list_refused
from flows.intake.store import deliveries
from flows.settings import Settings
from flows.warehouse.choose import choose
from tests.flows.test_intake import GOOD, KEY, project, send, take_all

pytestmark = pytest.mark.slow
__all__ = ["project"]

FIRST_CELL = 4  # after line, check and reason; openpyxl counts from 1
UNIT, START, END = FIRST_CELL + 5, FIRST_CELL + 8, FIRST_CELL + 9
SENT = date(2026, 1, 9)


def row(number: int, unit: str = "MOA-1", name: str = "Каримов", start: str = "01.02.2000", end: str = "") -> str:
    return f"31505600010014;{name};15.05.1960;Э;MOA-{number:04};{unit};-;0,5;{start};{end}"


BAD_UNIT, BAD_DATES = row(2, unit="NOWHERE", name="=cmd|'x'!A0"), row(3, start="01.02.2000", end="01.02.1999")


@pytest.fixture
def sent(project: tuple[Contracts, Settings]) -> tuple[Contracts, Settings, Outcome]:
    send(project[1], GOOD, BAD_UNIT, BAD_DATES, "1;2")
    (outcome,) = take_all(project)
    assert (outcome.read, outcome.landed, outcome.refused) == (4, 1, 3)
    return *project, outcome


def exported(settings: Settings, delivery_id: str, name: str = "refused.xlsx", language: str = "en") -> Path:
    path = settings.workspace.parent / name
    export_refused(settings, delivery_id, path, language)
    return path


def mend(path: Path, cells: dict[tuple[int, int], object], name: str = "") -> Path:
    book = openpyxl.load_workbook(path)
    for (line, column), value in cells.items():
        book["rows"].cell(line, column).value = value
    target = path.with_name(name) if name else path
    book.save(target)
    return target


def take(book: Path, contracts: Contracts, settings: Settings) -> Outcome:
    return replay(book, contracts, settings, KEY, SENT)


def refusal(book: Path, contracts: Contracts, settings: Settings) -> str:
    before = sorted(path for path in settings.workspace.rglob("*") if path.is_file())
    with pytest.raises(QdeepError) as caught:
        take(book, contracts, settings)
    assert sorted(path for path in settings.workspace.rglob("*") if path.is_file()) == before
    assert caught.value.finding.where.file == book.name
    return caught.value.finding.code


def test_mended_rows_land_and_the_rest_stays_refused(sent: tuple[Contracts, Settings, Outcome]) -> None:
    contracts, settings, origin = sent
    book = mend(exported(settings, origin.delivery_id), {(2, UNIT): "MOA-1"})
    outcome = take(book, contracts, settings)
    assert (outcome.status, outcome.read, outcome.landed, outcome.refused) == ("landed", 1, 1, 0)
    (landed,) = pq.read_table(settings.lake / "staff" / outcome.delivery_id / "rows.parquet").to_pylist()
    assert (landed["position_id"], landed["_row"]) == ("MOA-0002", 3)
    assert landed["person_key"] == KEY.token("hr", "31505600010014")
    manifest = next(one for one in deliveries(settings) if one["delivery_id"] == outcome.delivery_id)
    assert (manifest["scope"], manifest["known_from"]) == ("rows", "2026-01-09")
    assert manifest["origin"]["delivery_id"] == origin.delivery_id
    assert manifest["origin"]["lines"] == {"rows": [[3, 3]]}
    assert len(list_refused(settings, "staff", origin.delivery_id)) == 3


def test_origin_and_mended_rows_count_together_from_the_day_they_were_sent(
    sent: tuple[Contracts, Settings, Outcome],
) -> None:
    contracts, settings, origin = sent
    outcome = take(mend(exported(settings, origin.delivery_id), {(2, UNIT): "MOA-1"}), contracts, settings)
    for day, expected in ((date(2026, 1, 8), {origin.delivery_id}), (SENT, {origin.delivery_id, outcome.delivery_id})):
        known = choose(deliveries(settings), contracts, day)
        assert {one.delivery_id for one in known if one.is_current} == expected
    send(settings, GOOD, name="staff_2026-01-12.csv")
    (later,) = [one for one in take_all((contracts, settings)) if one.status == "landed"]
    known = choose(deliveries(settings), contracts, date(2026, 2, 1))
    assert {one.delivery_id for one in known if one.is_current} == {later.delivery_id}


def test_the_same_workbook_twice_is_one_delivery(sent: tuple[Contracts, Settings, Outcome]) -> None:
    contracts, settings, origin = sent
    book = mend(exported(settings, origin.delivery_id), {(2, UNIT): "MOA-1"})
    assert [take(book, contracts, settings).status for _ in range(2)] == ["landed", "unchanged"]
    assert len(deliveries(settings)) == 2


def test_a_row_never_lands_twice_by_two_workbooks(sent: tuple[Contracts, Settings, Outcome]) -> None:
    contracts, settings, origin = sent
    first = mend(exported(settings, origin.delivery_id), {(2, UNIT): "MOA-1"})
    take(first, contracts, settings)
    second = mend(first, {(3, END): "01.02.2010"}, "second.xlsx")
    outcome = take(second, contracts, settings)
    assert (outcome.read, outcome.landed) == (1, 1)
    assert refusal(mend(second, {(2, UNIT): "MOA"}, "third.xlsx"), contracts, settings) == "E-443"


def test_a_mended_key_that_has_landed_is_a_twin(sent: tuple[Contracts, Settings, Outcome]) -> None:
    contracts, settings, origin = sent
    book = mend(exported(settings, origin.delivery_id), {(2, UNIT): "MOA-1", (2, FIRST_CELL + 4): "MOA-0001"})
    outcome = take(book, contracts, settings)
    assert (outcome.read, outcome.landed, outcome.refused) == (1, 0, 1)
    assert [one["codes"] for one in list_refused(settings, "staff", outcome.delivery_id)] == ["E-306"]


def test_rows_that_fail_again_are_refused_again_and_can_be_mended_from_there(
    sent: tuple[Contracts, Settings, Outcome],
) -> None:
    contracts, settings, origin = sent
    book = mend(exported(settings, origin.delivery_id), {(2, UNIT): "MOA-1", (3, END): "01.02.1998"})
    outcome = take(book, contracts, settings)
    assert (outcome.read, outcome.landed, outcome.refused) == (2, 1, 1)
    (left,) = list_refused(settings, "staff", outcome.delivery_id)
    assert (left["line"], left["codes"]) == (4, "E-307")
    again = take(mend(exported(settings, outcome.delivery_id, "again.xlsx"), {(2, END): None}), contracts, settings)
    assert (again.read, again.landed) == (1, 1)
    manifest = next(one for one in deliveries(settings) if one["delivery_id"] == again.delivery_id)
    assert manifest["origin"]["delivery_id"] == origin.delivery_id
    assert manifest["origin"]["exported_from"] == outcome.delivery_id


def test_a_broken_record_is_mended_by_filling_its_cells(sent: tuple[Contracts, Settings, Outcome]) -> None:
    contracts, settings, origin = sent
    cells = dict(zip(range(FIRST_CELL, END + 1), row(9).split(";"), strict=True))
    book = mend(exported(settings, origin.delivery_id), {(4, column): text for column, text in cells.items()})
    outcome = take(book, contracts, settings)
    assert (outcome.read, outcome.landed) == (1, 1)


def test_a_delivery_refused_whole_is_judged_whole_again(project: tuple[Contracts, Settings]) -> None:
    contracts, settings = project
    send(settings, *[row(number) for number in range(1, 3)], *[row(n, unit="X") for n in range(3, 40)])
    (origin,) = take_all(project)
    assert (origin.status, origin.refused) == ("refused", 39)
    book = exported(settings, origin.delivery_id)
    few = take(mend(book, {(4, UNIT): "MOA-1"}, "few.xlsx"), contracts, settings)
    assert (few.status, few.read, few.landed) == ("refused", 39, 0)
    assert [one.code for one in few.findings][:1] == ["E-206"]
    all_cells = {(line, UNIT): "MOA-1" for line in range(4, 41)}
    outcome = take(mend(book, all_cells, "all.xlsx"), contracts, settings)
    assert (outcome.status, outcome.read, outcome.landed) == ("landed", 39, 39)
    manifest = next(one for one in deliveries(settings) if one["delivery_id"] == outcome.delivery_id)
    assert (manifest["scope"], manifest["origin"]["delivery_id"]) == ("whole", origin.delivery_id)


def test_another_workbook_is_refused_with_a_reason_and_nothing_is_stored(
    sent: tuple[Contracts, Settings, Outcome], tmp_path: Path
) -> None:
    contracts, settings, origin = sent
    book = exported(settings, origin.delivery_id)
    assert refusal(book, contracts, settings) == "E-443"
    plain = openpyxl.Workbook()
    plain.save(tmp_path / "plain.xlsx")
    assert refusal(tmp_path / "plain.xlsx", contracts, settings) == "E-440"
    other = openpyxl.load_workbook(book)
    other["qdeep"]["B4"].value = "0" * 16
    other.save(tmp_path / "other.xlsx")
    assert refusal(tmp_path / "other.xlsx", contracts, settings) == "E-440"
    assert refusal(mend(book, {(2, 1): 4}, "line.xlsx"), contracts, settings) == "E-441"
    assert refusal(mend(book, {(2, 2): "abcabcabcabc"}, "check.xlsx"), contracts, settings) == "E-441"
    assert refusal(mend(book, {(9, FIRST_CELL): "new"}, "added.xlsx"), contracts, settings) == "E-441"
    assert refusal(mend(book, {(1, UNIT): "Бошка"}, "header.xlsx"), contracts, settings) == "E-442"
    with pytest.raises(QdeepError, match="E-440"):
        replay(mend(book, {(2, UNIT): "MOA-1"}, "early.xlsx"), contracts, settings, KEY, date(2025, 12, 31))


def test_a_formula_is_shown_harmless_and_comes_back_as_it_was(sent: tuple[Contracts, Settings, Outcome]) -> None:
    contracts, settings, origin = sent
    book = exported(settings, origin.delivery_id)
    assert openpyxl.load_workbook(book)["rows"].cell(2, FIRST_CELL + 1).value == "'=cmd|'x'!A0"
    assert book.stat().st_mode & 0o777 == 0o600
    assert take(mend(book, {(2, UNIT): "NOWHERE-2"}), contracts, settings).refused == 1
    manifest = deliveries(settings)[-1] if deliveries(settings)[-1].get("origin") else deliveries(settings)[0]
    kept = pq.read_table(settings.vault / "staff" / manifest["delivery_id"] / "refused.parquet").to_pylist()
    assert kept[0]["cells"][1] == "=cmd|'x'!A0"


@pytest.mark.parametrize(
    ("language", "word"), [("en", "A reference"), ("ru", "Ссылка"), ("uz", "Havola"), ("ko", "참조")]
)
def test_the_reason_stands_in_the_language_of_the_clerk(
    sent: tuple[Contracts, Settings, Outcome], language: str, word: str
) -> None:
    _, settings, origin = sent
    reason = openpyxl.load_workbook(exported(settings, origin.delivery_id, language=language))["rows"].cell(2, 3).value
    assert word in reason
    told = explain_refused(settings, origin.delivery_id, language)
    assert any(one["title"].startswith(word) for one in told)


def test_refusals_are_counted_by_delivery_and_code(sent: tuple[Contracts, Settings, Outcome]) -> None:
    _, settings, origin = sent
    found = {(one["delivery_id"], one["code"]): one["rows"] for one in count_refused(settings)}
    assert found == {(origin.delivery_id, code): 1 for code in ("E-307", "E-309", "E-312")}

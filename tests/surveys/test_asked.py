"""A question is missed where it was asked, and nowhere else."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.contracts.load import load_contracts
from flows.contracts.model import Column, Item
from flows.intake.asked import asked
from flows.intake.gate import Judged, judge
from flows.intake.match import Feed, Layout
from tests.contracts.small_project import load_project, raw_file, raw_table, settings_for, write

ITEMS = (
    "item_id,column,type,choices,repeat,min,max,required,privacy,relevant\n"
    "c0,consent,select_one,agree,,,,1,,\n"
    "q1,a/q1,integer,,,0,10,1,,\n"
    "q2,a/q2,decimal,,,,,1,,${q1} > 5\n"
    "q3,q3,select_multiple,tools,,,,,,\n"
    "s1,step/s1,select_one,agree,step,,,1,,\n"
)
HEADER = ("_uuid", "_submission_time", "sex", "consent", "a/q1", "a/q2", "q3", "q3/mail", "q3/edms")
STEPS = ("step/s1", "_index", "_submission__uuid")
Judge = Callable[..., Judged]


@pytest.fixture
def judged(tmp_path: Path) -> Judge:
    root = tmp_path / "project"
    load_project(root)
    book = root / "contracts" / "codebooks" / "pulse" / "1"
    write(book / "items.csv", ITEMS)
    labels = "label_uz,label_ru,label_en,label_ko\n"
    sections = f"section_id,relevant,repeat_count,{labels}a,${{consent}}='2',,A,A,A,A\nstep,${{consent}}='2',,S,S,S,S\n"
    write(book / "sections.csv", sections)
    settings = settings_for(root)
    contracts = load_contracts(settings, root)

    def run(rows: Sequence[Sequence[str | None]], steps: Sequence[Sequence[str | None]] = ()) -> Judged:
        main, step = raw_table(tmp_path, HEADER, rows), raw_table(tmp_path, STEPS, steps, "step")
        return judge(raw_file(main, step), contracts.sources["poll"], contracts, tmp_path / "stage", settings)

    return run


def row(number: int, *answers: str | None) -> list[str | None]:
    return [f"u{number}", "2026-10-05 10:00:00", None, *answers, None, None, None]


def test_who_declines_is_asked_nothing_more_and_who_agrees_is(judged: Judge) -> None:
    rows = [row(1, "2", "3", None), row(2, "1", None, None), row(3, "2", None, None), row(4, "2", "6", None)]
    verdict = judged([*rows, row(5, None, None, None), row(6, "2", "6", "0.5")], [["2", "1", "u1"], [None, "1", "u6"]])
    assert verdict.counts["rows"] == {"read": 6, "landed": 3, "refused": 3}
    assert verdict.counts["step"] == {"read": 2, "landed": 1, "refused": 1}
    found = {rule.rule: rule.failed for rule in verdict.rules if rule.failed}
    assert found == {"c0.required": 1, "q1.required": 1, "q2.required": 1, "s1.required": 1}
    assert verdict.gx["success"] is False, "the second judge saw the same rows"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("${one}='yes'", [True, False, False]),
        ("${one} != 'yes'", [False, True, True]),
        ("${one} != ''", [True, True, False]),
        ("${number} >= 5 and ${one} = 'yes'", [True, False, False]),
        ("${number} < 5 or ${one} = ''", [False, True, True]),
        ("${number} = 7", [True, False, False]),
        ("coalesce(${number}, 0) = 0", [False, False, True]),
        ("not(${one} = 'yes')", [False, True, True]),
        ("selected(${several}, 'mail')", [True, False, False]),
        ("selected(${joined}, 'edms')", [True, False, False]),
        ("count-selected(${several}) > 0", [True, False, False]),
        ("string-length(${one}) > 2", [True, False, False]),
        ("${one} = 5", [False, False, False]),
        ("'5' = ${number}", [False, False, False]),
    ],
)
def test_a_condition_means_what_the_form_means(condition: str, expected: list[bool]) -> None:
    feeds = [
        _feed("i1", "g/one", "select_one"),
        _feed("i2", "g/number", "integer"),
        _feed("i3", "several", "select_multiple"),
        Feed(Column("i3__1", "boolean"), "c3", _item("i3", "several", "select_multiple"), "mail"),
        _feed("i4", "joined", "select_multiple"),
    ]
    test = asked(_asking(condition), Layout("rows", tuple(feeds)))
    with duckdb.connect() as connection:
        connection.execute("create table one (_row int, i1 varchar, i2 bigint, i3__text varchar, i3__1 boolean)")
        connection.execute("alter table one add column i4__text varchar")
        rows = [(1, "yes", 7, "mail", True, "mail edms"), (2, "no", 3, None, False, "mail"), (3, *[None] * 5)]
        connection.executemany("insert into one values (?, ?, ?, ?, ?, ?)", rows)
        found = connection.execute(f"select {test} from one order by _row").fetchall()
    assert [one for (one,) in found] == expected


@pytest.mark.parametrize(
    "condition", ["${elsewhere}='yes'", "${free} = 'x'", ". > 3", "this is none", "selected(., 'x')"]
)
def test_what_cannot_be_told_here_leaves_the_question_required(condition: str) -> None:
    free = Feed(Column("f", "text", privacy="free_text"), "c1", _item("f", "free", "text"))
    assert not asked(_asking(condition), Layout("rows", (free,)))


def _item(item_id: str, column: str, kind: str, **more: Any) -> Item:
    return Item(item_id, column, kind, **more)


def _feed(item_id: str, column: str, kind: str) -> Feed:
    return Feed(Column(item_id, "text"), "c0", _item(item_id, column, kind))


def _asking(condition: str) -> Feed:
    return Feed(Column("q", "text"), "c9", _item("q", "q", "integer", relevant=(condition,)))

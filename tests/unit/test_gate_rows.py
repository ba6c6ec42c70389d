"""Each rule refuses the row that breaks it, with its code, and no other."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from flows.contracts.load import _effective
from flows.contracts.model import Contracts
from flows.intake import gate, marks
from flows.intake.gate import Judged, judge
from flows.intake.raw import BadRow
from flows.settings import Settings
from tests.contracts.landing import stage_of
from tests.contracts.small_project import (
    LOG_HEADER,
    POLL_HEADER,
    STAFF_HEADER,
    STEP_HEADER,
    load_project,
    raw_file,
    raw_table,
)

Row = Sequence[str | None]
JudgeRows = Callable[..., Judged]
MAN = {
    "pinfl": "31505600010014", "full_name": "Каримов", "birth_date": "15.05.1960", "sex": "Э",
    "position_id": "MOA-0001", "org_unit_id": "MOA-1", "contract_type": "bo‘sh",
    "fte": "0,5", "start_date": "01.02.2000", "end_date": None,
}  # fmt: skip


def staff(**changes: str | None) -> list[str | None]:
    return list((MAN | changes).values())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Contracts, Settings]:
    return load_project(tmp_path_factory.mktemp("project"))


@pytest.fixture
def judged(project: tuple[Contracts, Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JudgeRows:
    """Judge rows by SQL alone; that Great Expectations agrees is proved in test_gate_suites.py."""
    monkeypatch.setattr(gate, "_second_judge", lambda *_: {})
    contracts, settings = project

    def run(
        rows: Sequence[Row],
        *,
        source: str = "staff",
        header: Row = STAFF_HEADER,
        steps: Sequence[Row] = (),
        bad_rows: tuple[BadRow, ...] = (),
    ) -> Judged:
        tables = [raw_table(tmp_path, [str(one) for one in header], rows, bad_rows=bad_rows)]
        if source == "poll":
            tables.append(raw_table(tmp_path, STEP_HEADER, steps, "step"))
        return judge(raw_file(*tables), contracts.sources[source], contracts, tmp_path / "stage", settings)

    return run  # fmt: skip


def refused(verdict: Judged, table: str = "rows") -> dict[int, tuple[str, ...]]:
    """Return line -> codes of refused rows."""
    with duckdb.connect(str(verdict.database)) as connection:
        found = connection.execute(f"select _line, codes from refused_{table}").fetchall()
    return {line: tuple(codes) for line, codes in found}


def landed(verdict: Judged, columns: str, table: str = "rows") -> list[tuple[object, ...]]:
    with stage_of(verdict) as connection:
        return connection.execute(f"select {columns} from landed_{table}").fetchall()


@pytest.mark.parametrize(
    ("changes", "code", "rule"),
    [
        ({"birth_date": None}, "E-301", "birth_date.required"),
        ({"sex": "йўқ"}, "E-301", "sex.required"),
        ({"fte": "х"}, "E-302", "fte.type"),
        ({"start_date": "31.02.2000"}, "E-302", "start_date.type"),
        ({"sex": "З"}, "E-303", "sex.codes"),
        ({"fte": "1,6"}, "E-304", "fte.range"),
        ({"birth_date": "01.05.1929", "pinfl": "30105290010016"}, "E-304", "birth_date.range"),
        ({"position_id": "moa 1"}, "E-305", "position_id.pattern"),
        ({"position_id": "NULL"}, "E-301", "position_id.nothing"),
        ({"end_date": "01.01.1999"}, "E-307", "exit_not_before_entry"),
        ({"start_date": "01.02.1970"}, "E-307", "born_before_service"),
        ({"org_unit_id": "MOA-77"}, "E-309", "org_unit_id.reference"),
        ({"pinfl": "3.15056E+13"}, "E-310", "pinfl.scientific"),
        ({"pinfl": "3,15056e13"}, "E-310", "pinfl.scientific"),
        ({"pinfl": "3150560001001"}, "E-311", "pinfl.valid"),
        ({"pinfl": "31505610010011"}, "E-314", "pinfl_agrees_with_birth_date"),
        ({"sex": "А"}, "E-314", "pinfl_agrees_with_sex"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused_with_its_code_alone(
    judged: JudgeRows, changes: dict[str, str | None], code: str, rule: str
) -> None:
    verdict = judged([staff(), staff(**{"position_id": "MOA-0002"} | changes)])
    assert refused(verdict) == {3: (code,)}
    result = {one.rule: one for one in verdict.rules}[rule]
    assert (result.code, result.failed, result.lines) == (code, 1, (3,))
    assert verdict.counts == {"rows": {"read": 2, "landed": 1, "refused": 1}}


def test_an_id_that_may_be_empty_is_no_word_for_nothing_either(
    judged: JudgeRows, project: tuple[Contracts, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    contracts, _ = project
    source = contracts.sources["staff"]
    optional = replace(source, kind=_effective(source.kind, {"position_id": {"required": False}}))
    monkeypatch.setitem(contracts.sources, "staff", optional)
    assert refused(judged([staff(), staff(position_id="NULL"), staff(position_id=None)])) == {3: ("E-305",)}


def test_a_right_row_lands_with_lake_columns_only(judged: JudgeRows) -> None:
    verdict = judged([staff()])
    assert verdict.findings[0].code == "W-321"
    assert not refused(verdict)
    row = landed(verdict, "person_key, birth_month, sex, contract_type, assignment_type, fte, start_date")[0]
    assert [str(one) for one in row] == [
        "31505600010014", "1960-05-01", "male", "indefinite", "main", "0.5", "2000-02-01",
    ]  # fmt: skip
    with stage_of(verdict) as connection:
        names = {row[0] for row in connection.execute("describe landed_rows").fetchall()}
    assert not names & {"pinfl", "full_name", "phone", "birth_date"}
    assert verdict.pseudonyms == {"rows": {"person_key": "hr"}}


def test_a_list_of_texts_that_lands_holds_none_of_a_refused_row(judged: JudgeRows) -> None:
    verdict = judged([staff(), staff(position_id="MOA-0002", org_unit_id="NOWHERE")])
    assert verdict.landing
    ((lake, persons),) = verdict.landing.groups()
    assert lake["org_unit_id"].dictionary.to_pylist() == ["MOA-1"]
    assert (persons["name"].dictionary.to_pylist(), persons.num_rows) == (["Каримов"], 1)


def test_of_equal_keys_the_first_row_stays(judged: JudgeRows) -> None:
    verdict = judged([staff(), staff(fte="0,25"), staff(position_id="MOA-0002"), staff()])
    assert refused(verdict) == {3: ("E-306",), 5: ("E-306",)}
    assert landed(verdict, "_row, fte") == [(1, 0.5), (3, 0.5)]


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_the_first_row_of_a_key_stays_however_many_hashes_are_sorted_at_once(
    judged: JudgeRows, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(marks, "SORTED_AT_ONCE", at_once)
    dice = random.Random(20261130)
    drawn = [dice.randrange(1, 40) for _ in range(60)]
    twins = {place + 2: ("E-306",) for place, number in enumerate(drawn) if number in drawn[:place]}
    assert refused(judged([staff(position_id=f"MOA-{number:04d}") for number in drawn])) == twins
    assert twins


def test_a_row_has_all_its_reasons(judged: JudgeRows) -> None:
    assert refused(judged([staff(), staff(position_id="MOA-0002", fte="9", org_unit_id="X", sex=None)])) == {
        3: ("E-301", "E-304", "E-309")
    }


def test_look_alike_letters_are_mended_and_told(judged: JudgeRows) -> None:
    verdict = judged([staff(position_id="MОA-0001", contract_type=None)])
    assert [one.code for one in verdict.findings] == ["W-320"]
    assert landed(verdict, "position_id") == [("MOA-0001",)]


def test_a_wrong_check_digit_is_a_warning(judged: JudgeRows) -> None:
    verdict = judged([staff(pinfl="31505600010019", contract_type=None)])
    assert [one.code for one in verdict.findings] == ["W-311"]
    assert verdict.counts["rows"]["landed"] == 1


def test_rows_that_are_no_data_are_counted_apart(judged: JudgeRows) -> None:
    total: Row = [None, None, None, None, "Жами: 2", None, None, "1,0", None, None]
    verdict = judged([staff(), staff(position_id="MOA-0002"), total], bad_rows=(BadRow(9, "E-312", "a;b"),))
    assert refused(verdict) == {4: ("I-390",), 9: ("E-312",)}
    assert verdict.counts == {"rows": {"read": 4, "landed": 2, "refused": 2}}
    assert verdict.excluded == 1
    assert not verdict.refused
    told = {one.rule: (one.code, one.failed, one.lines) for one in verdict.rules if one.rule.startswith("record.")}
    assert told == {"record.structure": ("E-312", 1, (9,)), "record.excluded": ("I-390", 1, (4,))}


def test_header_texts_never_reach_sql(judged: JudgeRows) -> None:
    header = (*STAFF_HEADER[:9], "Кетган'); drop table x; --")
    assert [one.code for one in judged([staff()], header=header).findings] == ["E-201"]


def test_cells_never_reach_sql(judged: JudgeRows) -> None:
    verdict = judged([staff(), staff(position_id="'); drop table stage_rows; --", full_name="{batch} :x %s")])
    assert refused(verdict) == {3: ("E-305",)}


def test_findings_hold_no_value_of_a_row(judged: JudgeRows) -> None:
    secrets = {"pinfl": "SECRET-1", "sex": "SECRET-2", "org_unit_id": "SECRET-3", "fte": "SECRET-4"}
    verdict = judged([staff(), staff(**secrets)])
    assert "SECRET" not in repr((verdict.findings, verdict.rules))


def test_a_log_lands_local_times_and_hides_who_worked(judged: JudgeRows) -> None:
    rows: list[Row] = [
        ("D-1", "register", "01.02.2024 09:00", "01.02.2024 10:00", "Azizov", "1"),
        ("D-1", "sign", "01.02.2024 12:00", "01.02.2024 11:00", "Azizov", "ҳа"),
        ("D-2", "sign", None, "soon", "Karimov", "2"),
    ]
    verdict = judged(rows, source="log", header=LOG_HEADER)
    assert verdict.findings[0].code == "E-206"  # two of three rows
    assert refused(verdict) == {2: ("E-206",), 3: ("E-307",), 4: ("E-302",)}
    good = judged(rows[:1], source="log", header=LOG_HEADER)
    assert str(landed(good, "process_id, started_at, resource_key, is_case_closed")[0]) == (
        "('correspondence', datetime.datetime(2024, 2, 1, 9, 0), 'Azizov', True)"
    )
    assert good.pseudonyms == {"rows": {"resource_key": "resource"}}


def test_stamps_with_and_without_a_zone_in_one_log_are_moments_of_one_clock(
    judged: JudgeRows, project: tuple[Contracts, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A case that three systems wrote down: nine in Tashkent is seven in Moscow and four in Greenwich."""
    log = project[0].sources["log"]
    style = replace(log.file, timezone="Europe/Moscow", missing=("",))
    monkeypatch.setitem(project[0].sources, "log", replace(log, file=style))
    clocks = ["01.02.2024 07:00", "2024-02-01T09:00:00+05:00", "2024-02-01 04:00:00Z", "2024-01-31T22:30:00.250-05:30"]
    rows: list[Row] = [("NA", "sign", None, clock, None, "1") for clock in clocks]
    found = landed(judged(rows, source="log", header=LOG_HEADER), "case_id, completed_at::varchar")
    assert found == [("NA", "2024-02-01 09:00:00")] * 3 + [("NA", "2024-02-01 09:00:00.25")]


@pytest.mark.parametrize(
    ("told", "completed", "holds"),
    [("'complete'", "now()", True), ("null", "now()", True), ("'start'", "null", True), ("'start'", "now()", False)],
)
def test_a_start_under_the_heading_of_completions_is_no_work_done(
    told: str, completed: str, *, holds: bool, project: tuple[Contracts, Settings]
) -> None:
    rules = {rule.id: rule for rule in project[0].kinds["event_log"].rules}
    row = f"(select {told} as lifecycle, {completed} as completed_at)"
    rule = rules["transition_has_its_own_moment"]
    assert rule.code == "E-308"
    assert duckdb.sql(f"select {rule.check} from {row}").fetchall() == [(holds,)]


ANSWERS: list[Row] = [
    ("u1", "2026-03-01T09:15:00.123+03:00", "male", "1", "5", "mail", "1", "0", "free text", "x"),
    ("u1", "2026-03-02T09:15:00.123+05:00", "male", "2", "6", "mail edms", "1", "1", "free text", "x"),
    ("u2", "2026-03-02", "female", None, "3", None, None, None, None, None),
    ("u3", "2026-03-02", "female", "98", None, "edms", "0", "1", None, None),
]
STEPS: list[Row] = [
    ("1", "2.5", "1", "u1"),
    ("2", "7", "2", "u3"),
    ("2", "-1", "3", "u3"),
    ("2", None, "4", "u3"),
    ("2", "7", "5", "zz"),
    ("2", "7", "6", "u2"),
]


def test_a_submission_edited_later_gives_way_to_its_edit(judged: JudgeRows) -> None:
    verdict = judged(ANSWERS, source="poll", header=POLL_HEADER, steps=STEPS)
    assert refused(verdict) == {2: ("E-313",), 4: ("E-301",)}
    assert landed(verdict, "_row, response_key, submitted_at::varchar") == [
        (2, "u1", "2026-03-02 09:15:00.123"),
        (4, "u3", "2026-03-02 00:00:00"),
    ]


def test_repeat_rows_follow_their_submission(judged: JudgeRows) -> None:
    verdict = judged(ANSWERS, source="poll", header=POLL_HEADER, steps=STEPS)
    assert refused(verdict, "step") == {4: ("E-304",), 6: ("E-309",), 7: ("E-309",)}
    assert verdict.counts["step"] == {"read": 6, "landed": 3, "refused": 3}


def test_repeat_rows_of_an_edited_submission_are_those_of_its_edit(judged: JudgeRows) -> None:
    """The form server gives an edit a new id and keeps the root; the repeat sheet names the id."""
    first = ("u1", "2026-03-01T09:15:00", "male", "1", "5", "mail", "1", "0", None, None, "root1")
    edit = ("u2", "2026-03-02T09:15:00", "male", "2", "6", "mail", "1", "0", None, None, "root1")
    steps = [("1", "2", "1", "u1"), ("2", "7", "2", "u2"), ("2", "8", "3", "u2")]
    verdict = judged([first, edit], source="poll", header=(*POLL_HEADER, "meta/rootUuid"), steps=steps)
    assert refused(verdict) == {2: ("E-313",)}
    assert refused(verdict, "step") == {2: ("E-309",)}
    answers = landed(verdict, "response_key, position, value", "answers where repeat = 'step' and item_id = 's2'")
    assert answers == [("root1", 1, "7.0"), ("root1", 2, "8.0")]


def test_rows_of_a_group_in_a_group_of_odk_belong_to_the_submission_in_the_order_of_their_path(
    judged: JudgeRows,
) -> None:
    one = ("u1", "2026-03-01T09:15:00", "male", "1", "5", "mail", "1", "0", None, None)
    paths = ("unit[2]/step[1]", "unit[1]/step[2]", "unit[1]/step[1]", "unit[1]/step[10]")
    steps = [("1", str(n), f"uuid:u1/{path}", f"uuid:u1/{path.split('/')[0]}") for n, path in enumerate(paths, 1)]
    verdict = judged([one], source="poll", header=POLL_HEADER, steps=[*steps, ("1", "9", "uuid:u2/a[1]", "uuid:u2")])
    assert refused(verdict, "step") == {6: ("E-309",)}
    answers = landed(verdict, "response_key, position, value", "answers where repeat = 'step' and item_id = 's2'")
    assert sorted(answers) == [("u1", 1, "3.0"), ("u1", 2, "2.0"), ("u1", 3, "4.0"), ("u1", 4, "1.0")]


def test_a_group_of_odk_that_lies_in_a_section_belongs_to_the_submission_too(judged: JudgeRows) -> None:
    one = ("u1", "2026-03-01T09:15:00", "male", "1", "5", "mail", "1", "0", None, None)
    above = "uuid:u1/units/unit[2]"
    steps = [
        ("1", "1", f"{above}/duties/step[1]", above),
        ("1", "2", "uuid:u1/units/unit[1]/step[1]", "uuid:u1/units/unit[1]"),
    ]
    verdict = judged([one], source="poll", header=POLL_HEADER, steps=steps)
    assert refused(verdict, "step") == {}
    answers = landed(verdict, "response_key, position, value", "answers where repeat = 'step' and item_id = 's2'")
    assert sorted(answers) == [("u1", 1, "2.0"), ("u1", 2, "1.0")]


def test_answers_stand_in_one_long_table(judged: JudgeRows) -> None:
    verdict = judged(ANSWERS, source="poll", header=POLL_HEADER, steps=STEPS)
    columns = "response_key, repeat, position, item_id, choice, value"
    expected: list[tuple[object, ...]] = [
        ("u1", "none", 0, "q1", "value", "2"),
        ("u1", "none", 0, "q2", "value", "6"),
        ("u1", "none", 0, "q3", "mail", "1"),
        ("u1", "none", 0, "q3", "edms", "1"),
        ("u3", "none", 0, "q1", "value", "98"),
        ("u3", "none", 0, "q2", "value", None),
        ("u3", "none", 0, "q3", "mail", "0"),
        ("u3", "none", 0, "q3", "edms", "1"),
        ("u1", "step", 1, "s1", "value", "1"),
        ("u1", "step", 1, "s2", "value", "2.5"),
        ("u3", "step", 1, "s1", "value", "2"),
        ("u3", "step", 1, "s2", "value", "7.0"),
        ("u3", "step", 3, "s1", "value", "2"),
        ("u3", "step", 3, "s2", "value", None),
    ]
    assert sorted(landed(verdict, columns, "answers"), key=repr) == sorted(expected, key=repr)  # ordered when written
    assert verdict.tables == ("rows", "answers")
    assert verdict.pseudonyms["answers"] == {"response_key": "survey"}


def test_options_without_own_columns_come_from_the_text(judged: JudgeRows) -> None:
    header = tuple(one for one in POLL_HEADER if not one.startswith("q3/"))
    rows = [tuple(row[i] for i in range(len(row)) if i not in (6, 7)) for row in ANSWERS]
    verdict = judged(rows, source="poll", header=header, steps=STEPS)
    answers = landed(verdict, "response_key, choice, value", "answers where item_id = 'q3'")
    assert answers == [("u1", "mail", "1"), ("u1", "edms", "1"), ("u3", "mail", "0"), ("u3", "edms", "1")]


def test_an_unknown_option_is_refused(judged: JudgeRows) -> None:
    rows = [*ANSWERS[3:], ("u4", None, None, "1", None, "mail fax", "1", "0", None, None)]
    assert refused(judged(rows, source="poll", header=POLL_HEADER)) == {3: ("E-303",)}


def damaged_numbers(count: int) -> list[tuple[str, str]]:
    """Return so many damages of the personal number of MAN, by seed, each with the code that it must end with.

    The code is found here by the rules of hrm.md 5.2 in plain Python: empty where the row lands without a word.
    """
    dice, number = random.Random(20261129), str(MAN["pinfl"])

    def transposed(place: int) -> str:
        return number[:place] + number[place + 1] + number[place] + number[place + 2 :]

    damages: tuple[Callable[[int], str], ...] = (
        lambda place: number[:13] + str((int(number[13]) + 1 + place % 9) % 10),  # check digit
        lambda place: number[:place] + number[place + 1 :],  # a digit lost
        lambda place: number[:place] + number[place] + number[place:],  # a digit twice
        lambda place: number[:place] + number[place:].replace("0", "O", 1),  # a letter for a zero
        lambda place: number[:place] + number[place:].replace("0", "О", 1),  # the same letter in Cyrillic
        transposed,
        lambda place: number[:place] + str(dice.randrange(10)) + number[place + 1 :],  # a digit mistyped
    )
    texts = [damages[turn % len(damages)](dice.randrange(13)) for turn in range(count)]
    return [(text, code_of(text)) for text in texts]


def code_of(text: str) -> str:
    """Return how a personal number beside the birth date and sex of MAN must end."""
    if not re.fullmatch("[3-6][0-9]{13}", text) or "000" in (text[7:10], text[10:13]):
        return "E-311"
    century = "19" if text[0] in "34" else "20"
    try:
        datetime.strptime(text[1:5] + century + text[5:7], "%d%m%Y")
    except ValueError:
        return "E-311"
    if text[1:7] != "150560" or text[0] not in "35":
        return "E-314"
    return "" if is_checked(text) else "W-311"


def is_checked(text: str) -> bool:
    """Return whether the last digit is the check digit of the others."""
    weighed = sum(int(digit) * (7, 3, 1)[place % 3] for place, digit in enumerate(text[:13]))
    return weighed % 10 == int(text[13])


def test_damaged_personal_numbers_end_exactly_as_the_rules_say(judged: JudgeRows) -> None:
    damages = damaged_numbers(210)
    people = [staff(position_id=f"MOA-{number:04d}") for number in range(1, 800)]
    rows = [staff(pinfl=text, position_id=f"MOA-{number:04d}") for number, (text, _) in enumerate(damages, 5000)]
    verdict = judged([*rows, *people])
    expected = {line: (code,) for line, (_, code) in enumerate(damages, 2) if code.startswith("E")}
    assert refused(verdict) == expected
    warned = sum(code != "E-311" and not is_checked(text) for text, code in damages)
    assert {rule.rule: rule.failed for rule in verdict.rules}["pinfl_check_digit"] == warned > 0
    assert verdict.counts == {"rows": {"read": 1009, "landed": 1009 - len(expected), "refused": len(expected)}}
    assert {code for _, code in damages} >= {"", "E-311", "E-314", "W-311"}


def test_a_person_without_a_personal_number_is_judged_by_no_rule_of_personal_numbers(tmp_path: Path) -> None:
    contracts, _ = load_project(tmp_path)
    staff_kind = contracts.sources["staff"].kind
    plain = _effective(staff_kind, {"pinfl": {"type": "text"}, "fte": {"type": "text"}})
    named = {name for rule in plain.rules for name in rule.columns}
    columns = {column.name: column for column in plain.tables[0].columns}
    assert "pinfl" in {name for rule in staff_kind.rules for name in rule.columns}
    assert not {"pinfl", "fte"} & named
    assert (columns["fte"].min, columns["fte"].max) == (None, None)


@pytest.mark.parametrize(("twice", "codes"), [(0, []), (1, []), (3, ["W-359"]), (40, ["W-359"])])
def test_a_log_glued_to_itself_is_told_and_counts(judged: JudgeRows, twice: int, codes: list[str]) -> None:
    """A log has no key: a few equal rows may be events of their own, many are a file put together twice."""
    day = "01.02.2024"
    rows = [[f"D-{number}", "sign", f"{day} 09:{number:02d}", f"{day} 10:00", None, "1"] for number in range(40)]
    verdict = judged([*rows, *rows[:twice]], source="log", header=LOG_HEADER)
    found = [one for one in verdict.findings if one.code == "W-359"]
    assert [(one.code, one.rows) for one in found] == [(code, twice) for code in codes]
    assert verdict.counts["rows"]["landed"] == 40 + twice

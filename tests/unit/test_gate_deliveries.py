"""What no single row can show refuses the delivery whole, with all its rows accounted for."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from flows.contracts.model import ColumnMap, Contract, Contracts, ControlTotals, Measure, Rule
from flows.errors import Finding, Place, QdeepError
from flows.intake import gate, suspicion
from flows.intake.gate import Judged, judge
from flows.intake.raw import BadRow
from flows.intake.totals import Totals
from flows.settings import Settings
from tests.contracts.small_project import POLL_HEADER, STAFF_HEADER, load_project, raw_file, raw_table

Row = Sequence[str | None]
JudgeRows = Callable[..., Judged]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Contracts, Settings]:
    return load_project(tmp_path_factory.mktemp("project"))


@pytest.fixture
def judged(project: tuple[Contracts, Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JudgeRows:
    monkeypatch.setattr(gate, "_second_judge", lambda *_: {})
    contracts, settings = project

    def run(
        rows: Sequence[Row],
        header: Sequence[str] = STAFF_HEADER,
        source: str = "staff",
        bad_rows: tuple[BadRow, ...] = (),
        **changes: object,
    ) -> Judged:
        contract: Contract = replace(contracts.sources[source], **changes)
        table = raw_table(tmp_path, header, rows, bad_rows=bad_rows)
        return judge(raw_file(table), contract, contracts, tmp_path / "stage", settings)

    return run  # fmt: skip


def staff(number: int) -> list[str | None]:
    name, post = f"Каримов {number}", f"MOA-{number:04}"
    return ["31505600010014", name, "15.05.1960", "Э", post, "MOA-1", None, "0,5", "01.02.2000", None]


def first(verdict: Judged) -> Finding:
    """Return the finding that refuses, after proving that every row is refused for a reason."""
    assert verdict.refused
    assert verdict.tables == ()
    for table, counts in verdict.counts.items():
        assert counts["landed"] == 0
        assert counts["read"] == counts["refused"]
        with duckdb.connect(str(verdict.database)) as connection:
            (without,) = connection.execute(f"select count(*) from refused_{table} where len(codes) = 0").fetchall()[0]
        assert without == 0
    return verdict.findings[0]


ROWS = [staff(number) for number in range(20)]


def test_a_right_delivery_is_not_refused(judged: JudgeRows) -> None:
    verdict = judged(ROWS)
    assert (verdict.refused, verdict.findings, verdict.map_version) == (False, (), 1)


def test_a_missing_column_is_named(judged: JudgeRows) -> None:
    verdict = judged([row[:9] for row in ROWS], STAFF_HEADER[:9])
    assert (first(verdict).code, first(verdict).where.column) == ("E-201", "end_date")


def test_the_newest_map_that_fits_is_used(judged: JudgeRows, project: tuple[Contracts, Settings]) -> None:
    old = project[0].sources["staff"].maps[0]
    newer = ColumnMap(2, {name: text for name, text in old.headers.items() if name != "end_date"})
    newest = ColumnMap(3, {**old.headers, "phone": "Телефон"})
    maps = (old, newer, newest)
    assert judged([row[:9] for row in ROWS], STAFF_HEADER[:9], maps=maps).map_version == 2
    assert judged([[*row, "1"] for row in ROWS], (*STAFF_HEADER, " телефон\u00a0"), maps=maps).map_version == 3


def test_an_unknown_column_is_refused_or_dropped_as_the_contract_says(judged: JudgeRows) -> None:
    header, rows = (*STAFF_HEADER, "Маош"), [[*row, "1"] for row in ROWS]
    finding = first(judged(rows, header))
    assert (finding.code, finding.where.column) == ("E-202", "column 11")
    assert "Маош" not in repr(finding)
    assert not judged(rows, header, others="drop").refused


def test_a_delimiter_at_the_end_of_each_line_does_no_harm(judged: JudgeRows) -> None:
    assert not judged([[*row, None] for row in ROWS], (*STAFF_HEADER, "")).refused


@pytest.mark.parametrize("extra", ["Жинс", " жинс ", ""])
def test_a_header_twice_or_blank_is_refused(judged: JudgeRows, extra: str) -> None:
    assert first(judged([[*row, "1"] for row in ROWS], (*STAFF_HEADER, extra))).code == "E-203"


def test_a_delivery_without_rows_is_refused(judged: JudgeRows) -> None:
    total: Row = [None, None, None, None, "Жами: 0", None, None, None, None, None]
    assert first(judged([])).code == "E-204"
    assert first(judged([total])).code == "E-204"


def test_volume_outside_its_bounds_is_refused(judged: JudgeRows) -> None:
    assert first(judged(ROWS, volume=(21, 100))).code == "E-205"
    assert first(judged(ROWS, volume=(1, 19))).code == "E-205"
    assert not judged(ROWS, volume=(20, 20)).refused


def test_too_many_refused_rows_refuse_all(judged: JudgeRows) -> None:
    rows = [*ROWS[:18], [*ROWS[18][:7], "x", *ROWS[18][8:]]]
    broken = (BadRow(99, "E-312", "a;b"),)
    assert first(judged(rows, bad_rows=broken, refused_share_max=0.09)).code == "E-206"
    assert not judged(rows, bad_rows=broken, refused_share_max=0.11).refused


def test_excluded_rows_do_not_count_as_refused_ones(judged: JudgeRows) -> None:
    total: Row = [None, None, None, None, "Жами: 20", None, None, None, None, None]
    verdict = judged([*ROWS, total], refused_share_max=0.0)
    assert (verdict.refused, verdict.excluded) == (False, 1)


def test_a_shifted_column_is_told_with_the_column_that_it_fits(judged: JudgeRows) -> None:
    swapped = [[*row[:2], row[3], row[2], *row[4:]] for row in ROWS]
    verdict = judged(swapped)
    shifts = [(one.where.column, one.text) for one in verdict.findings if one.code == "E-211"]
    assert [column for column, _ in shifts] == ["birth_date", "sex"]
    assert "fit sex" in shifts[0][1]
    assert first(verdict).code == "E-211"
    assert {one.code for one in verdict.findings} == {"E-211"}, "what follows from the shift is not told"
    assert any(one.code == "E-302" and one.failed == 20 for one in verdict.rules)


def test_a_new_date_format_is_not_a_shift(judged: JudgeRows) -> None:
    american = [[*row[:2], "05/15/1960", *row[3:]] for row in ROWS]
    assert first(judged(american)).code == "E-206"


def test_day_and_month_in_two_orders_refuse_all_for_nobody_knows_the_fifth_of_april(judged: JudgeRows) -> None:
    days = ["02.15.2000", "02.16.2000", "02.17.2000", "04.05.2000"]
    turned = [[*row[:8], day, row[9]] for row, day in zip(ROWS, [*days, *["17.02.2000"] * 16], strict=True)]
    verdict = judged(turned, refused_share_max=0.5)
    told = {one.code: (one.where.column, one.rows) for one in verdict.findings}
    assert told == {"E-240": ("start_date", 3), "E-302": ("start_date", 3)}
    assert first(verdict).code == "E-240"
    slips = [turned[3], turned[3], *turned[2:]]
    assert not judged(slips, refused_share_max=0.5).refused, "one such date is a slip of its own row"
    days = [*["01.02.9999", "05.03.25"] * 4, *[""] * 12]
    no_years = [[*row[:9], day] for row, day in zip(ROWS, days, strict=True)]
    told = {one.code for one in judged(no_years, refused_share_max=0.5).findings}
    assert told == {"E-302"}, "what has no year has no other order"


def test_turned_dates_of_all_columns_count_together(judged: JudgeRows) -> None:
    turned = [list(row) for row in ROWS]
    turned[0][2], turned[1][8], turned[2][9] = "05.15.1960", "02.15.2000", "02.16.2001"
    turned[3][8] = "05.04.2000"
    verdict = judged(turned, refused_share_max=0.5)
    assert [one.where.column for one in verdict.findings if one.code == "E-240"] == [
        "birth_date",
        "start_date",
        "end_date",
    ]
    turned[2][9] = None
    assert not judged(turned, refused_share_max=0.5).refused


def test_a_workbook_whose_texts_alone_have_days_after_the_twelfth_was_turned_by_a_program(
    judged: JudgeRows, project: tuple[Contracts, Settings]
) -> None:
    days = [*["2000-04-05", "2000-05-06", "2001-07-12 00:00:00"] * 4, *["13.02.2000", "17.02.2000", "29.02.2000"]]
    half = [[*row[:8], day, row[9]] for row, day in zip(ROWS, [*days, *days[:5]], strict=True)]
    book = replace(project[0].sources["staff"].file, format="xlsx")
    told = [(one.code, one.where.column, one.rows) for one in judged(half, file=book).findings]
    assert told == [("E-240", "start_date", 17)]
    assert not judged(half).refused, "who writes a text has no program that makes dates of it"
    honest = [[*row[:8], day, row[9]] for row, day in zip(ROWS, [*days[1:], "11.02.2000", *days[:5]], strict=True)]
    assert not judged(honest, file=book).refused
    above = ["2000-04-25", "2000-05-26", "2001-07-12", *(f"{day}.02.2000" for day in range(13, 30))]
    pasted = [[*row[:8], day, row[9]] for row, day in zip(ROWS, above, strict=True)]
    assert judged(pasted, file=book).refused, "seventeen late days and no early one"
    ends = [[*row[:8], "2000-01-01" if n % 2 else "31.12.2000", row[9]] for n, row in enumerate(ROWS)]
    assert not judged(ends, file=book).refused, "first and last days of months are no sign"


def test_wrongly_decoded_text_is_told_by_header_or_cells(judged: JudgeRows) -> None:
    header = tuple(text.encode().decode("cp1251", errors="replace") for text in STAFF_HEADER)
    assert first(judged(ROWS, header)).code == "E-213"
    cells = [[row[0], str(row[1]).encode().decode("cp1251", errors="replace"), *row[2:]] for row in ROWS]
    assert first(judged(cells)).code == "E-213"


def answers(number: int, q1: str, q4: str | None = None) -> list[str | None]:
    return [f"u{number}", None, None, q1, None, None, None, None, q4, None]


def test_labels_instead_of_codes_are_told(judged: JudgeRows) -> None:
    labels = ["Ha", "Yo‘q", "Bilmayman", "Ha", "1"]
    verdict = judged([answers(i, label) for i, label in enumerate(labels)], POLL_HEADER, "poll")
    assert first(verdict).code == "E-209"


def test_a_form_of_a_thousand_questions_is_looked_through_for_labels() -> None:
    feeds: Any = [
        SimpleNamespace(item=SimpleNamespace(type="select_one", choices=""), choice="", raw="c", column=column)
        for column in (SimpleNamespace(name=f"q{number}") for number in range(1100))
    ]
    form: Any = SimpleNamespace(stage=SimpleNamespace(name="form", layout=SimpleNamespace(feeds=feeds)))
    contract: Any = SimpleNamespace(answers=SimpleNamespace(cells="codes"), codebook=None)
    with duckdb.connect() as connection:
        connection.execute(f"create table form as select {', '.join(f'1 as q{n}__text' for n in range(1100))}")
        assert not list(suspicion._labels(connection, (form,), contract, Place()))


def test_codes_are_not_taken_for_labels(judged: JudgeRows) -> None:
    verdict = judged([answers(i, code) for i, code in enumerate(["1", "2", "98", "Ha"])], POLL_HEADER, "poll")
    assert (verdict.refused, verdict.counts["rows"]["refused"]) == (False, 1)


def test_personal_numbers_in_a_survey_are_told_even_in_dropped_columns(judged: JudgeRows) -> None:
    rows = [[*answers(i, "1")[:9], "30101900150017" if i % 5 == 0 else str(i)] for i in range(20)]
    finding = first(judged(rows, POLL_HEADER, "poll"))
    assert (finding.code, finding.where.column) == ("E-210", "column 10")
    assert not judged([[*answers(i, "1")[:9], f"3010190015{i:04}"] for i in range(1, 3)], POLL_HEADER, "poll").refused


@pytest.mark.parametrize(("signed", "verdict"), [(10.0, "passed"), (10.01, "failed"), (10 / 3, "failed")])
def test_what_a_sender_signs_is_what_he_sent_not_what_was_divided(
    tmp_path: Path, project: tuple[Contracts, Settings], monkeypatch: pytest.MonkeyPatch, signed: float, verdict: str
) -> None:
    monkeypatch.setattr(gate, "_second_judge", lambda *_: {})
    contracts, settings = project
    staff = contracts.sources["staff"]
    main = staff.kind.tables[0]
    columns = tuple(replace(one, divided_by=3) if one.name == "fte" else one for one in main.columns)
    kind = replace(staff.kind, tables=(replace(main, columns=columns), *staff.kind.tables[1:]))
    totals = ControlTotals((Measure("rates", "sum", "fte"),))
    before = gate.Before(totals=Totals("0" * 64, "2026-01-01", {"rates": {"": signed}}))
    contract, raw = replace(staff, kind=kind, control_totals=totals), raw_file(raw_table(tmp_path, STAFF_HEADER, ROWS))
    found = judge(raw, contract, contracts, tmp_path / "stage", settings, before=before)
    assert [one.verdict for one in found.totals] == [verdict]


def test_a_lost_row_stops_the_run(tmp_path: Path, project: tuple[Contracts, Settings]) -> None:
    contracts, settings = project
    table = replace(raw_table(tmp_path, STAFF_HEADER, ROWS), rows=21)
    with pytest.raises(QdeepError, match="E-115"):
        judge(raw_file(table), contracts.sources["staff"], contracts, tmp_path / "stage", settings)


def test_a_rule_that_cannot_be_run_stops_the_run_and_tells_no_value(judged: JudgeRows) -> None:
    rule = Rule("post_number", "E-308", ("position_id",), "cast(position_id as integer) > 1")
    with pytest.raises(QdeepError, match="E-408") as caught:
        judged(ROWS, rules=(rule,))
    assert "MOA" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_columns_that_are_no_texts_stop_the_run_and_tell_no_value(
    tmp_path: Path, project: tuple[Contracts, Settings]
) -> None:
    contracts, settings = project
    table = raw_table(tmp_path, STAFF_HEADER, ROWS)
    bounds, octets = pa.py_buffer(np.array([0, 9, 3], np.int32)), pa.py_buffer(b"MOA-value")
    broken = pa.StringArray.from_buffers(2, bounds, octets)
    cells = {f"c{i}": broken for i in range(len(STAFF_HEADER))}
    path = tmp_path / "broken.arrow"
    with pa.OSFile(str(path), "wb") as sink:
        batch = pa.RecordBatch.from_pydict({"_row": [1, 2], "_line": [2, 3]} | cells)
        with pa.ipc.new_file(sink, batch.schema) as file:
            file.write_batch(batch)
    with pytest.raises(QdeepError, match="E-408") as caught:
        judge(raw_file(replace(table, path=path)), contracts.sources["staff"], contracts, tmp_path / "stage", settings)
    assert "value" not in str(caught.value)


def test_the_stage_database_is_private(judged: JudgeRows) -> None:
    database = judged(ROWS).database
    assert database.stat().st_mode & 0o077 == 0
    made = {path.name for path in database.parent.iterdir()}
    assert made == {"cells_rows.0.parquet", "stage.duckdb"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in database.parent.iterdir())


def test_a_header_that_lost_its_top_row_is_one_finding_with_what_to_look_at(judged: JudgeRows) -> None:
    """It gave a line for each column; a clerk needs to know that the header itself is not where it should be."""
    verdict = judged([list(row) for row in ROWS], tuple(f"column {number}" for number in range(len(STAFF_HEADER))))
    (finding,) = verdict.findings
    assert finding.code == "E-201"
    assert finding.rows == 0, "the whole delivery is concerned, no row of it"
    assert f"for {len(STAFF_HEADER)} names" in finding.text
    assert f"end_date ({STAFF_HEADER[9]})" in finding.text
    assert "merged headings may be gone" in finding.expected
    assert "looked for in row 1" in finding.expected


def test_of_two_missing_columns_both_are_named(judged: JudgeRows) -> None:
    verdict = judged([row[:8] for row in ROWS], STAFF_HEADER[:8])
    (finding,) = verdict.findings
    assert "for 2 names" in finding.text
    assert "merged" not in finding.expected
    assert all(heading in finding.text for heading in STAFF_HEADER[8:])

"""Great Expectations judges every row, agrees with the refusals, tells no value, and leaves nothing open."""

import tomllib
from collections import Counter
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from expectations import suites
from expectations.suites import RESULT_FORMAT, build_suite, judge_suites
from flows.contracts.model import Contracts, ControlTotals, History, Learned, Measure
from flows.errors import QdeepError
from flows.intake.gate import Before, Judged, judge
from flows.intake.raw import RawFile
from flows.intake.rules import RowRule
from flows.intake.totals import Totals
from flows.settings import ROOT, Settings
from tests.contracts.small_project import (
    POLL_HEADER,
    STAFF_HEADER,
    STEP_HEADER,
    load_project,
    raw_file,
    raw_table,
)

pytestmark = pytest.mark.slow
PIN = "1.24.1"
# Each example costs a validation: a failing one is told as found, not shrunk for minutes.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
TOTALS_ROW = (None, "-", "-", "-", "Жами: 1", "-", "-", "9", None, "-")  # of a file of nothing else no row is judged
RULES = (
    RowRule("a.required", "E-301", "a", "", builtin="ExpectColumnValuesToNotBeNull", arguments={"column": "a"}),
    RowRule("a.codes", "E-303", "a", "", builtin="ExpectColumnValuesToBeInSet",
            arguments={"column": "a", "value_set": ["x", "y"]}),
    RowRule("a.pattern", "E-305", "a", "", builtin="ExpectColumnValuesToMatchRegex",
            arguments={"column": "a", "regex": r"\A(?:[a-z])\z"}),
    RowRule("n.range", "E-304", "n", "", builtin="ExpectColumnValuesToBeBetween",
            arguments={"column": "n", "min_value": 1, "max_value": 3}),
    RowRule("n.check", "E-308", "n", "n > 3 or a = '{batch} :x %s'"),
)  # fmt: skip


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "stage.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table stage as select * from (values "
                           "(1, 'x', 1), (2, 'z', 3), (3, null, 4), (4, 'XY', 9), (5, '{batch} :x %s', null)) "
                           "as one(_row, a, n)")  # fmt: skip
    return path


def test_the_exact_pin_holds_because_the_shim_touches_private_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"great-expectations=={PIN}" in project["dependencies"]
    assert version("great-expectations") == PIN, "another version: prove the shim of expectations/suites.py again"


def test_counts_are_those_of_sql_for_builtins_and_for_queries(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suites, "AT_A_TIME", 3)
    counts = judge_suites(database, {"stage": RULES})
    assert {name: count for (_, name), count in counts.items()} == {
        "a.required": 1, "a.codes": 3, "a.pattern": 2, "n.range": 2, "n.check": 3,
    }  # fmt: skip


def test_no_value_stands_in_a_result(database: Path) -> None:
    with suites._datasource(database, "1GB") as datasource:
        batch = datasource.add_table_asset("s", table_name="stage").add_batch_definition_whole_table("all").get_batch()
        result = batch.validate(build_suite("s", RULES), result_format=dict(RESULT_FORMAT)).to_json_dict()
    for one in result["results"]:
        told = {key for key, value in one["result"].items() if value}
        assert not {"partial_unexpected_list", "partial_unexpected_counts", "unexpected_list", "details"} & told


def test_an_expectation_that_raises_is_an_error_and_not_a_finding(database: Path) -> None:
    wrong = RowRule("b.check", "E-308", "b", "no_such_column > 1")
    with pytest.raises(QdeepError, match="E-408") as caught:
        judge_suites(database, {"stage": (*RULES, wrong)})
    assert "no_such_column" not in str(caught.value)
    missing = RowRule("b.codes", "E-303", "b", "", builtin="ExpectColumnValuesToBeInSet",
                      arguments={"column": "b", "value_set": ["x"]})  # fmt: skip
    with pytest.raises(QdeepError, match="E-408"):
        judge_suites(database, {"stage": (missing,)})


def test_the_database_is_closed_afterwards(database: Path) -> None:
    judge_suites(database, {"stage": RULES})
    with duckdb.connect(str(database), config={"threads": 1}) as connection:
        connection.execute("create table later as select 1")
    assert not database.with_name("stage.duckdb.wal").exists()


@dataclass(frozen=True)
class Project:
    """What rows are judged by; not shown where an example fails."""

    contracts: Contracts = field(repr=False)
    settings: Settings = field(repr=False)

    def judge(self, source: str, raw: RawFile, folder: Path) -> Judged:
        """Judge a raw file of a source."""
        return judge(raw, self.contracts.sources[source], self.contracts, folder / "stage", self.settings)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(*load_project(tmp_path_factory.mktemp("project")))


def cells(*texts: str | None) -> st.SearchStrategy[str | None]:
    return st.sampled_from([*texts, None, "-", "", "\u00a0", "'; --", "Жами: 1"]) | st.text(
        st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=6
    )


STAFF_ROWS = st.lists(
    st.tuples(
        cells("31505600010014", "3.15056E+13", "41506850420175", "123"),
        cells("Каримов"),
        cells("15.05.1960", "1985-06-15 00:00:00", "31.02.2000"),
        cells("Э", "А", "A", "male"),
        cells("MOA-0001", "MОA-0001", "МОА-0001", "moa"),
        cells("MOA-1", "MOA", "MOA-2"),
        cells("bo'sh", "bo‘sh", "indefinite"),
        cells("0,5", "1.0", "9", "х"),
        cells("01.02.2000", "01.02.1970"),
        cells("01.01.1999", "01.01.2020"),
    ),
    min_size=8,
    max_size=24,
)
POLL_ROWS = st.lists(
    st.tuples(
        cells("u1", "u2", "u3"),
        cells("2026-03-01T09:15:00.123+03:00", "2026-03-02", "late"),
        cells("male", "x"),
        cells("1", "2", "98", "Ha", "7"),
        cells("5", "11", "a"),
        cells("mail", "mail edms", "fax"),
        cells("1", "0", "x"),
        cells("1", "0"),
        cells("free"),
        cells("x"),
    ),
    min_size=4,
    max_size=16,
)
STEP_ROWS = st.lists(
    st.tuples(cells("1", "9"), cells("2.5", "-1"), cells("1", "2"), cells("u1", "u2", "u9")), max_size=6
)


def recount(database: Path, table: str) -> Counter[str]:
    """Count refused rows by rule from the refused table itself."""
    with duckdb.connect(str(database)) as connection:
        rows = connection.execute(f"select unnest(rules) from refused_{table}").fetchall()
    return Counter(name for (name,) in rows if name not in ("record.excluded", "record.structure", "delivery"))


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], phases=PHASES)
@given(rows=STAFF_ROWS)
def test_the_suite_and_the_refused_rows_agree(
    project: Project, tmp_path: Path, rows: list[tuple[str | None, ...]]
) -> None:
    raw = raw_file(raw_table(tmp_path, STAFF_HEADER, rows))
    agree(project.judge("staff", raw, tmp_path))


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], phases=PHASES)
@given(rows=POLL_ROWS, steps=STEP_ROWS)
def test_the_suites_of_a_survey_and_its_refused_rows_agree(
    project: Project,
    tmp_path: Path,
    rows: list[tuple[str | None, ...]],
    steps: list[tuple[str | None, ...]],
) -> None:
    raw = raw_file(raw_table(tmp_path, POLL_HEADER, rows), raw_table(tmp_path, STEP_HEADER, steps, "step"))
    agree(project.judge("poll", raw, tmp_path))


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], phases=PHASES)
@example(before=[], rows=[TOTALS_ROW], agreed=(6, "refuse"))
@given(before=STAFF_ROWS, rows=STAFF_ROWS, agreed=st.tuples(st.integers(0, 12), st.sampled_from(["refuse", "warn"])))
def test_the_suite_agrees_about_history_and_signed_totals(
    project: Project,
    tmp_path: Path,
    before: list[tuple[str | None, ...]],
    rows: list[tuple[str | None, ...]],
    agreed: tuple[int, Any],
) -> None:
    """The gate stops with E-408 where the two differ, so an answer is already agreement."""
    signed, severity = agreed
    measures = (Measure("rows", "rows"), Measure("rates", "sum", "fte"), Measure("units", "rows", by="org_unit_id"))
    totals = ControlTotals(measures, severity="warn")
    limits = {name: Learned(severity, 0.05) for name in ("volume", "drift", "unknown", "missing")}
    staff = replace(project.contracts.sources["staff"], control_totals=totals, history=History(**limits))
    values = {"rows": {"": float(signed)}, "rates": {"": signed / 2}, "units": {"MOA-1": float(signed)}}
    teacher = project.judge("staff", raw_file(raw_table(tmp_path, STAFF_HEADER, before)), tmp_path)
    told = Before((teacher.statistics,) * 3, Totals("0" * 64, "2026-01-01", values))
    raw = raw_file(raw_table(tmp_path, STAFF_HEADER, rows))
    verdict = judge(raw, staff, project.contracts, tmp_path / "stage", project.settings, before=told)
    agree(verdict)
    assert {one.verdict for one in verdict.totals} <= {"passed", "warned"}
    assert verdict.refused or {one.verdict for one in verdict.learned} <= {"passed", "warned", "failed"}


def agree(verdict: Judged) -> None:
    """Prove that the suite's counts, the rule results and the refused rows are the same, and that no row is lost."""
    rules = [one for one in verdict.rules if not one.rule.startswith("record.") and one.is_judged]
    main = next(iter(verdict.counts))
    with duckdb.connect(str(verdict.database), read_only=True) as connection:
        [(staged,)] = connection.execute(f"select count(*) from stage_{main}").fetchall()
    whole = [one for one in (*verdict.learned, *verdict.totals) if one.broken and staged]
    broken = sum(1 for one in whole if one.verdict in ("failed", "warned"))
    assert verdict.gx["evaluated"] == len(rules) + len(whole)
    assert verdict.gx["unsuccessful"] == sum(1 for one in rules if one.failed) + broken
    for table, counts in verdict.counts.items():
        refusing = {one.rule: one.failed for one in rules if one.table == table and one.severity == "refuse"}
        assert recount(verdict.database, table) == Counter({name: count for name, count in refusing.items() if count})
        assert counts["read"] == counts["landed"] + counts["refused"]

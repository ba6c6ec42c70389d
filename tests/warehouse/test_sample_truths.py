"""The marts of the sample say what its generator knows: every figure of data/sample/truths.json."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.settings import ROOT
from tests.warehouse.conftest import Sample
from tests.warehouse.lake import query
from tests.warehouse.recomputed_fourth import WORK as LAST_LOT
from tests.warehouse.recomputed_second import WORK as SECOND_LOT
from tests.warehouse.recomputed_third import WORK as THIRD_LOT
from tests.warehouse.recomputed_topics import WORK as FIRST_LOT
from tests.warehouse.recomputed_topics import Landed, ministries

TRUTHS = ROOT / "data" / "sample" / "truths.json"
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sample"), pytest.mark.timeout(600)]
TOLERANCE = 1e-6


@pytest.fixture(scope="session")
def truths() -> dict[str, Any]:
    """What the generator knows."""
    return json.loads(TRUTHS.read_text(encoding="utf-8"))


def _wrong(expected: dict[tuple, Any], found: dict[tuple, Any]) -> Iterator[str]:
    for key, value in expected.items():
        if key not in found:
            yield f"{key}: no row"
        elif not _agree(value, found[key]):
            yield f"{key}: {found[key]} instead of {value}"


def _agree(expected: Any, found: Any) -> bool:
    if isinstance(expected, list | tuple):
        return len(expected) == len(found) and all(map(_agree, expected, found))
    if isinstance(expected, float) and isinstance(found, float):
        return abs(expected - found) <= TOLERANCE * max(1.0, abs(expected))
    return expected == found


def test_the_hrm_indicators_are_those_of_the_generator(warehouse: Path, truths: dict[str, Any]) -> None:
    rows = query(
        warehouse,
        "select indicator_id, org_unit_id, org_view, strftime(period_start, '%Y-%m-%d'), category_1,"
        " numerator, denominator, value from marts.hrm_indicators"
        " where period_kind = 'month' and dimension_1 in ('all', 'sex') and dimension_2 = 'all'",
    )
    found = {row[:5]: row[5:] for row in rows}
    expected = {
        (r["indicator_id"], r["org_unit_id"], r["org_view"], r["period_start"], r["sex"]): (
            r["numerator"],
            r["denominator"],
            r["value"],
        )
        for r in truths["hrm"]["indicators"]
    }
    assert len(expected) > 2000
    assert list(_wrong(expected, found))[:10] == []


def test_pay_training_discipline_and_declarations_are_those_of_the_generator(
    warehouse: Path, truths: dict[str, Any]
) -> None:
    rows = query(
        warehouse,
        "select indicator_id, org_unit_id, period_kind, strftime(period_end, '%Y-%m-%d'), numerator, denominator, value"
        " from marts.hrm_indicators where org_view = 'as_was' and dimension_1 = 'all'",
    )
    found = {
        (*row[:4], part): amount
        for row in rows
        for part, amount in zip(("numerator", "denominator", "value"), row[4:], strict=True)
    }
    names = ("indicator_id", "org_unit_id", "period_kind", "period_end", "part")
    expected = {tuple(r[name] for name in names): r["amount"] for r in truths["topics"]}
    assert len(expected) > 50
    assert list(_wrong(expected, found))[:10] == []


def test_indicators_drawn_by_lot_are_what_pandas_makes_of_the_landed_rows(sample: Sample, warehouse: Path) -> None:
    rows = query(
        warehouse,
        "select indicator_id, org_unit_id, period_kind, strftime(period_end, '%Y-%m-%d'), numerator, denominator, value"
        " from marts.hrm_indicators where org_view = 'as_was' and dimension_1 = 'all'",
    )
    expected = ministries(Landed(sample.settings.lake), FIRST_LOT | SECOND_LOT | THIRD_LOT | LAST_LOT)
    assert len({indicator for indicator, *_ in expected}) == 46
    assert list(_wrong(expected, {row[:4]: row[4:] for row in rows})) == []


def test_staff_outside_the_register_stand_apart_as_the_generator_knows(warehouse: Path, truths: dict[str, Any]) -> None:
    rows = query(
        warehouse,
        "select org_unit_id, category_1, numerator from marts.hrm_indicators"
        " where indicator_id = 'headcount_end' and org_view = 'as_was' and period_kind = 'quarter'"
        " and period_end = date '2026-09-30' and dimension_1 = 'position_group' and dimension_2 = 'all'",
    )
    expected = {(r["org_unit_id"], r["position_group"]): r["headcount"] for r in truths["hrm"]["groups"]}
    assert {group for _, group in expected} >= {"technical", "auxiliary"}
    assert list(_wrong(expected, {row[:2]: row[2] for row in rows})) == []


EXAMPLES = (ROOT / "docs" / "examples.sql").read_text(encoding="utf-8").split(";\n")


@pytest.mark.parametrize(
    "sql", EXAMPLES[:-1] if not EXAMPLES[-1].strip() else EXAMPLES, ids=lambda sql: sql.split("from ")[1].split()[0]
)
def test_an_example_of_the_documentation_finds_something(warehouse: Path, sql: str) -> None:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set schema = 'marts'")
        assert connection.execute(sql).fetchall()


def test_the_headcount_bridge_is_that_of_the_generator(warehouse: Path, truths: dict[str, Any]) -> None:
    lines = "opening, hires, transfers_in, moves_in, exits, transfers_out, moves_out, unexplained, closing"
    rows = query(
        warehouse,
        f"select org_unit_id, org_view, strftime(period_start, '%Y-%m-%d'), {lines} from marts.hrm_headcount_bridge",
    )
    expected = {
        (r["org_unit_id"], r["org_view"], r["period_start"]): tuple(r[name] for name in lines.split(", "))
        for r in truths["bridge"]
    }
    assert len(expected) > 500
    assert list(_wrong(expected, {row[:3]: row[3:] for row in rows}))[:10] == []


def test_the_engagement_index_is_that_of_the_generator(warehouse: Path, truths: dict[str, Any]) -> None:
    rows = query(
        warehouse,
        "select org_unit_id, category_1, value, n, frame_n, ci_low, ci_high from marts.survey_indices"
        " where indicator_id = 'engagement' and org_view = 'as_was'",
    )
    expected = {
        (r["org_unit_id"], r["sex"]): (r["value"], r["n"], r["frame_n"], r["ci_low"], r["ci_high"])
        for r in truths["survey"]["engagement"]
    }
    assert len(expected) > 20
    assert list(_wrong(expected, {row[:2]: row[2:] for row in rows}))[:10] == []


def test_the_metrics_of_the_event_log_are_those_of_the_generator(warehouse: Path, truths: dict[str, Any]) -> None:
    rows = query(
        warehouse,
        "select indicator_id, step_id, org_unit_id, value, n from marts.bpr_metrics"
        " where evidence_source = 'log' and process_id = 'correspondence'",
    )
    expected = {(r["indicator_id"], r["step_id"], r["org_unit_id"]): (r["value"], r["n"]) for r in truths["bpr"]["log"]}
    assert len(expected) > 20
    assert list(_wrong(expected, {row[:3]: row[3:] for row in rows}))[:10] == []


def test_the_metrics_of_the_questionnaire_are_those_of_the_generator(warehouse: Path, truths: dict[str, Any]) -> None:
    rows = query(
        warehouse,
        "select indicator_id, process_id, step_id, org_unit_id, value, n from marts.bpr_metrics"
        " where evidence_source = 'survey'",
    )
    expected = {
        (r["indicator_id"], r["process_id"], r["step_id"], r["org_unit_id"]): (r["value"], r["n"])
        for r in truths["bpr"]["survey"]
    }
    assert len(expected) > 20
    assert list(_wrong(expected, {row[:4]: row[4:] for row in rows}))[:10] == []

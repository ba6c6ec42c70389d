"""Known errors are mended in the warehouse, the lake keeps them, and a correction that nothing needs ends the build."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flows.contracts.model import Contracts, Correction
from flows.errors import QdeepError
from flows.intake.store import deliveries
from flows.warehouse.build import build_key
from flows.warehouse.choose import choose
from flows.warehouse.prepare import prepare
from tests.warehouse.lake import Lake, day, query, settings

ROWS = [
    {"org_unit_id": "A", "order_no": "1", "order_date": day("2026-01-01")},
    {"org_unit_id": "A", "order_no": "2", "order_date": day("2026-01-02")},
    {"org_unit_id": None, "order_no": "3", "order_date": day("2026-01-03")},
]


def correction(**changes: Any) -> Correction:
    usual = {
        "id": "one",
        "reason": "The unit was sent wrong.",
        "who": "HR",
        "date": day("2026-02-01"),
        "status": "reported",
        "where": "order_no = '2'",
        "expect": "org_unit_id = 'A'",
        "values": {"org_unit_id": "B"},
    }
    return Correction(**{**usual, **changes})


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake(settings(tmp_path))
    made.source("orders", "orders")
    made.source("other", "orders")
    made.deliver("orders", ROWS)
    made.deliver("other", ROWS)
    return made


def with_register(lake: Lake, *register: Correction) -> Contracts:
    return replace(lake.contracts, corrections={"orders": register})


def built(lake: Lake, *register: Correction) -> Path:
    target = lake.settings.workspace / "warehouse.duckdb"
    contracts = with_register(lake, *register)
    prepare(target, lake.settings, contracts, choose(deliveries(lake.settings), contracts, lake.settings.known_on))
    return target


def units(target: Path, source: str = "orders") -> list[str | None]:
    found = query(target, "select org_unit_id from lake.orders where _source = ? order by _row", source)
    return [unit for (unit,) in found]


def test_a_value_is_set_where_the_error_is_and_nowhere_else(lake: Lake) -> None:
    target = built(lake, correction())
    assert (units(target), units(target, "other")) == (["A", "B", None], ["A", "A", None])
    told = "select source, correction_id, action, rows_addressed, rows_changed from lake.corrections"
    assert query(target, told) == [("orders", "one", "set", 1, 1)]


def test_an_addressed_row_without_the_error_stays(lake: Lake) -> None:
    target = built(lake, correction(where="true"))
    assert units(target) == ["B", "B", None]
    assert query(target, "select rows_addressed, rows_changed from lake.corrections") == [(3, 2)]


def test_rows_are_dropped_and_a_test_that_is_null_drops_none(lake: Lake) -> None:
    assert units(built(lake, correction(where="true", values={}))) == [None]


def test_rows_of_one_delivery_are_addressed_by_their_numbers(lake: Lake) -> None:
    ((delivery,),) = query(built(lake), "select distinct _delivery_id from lake.orders where _source = 'orders'")
    (lake.settings.workspace / "warehouse.duckdb").unlink()
    target = built(lake, correction(where="true", deliveries=(delivery,), rows=(1,)))
    assert units(target) == ["B", "A", None]


def test_corrections_follow_each_other(lake: Lake) -> None:
    second = correction(id="two", expect="org_unit_id = 'B'", values={"org_unit_id": "C"})
    assert units(built(lake, correction(), second)) == ["A", "C", None]


def test_a_correction_that_no_row_needs_ends_the_build_and_names_its_line(lake: Lake) -> None:
    outdated = correction(expect="org_unit_id = 'Z'", path=Path("orders.yml"), line=7)
    with pytest.raises(QdeepError, match="E-428") as caught:
        built(lake, outdated)
    assert (caught.value.finding.where.file, caught.value.finding.where.line) == ("orders.yml", 7)


@pytest.mark.parametrize("changes", [{"date": day("2026-05-01")}, {"until": day("2026-04-30")}])
def test_a_correction_counts_from_its_day_until_its_end(lake: Lake, changes: dict[str, Any]) -> None:
    assert units(built(lake, correction(**changes))) == ["A", "A", None]


def test_a_correction_of_a_delivery_that_is_not_known_yet_waits(lake: Lake) -> None:
    assert units(built(lake, correction(deliveries=("f" * 16,)))) == ["A", "A", None]


def test_the_files_of_the_lake_stay_as_they_are(lake: Lake) -> None:
    files = {path: path.read_bytes() for path in lake.settings.lake.rglob("*") if path.is_file()}
    built(lake, correction())
    assert {path: path.read_bytes() for path in files} == files


def test_a_later_part_replaces_the_rows_of_its_part_alone(lake: Lake) -> None:
    lake.sources["orders"] = replace(lake.sources["orders"], slice_column="org_unit_id")
    delivery = lake.deliver("orders", [{"org_unit_id": "A", "order_no": "9"}], known_from="2026-02-01")
    manifests = [one | ({"slice": "A"} if one["delivery_id"] == delivery else {}) for one in deliveries(lake.settings)]
    target = lake.settings.workspace / "warehouse.duckdb"
    prepare(target, lake.settings, lake.contracts, choose(manifests, lake.contracts, lake.settings.known_on))
    found = query(target, "select org_unit_id, order_no from lake.orders where _source = 'orders' order by order_no")
    assert found == [(None, "3"), ("A", "9")]


def test_a_changed_register_starts_a_new_build(lake: Lake) -> None:
    before = build_key(lake.settings, lake.contracts)
    register = lake.settings.contracts[0] / "corrections" / "orders.yml"
    register.parent.mkdir(parents=True)
    register.write_text("source: orders\ncorrections: []\n", encoding="utf-8")
    assert build_key(lake.settings, lake.contracts) != before

"""Nobody who has the published files of the sample alone learns a small count."""

import json
import random
from pathlib import Path

import duckdb
import polars as pl
import pytest

from flows.release.verify import verify
from tests.canaries import canaries_of, places
from tests.warehouse.breakdowns import RATES, Span, averages_of, day_of, hold, near, values_of
from tests.warehouse.conftest import Sample
from tests.warehouse.stranger import COUNTS, IN, OUT, Cell, Stranger, read

MONTHS = ("2025-01-01", "2025-10-01", "2026-03-01")  # with units of fewer than five women
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sample"), pytest.mark.timeout(600)]


def truth(warehouse: Path, month: str) -> dict[Cell, float]:
    """Return the true counts of a month from the warehouse, units of the day."""
    moves = [name for name in (*IN, *OUT) if name != "unexplained"]
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        at = f"where org_view = 'as_was' and period_kind = 'month' and period_start = date '{month}'"
        both = " and dimension_1 in ('all', 'sex') and dimension_2 = 'all'"
        tidy = f"select indicator_id, org_unit_id, category_1, numerator from marts.hrm_indicators {at}{both}"
        wide = f"select org_unit_id, {', '.join(moves)} from marts.hrm_headcount_bridge {at}"
        rows, bridge = connection.execute(tidy).fetchall(), connection.execute(wide).fetchall()
    found: dict[Cell, float] = {(COUNTS[name], unit, sex): count for name, unit, sex, count in rows if name in COUNTS}
    return found | {(name, unit, "all"): count for unit, *row in bridge for name, count in zip(moves, row, strict=True)}


def small(stranger: Stranger, true: dict[Cell, float]) -> list[Cell]:
    """Small stocks; movements are bounded in test_sample_outsider.py."""
    stocks = (cell for cell, value in true.items() if 0 < value < 5 and stranger.known[cell] is None)
    return sorted(cell for cell in stocks if cell[0] == "headcount")


@pytest.mark.parametrize("month", MONTHS)
def test_no_small_count_is_bounded_within_its_protection(month: str, warehouse: Path, folder: Path) -> None:
    stranger, true = read(folder, month), truth(warehouse, month)
    assert not [cell for cell, value in true.items() if 0 < value < 5 and stranger.known[cell] is not None]
    cells = small(stranger, true)
    assert cells
    for cell, low, high in stranger.bounds(cells):
        assert high >= 5 - 1e-6, cell
        assert low <= max(0, true[cell] - max(2, true[cell] // 2)) + 1e-6, cell


def test_a_count_is_found_when_what_was_withheld_for_it_is_shown_again(warehouse: Path, folder: Path) -> None:
    stranger, true = read(folder, MONTHS[0]), truth(warehouse, MONTHS[0])
    cell = next(cell for cell in small(stranger, true) if cell[0] == "headcount" and cell[2] == "female")
    for sex in ("male", "all"):
        stranger.see((cell[0], cell[1], sex), true[cell[0], cell[1], sex])
    [(_, low, high)] = stranger.bounds([cell])
    assert (low, high) == pytest.approx((true[cell], true[cell]))


def days(warehouse: Path, folder: Path, day: str) -> tuple[dict[Cell, float | None], dict[Cell, float | None]]:
    """Return what is published of the staff of a day, and what is so: units, views and all breakdowns."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.sql("select * from marts.hrm_indicators where indicator_id = 'headcount_end'")
        true = day_of(pl.DataFrame(pl.from_arrow(rows.to_arrow_table())), day)
    return day_of(pl.read_parquet(folder / "hrm_indicators.parquet"), day), true


def exposed(stranger: Stranger, true: dict[Cell, float | None], cells: list[Cell]) -> list[Cell]:
    """Return the cells that the stranger bounds within their protection."""
    return [
        cell
        for cell, low, high in near(stranger, cells).bounds(cells)
        if high < 5 - 1e-6 or low > max(0, (count := true[cell] or 0) - max(2, count // 2)) + 1e-6
    ]


@pytest.mark.parametrize("day", ["2025-12-31", "2026-09-30"])
def test_all_breakdowns_together_bound_no_small_count(day: str, warehouse: Path, folder: Path) -> None:
    """Sex, age, grade, education, tenure, region and pairs of them; with the first step alone some are found."""
    units = pl.read_parquet(folder / "dim_org_units.parquet")
    told, true = days(warehouse, folder, day)
    few = sorted(cell for cell, count in true.items() if count and count < 5)
    assert len(few) > 500
    assert all(told[cell] is None for cell in few)
    chosen = random.Random(day).sample(few, 20)
    assert exposed(hold(told, true, units), true, chosen) == []
    first_step = {cell: None if cell in set(few) else count for cell, count in true.items()}
    assert len(exposed(hold(first_step, true, units), true, chosen)) > 5


def spans(warehouse: Path, folder: Path, span: Span) -> tuple[dict[Cell, tuple[float, float]], dict[Cell, float]]:
    """Return what is told of persons on average over a span, and how many they are."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = pl.DataFrame(pl.from_arrow(connection.sql("select * from marts.hrm_indicators").to_arrow_table()))
    true: dict[Cell, float] = {}
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    years = rows.with_columns(value=pl.col("denominator") * 365 / days)
    for name, at in (("headcount_avg", rows), *((rate, years) for rate in RATES)):
        for cell, value in values_of(at, name, span).items():
            true.setdefault(cell, value)
    told = averages_of(pl.read_parquet(folder / "hrm_indicators.parquet"), span)
    return {cell: bounds for cell, bounds in told.items() if cell in true}, true


def averaging(told: dict[Cell, tuple[float, float]], true: dict[Cell, float], units: pl.DataFrame) -> Stranger:
    """Return an outsider who knows each average within what is told of it."""
    sure = {cell: true[cell] for cell, (low, high) in told.items() if high - low < 1e-6}
    stranger = hold({cell: sure.get(cell) for cell in true}, dict(true), units)
    stranger.within.update({cell: bounds for cell, bounds in told.items() if cell not in sure})
    return stranger


@pytest.mark.parametrize("span", [("2025-01-01", "2025-12-31"), ("2025-10-01", "2026-09-30")])
def test_no_small_average_is_bounded_within_its_protection(span: Span, warehouse: Path, folder: Path) -> None:
    """Bases, denominators, rates and values of parts of the staff together; with exact ones some are found."""
    units = pl.read_parquet(folder / "dim_org_units.parquet")
    told, true = spans(warehouse, folder, span)
    few = sorted(cell for cell, value in true.items() if 0.5 <= value < 4.5)
    assert len(few) > 50
    assert not {*few} & {*told}
    assert all(low - 1e-6 <= true[cell] <= high + 1e-6 for cell, (low, high) in told.items())
    chosen = random.Random(span[0]).sample(few, 15)
    assert exposed(averaging(told, true, units), dict(true), chosen) == []
    exact = {cell: (value, value) for cell, value in true.items() if cell not in {*few}}
    assert len(exposed(averaging(exact, true, units), dict(true), chosen)) > 3


def test_the_manifest_says_what_is_withheld_and_why(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["open_to_chains"] == 0
    hidden = {t["name"]: t for t in manifest["tables"]}["hrm_indicators"]["hidden"]
    assert set(hidden["by_reason"]) <= {"C", "N"}
    assert 0 < hidden["share_of_mass"] < 0.3  # of the persons behind the figures
    assert hidden["share_of_mass"] < hidden["share_withheld"] < 0.42
    rows = pl.read_parquet(folder / "hrm_indicators.parquet").filter(pl.col("conf_status") == "C")
    assert rows.height == hidden["by_reason"]["C"]
    assert all(rows[name].null_count() == rows.height for name in ("numerator", "denominator", "value", "n"))


def test_nobody_of_the_senders_files_is_known_outside_the_vault(sample: Sample, folder: Path) -> None:
    """Personal numbers, telephones, surnames: in lake, judgements, warehouse, release, unpacked; and a control."""
    canaries, workspace = canaries_of(sample.settings.inbox), sample.settings.workspace
    assert min(len(canaries.numbers), len(canaries.phones)) > 3_000
    files = list(workspace.rglob("*"))
    assert {folder, workspace / "lake", workspace / "warehouse"} <= set(files)
    assert places((file for file in files if "vault" not in file.parts), canaries) == {}
    originals = list((workspace / "vault").glob("personnel_education/*/original.*"))
    assert set.union(*places(originals, canaries).values()) == {"number", "phone", "name"}


def test_a_release_with_second_cells_verifies(folder: Path) -> None:
    assert verify(folder) == ()

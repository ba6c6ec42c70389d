"""An outsider with all the bytes of the sample's release, whatever their form, learns no small count."""

import random
from pathlib import Path

import polars as pl
import pytest

from flows.report.site import write_site
from tests.warehouse.answers import Told, answers_of, broken_of, levels_of, outsider, returned_of, truths
from tests.warehouse.breakdowns import near
from tests.warehouse.forms import told_beyond
from tests.warehouse.moves import joined, movements_of
from tests.warehouse.stranger import Cell, Stranger
from tests.warehouse.ways import bounds_of, told_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sample"), pytest.mark.timeout(600)]
WAVE, LEAST, FEWEST = "2026-05", 10, 5
STANDING = {"stock", "unexplained"}
MOVING = {
    "hrm_indicators": "indicator_id in ('hires_new', 'separation_rate_service') and dimension_2 = 'all'",
    "hrm_headcount_bridge": "period_kind = 'month'",
}
KEYS = ("org_unit_id", "org_view", "period_kind", "period_start", "period_end")
TABLES = {"answers": "survey_estimates", "returned": "survey_response", "broken": "survey_quality"}


def test_no_form_tells_more_than_the_parquet_rows(folder: Path) -> None:
    """Footers, database with its statistics, text copies, workbooks, manifest, records, pages and dictionary."""
    assert told_beyond(folder) == []


def test_prose_pictures_and_their_titles_follow_from_the_parquet_files_alone(folder: Path, tmp_path: Path) -> None:
    for file in folder.glob("*.parquet"):
        (tmp_path / file.name).symlink_to(file)
    write_site(tmp_path, tmp_path / "report")
    pages = [file.relative_to(folder) for file in (folder / "report").rglob("*") if file.is_file()]
    assert len(pages) > 5
    assert not [page for page in pages if (folder / page).read_bytes() != (tmp_path / page).read_bytes()]


def _counts(tables: dict[str, pl.DataFrame], measure: str) -> dict[str, Told]:
    return {
        "answers": answers_of(tables["answers"], measure, WAVE),
        "returned": returned_of(tables["returned"], WAVE),
        "broken": broken_of(tables["broken"], WAVE),
    }


def _exposed(stranger: Stranger, true: Told, cells: list[Cell], least: int = LEAST) -> list[Cell]:
    return [
        cell
        for cell, low, high in stranger.bounds(cells)
        if high < least - 1e-6 or low > max(0, (count := true[cell] or 0) - max(2, count // 2)) + 1e-6
    ]


@pytest.mark.parametrize("measure", ["engagement", "e01_proud"])
def test_all_breakdowns_of_a_survey_together_bound_no_small_group(measure: str, warehouse: Path, folder: Path) -> None:
    """Sexes, position groups, units, views, those who sent a form and those who broke off; and levels of evidence."""
    shown = {kind: pl.read_parquet(folder / f"{name}.parquet") for kind, name in TABLES.items()}
    so = {kind: truths(warehouse, name) for kind, name in TABLES.items()}
    told, true, units = _counts(shown, measure), _counts(so, measure), pl.read_parquet(folder / "dim_org_units.parquet")
    few = sorted(cell for cell, count in true["answers"].items() if count and count < LEAST)
    assert len(few) > 100
    assert all(told["answers"][cell] is None for cell in few)
    stranger = outsider(told, true, units)
    stranger.within |= levels_of(shown["answers"], measure, WAVE)
    assert _exposed(stranger, true["answers"], few[::8]) == []
    first_step = {
        kind: {cell: None if count and count < LEAST and kind != "broken" else count for cell, count in counts.items()}
        for kind, counts in true.items()
    }
    assert len(_exposed(outsider(first_step, true, units), true["answers"], few[::8])) > 5
    stranger.within |= levels_of(so["answers"].with_columns(n=pl.lit(None)), measure, WAVE)
    assert len(_exposed(stranger, true["answers"], few[::8])) > 5  # a level of evidence alone would tell


@pytest.mark.parametrize("unit", ["UZ", "MOA"])
def test_ways_of_a_process_are_told_no_closer_than_that_they_are_few(unit: str, folder: Path) -> None:
    """Beside totals, courses and steps a way that is withheld may have any number of cases from one to four."""
    told = told_of(folder, "correspondence", unit)
    bounds = list(bounds_of(told))
    assert len(bounds) > 2
    assert [way for way, low, high in bounds if low > 1 + 1e-6 or high < 4 - 1e-6] == []


def test_movements_over_time_units_sexes_and_kinds_at_once_bound_no_small_one(warehouse: Path, folder: Path) -> None:
    """Hires, exits, transfers, moves and stocks of a ministry in all spans; the first step alone protects few."""
    units = pl.read_parquet(folder / "dim_org_units.parquet")
    mine = {unit for unit, parent in units.select("org_unit_id", "parent_id").rows() if "MOC" in {unit, parent}}
    told = movements_of(*(pl.read_parquet(folder / f"{name}.parquet") for name in MOVING), mine)
    true = movements_of(*(truths(warehouse, name, where) for name, where in MOVING.items()), mine)
    few = sorted(cell for cell, count in true.items() if 0 < (count or 0) < FEWEST and cell[0] not in STANDING)
    assert len(few) > 2000
    assert not [cell for cell in few if told.get(cell) is not None]
    chosen = random.Random(26).sample(few, 12)
    stranger = joined(told, true, units)
    assert all(low is None or low <= (true[cell] or 0) for cell, (low, _) in stranger.within.items())
    assert _exposed(near(stranger, chosen), true, chosen, FEWEST) == []
    stranger.known |= {cell: count for cell, count in true.items() if cell not in set(few)}
    assert len(_exposed(near(stranger, chosen), true, chosen, FEWEST)) > 8


WIDE = ("overview", "turnover", "vacancies", "recruitment", "pay", "training", "structure", "tenure")


def test_wide_tables_show_no_figure_and_no_digit_that_the_tidy_one_does_not(folder: Path) -> None:
    """Money has two figures in wide tables; everything else stands there as in the tidy one, and only where it does."""
    tidy = pl.read_parquet(folder / "hrm_indicators.parquet").filter(conf_status="F", dimension_2="all")
    assert {
        name: more for name in WIDE if (more := _beyond(pl.read_parquet(folder / f"hrm_{name}.parquet"), tidy))
    } == {}


def _beyond(wide: pl.DataFrame, tidy: pl.DataFrame) -> list[str]:
    """Return the columns in which a wide table says more than the tidy one."""
    part = "tenure_band" if "tenure_band" in wide.columns else "all"
    here = pl.col("indicator_id").is_in(wide.columns)
    known = tidy.filter(here, dimension_1=part).with_columns(tenure_band="category_1")
    shown = known.pivot("indicator_id", index=[*KEYS, "tenure_band"], values="value")
    key = [one for one in (*KEYS, "tenure_band") if one in wide.columns]
    columns = sorted({*wide.columns} & {*shown.columns} - {*key})
    assert columns
    both = wide.select(*key, *columns).join(shown, on=key, how="left", suffix="__tidy")
    return [one for one in columns if not both.select(_is_known(one).fill_null(value=False).all()).item()]


def _is_known(column: str) -> pl.Expr:
    told, known = pl.col(column), pl.col(f"{column}__tidy")
    same = (told - known).abs() <= 1e-9 * (1 + known.abs())
    return told.is_null() | same | (known.is_not_null() & (told == told.round_sig_figs(2)))


def test_an_empty_base_is_not_told_beside_a_base_that_is_withheld(folder: Path) -> None:
    rows = pl.read_parquet(folder / "hrm_indicators.parquet")
    assert rows["obs_status"].is_in(["O"]).any()
    assert rows.filter(pl.col("n").is_null(), pl.col("conf_status") != "F", obs_status="O").is_empty()

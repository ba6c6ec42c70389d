"""An outsider with all the bytes of the sample's release, whatever their form, learns no small count."""

from pathlib import Path

import polars as pl
import pytest

from flows.report.site import write_site
from tests.warehouse.answers import Told, answers_of, broken_of, levels_of, outsider, returned_of, truths
from tests.warehouse.forms import told_beyond
from tests.warehouse.stranger import Cell, Stranger
from tests.warehouse.ways import bounds_of, told_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sample"), pytest.mark.timeout(600)]
WAVE, LEAST = "2026-05", 10
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


def _exposed(stranger: Stranger, true: Told, cells: list[Cell]) -> list[Cell]:
    return [
        cell
        for cell, low, high in stranger.bounds(cells)
        if high < LEAST - 1e-6 or low > max(0, (count := true[cell] or 0) - max(2, count // 2)) + 1e-6
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


def test_an_empty_base_is_not_told_beside_a_base_that_is_withheld(folder: Path) -> None:
    rows = pl.read_parquet(folder / "hrm_indicators.parquet")
    assert rows["obs_status"].is_in(["O"]).any()
    assert rows.filter(pl.col("n").is_null(), pl.col("conf_status") != "F", obs_status="O").is_empty()

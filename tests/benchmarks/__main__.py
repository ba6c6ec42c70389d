"""Prints what intake, build, log, survey and publishing cost, beside a plain floor in the same run, at three sizes."""

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from flows.release.policy import load_policy
from flows.settings import load_settings
from tests.benchmarks.inputs import SOURCE, write_extract, write_project
from tests.benchmarks.logs import write_log
from tests.benchmarks.measure import Cost, cost_of
from tests.benchmarks.scaled import write_lake
from tests.benchmarks.surveys import write_survey
from tests.benchmarks.tables import write_warehouse

SHEET_ROWS = 1_000_000
SMALL_SURVEY = 3000  # ten answers a unit, below which there is nothing to estimate
SMALL = 100  # rows of the run that shows the fixed cost: start-up, imports, Great Expectations, dbt
# Models of headcount, movements, turnover, shares, bands and percentiles: what the floor of the build does by hand.
MAIN = frozenset(
    f"int_hrm__{name}"
    for name in (
        "headcount_spells", "spells", "person_months", "several_posts", "post_versions", "post_spells", "post_leaves",
        "movements", "movement_leaves", "headcount_leaves", "fte_leaves", "person_statistics", "vacancy_statistics",
        "distinct_persons", "breakdowns", "sums", "indicator_rows",
    )
) | {"hrm_indicators"}  # fmt: skip
NAMES = ("workload", "rows", "floor wall", "ours wall", "ratio", "cpu ratio", "floor MB", "ours MB")
HEADER = "{:<10}{:>10}{:>12}{:>11}{:>8}{:>11}{:>10}{:>9}".format(*NAMES)


def main() -> None:
    """Measure the workloads at the sizes asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--sizes", default="10000,100000,1000000", help="rows or persons, comma-separated")
    parser.add_argument("--only", choices=list(WORKLOADS), help="one workload alone")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    print("Fixed costs (100 rows, a survey of 3,000) are shown first and taken off before the ratios; seconds and MB.")
    print(HEADER)
    with tempfile.TemporaryDirectory(prefix="qdeep-bench-") as folder:
        for name, pair in WORKLOADS.items():
            if options.only in (None, name):
                _report(name, pair, Path(folder) / name, sizes)


def _report(name: str, pair: "Pair", folder: Path, sizes: list[int]) -> None:
    small = SMALL_SURVEY if name == "survey" else SMALL
    fixed_floor, fixed_ours = pair(folder / "fixed", small)
    _line(name, small, fixed_floor, fixed_ours)
    for size in sizes:
        floor, ours = pair(folder / str(size), size)
        _line(name, size, floor, ours, (_less(floor, fixed_floor), _less(ours, fixed_ours)))


def intake(folder: Path, rows: int, form: str = "csv") -> tuple[Cost, Cost]:
    """Cost of the floor and of ours for one extract of so many rows."""
    inbox = folder / "inbox" / SOURCE
    inbox.mkdir(parents=True)
    extract = write_extract(inbox, rows, form)
    project = write_project(folder / "project", form)
    floor = cost_of("tests.benchmarks.floor_intake", extract, folder / "floor.parquet")
    return floor, cost_of("tests.benchmarks.ours_intake", folder / "inbox", project, folder / "workspace")


def book(folder: Path, rows: int) -> tuple[Cost, Cost]:
    """Cost of the floor and of ours for one workbook of so many rows; a sheet holds a million at most."""
    return intake(folder, min(rows, SHEET_ROWS), "xlsx")


def build(folder: Path, persons: int) -> tuple[Cost, Cost]:
    """Cost of the floor and of ours for 24 months of so many persons."""
    settings = load_settings(workspace=folder)
    write_lake(settings, persons)
    floor = cost_of("tests.benchmarks.floor_build", settings.lake, folder)
    ours = cost_of("tests.benchmarks.ours_build", folder)
    for library in ("pandas", "polars"):
        cost = cost_of("tests.benchmarks.frames_build", library, settings.lake)
        costs = f"{cost.wall_s:.2f} s wall, {cost.cpu_s:.2f} s cpu, {cost.peak_mb:.0f} MB"
        print(f"  {library}, persons by month alone: {costs}")
    told = folder / "warehouse" / "dbt" / "target" / "run_results.json"
    results = json.loads(told.read_text(encoding="utf-8"))
    seconds = [(one["execution_time"], one["unique_id"].rpartition(".")[2]) for one in results["results"]]
    print(
        f"  the main figures' models: {sum(took for took, name in seconds if name in MAIN):.2f} s wall; the heaviest:"
    )
    print("  " + ", ".join(f"{name} {took:.1f}" for took, name in sorted(seconds, reverse=True)[:8]), flush=True)
    return floor, ours


def log(folder: Path, events: int) -> tuple[Cost, Cost]:
    """Cost of the floor and of ours for the process metrics of so many events."""
    settings = load_settings(workspace=folder)
    write_log(settings, events)
    floor = cost_of("tests.benchmarks.floor_log", settings.lake, folder)
    return floor, cost_of("tests.benchmarks.ours_log", folder)


def survey(folder: Path, responses: int) -> tuple[Cost, Cost]:
    """Cost of the floor and of ours for a survey of so many respondents, sixty items and three hundred units."""
    folder.mkdir(parents=True)
    settings = load_settings(workspace=folder, as_of="2026-09-30", known_on="2026-10-31")
    write_survey(replace(settings, contracts=(folder / "contracts",)), responses)
    floor = cost_of("tests.benchmarks.floor_survey", settings.lake, folder / "warehouse.duckdb", folder)
    return floor, cost_of("tests.benchmarks.ours_survey", folder)


def parquet(folder: Path, rows: int, formats: tuple[str, ...] = ()) -> tuple[Cost, Cost]:
    """Cost of the floor and of ours for publishing tables of so many rows as parquet alone; nothing is withheld."""
    settings = load_settings(workspace=folder)
    write_warehouse(settings, rows)
    floor = cost_of("tests.benchmarks.floor_publish", folder, folder / "floor", *formats)
    return floor, cost_of("tests.benchmarks.ours_publish", folder, *formats)


def publish(folder: Path, rows: int) -> tuple[Cost, Cost]:
    """Cost of the floor and of ours for the same tables as parquet, database and CSV, with what describes them."""
    return parquet(folder, rows, ("duckdb", "csv", "datapackage", "dcat"))


def copies(folder: Path, rows: int) -> tuple[Cost, Cost]:
    """Cost of every form, workbooks and local copies too, for which the floor (as above) has nothing to set beside."""
    return parquet(folder, rows, load_policy().formats)


WORKLOADS = {
    "intake": intake, "book": book, "build": build, "log": log, "survey": survey,
    "parquet": parquet, "publish": publish, "copies": copies,
}  # fmt: skip
Pair = type(book)


def _less(cost: Cost, fixed: Cost) -> Cost:
    return Cost(cost.wall_s - fixed.wall_s, cost.cpu_s - fixed.cpu_s, cost.peak_mb)


def _line(name: str, rows: int, floor: Cost, ours: Cost, rest: tuple[Cost, Cost] | None = None) -> None:
    ratios = f"{'fixed':>8}{'':>11}"
    if rest:
        ratios = f"{_ratio(rest[1].wall_s, rest[0].wall_s):>8}{_ratio(rest[1].cpu_s, rest[0].cpu_s):>11}"
    walls = f"{floor.wall_s:>12.2f}{ours.wall_s:>11.2f}"
    print(f"{name:<10}{rows:>10,}{walls}{ratios}{floor.peak_mb:>10.0f}{ours.peak_mb:>9.0f}", flush=True)


def _ratio(ours: float, floor: float) -> str:
    """Return the ratio, or a dash where the floor is too short to be told from noise."""
    return f"{ours / floor:.1f}" if floor > 0.05 else "-"


sys.exit(main())

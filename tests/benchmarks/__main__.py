"""Prints what intake, build, log, survey and publishing cost, beside a plain floor in the same run, at three sizes."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from flows.release.policy import load_policy
from flows.settings import load_settings
from tests.benchmarks.alike import compare
from tests.benchmarks.inputs import SOURCE, write_extract, write_project
from tests.benchmarks.logs import write_log
from tests.benchmarks.measure import Cost, cost_of
from tests.benchmarks.scaled import LAST_DAY, NEXT_LAST_DAY, TABLES, write_lake
from tests.benchmarks.surveys import write_survey
from tests.benchmarks.tables import write_warehouse
from tests.benchmarks.watched import TOOK

SHEET_ROWS = 1_000_000
SMALL_SURVEY = 3000  # ten answers a unit, below which there is nothing to estimate
SMALL_FRAMES = 200_000  # persons by month that pandas and polars still hold in memory
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
# Models of a log that work out what pm4py does too: order, ways, pairs, waits, lead and work on both clocks, rework,
# handovers; all that these models hold besides is counted as well. Rules, quality, staff and cost stand beside.
SHARED = frozenset(
    f"int_bpr__{name}"
    for name in (
        "lifecycle_events", "paired_executions", "executions", "activities", "case_keys", "instances", "suspensions",
        "clocked_instances", "cases", "cases_by_org", "flows", "variants", "log_steps", "log_sums", "selfloops",
    )
) | {"bpr_flows", "bpr_variants"}  # fmt: skip
NAMES = (
    "workload", "rows", "floor wall", "ours wall", "ratio", "floor cpu", "ours cpu", "cpu ratio", "floor MB", "ours MB",
)  # fmt: skip
HEADER = "{:<10}{:>10}{:>12}{:>11}{:>8}{:>11}{:>10}{:>11}{:>10}{:>9}".format(*NAMES)


@dataclass(frozen=True)
class Line:
    """One line of the table: what it is about, and the two costs that it compares."""

    name: str
    floor: Cost
    ours: Cost


Workload = Callable[[Path, int], list[Line]]


def main() -> None:
    """Measure the workloads at the sizes asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--sizes", default="10000,100000,1000000", help="rows or persons, comma-separated")
    parser.add_argument("--only", choices=list(WORKLOADS), help="one workload alone")
    parser.add_argument("--pm4py", default="", help="a Python that has pm4py, to set beside the log; see by_pm4py.py")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    print("Fixed costs (100 rows, a survey of 3,000) are shown first and taken off before the ratios; seconds and MB.")
    print("main: the models of the main figures alone; 12 and 25 of 24: so many months beside ours of 24, of which the")
    print("ratio is 0.5 and 1.04 where cost follows the months; what the 25th adds is the difference of the two.")
    print(HEADER)
    with tempfile.TemporaryDirectory(prefix="qdeep-bench-") as folder:
        for name, workload in (WORKLOADS | {"log": partial(log, rival=options.pm4py)}).items():
            if options.only in (None, name):
                _report(name, workload, Path(folder) / name, sizes)


def _report(name: str, workload: Workload, folder: Path, sizes: list[int]) -> None:
    small = SMALL_SURVEY if name == "survey" else SMALL
    fixed = workload(folder / "fixed", small)
    for one in fixed:
        _line(one, small)
    for size in sizes:
        for one, least in zip(workload(folder / str(size), size), fixed, strict=True):
            _line(one, size, (_less(one.ours, least.ours), _less(one.floor, least.floor)))


def intake(folder: Path, rows: int, form: str = "csv") -> list[Line]:
    """Cost of the floor and of ours for one extract of so many rows."""
    inbox = folder / "inbox" / SOURCE
    inbox.mkdir(parents=True)
    extract = write_extract(inbox, rows, form)
    project = write_project(folder / "project", form)
    floor = cost_of("tests.benchmarks.floor_intake", extract, folder / "floor.parquet")
    ours = cost_of("tests.benchmarks.ours_intake", folder / "inbox", project, folder / "workspace")
    return [Line("intake" if form == "csv" else "book", floor, ours)]


def book(folder: Path, rows: int) -> list[Line]:
    """Cost of the floor and of ours for one workbook of so many rows; a sheet holds a million at most."""
    return intake(folder, min(rows, SHEET_ROWS), "xlsx")


def build(folder: Path, persons: int) -> list[Line]:
    """Cost of 24 months of so many persons, by the floor and by ours, of the main figures, of 12 and of 25 months."""
    settings = load_settings(workspace=folder)
    write_lake(settings, persons)
    floor = cost_of("tests.benchmarks.floor_build", settings.lake, folder)
    ours = cost_of("tests.benchmarks.ours_build", folder, f"{LAST_DAY}")
    main_figures = sum(took for name, took in _seconds_of_models(folder) if name in MAIN)
    _tell_heaviest(folder)
    if persons > SMALL:
        print(f"  {compare(folder)}", flush=True)
    for library in ("pandas", "polars") if persons <= SMALL_FRAMES else ():
        cost = cost_of("tests.benchmarks.frames_build", library, settings.lake)
        costs = f"{cost.wall_s:.2f} s wall, {cost.cpu_s:.2f} s cpu, {cost.peak_mb:.0f} MB"
        print(f"  {library}, persons by month alone: {costs}")
    half = cost_of("tests.benchmarks.ours_build", folder, f"{LAST_DAY}", "12")
    write_lake(settings, persons, NEXT_LAST_DAY)
    more = cost_of("tests.benchmarks.ours_build", folder, f"{NEXT_LAST_DAY}", "25")
    return [
        Line("build", floor, ours),
        Line("main", floor, Cost(main_figures * ours.wall_s / ours.cpu_s, main_figures, ours.peak_mb)),
        Line("12 of 24", ours, half),
        Line("25 of 24", ours, more),
    ]


def topics(folder: Path, persons: int) -> list[Line]:
    """Cost of a build with pay, leave and courses of everybody, by a floor that has them too and by ours."""
    settings = load_settings(workspace=folder)
    write_lake(settings, persons, kinds=tuple(TABLES))
    floor = cost_of("tests.benchmarks.floor_topics", settings.lake, folder)
    ours = cost_of("tests.benchmarks.ours_build", folder, f"{LAST_DAY}")
    _tell_heaviest(folder)
    if persons > SMALL:
        print(f"  {compare(folder, topics=True)}", flush=True)
    return [Line("topics", floor, ours)]


def _tell_heaviest(folder: Path) -> None:
    heaviest = _seconds_of_models(folder)[:8]
    print("  heaviest, CPU seconds: " + ", ".join(f"{name[:40]} {took:.1f}" for name, took in heaviest), flush=True)


def _seconds_of_models(folder: Path) -> list[tuple[str, float]]:
    """Return what each model, seed and test took of the processors, the heaviest first."""
    took: dict[str, float] = json.loads((folder / TOOK).read_text(encoding="utf-8"))
    return sorted(took.items(), key=lambda one: -one[1])


def log(folder: Path, events: int, rival: str = "") -> list[Line]:
    """Cost of the floor and of ours for the process metrics of so many events, and pm4py where a Python has it."""
    settings = load_settings(workspace=folder)
    rows = write_log(settings, events)
    floor = cost_of("tests.benchmarks.floor_log", settings.lake, folder)
    line = Line("log", floor, cost_of("tests.benchmarks.ours_log", folder))
    if rival and events > SMALL:
        _beside_pm4py(rival, rows, json.loads((folder / TOOK).read_text(encoding="utf-8")))
    return [line]


def _beside_pm4py(rival: str, rows: Path, took: dict[str, float]) -> None:
    """Print what pm4py takes for what both work out, with and without its network of handovers, beside our models."""
    command = [rival, str(Path(__file__).with_name("by_pm4py.py")), str(rows)]
    told = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout.splitlines()[-1]
    seconds = json.loads(told)["seconds"]
    theirs, ours = sum(seconds.values()), sum(took.get(name, 0) for name in SHARED)
    bare = theirs - seconds["handovers"]
    print("  pm4py: " + ", ".join(f"{name} {second:.1f}" for name, second in seconds.items()) + " s cpu")
    print(f"  pm4py {theirs:.1f}, without handovers {bare:.1f}; ours {ours:.1f} s cpu:", end=" ")
    print(f"{theirs / ours:.1f} and {bare / ours:.1f} times, {json.loads(told)['peak_mb']:.0f} MB", flush=True)


def survey(folder: Path, responses: int) -> list[Line]:
    """Cost of the floor and of ours for a survey of so many respondents, sixty items and three hundred units."""
    folder.mkdir(parents=True)
    settings = load_settings(workspace=folder, as_of="2026-09-30", known_on="2026-10-31")
    write_survey(replace(settings, contracts=(folder / "contracts",)), responses)
    floor = cost_of("tests.benchmarks.floor_survey", settings.lake, folder / "warehouse.duckdb", folder)
    return [Line("survey", floor, cost_of("tests.benchmarks.ours_survey", folder))]


def parquet(folder: Path, rows: int, name: str = "parquet", formats: tuple[str, ...] = ()) -> list[Line]:
    """Cost of the floor and of ours for publishing tables of so many rows as parquet alone; nothing is withheld."""
    settings = load_settings(workspace=folder)
    write_warehouse(settings, rows)
    floor = cost_of("tests.benchmarks.floor_publish", folder, folder / "floor", *formats)
    return [Line(name, floor, cost_of("tests.benchmarks.ours_publish", folder, *formats))]


def publish(folder: Path, rows: int) -> list[Line]:
    """Cost of the floor and of ours for the same tables as parquet, database and CSV, with what describes them."""
    return parquet(folder, rows, "publish", ("duckdb", "csv", "datapackage", "dcat"))


def copies(folder: Path, rows: int) -> list[Line]:
    """Cost of every form, workbooks and local copies too, for which the floor (as above) has nothing to set beside."""
    return parquet(folder, rows, "copies", load_policy().formats)


WORKLOADS: dict[str, Workload] = {
    "intake": intake, "book": book, "build": build, "topics": topics, "log": log, "survey": survey,
    "parquet": parquet, "publish": publish, "copies": copies,
}  # fmt: skip


def _less(cost: Cost, fixed: Cost) -> Cost:
    return Cost(cost.wall_s - fixed.wall_s, cost.cpu_s - fixed.cpu_s, cost.peak_mb)


def _line(line: Line, rows: int, rest: tuple[Cost, Cost] | None = None) -> None:
    name, floor, ours = line.name, line.floor, line.ours
    wall, cpu = "fixed", ""
    if rest:
        wall, cpu = _ratio(rest[0].wall_s, rest[1].wall_s), _ratio(rest[0].cpu_s, rest[1].cpu_s)
    walls = f"{floor.wall_s:>12.2f}{ours.wall_s:>11.2f}{wall:>8}"
    cpus = f"{floor.cpu_s:>11.2f}{ours.cpu_s:>10.2f}{cpu:>11}"
    print(f"{name:<10}{rows:>10,}{walls}{cpus}{floor.peak_mb:>10.0f}{ours.peak_mb:>9.0f}", flush=True)


def _ratio(ours: float, floor: float) -> str:
    """Return the ratio, or a dash where the floor is too short to be told from noise."""
    return f"{ours / floor:.2f}" if floor > 0.05 else "-"


sys.exit(main())

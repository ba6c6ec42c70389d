"""A lake with a survey of any number of respondents: sixty items, twelve scales, three hundred units, with its frame.

The HRM part of the warehouse has a benchmark of its own (`build`); here its two tables that a survey needs, the
persons of each month and their headcounts, stand in the warehouse before the clock runs.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb

from flows.contracts.model import Codebook, Contract, Contracts
from flows.intake.store import deliveries
from flows.settings import ROOT, Settings
from flows.warehouse.choose import choose
from flows.warehouse.prepare import prepare
from tests.benchmarks.scaled import deliver
from tests.warehouse.lake import KINDS, TITLE

MINISTRIES, UNITS, ITEMS, ITEMS_OF_SCALE = 10, 29, 60, 5  # ten ministries of 29 units and themselves: 300 units
SOURCE = "opinions"
BEFORE = "+dim_org_units +dim_indicators +int_org__closure +int_org__unit_ministries survey_breakdowns"
PERIOD = "2026-05"

RESPONSES = """
select
    'h1_' || substr(md5(cast(i as varchar)), 1, 26) as response_key,
    timestamp '2026-05-04 09:00' + to_seconds(cast(hash(i * 2) % 900000 as bigint)) as submitted_at,
    ['uz', 'uz', 'ru'][cast(1 + hash(i * 19) % 3 as integer)] as language,
    'M' || hash(i) % {ministries} as ministry_id,
    'M' || hash(i) % {ministries} || '-U' || hash(i * 3) % {units} as org_unit_id,
    if(hash(i * 5) % 20 < 9, 'female', 'male') as sex,
    ['managerial', 'auxiliary', 'auxiliary', 'auxiliary'][cast(1 + hash(i * 7) % 4 as integer)] as position_group
from range({rows}) as numbers(i)
"""

ANSWERS = """
select
    'h1_' || substr(md5(cast(i as varchar)), 1, 26) as response_key, 'none' as repeat, 0::bigint as position,
    'q' || lpad(cast(j + 1 as varchar), 2, '0') as item_id, 'value' as choice,
    case
        when hash(i * 61 + j) % 40 = 0 then null
        else cast(1 + (hash(i * 11) % 3 + hash(i * 67 + j) % 3) as varchar)
    end as value,
    i + 1 as _row
from range({rows}) as numbers(i) cross join range({items}) as items(j)
order by i, j
"""

PERSONS = """
select
    'ministry' as scope, period_start, 'M' || m as ministry_id,
    'h1_p' || m || '_' || u || '_' || sex || '_' || position_group || '_' || i as person_key,
    'M' || m || '-U' || u as org_unit_id, sex, position_group, true as is_end
from range({ministries}) as a(m) cross join range({units}) as b(u)
cross join (values ('female', 2), ('male', 3)) as c(sex, parts)
cross join (values ('managerial', 1), ('auxiliary', 3)) as d(position_group, shares)
cross join range(cast(ceil({rows} * parts * shares / {ministries} / {units} / 11.0) as bigint)) as e(i)
cross join (values (date '2026-04-01'), (date '2026-05-01')) as months(period_start)
"""

HEADCOUNTS = """
select
    'headcount_end' as indicator_id, 'month' as period_kind, period_start, view as org_view, org_unit_id,
    if(sex is null, 'all', 'sex') as dimension_1, coalesce(sex, 'all') as category_1, 'all' as dimension_2, n
from (
    select period_start, org_unit_id, sex, count(*) as n
    from intermediate.int_hrm__person_months group by grouping sets ((1, 2), (1, 2, 3))
    union all
    select period_start, ministry_id, sex, count(*)
    from intermediate.int_hrm__person_months group by grouping sets ((1, 2), (1, 2, 3))
    union all
    select period_start, 'UZ', sex, count(*)
    from intermediate.int_hrm__person_months group by grouping sets ((1, 2), (1, 2, 3))
) cross join (values ('as_was'), ('as_is')) as views(view)
"""


def contracts(folder: Path) -> Contracts:
    """Return the contract of the survey."""
    path = folder / f"{SOURCE}.yml"
    path.write_text(f"source: {SOURCE}\n", encoding="utf-8")
    book = Codebook(SOURCE, "1", (), {}, {})
    source = Contract(SOURCE, KINDS["survey"], 1, path, TITLE, codebook=book, scope="period")
    return Contracts(dict(KINDS), {SOURCE: source}, {}, {}, {})


def write_survey(settings: Settings, rows: int) -> None:
    """Write the lake, the codebook, a project of three hundred units, and the warehouse to build the survey into."""
    sizes = {"rows": rows, "ministries": MINISTRIES, "units": UNITS, "items": ITEMS}
    folder = settings.lake / SOURCE / f"{1:016x}"
    spill = str(settings.workspace / "spill")
    with duckdb.connect(config={"memory_limit": "4GB", "temp_directory": spill}) as connection:
        connection.execute("set preserve_insertion_order = true")
        deliver(connection, folder, "survey", RESPONSES.format(**sizes), source=SOURCE)
        _write_answers(connection, folder, ANSWERS.format(**sizes))
    _write_codebook(settings.workspace / "contracts" / "codebooks" / SOURCE / "1")
    project = _write_project(settings.workspace / "dbt_project")
    file = settings.workspace / "warehouse.duckdb"
    known = choose(deliveries(settings), contracts(settings.workspace), settings.known_on)
    prepare(file, settings, contracts(settings.workspace), known)
    run_dbt(project, file, BEFORE, skipped="test")
    with duckdb.connect(str(file)) as connection:
        persons = PERSONS.format(**sizes)
        connection.execute(f"create table intermediate.int_hrm__person_months as {persons}")
        connection.execute(f"create table marts.hrm_indicators as {HEADCOUNTS}")


def _write_answers(connection: duckdb.DuckDBPyConnection, folder: Path, select: str) -> None:
    columns = "response_key, repeat, position, item_id, choice, value"
    lineage = f"'{SOURCE}' as _source, '{folder.name}' as _delivery_id, _row"
    target = folder / "answers.parquet"
    connection.execute(
        f"copy (select {columns}, {lineage} from ({select})) to '{target}' (format parquet, compression zstd)"
    )
    manifest = folder / "manifest.json"
    text = manifest.read_text(encoding="utf-8").replace('"period": null', f'"period": "{PERIOD}-01"')
    manifest.write_text(text, encoding="utf-8")


def _write_codebook(folder: Path) -> None:
    folder.mkdir(parents=True)
    names = [f"q{number:02}" for number in range(1, ITEMS + 1)]
    texts = "text_uz,text_ru,text_en,text_ko"
    items = "".join(f"{name},{name},select_one,agree,none,agree,false,-,-,-,-\n" for name in names)
    (folder / "items.csv").write_text(
        f"item_id,column,type,choices,repeat,scale,is_reversed,{texts}\n{items}", encoding="utf-8"
    )
    points = "".join(f"agree,{point},{point},{point},false,-,-,-,-\n" for point in range(1, 6))
    (folder / "choices.csv").write_text(
        f"list,code,position,score,is_missing,label_uz,label_ru,label_en,label_ko\n{points}", encoding="utf-8"
    )
    (folder / "indices.csv").write_text(
        "index_id,item_id,score_family,min_answered_share\n" + "".join(_indices(names)), encoding="utf-8"
    )
    (folder / "instrument.yml").write_text(
        "weighting: {method: raking, margins: [ministry, sex], trim: true}\n", encoding="utf-8"
    )


def _indices(names: list[str]) -> Iterator[str]:
    for place, name in enumerate(names):
        number = place // ITEMS_OF_SCALE
        yield f"scale{number:02},{name},{'percent_positive' if number % 2 else 'mean_0_100'},0.67\n"


def _write_project(target: Path) -> Path:
    """Copy the dbt project with three hundred units in place of the pilot ministries."""
    shutil.copytree(ROOT / "dbt_project", target, ignore=shutil.ignore_patterns("target", "logs"))
    names = "name_uz,name_ru,name_en,name_ko"
    head = f"org_unit_id,valid_from,valid_to,parent_id,ministry_id,level,soato,{names},order_no\n"
    lines = [("UZ", "", "", "service")]
    for ministry in (f"M{number}" for number in range(MINISTRIES)):
        lines.append((ministry, "UZ", ministry, "ministry"))
        lines += [(f"{ministry}-U{number}", ministry, ministry, "department") for number in range(UNITS)]
    rows = "".join(f"{unit},2000-01-01,,{above},{of},{level},,-,-,-,-,\n" for unit, above, of, level in lines)
    (target / "seeds" / "org" / "org_units.csv").write_text(head + rows, encoding="utf-8")
    successors = target / "seeds" / "org" / "org_unit_successors.csv"
    successors.write_text(successors.read_text(encoding="utf-8").split("\n", 1)[0] + "\n", encoding="utf-8")
    return target


def run_dbt(project: Path, file: Path, select: str, skipped: str = "") -> None:
    """Build models and run their tests, but for resource types that are skipped; a failure raises."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    os.environ |= {"QDEEP_BUILD_FILE": str(file), "QDEEP_BUILD_SPILL": str(file.parent / "spill")}
    os.environ |= {"QDEEP_BUILD_MEMORY": "500MB", "DO_NOT_TRACK": "1"}
    where = ["--project-dir", str(project), "--profiles-dir", str(project)]
    places = ["--target-path", str(file.parent / "target"), "--log-path", str(file.parent / "logs")]
    chosen = [part for one in select.split() for part in ("--select", one)]
    left_out = [part for one in ("unit_test", *skipped.split()) for part in ("--exclude-resource-type", one)]
    left_out += ["--exclude", "assert_staging_keeps_every_row"]  # it counts the rows of all kinds
    quiet = ["--log-level", "none", "--log-level-file", "none"]
    outcome = dbtRunner().invoke(["build", *where, *places, *chosen, *left_out, *quiet])
    DuckDBConnectionManager.close_all_connections()
    if not outcome.success:
        results = getattr(outcome.result, "results", ())
        said = [f"{one.node.name}: {one.message}" for one in results if one.message and "rror" in one.message]
        raise RuntimeError(f"the survey was not built: {outcome.exception or said}")

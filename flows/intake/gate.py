"""Every row of a received file has been judged: it is landed or refused with its reasons, and both counts agree."""

import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.suites import judge_suites
from flows.contracts.model import Contract, Contracts
from flows.errors import Finding, Place, QdeepError
from flows.intake.marks import MarkedTable, mark_rows
from flows.intake.match import match_table
from flows.intake.raw import RawFile
from flows.intake.settle import land_rows, pseudonyms, settle_marked, settle_unread
from flows.intake.suspicion import delivery_findings
from flows.intake.taken import Taken
from flows.settings import Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LINES_KEPT = 20
# Where the whole delivery is misread, what its rows break is a consequence and would only hide the cause.
MISREAD = ("E-209", "E-211", "E-213")


@dataclass(frozen=True)
class RuleResult:
    """What one rule counted; positions only, never a value."""

    table: str
    rule: str
    code: str
    severity: str
    column: str
    checked: int
    failed: int
    lines: tuple[int, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class Judged:
    """The verdict over a received file.

    Attributes:
        database: DuckDB file with `landed_<table>` (lake columns and `_row`; columns in `pseudonyms` still
            hold identifiers) and `refused_<table>` (`_row`, `_line`, `_sheet`, `codes`, `rules`, raw `c*`).
        header: Header texts of each raw table, as received.
        counts: Table -> read, landed, refused; read is always landed plus refused.
        refused: Whether the delivery is refused whole.
        map_version: Version of the column map that fits; 0 where none does.
        gx: Verdict of the suite: success, evaluated and unsuccessful expectations.
        excluded: Rows that are not data (I-390), counted in refused.
        tables: Landed tables, for example `rows` and `answers`; empty for a refused delivery.
        pseudonyms: Landed table -> column that holds identifiers -> purpose of its key.
    """

    database: Path
    header: dict[str, tuple[str, ...]]
    counts: dict[str, dict[str, int]]
    rules: tuple[RuleResult, ...] = ()
    findings: tuple[Finding, ...] = ()
    refused: bool = False
    map_version: int = 0
    gx: dict[str, Any] = field(default_factory=lambda: {"success": False, "evaluated": 0, "unsuccessful": 0})
    excluded: int = 0
    tables: tuple[str, ...] = ()
    pseudonyms: dict[str, dict[str, str]] = field(default_factory=dict)


def judge(  # noqa: PLR0913 - a file and all that it is judged by
    raw: RawFile,
    contract: Contract,
    contracts: Contracts,
    workdir: Path,
    settings: Settings,
    *,
    taken: Taken | None = None,
) -> Judged:
    """Judge a received file by its contract, once by SQL and once by Great Expectations.

    Args:
        raw: Tables as read, all text.
        contract: Contract of the source.
        contracts: All contracts, for code lists and references.
        workdir: Folder for the stage database, inside the workspace; made private.
        settings: Memory limit.
        taken: Keys that have landed already, for rows that add to a delivery.

    Raises:
        QdeepError: E-115 where rows are lost, E-405 where the disk is full, E-408 where a rule cannot be run or
            the two judges disagree.
    """
    database = workdir / "stage.duckdb"
    with _opened(database, contract, settings) as connection:
        verdict, marked = _first_judge(connection, raw, contract, contracts, taken)
    verdict = replace(verdict, database=database)
    return replace(verdict, gx=_second_judge(database, marked)) if marked else verdict


@contextmanager
def _opened(database: Path, contract: Contract, settings: Settings) -> Generator["DuckDBPyConnection"]:
    """Open a new private stage database; errors of the library may hold values and are told by their kind alone."""
    import duckdb

    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    database.unlink(missing_ok=True)
    spill = database.with_name("spill")
    config: dict[str, Any] = {"memory_limit": settings.memory_limit, "temp_directory": str(spill)}
    try:
        with duckdb.connect(str(database), config=config) as connection:
            database.chmod(0o600)
            connection.execute("set TimeZone = 'Asia/Tashkent'")
            yield connection
    except duckdb.Error as error:
        kind = type(error).__name__
        code = "E-405" if isinstance(error, duckdb.IOException) else "E-408"
        raise QdeepError(code, f"The rows could not be judged ({kind}).", Place(contract.source)) from None
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _first_judge(
    connection: "DuckDBPyConnection",
    raw: RawFile,
    contract: Contract,
    contracts: Contracts,
    taken: Taken | None,
) -> tuple[Judged, tuple[MarkedTable, ...]]:
    """Mark and settle each row of each table by SQL; nothing is marked where a header does not fit."""
    main = contract.kind.tables[0].name
    tables = sorted(raw.tables.values(), key=lambda table: table.name != main)
    blank = Judged(Path(), {table.name: table.header for table in tables}, {})
    matched = [match_table(table, contract) for table in tables]
    wrong = tuple(finding for _, findings in matched for finding in findings)
    if wrong:
        counts = {table.name: settle_unread(connection, table, wrong[0].code) for table in tables}
        return replace(blank, counts=counts, findings=wrong, refused=True), ()
    layouts = [layout for layout, _ in matched if layout]
    marked = tuple(
        mark_rows(connection, table, layout, contract, contracts, taken=taken if table.name == main else None)
        for table, layout in zip(tables, layouts, strict=True)
    )
    findings = delivery_findings(connection, marked, contract)
    return _settled(connection, blank, marked, contract, findings), marked


def _settled(
    connection: "DuckDBPyConnection",
    blank: Judged,
    marked: tuple[MarkedTable, ...],
    contract: Contract,
    findings: tuple[Finding, ...],
) -> Judged:
    """Settle each row of each table, and land what is right unless the delivery is refused whole."""
    results = tuple(result for one in marked for result in _results(connection, one))
    sheets = {one.table.name: one.table.sheet for one in marked}
    told = () if any(one.code in MISREAD for one in findings) else results
    row_findings = tuple(_row_finding(result, contract, sheets) for result in told if result.failed)
    verdict = replace(
        blank,
        counts={one.table.name: settle_marked(connection, one, findings[0].code if findings else "") for one in marked},
        rules=results,
        findings=(*findings, *row_findings),
        refused=bool(findings),
        map_version=marked[0].stage.layout.map_version,
        excluded=sum(one.stage.excluded for one in marked),
    )
    if findings:
        return verdict
    land_rows(connection, marked, contract)
    return replace(verdict, tables=tuple(pseudonyms(contract)), pseudonyms=pseudonyms(contract))


def _results(connection: "DuckDBPyConnection", one: MarkedTable) -> Iterator[RuleResult]:
    """Return what each rule counted, then what was wrong with records before any rule could look at them."""
    table = one.table.name
    for i, rule in enumerate(one.rules):
        failed, checked = one.failed[rule.id], one.checked[rule.id]
        lines = _lines(connection, f"marks_{table} where r{i}") if failed else ()
        rest = (rule.column, checked, failed, lines, rule.description)
        yield RuleResult(table, rule.id, rule.code, rule.severity, *rest)
    for code in sorted({row.code for row in one.table.bad_rows}):
        lines = tuple(sorted(row.line for row in one.table.bad_rows if row.code == code))
        rest = ("", one.table.rows, len(lines), lines[:LINES_KEPT], "Each record has as many cells as the header.")
        yield RuleResult(table, "record.structure", code, "refuse", *rest)
    if one.stage.excluded:
        lines = _lines(connection, f"excluded_{table}")
        rest = ("", one.table.rows, one.stage.excluded, lines, "Each record is data, not a total or a remark.")
        yield RuleResult(table, "record.excluded", "I-390", "refuse", *rest)


def _lines(connection: "DuckDBPyConnection", rows: str) -> tuple[int, ...]:
    found = connection.execute(f"select _line from {rows} order by _line limit {LINES_KEPT}").fetchall()
    return tuple(line for (line,) in found)


def _row_finding(result: RuleResult, contract: Contract, sheets: dict[str, str]) -> Finding:
    line = result.lines[0] if result.lines else None
    where = Place(contract.source, sheet=sheets[result.table], line=line, column=result.column)
    text = f"{result.failed} of {result.checked} rows break the rule {result.rule}."
    return Finding(result.code, text, where, result.failed, result.lines, result.description)


def _second_judge(database: Path, marked: tuple[MarkedTable, ...]) -> dict[str, Any]:
    """Let Great Expectations judge the same rows; the two verdicts are the same or the run stops."""
    counts = judge_suites(database, {one.stage.name: one.rules for one in marked})
    expected = {(one.stage.name, name): failed for one in marked for name, failed in one.failed.items()}
    if counts != expected:
        names = {
            name
            for table, name in counts.keys() | expected.keys()
            if counts.get((table, name)) != expected.get((table, name))
        }
        text = f"Two judges disagree on: {', '.join(sorted(names))}."
        raise QdeepError("E-408", text, expected="the same count for every rule")
    unsuccessful = sum(1 for number in counts.values() if number)
    return {"success": not unsuccessful, "evaluated": len(counts), "unsuccessful": unsuccessful}

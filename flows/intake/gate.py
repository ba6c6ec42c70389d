"""Every row of a received file has been judged: it is landed or refused with its reasons, and both counts agree."""

import shutil
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.suites import judge_suites, prepare
from flows.contracts.model import Contract, Contracts
from flows.errors import Finding, Place, QdeepError, is_full
from flows.intake.landed import Landing
from flows.intake.learned import LearnedRule, Statistics, judge_learned
from flows.intake.marks import MarkedTable, mark_rows
from flows.intake.match import NOTHING, Layout, match_table
from flows.intake.measure import measured, measures
from flows.intake.raw import RawFile
from flows.intake.rules import RowRule, compile_rules
from flows.intake.settle import land_rows, pseudonyms, settle_marked, settle_unread
from flows.intake.suspicion import delivery_findings, doubled, outside_slice
from flows.intake.taken import Taken
from flows.intake.totals import TotalRule, Totals, judge_totals, total_findings, unjudged_totals
from flows.settings import Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LINES_KEPT = 20
RECORD_RULES = ("record.structure", "record.excluded")
# Where the whole delivery is misread, what its rows break is a consequence and would only hide the cause.
MISREAD = ("E-209", "E-211", "E-213")


@dataclass(frozen=True)
class RuleResult:
    """What one rule counted; positions only, never a value. A rule over columns not delivered is not judged."""

    table: str
    rule: str
    code: str
    severity: str
    column: str
    checked: int
    failed: int
    lines: tuple[int, ...] = ()
    description: str = ""
    is_judged: bool = True


@dataclass(frozen=True)
class Before:
    """What is known of a delivery before its rows are looked at.

    Attributes:
        past: Statistics of the deliveries with which it is compared.
        totals: Totals that its sender has signed.
        slice: The one value of the contract's `slice_column` that it covers; empty where it covers all.
        taken: Keys that have landed already, for rows that add to a delivery.
    """

    past: tuple[Statistics, ...] = ()
    totals: Totals = field(default_factory=Totals)
    slice: str = ""
    taken: Taken | None = None


@dataclass(frozen=True)
class Judged:
    """The verdict over a received file.

    Attributes:
        database: DuckDB file with `landed_answers` of a survey (columns in `pseudonyms` still hold identifiers)
            and `refused_<table>` (`_row`, `_line`, `_sheet`, `codes`, `rules`, raw `c*`).
        header: Header texts of each raw table, as received.
        counts: Table -> read, landed, refused; read is always landed plus refused.
        refused: Whether the delivery is refused whole.
        map_version: Version of the column map that fits; 0 where none does.
        gx: Verdict of the suite: success, evaluated and unsuccessful expectations.
        excluded: Rows that are not data (I-390), counted in refused.
        tables: Landed tables, for example `rows` and `answers`; empty for a refused delivery.
        pseudonyms: Landed table -> column that holds identifiers -> purpose of its key.
        statistics: Counts of the main table, for the deliveries after it; empty where no header fits.
        learned: What the deliveries before it say; where one of these fails the delivery is held back.
        totals: What the signed totals say.
        expected: Tables and rules of the contract, each of which has a result.
        landing: What lands of the main table; None for a refused delivery.
        files: What was written of it beside the second judge.
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
    statistics: dict[str, Any] = field(default_factory=dict)
    learned: tuple[LearnedRule, ...] = ()
    totals: tuple[TotalRule, ...] = ()
    expected: tuple[tuple[str, str], ...] = ()
    landing: Landing | None = None
    files: dict[str, dict[str, Any]] = field(default_factory=dict)


Write = Callable[[Judged], dict[str, dict[str, Any]]]


def judge(  # noqa: PLR0913 - what a verdict hangs on
    raw: RawFile,
    contract: Contract,
    contracts: Contracts,
    workdir: Path,
    settings: Settings,
    *,
    before: Before | None = None,
    write: Write | None = None,
) -> Judged:
    """Judge a received file by its contract, once by SQL and once by Great Expectations.

    Args:
        raw: Tables as read, all text.
        contract: Contract of the source.
        contracts: All contracts, for code lists and references.
        workdir: Folder for the stage database, inside the workspace; made private.
        settings: Memory limit.
        before: History, signed totals and slice; none of them where not given.
        write: Writes what lands, beside the second judge and where nobody reads yet; a file that the second judge
            does not pass raises, and what was written is not used.

    Raises:
        QdeepError: E-115 where rows are lost, E-405 where the disk is full, E-408 where a rule cannot be run or
            the two judges disagree.
    """
    database = workdir / "stage.duckdb"
    with _opened(database, contract, settings) as connection:
        verdict, marked = _first_judge(connection, raw, contract, contracts, before or Before())
    verdict = replace(verdict, database=database)
    if not marked:
        return verdict
    second = partial(_second_judge, database, marked, _whole_rules(verdict, marked), settings.memory_limit)
    if write is None:
        return replace(verdict, gx=second())
    prepare()  # loaded by one thread alone
    with ThreadPoolExecutor(1) as beside:
        writing = beside.submit(write, verdict)
        return replace(verdict, gx=second(), files=writing.result())


@contextmanager
def _opened(database: Path, contract: Contract, settings: Settings) -> Generator["DuckDBPyConnection"]:
    """Open a new private stage database; errors of the libraries may hold values and are told by their kind alone."""
    import duckdb
    import pyarrow as pa

    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    database.unlink(missing_ok=True)
    spill = database.with_name("spill")
    config: dict[str, Any] = {"memory_limit": settings.memory_limit, "temp_directory": str(spill)}
    try:
        with duckdb.connect(str(database), config=config) as connection:
            database.chmod(0o600)
            connection.execute("set TimeZone = 'Asia/Tashkent'")
            yield connection
    except (duckdb.Error, pa.ArrowException) as error:
        kind = type(error).__name__
        code = "E-405" if isinstance(error, duckdb.IOException) or is_full(error) else "E-408"
        raise QdeepError(code, f"The rows could not be judged ({kind}).", Place(contract.source)) from None
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _first_judge(
    connection: "DuckDBPyConnection", raw: RawFile, contract: Contract, contracts: Contracts, before: Before
) -> tuple[Judged, tuple[MarkedTable, ...]]:
    """Mark and settle each row of each table by SQL; nothing is marked where a header does not fit."""
    main = contract.kind.tables[0].name
    tables = sorted(raw.tables.values(), key=lambda table: table.name != main)
    blank = Judged(Path(), {table.name: table.header for table in tables}, {})
    matched = [match_table(table, contract) for table in tables]
    wrong = tuple(finding for _, findings in matched for finding in findings)
    if wrong:
        counts = {table.name: settle_unread(connection, table, wrong[0].code) for table in tables}
        unjudged = unjudged_totals(contract)
        return replace(blank, counts=counts, findings=wrong, refused=True, totals=unjudged), ()
    layouts = [layout for layout, _ in matched if layout]
    marked = tuple(
        mark_rows(connection, table, layout, contract, contracts, **_main_only(layout, contracts, before, main))
        for table, layout in zip(tables, layouts, strict=True)
    )
    totals = judge_totals(connection, marked[0], contract, before.totals)
    findings = (
        *delivery_findings(connection, marked, contract),
        *before.totals.findings,
        *total_findings([one for one in totals if one.verdict == "failed"], contract.source),
        *outside_slice(connection, marked[0], contract, before.slice),
    )
    verdict = replace(_settled(connection, blank, marked, contract, findings), totals=totals)
    if not verdict.refused:
        verdict = replace(verdict, findings=(*verdict.findings, *doubled(connection, marked[0], contract)))
    return _with_history(verdict, marked, contract, contracts, before), marked


def _main_only(layout: Layout, contracts: Contracts, before: Before, main: str) -> dict[str, Any]:
    """Return what is asked of the main table alone: keys that have landed, and its statistics."""
    return {"taken": before.taken, "further": measures(layout, contracts)} if layout.table == main else {}


def _with_history(
    verdict: Judged, marked: tuple[MarkedTable, ...], contract: Contract, contracts: Contracts, before: Before
) -> Judged:
    """Add what the deliveries before say, and the warnings of signed totals; a refused delivery is not compared."""
    main = marked[0]
    statistics = measured(main, contracts)
    compared = None if verdict.refused else statistics
    learned = judge_learned(contract, contracts, compared, before.past, stage=main.stage.name)
    warnings = total_findings([one for one in verdict.totals if one.verdict == "warned"], contract.source)
    findings = (*_learned_findings(learned, contract), *verdict.findings, *warnings)
    rules = (*verdict.rules, *_not_judged(marked, contract, contracts))
    return replace(
        verdict,
        rules=rules,
        statistics=statistics,
        learned=learned,
        findings=findings,
        expected=expected_rules(marked, contract, contracts),
    )


def expected_rules(
    marked: tuple[MarkedTable, ...], contract: Contract, contracts: Contracts
) -> tuple[tuple[str, str], ...]:
    """Return table and id of each rule over rows that a contract holds, whatever columns a delivery holds."""
    return tuple(
        (one.table.name, rule)
        for one in marked
        for rule in (*(rule.id for rule in _whole(one, contract, contracts)), *RECORD_RULES)
    )


def _whole(one: MarkedTable, contract: Contract, contracts: Contracts) -> tuple[RowRule, ...]:
    """Return the rules of a delivery that holds every column that a map, constant or codebook of the source names."""
    mapped = {name for each in contract.maps for name in each.headers} | set(contract.constants)
    feeds = tuple(
        replace(feed, raw="''") if feed.raw == NOTHING and (feed.item or feed.column.name in mapped) else feed
        for feed in one.stage.layout.feeds
    )
    return compile_rules(replace(one.stage.layout, feeds=feeds), contract, contracts)


def _not_judged(marked: tuple[MarkedTable, ...], contract: Contract, contracts: Contracts) -> Iterator[RuleResult]:
    """Return a result for each rule over columns that the delivery does not hold."""
    for one in marked:
        judged = {rule.id for rule in one.rules}
        for rule in _whole(one, contract, contracts):
            if rule.id not in judged:
                rest = (rule.column, 0, 0, (), rule.description)
                yield RuleResult(one.table.name, rule.id, rule.code, rule.severity, *rest, is_judged=False)


def _learned_findings(learned: tuple[LearnedRule, ...], contract: Contract) -> Iterator[Finding]:
    for rule in learned:
        if rule.verdict in ("failed", "warned"):
            where = Place(contract.source, column=rule.column)
            yield Finding(rule.code, rule.text, where, expected=rule.expected)


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
    landing = land_rows(connection, marked, contract)
    return replace(verdict, tables=tuple(pseudonyms(contract)), pseudonyms=pseudonyms(contract), landing=landing)


def _results(connection: "DuckDBPyConnection", one: MarkedTable) -> Iterator[RuleResult]:
    """Return what each rule counted, then what was wrong with records before any rule could look at them."""
    table = one.table.name
    for i, rule in enumerate(one.rules):
        failed, checked = one.failed[rule.id], one.checked[rule.id]
        lines = _lines(connection, f"marks_{table} where r{i}") if failed else ()
        rest = (rule.column, checked, failed, lines, rule.description)
        yield RuleResult(table, rule.id, rule.code, rule.severity, *rest)
    yield _structure(one)
    lines = _lines(connection, f"excluded_{table}") if one.stage.excluded else ()
    rest = ("", one.table.rows, one.stage.excluded, lines, "Each record is data, not a total or a remark.")
    yield RuleResult(table, "record.excluded", "I-390", "refuse", *rest)


def _structure(one: MarkedTable) -> RuleResult:
    """Return the result for broken records, under the code of the first: they are refused with their own."""
    lines = tuple(sorted(row.line for row in one.table.bad_rows))
    code = min((row.code for row in one.table.bad_rows), default="E-312")
    rest = ("", one.table.rows, len(lines), lines[:LINES_KEPT], "Each record has as many cells as the header.")
    return RuleResult(one.table.name, "record.structure", code, "refuse", *rest)


def _lines(connection: "DuckDBPyConnection", rows: str) -> tuple[int, ...]:
    found = connection.execute(f"select _line from {rows} order by _line limit {LINES_KEPT}").fetchall()
    return tuple(line for (line,) in found)


def _row_finding(result: RuleResult, contract: Contract, sheets: dict[str, str]) -> Finding:
    line = result.lines[0] if result.lines else None
    where = Place(contract.source, sheet=sheets[result.table], line=line, column=result.column)
    text = f"{result.failed} of {result.checked} rows break the rule {result.rule}."
    return Finding(result.code, text, where, result.failed, result.lines, result.description)


def _whole_rules(verdict: Judged, marked: tuple[MarkedTable, ...]) -> tuple[tuple[RowRule, int], ...]:
    """Return the rules over the whole main table that were judged; 1 where one is broken.

    None where no row is judged (a file of nothing but totals): the second judge marks rows, and has none to mark.
    """
    if not marked[0].stage.rows:
        return ()
    stage = marked[0].stage.name
    judged = [one for one in (*verdict.learned, *verdict.totals) if one.broken]
    return tuple((one.row_rule(stage), int(one.verdict != "passed")) for one in judged)


def _second_judge(
    database: Path, marked: tuple[MarkedTable, ...], whole: tuple[tuple[RowRule, int], ...], memory_limit: str
) -> dict[str, Any]:
    """Let Great Expectations judge the same rows; the two verdicts are the same or the run stops."""
    main = marked[0].stage.name
    suites = {one.stage.name: one.rules for one in marked}
    suites[main] += tuple(rule for rule, _ in whole)
    counts = judge_suites(database, suites, memory_limit)
    expected = {(one.stage.name, name): failed for one in marked for name, failed in one.failed.items()}
    expected |= {(main, rule.id): broken for rule, broken in whole}
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

"""A mended workbook has become raw tables: the cells as received where nobody touched them, the mended ones elsewhere.

Everything is compared in DuckDB, so that a delivery of millions of refused rows needs no more memory than a small one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.contracts.model import Contract, FileStyle
from flows.errors import Place, QdeepError
from flows.intake.normalise import literal
from flows.intake.raw import RawFile, RawTable
from flows.intake.read import read_tables
from flows.intake.refused import book_of
from flows.intake.unfold import unfolded
from flows.intake.workbook import ABOUT, FIRST_COLUMNS, FORM, SHEET_ROWS, check_of, harmless, sheet_name, unescaped
from flows.settings import Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LINES_TOLD = 20
MAIN = "rows"


@dataclass(frozen=True)
class Asked:
    """What a workbook is judged against.

    Attributes:
        delivery_id: Delivery that it was exported from.
        refused: Its file of refused rows.
        is_whole: Whether that delivery was refused as a whole, so that all its rows are judged, mended or not.
        gone: Table -> lines that have landed since by another workbook, as ranges.
        still: Rows that the delivery first received still has refused; all others have landed since.
    """

    delivery_id: str
    refused: Path
    is_whole: bool = False
    gone: tuple[dict[str, list[list[int]]], ...] = ()
    still: Path | None = None


def delivery_of(book: Path, contract: Contract, settings: Settings, folder: Path) -> tuple[str, str]:
    """Return source and delivery that a workbook says it is about.

    Raises:
        QdeepError: E-440 where it is no workbook of refused rows, or one of another version.
    """
    raw = _read(book, {}, contract, settings, folder)[ABOUT]
    with _connected(settings) as connection:
        told = f"select c0, c1 from {raw.shown_to(connection)}"
        found = dict(connection.execute(told).fetchall()) if len(raw.header) > 1 else {}
    if found.get("form") != FORM or not {"source", "delivery"} <= found.keys():
        raise QdeepError("E-440", "The workbook does not say of which delivery it is.", Place(file=book.name), _OURS)
    return found["source"], found["delivery"]


_OURS = "a workbook of qdeep refused export"
_TOGETHER = "Rows of a repeat group are mended together with their submission."


def read_mended(book: Path, asked: Asked, contract: Contract, settings: Settings, folder: Path) -> RawFile:
    """Return the raw tables that a mended workbook gives; line and row are those of the delivery first received.

    Raises:
        QdeepError: E-441 where rows are not those of the delivery, E-442 where the columns changed, E-443 where
            nothing was mended.
    """
    about = book_of({"source": contract.source, "delivery_id": asked.delivery_id}, asked.refused)
    with _connected(settings) as connection:
        _create_received(connection, asked)
        connection.execute("create table mended_lines (_line bigint)")  # of submissions, by cells of their groups
        sheets = _sheets(connection)
        read = _read(book, sheets, contract, settings, folder)
        tables = {}
        folded = [
            table for table in contract.wide if contract.codebook
        ]  # groups that lie within a row of the main table
        for table, header in sorted(about.header.items(), key=lambda one: one[0] not in folded):
            parts = [read[sheet] for sheet in sheets.get(table, ())]
            for part in parts:
                _check_header(part, header)
            _create_returned(connection, parts, len(header))
            _check_rows(connection, table, parts)
            if table in folded:
                _create_changes(connection, table, len(header))
                continue
            path = folder / f"{table}.mended.parquet"
            tables[table] = _mended(connection, table, tuple(header), path, is_whole=asked.is_whole)
        if not any(table.rows for table in tables.values()):
            raise QdeepError("E-443", "No cell of the workbook was changed.", Place(file=book.name), "mended cells")
        if not tables[MAIN].rows:
            raise QdeepError("E-443", _TOGETHER, Place(file=book.name), "a corrected export of the sender")
        raw = unfolded(RawFile(tables), contract, folder)
        tables = {name: _with_changes(connection, one, folder) for name, one in raw.tables.items()}
    return RawFile(tables, rows_counted={name: table.rows for name, table in tables.items()})


def _create_changes(connection: "DuckDBPyConnection", table: str, width: int) -> None:
    """Create `changes_<table>` with the mended cells of a group that lies within a row: line, place, cells or null.

    Raises:
        QdeepError: E-443 where the submission of such a cell has landed, so that it cannot be mended here.
    """
    tests = {place: _is_changed(place) for place in range(2, width)}
    cells = "".join(f", case when {test} then struct_pack(text := {_cell(i)}) end as x{i}" for i, test in tests.items())
    changed = " or ".join(f"({test})" for test in tests.values()) or "false"
    connection.execute(
        f"create table changes_{table} as select _line, cells[2] as place{cells} from received "
        f"join back using (mark) where _table = {literal(table)} and ({changed})"
    )
    connection.execute(f"insert into mended_lines select distinct _line from changes_{table}")
    open_lines = f"select _line from received where _table = '{MAIN}' and not is_gone"
    lost = f"select min(_line) from changes_{table} where _line not in ({open_lines})"
    ((line,),) = connection.execute(lost).fetchall()
    if line is not None:
        raise QdeepError("E-443", _TOGETHER, Place(sheet=table, line=line), "a corrected export of the sender")


def _with_changes(connection: "DuckDBPyConnection", table: RawTable, folder: Path) -> RawTable:
    """Return an unfolded group with the cells that were mended on its own sheet."""
    query = "select column_name from duckdb_columns() where table_name = ?"
    found = connection.execute(query, [f"changes_{table.name}"]).fetchall()
    mended = {name.removeprefix("x") for (name,) in found if name.startswith("x")}
    if not mended:
        return table
    cells = [
        f"case when x{i} is not null then x{i}.text else c{i} end as c{i}" if str(i) in mended else f"c{i}"
        for i in range(len(table.header))
    ]
    path = folder / f"{table.name}.mended.parquet"
    changes = f"changes_{table.name} as two on one._line = two._line and c1 = place"
    joined = f"{table.shown_to(connection)} as one left join {changes}"
    query = f"select one._row, one._line, {', '.join(cells)} from {joined} order by one._row"
    connection.execute(f"copy ({query}) to {literal(path.as_posix())} (format parquet)")
    return replace(table, path=path)


def _connected(settings: Settings) -> "DuckDBPyConnection":
    import duckdb

    return duckdb.connect(config={"memory_limit": settings.memory_limit})


def _read(
    book: Path, sheets: dict[str, list[str]], contract: Contract, settings: Settings, folder: Path
) -> dict[str, RawTable]:
    """Read the sheet `qdeep` and the named ones, through gate and child process like any file that was sent."""
    names = [name for part in sheets.values() for name in part]
    style = FileStyle(
        format="xlsx", sheet=ABOUT, repeats={name: {"sheet": name, "parent": "", "order": ""} for name in names}
    )
    try:
        raw = read_tables(book, replace(contract, file=style), settings, folder)
    except QdeepError as error:
        if error.finding.code != "E-118":
            raise
        text = "The workbook lacks a sheet that was exported."
        raise QdeepError("E-440", text, Place(file=book.name), ", ".join([*names, ABOUT])) from None
    return {ABOUT: raw.tables[MAIN]} | {name: raw.tables[name] for name in names}


def _create_received(connection: "DuckDBPyConnection", asked: Asked) -> None:
    """Create `received`: what was refused and has not landed since, with the check of each row."""
    landed = [
        f"(_table = {literal(table)} and _line between {first} and {last})"
        for gone in asked.gone
        for table, parts in gone.items()
        for first, last in parts
    ]
    if asked.still:
        kept = (
            f"select _table, _line from read_parquet({literal(asked.still.as_posix())})"
            if asked.still.is_file()
            else ""
        )
        landed.append(f"(_table, _line) not in ({kept})" if kept else "true")
    connection.execute(
        f"create table received as select *, {check_of(asked.delivery_id)} as mark, "
        f"({' or '.join(landed) or 'false'}) as is_gone from read_parquet({literal(asked.refused.as_posix())})"
    )


def _sheets(connection: "DuckDBPyConnection") -> dict[str, list[str]]:
    counts = connection.execute("select _table, count(*) from received group by _table order by _table").fetchall()
    return {
        table: [sheet_name(table, number) for number in range(1 + (count - 1) // SHEET_ROWS)] for table, count in counts
    }


def _check_header(part: RawTable, header: list[str]) -> None:
    seen = [text.strip().removeprefix("'") for text in part.header[len(FIRST_COLUMNS) :][: len(header)]]
    for place, (found, text) in enumerate(zip(seen, header, strict=False)):
        if " ".join(found.split()) != " ".join(text.strip().removeprefix("'").split()):
            where = Place(sheet=part.sheet, line=1, column=f"column {place + 1 + len(FIRST_COLUMNS)}")
            raise QdeepError("E-442", "A header of the workbook was changed.", where, "the columns as exported")


def _mended(
    connection: "DuckDBPyConnection", table: str, header: tuple[str, ...], path: Path, *, is_whole: bool
) -> RawTable:
    """Write the raw table of mended rows, or of all rows where the delivery was refused as a whole."""
    cells = ", ".join(f"{_cell(place)} as c{place}" for place in range(len(header)))
    changed = " or ".join(f"({_is_changed(place)})" for place in range(len(header))) or "false"
    inside = f"or _line in (from mended_lines) and {literal(table)} = '{MAIN}'"
    chosen = "not is_gone" if is_whole else f"not is_gone and (back.mark is not null and ({changed}) {inside})"
    (rows,) = connection.execute(
        f"copy (select _line as _row, _line, {cells} from received left join back using (mark) "
        f"where _table = {literal(table)} and {chosen} order by _line) to {literal(path.as_posix())} (format parquet)"
    ).fetchall()[0]
    (sheet,) = next(
        iter(connection.execute("select any_value(_sheet) from received where _table = ?", [table]).fetchall())
    )
    return RawTable(table, sheet or "", header, path, int(rows))


def _create_returned(connection: "DuckDBPyConnection", parts: list[RawTable], width: int) -> None:
    """Create `back`: check, line and cells of the rows of the workbook; rows that were emptied are no rows."""
    names = [f"b{place}" for place in range(width)]
    empty = ", ".join(["null::varchar as line", "null::varchar as mark", *(f"null::varchar as {n}" for n in names)])
    queries = [f"select {empty}, null::bigint as spot, '' as sheet where false"]
    for part in parts:
        offset, there = len(FIRST_COLUMNS), len(part.header)
        cells = [f"c{i + offset}" if i + offset < there else "null::varchar" for i in range(width)]
        named = ", ".join(f"{cell} as {name}" for cell, name in zip(cells, names, strict=True))
        queries.append(
            f"select c0 as line, trim(c1) as mark{', ' if named else ''}{named}, _line as spot, "
            f"{literal(part.sheet)} as sheet from {part.shown_to(connection)}"
        )
    filled = " or ".join(f"{name} is not null" for name in ["line", "mark", *names])
    connection.execute(f"create or replace table back as select * from ({' union all '.join(queries)}) where {filled}")


def _check_rows(connection: "DuckDBPyConnection", table: str, parts: list[RawTable]) -> None:
    """Refuse rows that were never exported from this delivery, and rows that stand twice."""
    strange = (
        f"select spot, sheet from back left join (select mark, _line from received where _table = {literal(table)}) as "
        "one using (mark) where one.mark is null or try_cast(line as double) is distinct from one._line"
    )
    twice = "select spot, sheet from back qualify row_number() over (partition by mark order by spot) > 1"
    texts = {
        strange: "Rows of the workbook are not rows of this delivery, or their line or check was changed.",
        twice: "Rows stand twice in the workbook.",
    }
    for query, text in texts.items():
        found = connection.execute(f"{query} order by spot limit {LINES_TOLD}").fetchall()
        if found:
            lines = ", ".join(str(line) for line, _ in found)
            where = Place(sheet=found[0][1] or parts[0].sheet, line=found[0][0])
            raise QdeepError("E-441", f"{text} Rows of the sheet: {lines}.", where, "the rows as exported")


def _shown(text: str) -> str:
    """Return SQL of a cell as it comes back from a spreadsheet program that changed nothing but blank space."""
    return f"nullif(trim(regexp_replace(coalesce({text}, ''), '(\\s|_x000D_)+', ' ', 'g')), '')"


def _is_changed(place: int) -> str:
    return f"{_shown(harmless(f'cells[{place + 1}]'))} is distinct from {_shown(f'b{place}')}"


def _cell(place: int) -> str:
    return (
        f"case when back.mark is null or not ({_is_changed(place)}) then cells[{place + 1}] "
        f"else {unescaped(f'b{place}')} end"
    )


def ranges(numbers: Iterator[int]) -> list[list[int]]:
    """Return sorted numbers as ranges, first and last inclusive.

    >>> ranges(iter([2, 3, 4, 9]))
    [[2, 4], [9, 9]]
    """
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def lines_landed(connection: "DuckDBPyConnection", tables: dict[str, Any]) -> dict[str, list[list[int]]]:
    """Return table -> lines of a judged workbook that landed, as ranges."""
    found = {}
    for table, raw in tables.items():
        landed = f"where _line not in (select _line from refused_{table})"
        query = f"select _line from {raw.shown_to(connection)} {landed} order by _line"
        lines = connection.execute(query).fetchall()
        found[table] = ranges(line for (line,) in lines)
    return {table: lines for table, lines in found.items() if lines}

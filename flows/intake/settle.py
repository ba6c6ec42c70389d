"""Every row has its place: landed tables are ready for the lake, refused ones hold cells and reasons, none is lost."""

from typing import TYPE_CHECKING

from flows.contracts.model import Contract
from flows.errors import Place, QdeepError
from flows.intake.answers import land_answers
from flows.intake.landed import Landed, Landing
from flows.intake.marks import MarkedTable, count
from flows.intake.normalise import literal
from flows.intake.persons import is_reviewed
from flows.intake.raw import RawTable
from flows.intake.spelling import is_parsed

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NO_REASONS = "select null::bigint as _row, null::varchar[] as codes, null::varchar[] as rules where false"


def land_rows(connection: "DuckDBPyConnection", marked: tuple[MarkedTable, ...], contract: Contract) -> Landing:
    """Return what lands of the main table; create `landed_answers` for a survey."""
    import numpy as np

    main, table = marked[0], contract.kind.tables[0]
    if contract.codebook:
        land_answers(connection, tuple(one.stage.layout for one in marked), main.stage.layout.key[0])
    refused = connection.execute(f"select _row from verdict_{table.name}").fetchnumpy()["_row"]
    feeds = {feed.column.name: feed for feed in main.stage.layout.feeds}
    cells = {name: name if is_parsed(feed, contract) else f"{name}__text" for name, feed in feeds.items()}
    columns = tuple(
        Landed(one.lake_name, cells[one.name], one.type, is_month=one.privacy == "month")
        for one in table.columns
        if one.lake_name
    )
    persons = _reviewed(cells) if is_reviewed(main.stage.layout, contract) else ()
    return Landing(main.stage.files, np.sort(refused.astype(np.int64)), columns, persons)


def _reviewed(cells: dict[str, str]) -> tuple[Landed, ...]:
    """Return what the review of persons looks at."""
    return (
        Landed("name", "full_name__text"),
        Landed("born", cells["birth_date"], "date"),
        Landed("birth_month", cells["birth_date"], "date", is_month=True),
        Landed("sex", cells["sex"]),
        Landed("line", "_line", "integer"),
    )


def pseudonyms(contract: Contract) -> dict[str, dict[str, str]]:
    """Return landed table -> column that holds identifiers -> purpose of its key."""
    table = contract.kind.tables[0]
    persons = {column.lake_name: column.purpose for column in table.columns if column.privacy == "person"}
    if not contract.codebook:
        return {"rows": persons}
    return {"rows": persons, "answers": {"response_key": persons[table.key[0]]}}


def settle_marked(connection: "DuckDBPyConnection", one: MarkedTable, code: str) -> dict[str, int]:
    """Create `refused_<table>` and return what was read, landed and refused.

    Args:
        connection: Connection to the stage database.
        one: The marked table.
        code: Reason for which the delivery is refused whole; empty where it is not.
    """
    table = one.table.name
    reasons = [
        f"select _row, codes, rules from verdict_{table}",
        f"select _row, ['I-390'] as codes, ['record.excluded'] as rules from excluded_{table}",
    ]
    _create_refused(connection, one.table, code, reasons)
    return _accounted(connection, one.table, 0 if code else one.stage.rows - one.refused)


def settle_unread(connection: "DuckDBPyConnection", table: RawTable, code: str) -> dict[str, int]:
    """Create `refused_<table>` with all rows of a table whose header does not fit."""
    _create_refused(connection, table, code, [])
    return _accounted(connection, table, 0)


def _create_refused(connection: "DuckDBPyConnection", table: RawTable, code: str, reasons: list[str]) -> None:
    """Create `refused_<table>`: reasons first, then the raw cells as received, a group of rows after the other."""
    import numpy as np

    cells = "".join(f", c{i}" for i in range(len(table.header)))
    whole = f"[{literal(code)}]"
    connection.execute(f"create temp view reasons as {' union all '.join([NO_REASONS, *reasons])}")
    numbers = np.sort(connection.execute("select _row from reasons").fetchnumpy()["_row"].astype(np.int64))
    query = (
        f"select raw._row, raw._line, {literal(table.sheet)} as _sheet, "
        f"coalesce(reason.codes, {whole}) as codes, coalesce(reason.rules, ['delivery']) as rules{cells} "
        f"from raw {'left ' if code else ''}join reasons as reason on raw._row = reason._row order by raw._row"
    )
    made = f"create table refused_{table.name} as"
    for rows in table.groups() if code else table.chosen(numbers):
        if rows.num_rows or made.startswith("create"):
            connection.register("raw", rows)
            connection.execute(f"{made} {query}")
            connection.unregister("raw")
            made = f"insert into refused_{table.name}"
    connection.execute("drop view reasons")
    if table.bad_rows:
        _add_bad_rows(connection, table)


def _add_bad_rows(connection: "DuckDBPyConnection", table: RawTable) -> None:
    """Add broken records; their text stands in the first cell."""
    import pyarrow as pa

    lines, codes, texts = zip(*((row.line, row.code, row.text) for row in table.bad_rows), strict=True)
    connection.register("bad_rows", pa.table({"_line": lines, "code": codes, "c0": texts}))
    cell = ", c0" if table.header else ""
    connection.execute(
        f"insert into refused_{table.name} by name select null::bigint as _row, _line, "
        f"{literal(table.sheet)} as _sheet, [code] as codes, ['record.structure'] as rules{cell} from bad_rows"
    )
    connection.unregister("bad_rows")


def _accounted(connection: "DuckDBPyConnection", table: RawTable, landed: int) -> dict[str, int]:
    refused = count(connection, f"refused_{table.name}")
    if table.rows != landed + refused:
        text = f"{table.rows} rows were read, {landed} landed and {refused} refused."
        raise QdeepError("E-115", text, Place(sheet=table.sheet), "rows read = landed + refused")
    return {"read": table.rows, "landed": landed, "refused": refused}

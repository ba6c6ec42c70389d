"""A repeat group that lies in one row, place after place, has become a table of its own, like a sheet of a workbook."""

from dataclasses import replace
from pathlib import Path

from flows.contracts.model import Contract, Item
from flows.intake.headings import Headers, item_headings, option_headings
from flows.intake.match import ORDER, PARENT, wide_places
from flows.intake.normalise import literal
from flows.intake.raw import RawFile, RawTable


def unfolded(raw: RawFile, contract: Contract, folder: Path) -> RawFile:
    """Return the file with a raw table for each repeat group of `file.repeats` that names columns with `{n}`.

    A place of which no cell is filled gives no row. The rows name the record of the main table (`_parent`)
    and their place in it (`_place`); their line is that of the main table.
    """
    if not contract.wide or not contract.codebook:
        return raw
    main = raw.tables[contract.kind.tables[0].name]
    tables = {name: _unfold(name, main, contract, folder) for name in contract.wide}
    counted = {name: table.rows for name, table in tables.items()}
    return replace(raw, tables=raw.tables | tables, rows_counted=raw.rows_counted | counted)


def _unfold(name: str, main: RawTable, contract: Contract, folder: Path) -> RawTable:
    import duckdb

    seen = Headers(main.header, contract.answers.heading)
    items = [item for item in contract.codebook.items if item.repeat == name] if contract.codebook else []
    cells = [cell for item in items for cell in _cells(item, contract)]
    places = range(1, wide_places(name, contract, seen) + 1)
    shown = [cell for cell in cells if any(_position(cell, place, contract, seen) is not None for place in places)]
    path = folder / f"{name}.raw.parquet"
    number = "row_number() over (order by _parent_row, _place) as _row"
    with duckdb.connect() as connection:
        source = main.shown_to(connection)
        parts = [_place_query(place, shown, source, contract, seen) for place in places] or [_no_rows(shown)]
        numbered = f"select {number}, * exclude (_parent_row, _place) from ({' union all '.join(parts)})"
        connection.execute(f"copy ({numbered} order by _row) to {literal(str(path))} (format parquet, compression lz4)")
        ((count,),) = connection.execute(f"select count(*) from read_parquet({literal(str(path))})").fetchall()
    header = (PARENT, ORDER, *(_heading(cell, contract) for cell in shown))
    return RawTable(name, main.sheet, header, path, count)


def _cells(item: Item, contract: Contract) -> list[tuple[Item, str]]:
    """Return the question's own cell and those of its options."""
    codes = contract.codebook.choices.get(item.choices, ()) if contract.codebook else ()
    return [(item, ""), *((item, code) for code in codes if item.type == "select_multiple")]


def _headings(cell: tuple[Item, str], contract: Contract, place: int | None) -> tuple[str, ...]:
    item, code = cell
    at = () if place is None else (place,)
    return option_headings(item, code, contract, *at) if code else item_headings(item, contract, *at)


def _heading(cell: tuple[Item, str], contract: Contract) -> str:
    return next(iter(_headings(cell, contract, None)))


def _position(cell: tuple[Item, str], place: int, contract: Contract, seen: Headers) -> int | None:
    return next(iter(seen.first_of(_headings(cell, contract, place))), None)


def _place_query(place: int, cells: list[tuple[Item, str]], source: str, contract: Contract, seen: Headers) -> str:
    positions = [_position(cell, place, contract, seen) for cell in cells]
    columns = ["null::varchar" if position is None else f"c{position}" for position in positions]
    filled = " or ".join(f"{column} is not null" for column in columns if column.startswith("c")) or "false"
    made = ", ".join(f"{column} as c{number}" for number, column in enumerate(columns, start=2))
    return (
        f"select _row as _parent_row, {place} as _place, _line, cast(_row as varchar) as c0, '{place}' as c1, {made} "
        f"from {source} where {filled}"
    )


def _no_rows(cells: list[tuple[Item, str]]) -> str:
    made = "".join(f", null::varchar as c{number}" for number in range(2, len(cells) + 2))
    return (
        "select 0::bigint as _parent_row, 0 as _place, 0::bigint as _line, null::varchar as c0, null::varchar as c1"
        f"{made} where false"
    )

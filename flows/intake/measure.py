"""What a delivery holds is known as counts: rows, filled cells, codes, sums; this stays inside the lake."""

from typing import TYPE_CHECKING, Any

from flows.contracts.load import allowed_codes
from flows.contracts.model import Contracts
from flows.intake.marks import MarkedTable, first
from flows.intake.match import NOTHING, Feed
from flows.intake.normalise import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NUMBERS = ("integer", "decimal")


def measured(connection: "DuckDBPyConnection", main: MarkedTable, contracts: Contracts) -> dict[str, Any]:
    """Return the statistics of the main table of a delivery, in one pass.

    Returns:
        `rows` (records that are data), `staged` (those of them that came to the stage) and `columns`: for each
        column delivered its `filled` cells, of numbers the `sum`, of coded columns that are not personal the number
        of each code of the list and of `unknown` ones. Never a value that is not in a code list.
    """
    feeds = [feed for feed in main.stage.layout.feeds if feed.item is None and feed.raw != NOTHING]
    counts = [expression for feed in feeds for expression in _expressions(feed, contracts)]
    found = iter(first(connection, f"select {', '.join(['count(*)', *counts])} from {main.stage.name}"))
    staged = next(found)
    columns = {feed.column.name: _column(feed, contracts, found) for feed in feeds}
    return {"rows": main.rows, "staged": staged, "columns": columns}


def _expressions(feed: Feed, contracts: Contracts) -> list[str]:
    name = feed.column.name
    filled = f"count({name}__text)"
    if _is_coded(feed):
        codes = ", ".join(literal(code) for code in allowed_codes(feed.column, contracts.codes))
        return [filled, f"histogram(case when {name} in ({codes}) then {name} end)"]
    return [filled, f"sum({name})"] if _is_number(feed) else [filled]


def _column(feed: Feed, contracts: Contracts, found: Any) -> dict[str, Any]:
    filled = next(found)
    if _is_coded(feed):
        counts = next(found) or {}
        codes = {code: counts[code] for code in allowed_codes(feed.column, contracts.codes) if code in counts}
        return {"filled": filled, "unknown": filled - sum(codes.values()), "codes": codes}
    return {"filled": filled, "sum": float(next(found) or 0)} if _is_number(feed) else {"filled": filled}


def _is_coded(feed: Feed) -> bool:
    return feed.column.type == "code" and feed.column.privacy == "none"


def _is_number(feed: Feed) -> bool:
    return feed.column.type in NUMBERS and feed.column.privacy == "none"

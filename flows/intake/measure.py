"""What a delivery holds is known as counts: rows, filled cells, codes, sums; this stays inside the lake."""

from collections.abc import Iterator
from typing import Any

from flows.contracts.load import allowed_codes
from flows.contracts.model import Contracts
from flows.intake.marks import MarkedTable
from flows.intake.match import NOTHING, Feed, Layout
from flows.intake.normalise import literal

NUMBERS = ("integer", "decimal")
MANY = 64  # codes of a list, from which on a statement of as many counts takes long to prepare


def measures(layout: Layout, contracts: Contracts) -> tuple[str, ...]:
    """Return what is to be asked of all rows of the main table for its statistics, as aggregates in SQL."""
    return tuple(expression for feed in _measured(layout) for expression in _expressions(feed, contracts))


def measured(main: MarkedTable, contracts: Contracts) -> dict[str, Any]:
    """Return the statistics of the main table of a delivery, which was asked for its `measures`.

    Returns:
        `rows` (records that are data), `staged` (those of them that came to the stage) and `columns`: for each
        column delivered its `filled` cells, of numbers the `sum`, of coded columns that are not personal the number
        of each code of the list and of `unknown` ones. Never a value that is not in a code list.
    """
    found = iter(main.further)
    columns = {feed.column.name: _column(feed, contracts, found) for feed in _measured(main.stage.layout)}
    return {"rows": main.rows, "staged": main.stage.rows, "columns": columns}


def _measured(layout: Layout) -> Iterator[Feed]:
    return (feed for feed in layout.feeds if feed.item is None and feed.raw != NOTHING)


def _expressions(feed: Feed, contracts: Contracts) -> list[str]:
    name = feed.column.name
    filled = f"count({name}__is_given)"
    if _is_coded(feed):
        return [filled, *_code_counts(name, allowed_codes(feed.column, contracts.codes))]
    # Summed exactly, or with the rounding carried along: the order in which threads add up does not show.
    return [filled, f"{'sum' if feed.column.type == 'integer' else 'fsum'}({name})"] if _is_number(feed) else [filled]


def _code_counts(name: str, codes: tuple[str, ...]) -> list[str]:
    """Return what counts each code: one by one, half the cost of a histogram, which also keeps every text it sees."""
    if len(codes) > MANY:
        known = ", ".join(map(literal, codes))
        return [f"histogram(case when {name} in ({known}) then {name} end)"]
    return [f"count(case when {name} = {literal(code)} then 1 end)" for code in codes]


def _column(feed: Feed, contracts: Contracts, found: Iterator[Any]) -> dict[str, Any]:
    filled = next(found)
    if _is_coded(feed):
        known = allowed_codes(feed.column, contracts.codes)
        counts = (next(found) or {}) if len(known) > MANY else {code: next(found) for code in known}
        codes = {code: counts[code] for code in known if counts.get(code)}
        return {"filled": filled, "unknown": filled - sum(codes.values()), "codes": codes}
    return {"filled": filled, "sum": float(next(found) or 0)} if _is_number(feed) else {"filled": filled}


def _is_coded(feed: Feed) -> bool:
    return feed.column.type == "code" and feed.column.privacy == "none"


def _is_number(feed: Feed) -> bool:
    return feed.column.type in NUMBERS and feed.column.privacy == "none"

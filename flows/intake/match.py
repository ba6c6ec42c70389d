"""Every canonical column knows the raw column that feeds it, or a finding says what is wrong with the header."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from flows.contracts.model import Column, ColumnMap, Contract, Item
from flows.errors import Finding, Place
from flows.intake.normalise import header_key, is_mojibake, literal
from flows.intake.raw import RawTable

NOTHING = "cast(null as varchar)"
SUBMISSION = "submission_id"  # names one version of a submission; an edit gives it another


@dataclass(frozen=True)
class Feed:
    """A column of the stage table and the SQL over raw columns (`c0`..`cN`) that feeds it.

    Attributes:
        column: Canonical column, or the column that a codebook item makes.
        raw: SQL expression of the raw text.
        item: Codebook item that the column answers; None for columns of the kind.
        choice: Option of a select-multiple item; empty for the item's own column.
        position: Index of the raw column; None where a constant or nothing feeds it.
    """

    column: Column
    raw: str
    item: Item | None = None
    choice: str = ""
    position: int | None = None


@dataclass(frozen=True)
class Layout:
    """How one raw table becomes a stage table."""

    table: str
    feeds: tuple[Feed, ...]
    map_version: int = 0
    key: tuple[str, ...] = ()
    parent: str = ""
    order: str = ""

    @property
    def link(self) -> str:
        """Column of a main table by which rows of repeat groups name their submission."""
        fed = {feed.column.name for feed in self.feeds if feed.raw != NOTHING}
        return SUBMISSION if SUBMISSION in fed else self.key[0]


def match_table(table: RawTable, contract: Contract) -> tuple[Layout | None, tuple[Finding, ...]]:
    """Choose the newest column map whose headers all stand in the table and link every column to it.

    Returns:
        The layout and no findings, or no layout and what is wrong with the header (E-201, E-202, E-203, E-213).
    """
    seen = _positions(table.header)
    repeat = contract.file.repeats.get(table.name)
    if repeat is not None:
        return _match_repeat(table, contract, repeat, seen)
    chosen, missing = _choose(contract.maps, seen)
    items = [item for item in _items(contract) if item.repeat == "none"]
    missing += _missing_items(items, contract, seen)
    if chosen is None or missing:
        return None, _missing_findings(table, contract, missing)
    kind_table = contract.kind.tables[0]
    feeds = [_kind_feed(column, chosen, contract, seen) for column in kind_table.columns]
    feeds += _item_feeds(items, contract, seen)
    layout = Layout(table.name, tuple(feeds), chosen.version, _key(contract))
    return _checked(table, contract, layout, seen)


def _positions(header: Iterable[str]) -> dict[str, list[int]]:
    positions: dict[str, list[int]] = {}
    for index, text in enumerate(header):
        positions.setdefault(header_key(text), []).append(index)
    return positions


def _choose(maps: tuple[ColumnMap, ...], seen: dict[str, list[int]]) -> tuple[ColumnMap | None, list[str]]:
    """Return the newest map that fits, or else none with the columns that the nearest one lacks."""
    newest = sorted(maps, key=lambda one: one.version, reverse=True)
    lacks = [[name for name, header in one.headers.items() if header_key(header) not in seen] for one in newest]
    for one, missing in zip(newest, lacks, strict=True):
        if not missing:
            return one, []
    return None, min(lacks, key=len, default=[])


def _key(contract: Contract) -> tuple[str, ...]:
    table = contract.kind.tables[0]
    names = {column.lake_name: column.name for column in table.columns if column.lake_name}
    return tuple(names[name] for name in table.key)


def _kind_feed(column: Column, chosen: ColumnMap, contract: Contract, seen: dict[str, list[int]]) -> Feed:
    if column.name in contract.constants:
        return Feed(column, literal(contract.constants[column.name]))
    header = chosen.headers.get(column.name)
    return _feed(column, seen[header_key(header)][0]) if header else Feed(column, NOTHING)


def _feed(column: Column, position: int, item: Item | None = None, choice: str = "") -> Feed:
    return Feed(column, f"c{position}", item, choice, position)


def _items(contract: Contract) -> tuple[Item, ...]:
    return contract.codebook.items if contract.codebook else ()


def _missing_items(items: list[Item], contract: Contract, seen: dict[str, list[int]]) -> list[str]:
    return [item.item_id for item in items if not _is_there(item, contract, seen)]


def _is_there(item: Item, contract: Contract, seen: dict[str, list[int]]) -> bool:
    options = [f"{item.column}/{code}" for code in _codes(item, contract)] if item.type == "select_multiple" else []
    has_options = bool(options) and all(header_key(option) in seen for option in options)
    return header_key(item.column) in seen or has_options


def _codes(item: Item, contract: Contract) -> tuple[str, ...]:
    return contract.codebook.choices.get(item.choices, ()) if contract.codebook else ()


def item_column(item: Item, codes: tuple[str, ...]) -> Column:
    """Return the column that a codebook item makes; it is ruled like every other column."""
    column = Column(item.item_id, "text", required=item.required, description=f"Question {item.item_id}.")
    match item.type:
        case "select_one":
            return replace(column, type="code", codes=codes, privacy=item.privacy)
        case "integer" | "decimal":
            return replace(column, type=item.type, min=item.min, max=item.max, privacy=item.privacy)
        case "calculated":
            return replace(column, type="decimal", min=item.min, max=item.max, privacy=item.privacy)
        case "select_multiple":
            return replace(column, privacy=item.privacy)
        case _:
            return replace(column, privacy="free_text")


def _item_feeds(items: Iterable[Item], contract: Contract, seen: dict[str, list[int]]) -> list[Feed]:
    feeds = []
    for item in items:
        codes = _codes(item, contract)
        column = item_column(item, codes)
        position = seen.get(header_key(item.column))
        feeds.append(
            _feed(column, position[0], item) if position else Feed(replace(column, required=False), NOTHING, item)
        )
        if item.type == "select_multiple":
            feeds += [_option_feed(item, code, number, seen) for number, code in enumerate(codes, start=1)]
    return feeds


def _option_feed(item: Item, code: str, number: int, seen: dict[str, list[int]]) -> Feed:
    """Feed an option from its own column or, where the export has none, from the text of chosen codes."""
    column = Column(f"{item.item_id}__{number}", "boolean", privacy=item.privacy)
    own = seen.get(header_key(f"{item.column}/{code}"))
    if own:
        return _feed(column, own[0], item, code)
    text = f"c{seen[header_key(item.column)][0]}"
    chosen = f"cast(cast(list_contains(string_split(trim({text}), ' '), {literal(code)}) as integer) as varchar)"
    return Feed(column, f"case when {text} is null then null else {chosen} end", item, code)


def _match_repeat(
    table: RawTable, contract: Contract, repeat: dict[str, str], seen: dict[str, list[int]]
) -> tuple[Layout | None, tuple[Finding, ...]]:
    items = [item for item in _items(contract) if item.repeat == table.name]
    links = {"parent_link": repeat["parent"], "order_link": repeat.get("order", "")}
    missing = [name for name, header in links.items() if header and header_key(header) not in seen]
    missing += _missing_items(items, contract, seen)
    if missing:
        return None, _missing_findings(table, contract, missing)
    parent = Column("parent_link", "text", required=True, privacy="person", description="Submission of the row.")
    order = Column("order_link", "integer", description="Place of the row in its sheet.")
    feeds = [_feed(parent, seen[header_key(repeat["parent"])][0])]
    if links["order_link"]:
        feeds.append(_feed(order, seen[header_key(links["order_link"])][0]))
    layout = Layout(
        table.name,
        (*feeds, *_item_feeds(items, contract, seen)),
        parent=parent.name,
        order=order.name if links["order_link"] else "",
    )
    return _checked(table, contract, layout, seen)


def _checked(
    table: RawTable, contract: Contract, layout: Layout, seen: dict[str, list[int]]
) -> tuple[Layout | None, tuple[Finding, ...]]:
    used = {feed.position for feed in layout.feeds} - {None}
    doubled = [places for places in seen.values() if len(places) > 1 and used & set(places)]
    known = used | {place for header in _linked(contract, table) for place in seen.get(header_key(header), [])}
    strangers = [index for index in range(len(table.header)) if index not in known]
    findings = [
        _header_finding("E-203", "stands twice in the header", table, contract, places[1]) for places in doubled
    ]
    if contract.others == "refuse":
        findings += [_stranger(table, contract, index) for index in strangers if not _is_empty(table, index)]
    return (None, tuple(findings)) if findings else (layout, ())


def _linked(contract: Contract, table: RawTable) -> list[str]:
    """Return headers that are known although no stage column reads them: links between sheets, texts beside options."""
    repeat = contract.file.repeats.get(table.name, {})
    return [*repeat.values(), *(item.column for item in _items(contract) if item.repeat in (table.name, "none"))]


def _is_empty(table: RawTable, index: int) -> bool:
    """Return whether a column has neither name nor cell: a delimiter at the end of each line makes one."""
    import pyarrow.parquet as pq

    if header_key(table.header[index]):
        return False
    cells = pq.read_table(table.path, columns=[f"c{index}"]).column(0)
    return cells.null_count == len(cells)


def _stranger(table: RawTable, contract: Contract, index: int) -> Finding:
    if not header_key(table.header[index]):
        return _header_finding("E-203", "has no name in the header", table, contract, index)
    return _header_finding("E-202", "is named by no column map", table, contract, index)


def _header_finding(code: str, what: str, table: RawTable, contract: Contract, index: int) -> Finding:
    where = Place(contract.source, sheet=table.sheet, line=_header_line(contract), column=f"column {index + 1}")
    return Finding(code, f"Column {index + 1} {what}.", where, expected=_expected(contract))


def _missing_findings(table: RawTable, contract: Contract, missing: list[str]) -> tuple[Finding, ...]:
    where = Place(contract.source, sheet=table.sheet, line=_header_line(contract))
    if any(is_mojibake(text) for text in table.header):
        text = "The header was decoded with the wrong encoding."
        return (Finding("E-213", text, where, expected=f"encoding {contract.file.encoding}"),)
    return tuple(
        Finding(
            "E-201",
            f"The header lacks the column for {name}.",
            replace(where, column=name),
            expected=_expected(contract),
        )
        for name in missing
    )


def _header_line(contract: Contract) -> int:
    return contract.file.title_rows + contract.file.header_rows


def _expected(contract: Contract) -> str:
    return f"the headers of a version in column_maps/{contract.source}.csv"

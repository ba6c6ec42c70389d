"""Every canonical column knows the raw column that feeds it, or a finding says what is wrong with the header."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from flows.contracts.model import Column, ColumnMap, Contract, Item
from flows.errors import Finding, Place
from flows.intake.headings import PLACE, Headers, item_headings, option_headings
from flows.intake.normalise import header_key, is_mojibake, literal, match_key
from flows.intake.options import Options
from flows.intake.raw import RawTable

NOTHING = "cast(null as varchar)"
SUBMISSION = "submission_id"  # names one version of a submission; an edit gives it another
ABSENT = "cast(null as text)"  # a JSON leaves out what nobody answered: the column is there and empty
LINKS = ("response_id", SUBMISSION)
# In a cell of a column map: either heading; both joined; no id, so the whole row names it, or the row at its line.
OR, AND, WHOLE_ROW, ITS_LINE = "||", "&&", "{row}", "{line}"
CONFLICT = "(two different answers)"
PARENT, ORDER = "_parent", "_place"  # columns of a repeat group that has been unfolded
PLACES_MAX = 200
TECHNICAL = re.compile(r"[A-Za-z_][A-Za-z0-9_/.\[\]-]{0,60}")  # a heading that cannot be a sentence or a person
STRANGERS_NAMED = 20
CODES_WANTED = "an export with codes (XML values, question and answer codes, numeric values) instead of labels"


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
    options: tuple[Options, ...] = ()

    @property
    def link(self) -> str:
        """Column of a main table by which rows of repeat groups name their submission."""
        fed = {feed.column.name for feed in self.feeds if feed.raw != NOTHING}
        return SUBMISSION if SUBMISSION in fed else self.key[0]


def match_table(table: RawTable, contract: Contract) -> tuple[Layout | None, tuple[Finding, ...]]:
    """Choose the newest column map whose headers all stand in the table and link every column to it.

    Returns:
        The layout and no findings, or no layout and what is wrong with the header (E-150, E-201, E-202, E-203,
        E-209, E-213).
    """
    seen = Headers(table.header, contract.answers.heading)
    repeat = contract.file.repeats.get(table.name)
    if repeat is not None:
        return _match_repeat(table, contract, repeat, seen)
    chosen, missing = _choose(contract.maps, seen)
    items = [item for item in _items(contract) if item.repeat == "none"]
    unasked = _missing_items(items, contract, seen)
    if chosen is None or missing or unasked:
        return None, _missing_findings(table, contract, missing, unasked)
    kind_table = contract.kind.tables[0]
    feeds = [_kind_feed(column, chosen, contract, table, seen) for column in kind_table.columns]
    asked, options = _item_feeds(items, contract, seen)
    layout = Layout(table.name, (*feeds, *asked), chosen.version, _key(contract, feeds), options=options)
    return _checked(table, contract, layout, seen)


def _choose(maps: tuple[ColumnMap, ...], seen: Headers) -> tuple[ColumnMap | None, list[str]]:
    """Return the newest map that fits, or else none with the columns that the nearest one lacks."""
    newest = sorted(maps, key=lambda one: one.version, reverse=True)
    lacks = [
        [name for name, header in one.headers.items() if name not in one.optional and not _is_fed(header, seen)]
        for one in newest
    ]
    for one, missing in zip(newest, lacks, strict=True):
        if not missing:
            return one, []
    return None, min(lacks, key=len, default=[])


def _is_fed(header: str, seen: Headers) -> bool:
    return header in (WHOLE_ROW, ITS_LINE) or all(seen.first_of(alternatives(part)) for part in header.split(AND))


def alternatives(header: str) -> list[str]:
    """Return the headings that a cell of a column map names, the first filled one counts in each row."""
    return [one.strip() for one in header.split(OR)]


def _key(contract: Contract, feeds: list[Feed]) -> tuple[str, ...]:
    """Return the columns of the key; a panel may do without some, as where its file is of one day."""
    table, fed = contract.kind.tables[0], {feed.column.name for feed in feeds if feed.raw != NOTHING}
    names = {column.lake_name: column.name for column in table.columns if column.lake_name}
    return tuple(names[name] for name in table.key if not contract.panel or names[name] in fed)


def _kind_feed(column: Column, chosen: ColumnMap, contract: Contract, table: RawTable, seen: Headers) -> Feed:
    if column.name in contract.constants:
        return Feed(column, literal(contract.constants[column.name]))
    header = chosen.headers.get(column.name)
    if header in (WHOLE_ROW, ITS_LINE):
        return Feed(column, row_hash(contract, table, is_placed=header == ITS_LINE))
    if header and AND in header and _is_fed(header, seen):
        return _joined(column, [seen.first_of(alternatives(part)) for part in header.split(AND)])
    if header and _is_fed(header, seen):
        feed = _feed(column, seen.first_of(alternatives(header)))
        return replace(feed, raw=without_scheme(feed.raw)) if column.name in LINKS and contract.codebook else feed
    if column.name == SUBMISSION and contract.wide:
        return Feed(column, "cast(_row as varchar)")
    return Feed(column, NOTHING)


def _joined(column: Column, parts: list[list[int]]) -> Feed:
    """Feed a column from several that together say it, as a name and a day of birth do; case makes no difference."""
    cells = ", ".join(f"nullif(trim({_feed(column, positions).raw}), '')" for positions in parts)
    return Feed(column, f"lower(concat_ws(' ', {cells}))", position=parts[0][0])


def row_hash(contract: Contract, table: RawTable, *, is_placed: bool) -> str:
    """Return SQL of an id for rows of a tool that gives none.

    The same answers at the same moment are one row. Without a moment two equal rows are two persons who agree: then
    the line tells them apart.
    """
    cells = [f"coalesce(c{index}, '')" for index in range(len(table.header))]
    line = ["_line"] if is_placed else []
    return f"md5(concat_ws(chr(31), {', '.join([literal(contract.source), *line, *cells])}))"


def without_scheme(raw: str) -> str:
    """Return SQL of an id without the `uuid:` that tools write before it in one place and not in another."""
    return f"regexp_replace({raw}, '^uuid:', '')"


def _submission_of(raw: str) -> str:
    """Return SQL of the submission of a row; in ODK a row of a group in a group names the row above it.

    Its path follows the submission: `/g1[2]`, or `/section/g1[2]` where the group lies in a section.
    """
    return rf"regexp_replace({raw}, '((/[^/\[\]]+)+\[\d+\])+$', '')"


def _place_of(raw: str) -> str:
    """Return SQL of the place of a row; ODK names it by its path: `.../g1[2]/g2[1]` stands behind all of `g1[1]`."""
    numbers = (
        rf"list_transform(regexp_extract_all({raw}, '\[(\d{{1,4}})\](?:/|$)', 1), lambda one: cast(one as bigint))"
    )
    place = f"list_reduce({numbers}, lambda above, below: above * 10000 + below)"
    return rf"case when regexp_matches({raw}, '\[\d{{1,4}}\]$') then cast({place} as varchar) else {raw} end"


def _feed(column: Column, positions: list[int], item: Item | None = None, choice: str = "") -> Feed:
    """Feed a column from one raw column, or from several of which at most one is filled in a row."""
    cells = [f"c{position}" for position in positions]
    if len(cells) == 1:
        return Feed(column, cells[0], item, choice, positions[0])
    either = f"coalesce({', '.join(cells)})"
    if item is None:
        return Feed(column, either, position=positions[0])
    # Renamed or moved questions: two columns that disagree in one row are no answer.
    differ = " or ".join(f"{cell} <> {either}" for cell in cells[1:])
    return Feed(column, f"case when {differ} then {literal(CONFLICT)} else {either} end", item, choice, positions[0])


def _items(contract: Contract) -> tuple[Item, ...]:
    return contract.codebook.items if contract.codebook else ()


def _missing_items(items: list[Item], contract: Contract, seen: Headers) -> list[str]:
    return [item.item_id for item in items if not _is_there(item, contract, seen)]


def _is_there(item: Item, contract: Contract, seen: Headers) -> bool:
    is_conditional = not item.required or bool(item.relevant)
    if seen.first_of(item_headings(item, contract)) or (_may_be_absent(contract) and is_conditional):
        return True
    options = _codes(item, contract) if item.type == "select_multiple" else ()
    return bool(options) and all(seen.first_of(option_headings(item, code, contract)) for code in options)


def _may_be_absent(contract: Contract) -> bool:
    return contract.file.format == "json"


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


def _item_feeds(items: Iterable[Item], contract: Contract, seen: Headers) -> tuple[list[Feed], tuple[Options, ...]]:
    """Return the feeds of questions and options, and what reads the cells of select-multiple ones."""
    feeds, readers = [], []
    for item in items:
        column = item_column(item, _codes(item, contract))
        positions = seen.first_of(item_headings(item, contract))
        nothing = ABSENT if _may_be_absent(contract) else NOTHING
        is_missed = item.required and bool(item.relevant)  # a JSON in which nobody was asked has no such name
        own = _feed(column, positions, item) if positions else Feed(replace(column, required=is_missed), nothing, item)
        if item.type != "select_multiple":
            feeds.append(own)
            continue
        reader, read = _option_feeds(own, contract, seen)
        readers.append(reader)
        feeds += read
    return feeds, tuple(readers)


def _option_feeds(own: Feed, contract: Contract, seen: Headers) -> tuple[Options, list[Feed]]:
    """Feed options from their own columns or, where the export has none, from the cell that joins the chosen ones."""
    item = own.item
    if item is None:
        raise ValueError(own)
    codes = _codes(item, contract)
    places = {code: seen.first_of(option_headings(item, code, contract)) for code in codes}
    owned = tuple(code for code, found in places.items() if found)
    has_summary = own.raw != NOTHING
    reader = Options(f"qd_options_{item.item_id}", item, contract, codes, has_summary, owned)
    cells = [f"coalesce({', '.join(f'c{place}' for place in places[code])}, null)" for code in owned]
    called = f"{reader.name}([{', '.join([*([own.raw] if has_summary else []), *cells])}]::varchar[])"
    feeds = [replace(own, raw=f"({called})[1]") if has_summary else own]
    for number, code in enumerate(codes, start=1):
        column = Column(f"{item.item_id}__{number}", "boolean", privacy=item.privacy)
        raw = f"({called})[{number + 1}]" if has_summary or code in owned else NOTHING
        feeds.append(Feed(column, raw, item, code, next(iter(places[code]), None)))
    return reader, feeds


def _match_repeat(
    table: RawTable, contract: Contract, repeat: dict[str, str], seen: Headers
) -> tuple[Layout | None, tuple[Finding, ...]]:
    items = [item for item in _items(contract) if item.repeat == table.name]
    links = {"parent_link": repeat.get("parent", PARENT), "order_link": repeat.get("order", "")}
    if "column" in repeat:
        links["order_link"] = ORDER
    is_unused = not table.rows and _may_be_absent(contract)
    if is_unused:
        seen, links["order_link"] = Headers((*table.header, links["parent_link"]), contract.answers.heading), ""
    missing = [name for name, header in links.items() if header and header not in seen]
    unasked = [] if is_unused else _missing_items(items, contract, seen)
    if missing or unasked:
        return None, _missing_findings(table, contract, missing, unasked)
    parent = Column("parent_link", "text", required=True, privacy="person", description="Submission of the row.")
    order = Column("order_link", "integer", description="Place of the row in its sheet.")
    linked = _feed(parent, seen.find(links["parent_link"])[:1])
    if linked.position is not None and linked.position >= len(table.header):
        linked = Feed(parent, ABSENT)
    feeds = [replace(linked, raw=_submission_of(without_scheme(linked.raw)))]
    if links["order_link"]:
        placed = _feed(order, seen.find(links["order_link"])[:1])
        feeds.append(replace(placed, raw=_place_of(placed.raw)))
    asked, options = _item_feeds(items, contract, seen)
    layout = Layout(
        table.name,
        (*feeds, *asked),
        parent=parent.name,
        order=order.name if links["order_link"] else "",
        options=options,
    )
    return _checked(table, contract, layout, seen)


def _checked(
    table: RawTable, contract: Contract, layout: Layout, seen: Headers
) -> tuple[Layout | None, tuple[Finding, ...]]:
    known = _known(table, contract, layout, seen)
    used = {feed.position for feed in layout.feeds} - {None}
    doubled = [places for places in seen.exact.values() if len(places) > 1 and used & set(places)]
    strangers = [index for index in range(len(table.header)) if index not in known]
    findings = [
        _header_finding("E-203", "stands twice in the header", table, contract, places[1]) for places in doubled
    ]
    if contract.others == "refuse":
        strangers = [index for index in strangers if not _is_empty(table, index)]
        if contract.answers.tool:
            findings += _unknown_questions(table, contract, strangers)
        else:
            findings += [_stranger(table, contract, index) for index in strangers]
    return (None, tuple(findings)) if findings else (layout, ())


def _known(table: RawTable, contract: Contract, layout: Layout, seen: Headers) -> set[int]:
    """Return the columns that are accounted for: fed, linking sheets, the tool's own, or knowingly not taken."""
    known = {feed.position for feed in layout.feeds if feed.position is not None}
    cells = [part for one in contract.maps for cell in one.headers.values() for part in cell.split(AND)]
    texts = [header for cell in cells for header in alternatives(cell)]
    texts += [*contract.file.repeats.get(table.name, {}).values(), *contract.answers.drop]
    for item in _items(contract):
        if item.repeat in (table.name, "none") or item.repeat in contract.wide:
            texts += _all_headings(item, contract, _width(item, contract, seen))
    known |= {place for text in texts for place in seen.find(text)}
    own = [re.compile(pattern) for pattern in contract.answers.own]
    known |= {index for index, text in enumerate(seen.texts) if any(one.search(text.strip()) for one in own)}
    return known


def _all_headings(item: Item, contract: Contract, places: Iterable[int | str]) -> Iterator[str]:
    for place in places:
        yield from item_headings(item, contract, place)
        if item.type == "select_multiple":
            for code in _codes(item, contract):
                yield from option_headings(item, code, contract, place)


def _width(item: Item, contract: Contract, seen: Headers) -> list[int | str]:
    return [*range(1, wide_places(item.repeat, contract, seen) + 1)] if item.repeat in contract.wide else [PLACE]


def wide_places(repeat: str, contract: Contract, seen: Headers) -> int:
    """Return at how many places a repeat group stands in one row of the main table."""
    items = [item for item in _items(contract) if item.repeat == repeat]
    return next(
        (
            place - 1
            for place in range(1, PLACES_MAX + 1)
            if not any(heading in seen for item in items for heading in _all_headings(item, contract, [place]))
        ),
        PLACES_MAX,
    )


def _is_empty(table: RawTable, index: int) -> bool:
    """Return whether a column has neither name nor cell: a delimiter at the end of each line makes one."""
    if header_key(table.header[index]):
        return False
    return all(batch[f"c{index}"].null_count == batch.num_rows for batch in table.batches())


def _stranger(table: RawTable, contract: Contract, index: int) -> Finding:
    if not header_key(table.header[index]):
        return _header_finding("E-203", "has no name in the header", table, contract, index)
    return _header_finding("E-202", "is named by no column map", table, contract, index)


def _unknown_questions(table: RawTable, contract: Contract, strangers: list[int]) -> Iterator[Finding]:
    """Name the columns of questions that the codebook does not know; a heading only where it is a technical name."""
    if not strangers:
        return
    named = [
        f"{index + 1} ({table.header[index]})" if TECHNICAL.fullmatch(table.header[index]) else str(index + 1)
        for index in strangers[:STRANGERS_NAMED]
    ]
    more = f" and {len(strangers) - STRANGERS_NAMED} more" if len(strangers) > STRANGERS_NAMED else ""
    book = contract.codebook
    text = f"The codebook does not know {len(strangers)} question columns: {', '.join(named)}{more}."
    where = Place(contract.source, sheet=table.sheet, line=_header_line(contract), column=f"column {strangers[0] + 1}")
    expected = f"the items of {book.instrument}, version {book.version}, or a name under answers.drop" if book else ""
    yield Finding("E-150", text, where, len(strangers), expected=expected)


def _header_finding(code: str, what: str, table: RawTable, contract: Contract, index: int) -> Finding:
    where = Place(contract.source, sheet=table.sheet, line=_header_line(contract), column=f"column {index + 1}")
    return Finding(code, f"Column {index + 1} {what}.", where, expected=_expected(contract))


def _missing_findings(
    table: RawTable, contract: Contract, missing: list[str], unasked: list[str]
) -> tuple[Finding, ...]:
    where = Place(contract.source, sheet=table.sheet, line=_header_line(contract))
    if any(is_mojibake(text) for text in table.header):
        text = "The header was decoded with the wrong encoding."
        return (Finding("E-213", text, where, expected=f"encoding {contract.file.encoding}"),)
    language = _label_language(table, contract, unasked)
    if language:
        text = f"The headings are the wording of the questions ({language}), not their names."
        return (Finding("E-209", text, where, expected=CODES_WANTED),)
    found = [_lacking(missing, table, contract)] if missing else []
    if unasked and contract.codebook:
        book = contract.codebook
        text = f"The header lacks the columns of {len(unasked)} questions: {', '.join(unasked)}."
        expected = f"the items of {book.instrument}, version {book.version}"
        found.append(Finding("E-201", text, replace(where, column=unasked[0]), len(unasked), expected=expected))
    return tuple(found)


def _lacking(missing: list[str], table: RawTable, contract: Contract) -> Finding:
    """Return one finding of all columns that the header lacks; of many, what is most likely wrong with the file."""
    where = Place(contract.source, sheet=table.sheet, line=_header_line(contract), column=missing[0])
    asked = min(contract.maps, key=lambda one: len(set(missing) - one.headers.keys())).headers if contract.maps else {}
    named = [f"{name} ({asked[name]})" if name in asked else name for name in missing[:STRANGERS_NAMED]]
    if len(missing) == 1:
        return Finding("E-201", f"The header lacks the column for {named[0]}.", where, expected=_expected(contract))
    more = f" and {len(missing) - STRANGERS_NAMED} more" if len(missing) > STRANGERS_NAMED else ""
    text = f"The header lacks the columns for {len(missing)} names: {', '.join(named)}{more}."
    expected = _expected(contract)
    if 2 * len(missing) > len(asked):
        there = f"the header was looked for in {_header_place(contract)}"
        expected += f"; {there}: a title, a header row or merged headings may be gone, or this is another table"
    return Finding("E-201", text, where, expected=expected)


def _header_place(contract: Contract) -> str:
    """Return the rows that the contract takes for the header, as a person counts them."""
    first, last = contract.file.title_rows + 1, _header_line(contract)
    return f"row {last}" if first >= last else f"rows {first} to {last}"


def _label_language(table: RawTable, contract: Contract, unasked: list[str]) -> str:
    """Return the language in which more than half of the missing questions stand as headings; empty where none."""
    texts = contract.codebook.texts if contract.codebook else {}
    headings = {match_key(part) for text in table.header for part in (text, text.rsplit("/", 1)[-1])}
    for language in ("uz", "ru", "en", "ko"):
        wordings = {match_key(texts.get(item, {}).get(language, "")) for item in unasked} - {""}
        if len(wordings & headings) > len(unasked) / 2:
            return language
    return ""


def _header_line(contract: Contract) -> int:
    return contract.file.title_rows + contract.file.header_rows


def _expected(contract: Contract) -> str:
    return f"the headers of a version in column_maps/{contract.source}.csv"

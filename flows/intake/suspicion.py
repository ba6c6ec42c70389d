"""A delivery has been looked at as a whole: what no single row can show is a finding that refuses it."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from flows.contracts.model import Contract
from flows.errors import Finding, Place
from flows.intake.formats import FORMATS
from flows.intake.marks import MarkedTable, first
from flows.intake.match import CODES_WANTED, NOTHING, Feed
from flows.intake.normalise import literal
from flows.intake.pinfl import PINFL
from flows.intake.rules import RowRule
from flows.intake.shape import texts_query
from flows.intake.spelling import canonical_words, worded
from flows.intake.values import parsed, typed_value, words

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# A column counts as shifted where more than half of its values do not fit it and nearly all fit another one.
UNFIT_SHARE, FIT_SHARE = 0.5, 0.8
# Share of values that may look like a personal number, or be decoded wrongly, by chance.
CHANCE_SHARE = 0.01
SHIFTED_ROWS = 3  # fewer unfit answers to one question are slips
TURNED_ROWS = 3  # fewer dates with a month above 12 are slips
DOUBLED_SHARE = 0.05  # of rows that equal an earlier one: fewer are events of their own
LATE_DAYS = 8  # texts of so many different days of a month, none of them before the 13th, are no chance (below 1 %)
WORKBOOK_DATE = r"\d{4}-\d\d-\d\d( 00:00:00)?"  # as the reader writes a date of a workbook
FORM_CODES = ("E-302", "E-303", "E-305", "E-309", "E-310", "E-311")


def delivery_findings(
    connection: "DuckDBPyConnection", marked: tuple[MarkedTable, ...], contract: Contract
) -> tuple[Finding, ...]:
    """Return what refuses the delivery: E-204, E-205, E-209, E-210, E-211, E-213, E-240 or, where none of these, E-206.

    Args:
        connection: Connection to the stage database.
        marked: The main table first, then repeat groups.
        contract: Contract of the source.
    """
    main = marked[0]
    place = Place(contract.source, sheet=main.table.sheet)
    if not main.rows:
        return (Finding("E-204", "The delivery has no rows.", place, expected=_volume(contract)),)
    is_part = contract.scope == "rows"  # a few mended rows say nothing of volume, shares or columns
    findings = (
        []
        if is_part
        else [
            *_outside_volume(main, contract, place),
            *_shifted(connection, main, contract, place),
            *_turned_dates(connection, main, contract, place),
            *_half_turned(connection, main, contract, place),
        ]
    )
    for one in marked:
        findings += _wrongly_decoded(connection, one, contract, Place(contract.source, sheet=one.table.sheet))
    if contract.codebook:
        findings += _labels(connection, marked, contract, place)
        for one in marked:
            findings += _shifted_questions(connection, one, Place(contract.source, sheet=one.table.sheet))
            findings += _personal_numbers(connection, one, Place(contract.source, sheet=one.table.sheet))
    return tuple(findings or (() if is_part else _too_many_refused(main, contract, place)))


def doubled(connection: "DuckDBPyConnection", main: MarkedTable, contract: Contract) -> Iterator[Finding]:
    """Yield W-359 where many rows of a table without a key equal an earlier one: it was put together twice."""
    if main.stage.layout.key or contract.scope == "rows":
        return
    cells = ", ".join(f"c{number}" for number in range(len(main.table.header)))
    equal = f"count(*) - count(distinct hash({cells}))"
    (rows,) = first(connection, f"select {equal} from {main.table.shown_to(connection)}")
    if rows > DOUBLED_SHARE * main.table.rows:
        text = f"{rows} of {main.table.rows} rows equal an earlier one in every cell."
        yield Finding("W-359", text, Place(contract.source, sheet=main.table.sheet), rows, expected="each event once")


def outside_slice(
    connection: "DuckDBPyConnection", main: MarkedTable, contract: Contract, part: str
) -> Iterator[Finding]:
    """Yield E-429 where a partial delivery holds rows of another part: they would neither replace nor be replaced."""
    if not part or not contract.slice_column:
        return
    column = next(one.name for one in contract.kind.tables[0].columns if one.lake_name == contract.slice_column)
    test = f"{column} is distinct from {literal(part)}"
    (rows,) = first(connection, f"select count(*) from {main.stage.name} where {test}")
    if rows:
        where = Place(contract.source, column=column)
        text = f"{rows} of {main.rows} rows are not of the part that the file name states."
        yield Finding("E-429", text, where, rows, expected=f"rows with {column} = {part}")


def _outside_volume(main: MarkedTable, contract: Contract, place: Place) -> Iterator[Finding]:
    least, most = contract.volume
    if not least <= main.rows <= most:
        yield Finding("E-205", f"The delivery has {main.rows} rows.", place, expected=_volume(contract))


def _volume(contract: Contract) -> str:
    return f"{contract.volume[0]} to {contract.volume[1]} rows"


def _too_many_refused(main: MarkedTable, contract: Contract, place: Place) -> Iterator[Finding]:
    refused = main.refused + len(main.table.bad_rows)
    if refused / main.rows > contract.refused_share_max:
        text = f"{refused} of {main.rows} rows break a rule."
        yield Finding("E-206", text, place, refused, expected=f"at most {contract.refused_share_max:.1%} of the rows")


def _shifted(
    connection: "DuckDBPyConnection", main: MarkedTable, contract: Contract, place: Place
) -> Iterator[Finding]:
    feeds = [feed for feed in main.stage.layout.feeds if feed.position is not None and feed.item is None]
    unfit = [feed for feed in feeds if _unfit_share(feed, main) > UNFIT_SHARE]
    for feed in unfit:
        others = sorted((one for one in feeds if one != feed), key=lambda one: (one not in unfit, _distance(one, feed)))
        fitting = next((one for one in others if _fit_share(connection, feed, one, main, contract) >= FIT_SHARE), None)
        if fitting:
            text = f"Most values of {feed.column.name} do not fit it; they fit {fitting.column.name}."
            where = Place(place.source, sheet=place.sheet, column=feed.column.name)
            yield Finding("E-211", text, where, expected="every value below its own header")


def _distance(one: Feed, other: Feed) -> int:
    return abs((one.position or 0) - (other.position or 0))


def _unfit_share(feed: Feed, main: MarkedTable) -> float:
    rules = _form_rules(feed, main)
    checked = max((main.checked[rule.id] for rule in rules), default=0)
    return sum(main.failed[rule.id] for rule in rules) / checked if checked else 0.0


def _form_rules(feed: Feed, main: MarkedTable) -> list[RowRule]:
    name = feed.column.name
    return [rule for rule in main.rules if rule.id.startswith(f"{name}.") and rule.code in FORM_CODES]


def _fit_share(
    connection: "DuckDBPyConnection", feed: Feed, other: Feed, main: MarkedTable, contract: Contract
) -> float:
    """Return the share of a column's values that the rules of another column accept; 0 where it accepts everything."""
    rules = _form_rules(other, main)
    if not rules:
        return 0.0
    name = other.column.name
    value = typed_value(other.column, worded(other, main.stage.layout, contract, "text"), contract.file)
    texts = texts_query(connection, main.table, main.stage.layout, feed, contract)
    moved = f"select text, text as {name}__text, {value} as {name} from ({texts}) as one"
    unread = f"select *, case when {name} is null then text end as {name}__unread from ({moved}) as two"
    bad = " or ".join(f"coalesce({rule.bad}, false)" for rule in rules)
    return first(connection, f"select avg(cast(not ({bad}) as integer)) from ({unread}) as three")[0] or 0.0


def _turned_dates(
    connection: "DuckDBPyConnection", main: MarkedTable, contract: Contract, place: Place
) -> Iterator[Finding]:
    """Yield E-240 where dates are unread that have day and month in the other order: of the rest nobody knows it.

    Those of all columns count: whatever turns dates turns them all.
    """
    found = {feed.column.name: _turned_rows(connection, feed, main, contract) for feed in main.stage.layout.feeds}
    for name, rows in found.items():
        if rows and sum(found.values()) >= TURNED_ROWS:
            text = f"{rows} values of {name} can only be read with day and month in the other order."
            where = Place(place.source, sheet=place.sheet, column=name)
            yield Finding("E-240", text, where, rows, expected="one order of day and month in the delivery")


def _turned_rows(connection: "DuckDBPyConnection", feed: Feed, main: MarkedTable, contract: Contract) -> int:
    """Return how many values of a column are unread that are dates with day and month in the other order."""
    written = {"date": contract.file.date_formats, "timestamp": contract.file.timestamp_formats}
    name, formats = feed.column.name, written.get(feed.column.type, ())
    turned = [other for one in formats if (other := _turned(one)) != one and other not in formats]
    if not turned or not main.failed.get(f"{name}.type", 0):
        return 0
    test = f"{parsed(f'{name}__unread', turned)} is not null"
    return first(connection, f"select count(*) from {main.stage.name} where {test}")[0]


def _half_turned(
    connection: "DuckDBPyConnection", main: MarkedTable, contract: Contract, place: Place
) -> Iterator[Finding]:
    """Yield E-240 for a column of a workbook whose dates have days up to 12 and whose texts are the other dates.

    A program of another language has made dates of the texts that it could read, day and month turned, and left the
    rest. Dates from before may stand above them, if the texts are many. Days that repeat say nothing: months end on
    the 31st.
    """
    if not FORMATS[contract.file.format].is_book:
        return
    ordered = [one for one in contract.file.date_formats if _turned(one) != one and not one.startswith("%Y")]
    for feed in main.stage.layout.feeds if ordered else ():
        if feed.column.type != "date" or feed.position is None:
            continue
        dates, early, texts, late, rows = first(connection, _days_of(connection, feed, main, contract))
        least = TURNED_ROWS if dates == early else LATE_DAYS
        if dates >= TURNED_ROWS and texts == late >= least:
            text = f"{rows} values of {feed.column.name} are dates; all others are texts, none with a day up to 12."
            where = Place(place.source, sheet=place.sheet, column=feed.column.name)
            yield Finding("E-240", text, where, rows, expected="one order of day and month in the column")


def _days_of(connection: "DuckDBPyConnection", feed: Feed, main: MarkedTable, contract: Contract) -> str:
    """Return SQL of how many days of the month dates and texts have, of each all and those before or after the 12th."""
    texts = texts_query(connection, main.table, main.stage.layout, feed, contract)
    is_date = f"regexp_full_match(text, '{WORKBOOK_DATE}')"
    value = typed_value(feed.column, "text", contract.file)
    days = f"select {is_date} as is_date, day({value}) as day_of_month from ({texts}) as one"
    counts = [
        f"count(distinct case when {test} then day_of_month end)"
        for test in ("is_date", "is_date and day_of_month <= 12", "not is_date", "not is_date and day_of_month > 12")
    ]
    return f"select {', '.join(counts)}, count(case when is_date then day_of_month end) from ({days}) as two"


def _turned(form: str) -> str:
    return re.sub("%(-?)([dm])", lambda sign: f"%{sign[1]}{'m' if sign[2] == 'd' else 'd'}", form)


def _wrongly_decoded(
    connection: "DuckDBPyConnection", one: MarkedTable, contract: Contract, place: Place
) -> Iterator[Finding]:
    (count,) = first(connection, f"select count(*) filter (where _is_mojibake) from {one.stage.name}")
    if count > CHANCE_SHARE * one.rows:
        text = f"{count} of {one.rows} rows hold text that was decoded with the wrong encoding."
        yield Finding("E-213", text, place, count, expected=f"encoding {contract.file.encoding}")


def _shifted_questions(connection: "DuckDBPyConnection", one: MarkedTable, place: Place) -> Iterator[Finding]:
    """Find questions whose answers moved to a neighbour in some rows: cells were inserted when the form was edited.

    The answers that do not fit a choice list fit that of a question beside it, and there the same rows do not fit
    either (or hold nothing): a code that the codebook lacks would leave the neighbour alone.
    """
    layout = one.stage.layout
    feeds = sorted(
        (feed for feed in layout.feeds if feed.item and feed.position is not None and not feed.choice),
        key=lambda feed: feed.position or 0,
    )
    coded = {feed.column.name: feed for feed in feeds if feed.column.type == "code"}
    for before, after in pairwise(feeds):
        for feed, other in ((before, after), (after, before)):
            failed = one.failed.get(f"{feed.column.name}.codes", 0)
            if feed.column.name not in coded or other.column.name not in coded or failed < SHIFTED_ROWS:
                continue
            moved, beside = first(connection, _moved(feed, other, one.stage.name))
            if moved >= FIT_SHARE * failed and beside >= failed / 2:
                text = f"{moved} answers of {feed.column.name} do not fit it; they fit {other.column.name} beside it."
                where = Place(place.source, sheet=place.sheet, column=feed.column.name)
                yield Finding("E-211", text, where, moved, expected="every answer below its own question")
                return


def _moved(feed: Feed, other: Feed, stage: str) -> str:
    """Return SQL that counts unfit answers which the other question's list holds, and unfit cells beside them."""
    name, beside = feed.column.name, other.column.name
    own, theirs = words(tuple(feed.column.codes)), words(tuple(other.column.codes))
    unfit = f"{name}__text is not null and {name} not in {own}"
    return (
        f"select count(*) filter (where {name} in {theirs}), "
        f"count(*) filter (where {beside}__text is null or {beside} not in {theirs}) from {stage} where {unfit}"
    )


def _labels(
    connection: "DuckDBPyConnection", marked: tuple[MarkedTable, ...], contract: Contract, place: Place
) -> Iterator[Finding]:
    """Find cells that hold the wording of options where the contract awaits codes."""
    if contract.answers.cells == "labels":
        return
    labels = answers = 0
    for one in marked:
        questions = [feed for feed in one.stage.layout.feeds if feed.item and feed.item.type.startswith("select")]
        questions = [feed for feed in questions if not feed.choice and feed.raw != NOTHING]
        counts = [
            *(f"count({feed.column.name}__text)" for feed in questions),
            *(_count_labels(feed, one, contract) for feed in questions),
        ]
        found = first(connection, f"select {', '.join(counts)} from {one.stage.name}") if counts else ()
        answers, labels = answers + sum(found[: len(questions)]), labels + sum(found[len(questions) :])
    if labels > answers / 2:
        text = f"{labels} of {answers} answers are labels of options."
        yield Finding("E-209", text, place, expected=CODES_WANTED)


def _count_labels(feed: Feed, one: MarkedTable, contract: Contract) -> str:
    """Return SQL that counts labels in a column: exact ones, or several joined in the cell of a select-multiple."""
    book, choices = contract.codebook, feed.item.choices if feed.item else ""
    labels = tuple(sorted(set(book.labels.get(choices, {})) - set(book.choices.get(choices, ())))) if book else ()
    codes = words(book.choices.get(choices, ())) if book else ""
    name = feed.column.name
    if not labels:
        return "0"
    spelled = canonical_words(labels, feed, one.stage.layout)
    if feed.item and feed.item.type == "select_multiple":
        is_codes = f"len(list_filter(string_split({name}__text, ' '), lambda code: code not in {codes})) = 0"
        has_label = " or ".join(f"contains({name}__text, {literal(label)})" for label in spelled)
        return f"count(case when not {is_codes} and ({has_label}) then true end)"
    return f"count(case when {name} not in {codes} and {name}__text in {words(spelled)} then true end)"


def _personal_numbers(connection: "DuckDBPyConnection", one: MarkedTable, place: Place) -> Iterator[Finding]:
    count = len(one.table.header)
    if not count:  # a JSON in which nobody filled a repeat group
        return
    tests = [f"count(c{i}), count({_is_personal(f'c{i}')})" for i in range(count)]
    found = first(connection, f"select {', '.join(tests)} from {one.table.shown_to(connection)}")
    for index in range(count):
        filled, numbers = found[2 * index], found[2 * index + 1]
        if numbers > CHANCE_SHARE * filled:
            where = Place(place.source, sheet=place.sheet, column=f"column {index + 1}")
            text = f"{numbers} of {filled} values in column {index + 1} are personal numbers."
            yield Finding("E-210", text, where, numbers, expected="a survey without personal numbers")


def _is_personal(cell: str) -> str:
    """Return SQL that is true or null: with `filter` the engine copies all columns for each of them."""
    number = f"qd_pinfl_is_wellformed(trim({cell})) and qd_pinfl_check_digit(trim({cell}))"
    return f"case when regexp_full_match({cell}, '\\s*{PINFL}\\s*') and {number} then true end"

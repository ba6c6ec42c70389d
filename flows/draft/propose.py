"""A sniffed file is matched with a kind: columns, dates, numbers, code words, keys; what a person must decide is noted.

Nothing that stands in a cell leaves this module but words that many rows hold in a column of codes.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from flows.contracts.load import allowed_codes
from flows.contracts.model import Codebook, Column, Contracts, Kind
from flows.draft.questions import Question, name_of, questions, record_headers
from flows.draft.sniff import RECORDS, Group, Sniffed
from flows.draft.words import Words, code_of, same
from flows.errors import QdeepError
from flows.intake.headings import Headers
from flows.intake.match import CODES_WANTED, ITS_LINE, STRANGERS_NAMED, WHOLE_ROW

DATES = (
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%Y%m%d",
)
COUNTED = {"unix_seconds": re.compile(r"1\d{9}([.]\d+)?"), "unix_milliseconds": re.compile(r"1\d{12}([.]\d+)?")}
CLOCKS = (" %H:%M:%S", " %I:%M:%S %p", " %H:%M", " %I:%M %p", "T%H:%M:%S", " %H:%M:%S.%f", "T%H:%M:%S.%f", "T%H:%M", "")
MISSING = (
    *("-", "—", "–", "n/a", "N/A", "null", "NULL", "нет данных", "не указано", "maʼlumot yoʻq", "해당없음"),
    "{question_not_shown}",  # VV files of LimeSurvey
)
NUMBERS = re.compile(r"%[A-Za-z]|\d+|[AaPp][Mm]")
BLANKS = re.compile(r"\s+")
TOTALS = re.compile(r"(Итого|Всего|Жами|Jami|Total|합계|계)\b", re.IGNORECASE)
PATTERNS = {
    "moments counted since 1970": re.compile(r"1\d{9}(?:\d{3}){0,2}"),
    "personal numbers": re.compile(r"[3-6]\d{13}"),
    "telephone numbers": re.compile(r"\+?\d[\d ()-]{7,16}\d"),
    "e-mail addresses": re.compile(r"[^@\s]+@[^@\s]+\.\w{2,}"),
    "passport numbers": re.compile(r"[A-Z]{2} ?\d{7}"),
    "names of persons": re.compile(
        r"(?:[^\W\d_a-zа-я][\w'ʻʼ’-]+[ .]+){1,3}(?:[^\W\d_][\w'ʻʼ’.-]*)(?: (?:ўғли|қизи|угли|кизи|oʻgʻli|qizi))?"
    ),
}
PERSONAL = {"pinfl": "personal numbers", "phone": "telephone numbers", "full_name": "names of persons"}
MONEY = r"%|[$€£¥₽₩]|UZS|USD|RUB|KRW|сум|сўм|so[ʻ'‘’`]m|руб\.?|원"
UNIT = re.compile(rf"({MONEY})? ?[-+\u2212]?\d[\d., \u00a0\u202f]*({MONEY})?")
LIST_NAME = re.compile(r"(?!.*\d{5})[^\W\d][\w/-]{0,100}")  # one that may be shown: no number of a person
WEIGHTS = (7, 3, 1)
COMMON = 5  # rows that must hold a word before it is shown
MOSTLY = 0.9
CODES_MOST = 60
HALF_FIT = 0.5
SENTENCE = 6  # words of a heading that is one


@dataclass
class Proposal:
    """What a contract would say, and what a person must still decide.

    Attributes:
        headers: Canonical column -> header text.
        values: Canonical column -> word of the sender -> code.
        unsure: Words whose code was guessed by likeness.
        unknown: Canonical column -> words that no code comes near.
        repeats: Repeat group of the codebook -> its sheet and columns.
        tool: Survey tool that wrote the file; empty where none is known by its headings.
        questions: Questions of a survey that no codebook knows.
        notes: What a person must look at.
        todo: What a person must write, or the contract does not pass the check.
    """

    kind: Kind
    headers: dict[str, str]
    dates: list[str] = field(default_factory=list)
    moments: list[str] = field(default_factory=list)
    decimal: str = "."
    thousands: str = ""
    units: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    exclude: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    unsure: dict[str, list[str]] = field(default_factory=dict)
    unknown: dict[str, list[str]] = field(default_factory=dict)
    strangers: list[int] = field(default_factory=list)
    codebook: Codebook | None = None
    repeats: dict[str, dict[str, str]] = field(default_factory=dict)
    tool: str = ""
    questions: list[Question] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    todo: list[str] = field(default_factory=list)


def propose(file: Sniffed, contracts: Contracts, words: Words, wanted: str = "") -> Proposal:
    """Return the proposal for the kind that is wanted, or else for the one that the file looks like most.

    Raises:
        QdeepError: E-407 there is no such kind.
    """
    cells = [[row[i] for row in file.rows] for i in range(len(file.header))]
    book = _codebook(file, contracts)
    is_survey = book is not None or len(file.tool_values.get("signs", ())) > 1
    kinds = [_kind(wanted or "survey", contracts)] if is_survey or wanted else list(contracts.kinds.values())
    matched = {kind.name: _match(file, cells, kind, words) for kind in kinds}
    kind = max(kinds, key=lambda one: _fit(one, matched[one.name]))
    is_guess = not wanted and _fit(kind, matched[kind.name])[0] <= HALF_FIT * len(matched[kind.name])
    if is_guess and (file.tool or file.style.format == "sav" or _is_asked(file.header)):
        kind = contracts.kinds["survey"]
    places = _with_moments(_with_transitions(matched[kind.name], cells, kind, words))
    headers = {name: file.header[place] for name, place in places.items()}
    found = Proposal(kind, headers, codebook=book, tool=file.tool if kind.name == "survey" else "")
    if found.tool:
        found.headers = record_headers(file.header, file.tool_values) | found.headers
    _note_export(file, found)
    if file.style.case and not file.is_case_told:
        taken = f"Most events have an object `{file.style.case}`, so that was taken for the case"
        found.notes.append(f"{taken}; `--case` names another.")
    if kind.name == "survey" and "response_id" not in found.headers:
        name_by_row(found)
    found.missing = _missing(cells)
    columns = {column.name: column for column in kind.tables[0].columns}
    of_type = _by_type(columns, places, cells, found)
    found.dates = _formats(of_type["date"], (*DATES, *COUNTED), found)
    clocks = tuple(day + clock for day in DATES for clock in CLOCKS)
    found.moments = _formats(of_type["timestamp"], (*clocks, *COUNTED), found)
    found.units = _units(of_type["number"])
    found.decimal, found.thousands = _signs(_without(found.units, of_type["number"]))
    for name, place in places.items():
        _note_totals(name, cells[place], found)
        _note_references(columns[name], cells[place], contracts, found)
        _note_form(columns[name], cells[place], found)
        if columns[name].type == "code":
            _note_codes(columns[name], _filled(cells[place], found), contracts, words, found)
    file = _linked(file, found)
    if kind.name == "survey" and not book:
        _note_questions(file, cells, set(places.values()), found)
    else:
        _note_repeats(file, found)
        _note_strangers(file, cells, places, found)
    _note_key(cells, places, found)
    _note_missing_columns(found, is_guess=is_guess)
    return found


def _note_export(file: Sniffed, found: Proposal) -> None:
    """Say where another export of the same tool would serve better, and which sheet of several was read."""
    if file.worded:
        found.todo.append(f"export: the headings are the wordings of {file.worded}; ask for {CODES_WANTED}.")
    if file.summed:
        found.todo.append(f"export: the workbook holds sums of {file.summed}; ask for all individual responses.")
    elif len(file.sheets) > 1 and not file.is_sheet_told:
        found.notes.append(
            f"The workbook has {len(file.sheets)} sheets, of which one was read; `--sheet` names another."
        )


def _missing(cells: list[list[str | None]]) -> list[str]:
    """Return the words of a table that say that there is nothing."""
    return sorted({cell for column in cells for cell in set(column) if cell and cell.strip() in MISSING})


def _kind(name: str, contracts: Contracts) -> Kind:
    if name not in contracts.kinds:
        raise QdeepError("E-407", "There is no such kind of table.", expected=f"one of {', '.join(contracts.kinds)}")
    return contracts.kinds[name]


def _is_asked(header: tuple[str, ...]) -> bool:
    """Return whether most headings are questions: they end so, or are sentences, as no name of a column is."""
    named = [text for text in header if text.strip()]
    asked = sum("?" in text or "\uff1f" in text or len(text.split()) >= SENTENCE for text in named)
    return len(named) > 1 and asked > HALF_FIT * len(named)


def _by_type(
    columns: dict[str, Column], places: dict[str, int], cells: list[list[str | None]], found: Proposal
) -> dict[str, list[list[str]]]:
    """Return the filled cells of the columns of each type that has a style of writing."""
    types: dict[str, list[list[str]]] = {"date": [], "timestamp": [], "number": []}
    for name, place in places.items():
        kind = "number" if columns[name].type in ("decimal", "integer") else columns[name].type
        if kind in types:
            types[kind].append(_filled(cells[place], found))
    return types


def _codebook(file: Sniffed, contracts: Contracts) -> Codebook | None:
    """Return the codebook nearly all of whose main questions the header holds."""
    seen = {same(text) for text in file.header} | {same(text.split("/")[-1]) for text in file.header}
    for book in contracts.codebooks.values():
        items = [item for item in book.items if item.repeat == "none"]
        if items and sum(same(item.column) in seen for item in items) >= MOSTLY * len(items):
            return book
    return None


def _match(file: Sniffed, cells: list[list[str | None]], kind: Kind, words: Words) -> dict[str, int]:
    """Return canonical column -> place, by name first, then by what the values look like."""
    columns = {column.name: column for column in kind.tables[0].columns}
    found: dict[str, int] = {}
    told_most = sorted(enumerate(file.header), key=lambda one: -len(one[1]))  # meta/rootUuid says more than _id
    for whole in (True, False):
        for place, text in told_most:
            name = text if whole else re.split(r" / |/", text)[-1]
            for column in (*words.columns.get(same(name), ()), *(one for one in columns if same(one) == same(name))):
                if column in columns and column not in found and place not in found.values():
                    found[column] = place
                    break
    for column, looks in PERSONAL.items():
        if column in columns and column not in found:
            free = [place for place in range(len(cells)) if place not in found.values()]
            fitting = [place for place in free if looks_like(cells[place]) == looks]
            found |= {column: fitting[0]} if len(fitting) == 1 else {}
    return found


def _with_transitions(
    places: dict[str, int], cells: list[list[str | None]], kind: Kind, words: Words
) -> dict[str, int]:
    """Return the places of a log with the column that says start and complete, whatever its heading calls it."""
    named = next((one for one in kind.tables[0].columns if one.codes == "lifecycle"), None)
    if named is None or named.name in places or "started_at" in places:
        return places
    known = words.codes.get("lifecycle", {})
    for place, column in enumerate(cells):
        codes = [known.get(same(cell), "") for cell in column if cell and cell.strip()]
        is_known = sum(map(bool, codes)) >= MOSTLY * len(codes)
        if place not in places.values() and is_known and {"start", "complete"} <= set(codes):
            return places | {named.name: place}
    return places


def _with_moments(places: dict[str, int]) -> dict[str, int]:
    """Return the places of a log whose one stamp is a moment: beside a transition it may well be that of a start."""
    if places.keys() >= {"lifecycle", "completed_at"} and places.keys().isdisjoint({"started_at", "occurred_at"}):
        return {"occurred_at" if name == "completed_at" else name: place for name, place in places.items()}
    return places


def _fit(kind: Kind, places: dict[str, int]) -> tuple[float, int]:
    """Return how much of a kind's required columns is there, then how many columns in all."""
    required = [column.name for column in kind.tables[0].columns if column.required]
    share = sum(name in places for name in required) / max(1, len(required))
    return share * len(places), len(places)


def _filled(column: list[str | None], found: Proposal) -> list[str]:
    return [cell.strip() for cell in column if cell and cell.strip() and cell not in found.missing]


def looks_like(column: list[str | None]) -> str:
    """Return what kind of personal data nearly all cells of a column look like; empty where they do not."""
    filled = [cell.strip() for cell in column if cell and cell.strip()]
    for name, pattern in PATTERNS.items():
        share = sum(bool(pattern.fullmatch(cell)) for cell in filled) / len(filled) if filled else 0
        is_varied = len(set(filled)) > len(filled) / 2
        if share >= MOSTLY and is_varied and (name != PERSONAL["pinfl"] or _are_pinfl(filled)):
            return name
    return ""


def _are_pinfl(cells: list[str]) -> bool:
    """Return whether the last digit of most numbers is their check digit."""
    right = sum(
        sum(int(digit) * WEIGHTS[i % 3] for i, digit in enumerate(cell[:13])) % 10 == int(cell[13])
        for cell in cells
        if PATTERNS["personal numbers"].fullmatch(cell)
    )
    return right >= len(cells) / 2


def _formats(columns: list[list[str]], formats: tuple[str, ...], found: Proposal) -> list[str]:
    """Return the fewest formats that read nearly all values, the one that reads most first."""
    rest = {cell for column in columns for cell in column}
    chosen: list[str] = []
    most = len(rest)
    while rest and len(rest) > most / 100:
        alike: dict[str, list[str]] = {}
        for cell in rest:
            alike.setdefault(_between(cell), []).append(cell)
        counts = {one: sum(map(_reader(one), alike.get(_between(one), ()))) for one in formats}
        best = max(formats, key=lambda one: counts[one])
        if not counts[best]:
            break
        if "%d/%m" in best and counts[best] == counts.get(best.replace("%d/%m", "%m/%d")):
            found.notes.append("Day and month cannot be told apart in the dates: the day was taken to stand first.")
        chosen.append(best)
        rest = {cell for cell in rest if not _reader(best)(cell)}
    return [one for one in chosen if one != "%Y-%m-%d"]


def _between(text: str) -> str:
    """Return the signs between the numbers of a date, or between the fields of a format: unlike ones never match."""
    if text in COUNTED or any(count.fullmatch(text) for count in COUNTED.values()):
        return "counted"
    return BLANKS.sub(" ", NUMBERS.sub("", text)).upper()


def _reader(one: str) -> Callable[[str], bool]:
    if one in COUNTED:
        return lambda cell: bool(COUNTED[one].fullmatch(cell))

    def reads(cell: str) -> bool:
        try:
            return 1800 < datetime.strptime(cell, one).year < 2200  # noqa: PLR2004 - as values.py
        except ValueError:
            return False

    return reads


def _signs(columns: list[list[str]]) -> tuple[str, str]:
    """Return the decimal sign and the sign between thousands."""
    cells = [cell for column in columns for cell in column]
    commas = sum(bool(re.fullmatch(r"[+-]?\d{1,3}(?:[ .]?\d{3})*,\d+|\d+,\d+", cell)) for cell in cells)
    dots = sum(bool(re.fullmatch(r"[+-]?\d[\d ]*\.\d+", cell)) for cell in cells)
    blanks = sum(bool(re.fullmatch(r"[+-]?\d{1,3}(?:[ \u00a0]\d{3})+(?:[.,]\d+)?", cell)) for cell in cells)
    return "," if commas > dots else ".", " " if blanks else ""


def _units(columns: list[list[str]]) -> list[str]:
    """Return what stands before or behind several numbers: a percent sign, or the name of a currency."""
    found = [UNIT.fullmatch(cell) for column in columns for cell in column]
    counts = Counter(one[1] or one[2] for one in found if one and (one[1] or one[2]))
    return sorted(unit for unit, count in counts.items() if count >= COMMON)


def _without(units: list[str], columns: list[list[str]]) -> list[list[str]]:
    for unit in units:
        columns = [[cell.removeprefix(unit).removesuffix(unit).strip() for cell in column] for column in columns]
    return columns


def _note_totals(name: str, column: list[str | None], found: Proposal) -> None:
    words = {match[1] for cell in column if cell and (match := TOTALS.match(cell.strip()))}
    if words and len(words) == 1:
        found.exclude.setdefault(name, f"^{words.pop()}")


def _note_codes(column: Column, cells: list[str], contracts: Contracts, words: Words, found: Proposal) -> None:
    """Match the words of a column of codes; words of few rows may be slips or names, and are counted only."""
    codes = set(allowed_codes(column, contracts.codes))
    known = words.codes.get(column.codes, {}) if isinstance(column.codes, str) else {same(code): code for code in codes}
    rare = 0
    for word, count in Counter(cells).most_common(CODES_MOST):
        code, is_certain = code_of(word, known)
        if code in codes and code != word:
            if is_certain or count >= COMMON:
                found.values.setdefault(column.name, {})[word] = code
                found.unsure.setdefault(column.name, []).extend([] if is_certain else [word])
        elif code != word and count >= COMMON and not _is_identifier(word):
            found.unknown.setdefault(column.name, []).append(word)
        elif code != word:
            rare += 1
    if rare:
        found.notes.append(f"{column.name}: {rare} words of few rows have no code; such rows would be refused (E-303).")
    if column.name in found.unknown:
        count = len(found.unknown[column.name])
        found.todo.append(f"values.{column.name}: {count} words of the file need a code.")


def _note_references(column: Column, cells: list[str | None], contracts: Contracts, found: Proposal) -> None:
    """Say where most words of a column that is optional are no codes of the list that it refers to."""
    known, words = contracts.references.get(column.references), set(_filled(cells, found))
    if known and not column.required and 2 * len(words - known) > len(words):
        what = f"{len(words - known)} words of the file are no codes of {column.references} (E-309)"
        ways = "map them under `values`, or take the column out of the map and write `others: drop`"
        found.todo.append(f"{column.name}: {what}; {ways}.")


def _note_form(column: Column, cells: list[str | None], found: Proposal) -> None:
    """Say where most words of a column have not the form that it asks for: all rows would be refused."""
    words = set(_filled(cells, found))
    wrong = sum(not re.fullmatch(column.pattern, word) for word in words) if column.pattern else 0
    if 2 * wrong > len(words):
        ways = "map them under `values`, give another `pattern` under `columns`, or a value under `constants`"
        found.notes.append(f"{column.name}: {wrong} words of the file have not the form `{column.pattern}`; {ways}.")


def _is_identifier(word: str) -> bool:
    """Return whether a word looks like a number or address of one person, however many rows hold it."""
    return any(pattern.fullmatch(word) for name, pattern in PATTERNS.items() if name != PERSONAL["full_name"])


def _note_strangers(file: Sniffed, cells: list[list[str | None]], places: dict[str, int], found: Proposal) -> None:
    items = {same(item.column) for item in found.codebook.items} if found.codebook else set()
    for place, text in enumerate(file.header):
        is_item = same(text) in items or same(text.rpartition("/")[0]) in items
        if place not in places.values() and not is_item:
            found.strangers.append(place + 1)
            looks = looks_like(cells[place])
            if looks:
                found.notes.append(f"Column {place + 1} looks like {looks}; it is dropped.")
    if found.strangers:
        numbers = ", ".join(map(str, found.strangers[:30]))
        found.notes.append(f"Columns that match nothing known, dropped: {numbers}.")


def _linked(file: Sniffed, found: Proposal) -> Sniffed:
    """Let lists of records name their response by its column; say which ones cannot, or stand in no survey."""
    told = [found.headers.get(name, "") for name in ("submission_id", "response_id")]
    parent = next((name for name in told if name), "")
    apart = {path: one for path, one in file.repeats.items() if "parent" not in one.links}
    if found.kind.name == "survey" and parent in file.header:
        linked = {
            path: replace(one, links={"sheet": path, "parent": parent, "order": one.links["order"]})
            for path, one in apart.items()
        }
        return replace(file, repeats=file.repeats | linked)
    for number, (path, one) in enumerate(apart.items(), start=1):
        path = path if LIST_NAME.fullmatch(path) else f"number {number}"  # noqa: PLW2901 - as it is shown
        if found.kind.name != "survey":
            found.todo.append(f"repeats: the records of the list {path} are left out; only surveys have such groups.")
        else:
            line = f"{{sheet: {path}, parent: COLUMN, order: {one.links['order']}}}"
            why = f"the list {path} is left out, as no column is known to be the id of a response; where one is"
            found.todo.append(f"repeats: {why}, write it into the column map and here: `{line}`.")
    return replace(file, repeats={path: one for path, one in file.repeats.items() if path not in apart})


def _note_questions(file: Sniffed, cells: list[list[str | None]], taken: set[int], found: Proposal) -> None:
    """Propose a codebook, with the questions of repeat groups."""
    names: set[str] = set()
    found.questions += _asked(file, file.header, cells, taken, names, found)
    for sheet, group in file.repeats.items():
        _note_group(file, sheet, group, names, found)
    if len(file.sheets) > 1 + len(file.repeats):
        found.notes.append("A sheet that holds a repeated group is named under `file.repeats`.")


def _note_group(file: Sniffed, sheet: str, group: Group, names: set[str], found: Proposal) -> None:
    """Propose a repeat group with its questions; one without any, as groups hold that only hold others, is none."""
    links = {place for place, text in enumerate(group.header) if text in group.links.values()}
    cells = [[row[place] for row in group.rows] for place in range(len(group.header))]
    found.missing = sorted({*found.missing, *_missing(cells)})
    what = "List" if file.style.format in RECORDS else "Sheet"
    asked = _asked(file, group.header, cells, links, names, found, f"{what} {sheet}: column")
    if asked:
        name = name_of(sheet, set(found.repeats))
        found.repeats[name] = group.links
        found.questions += [replace(one, repeat=name) for one in asked]


def _asked(  # noqa: PLR0913, PLR0917 - a table of a file, and what is known so far
    file: Sniffed,
    header: tuple[str, ...],
    cells: list[list[str | None]],
    taken: set[int],
    names: set[str],
    found: Proposal,
    column: str = "Column",
) -> list[Question]:
    """Return the questions of a table; what looks like personal data is free text, which never leaves the vault."""
    doubled = {place for places in Headers(header).exact.values() if len(places) > 1 for place in places} - taken
    doubled = {place for place in doubled if header[place].strip()}
    if doubled:
        numbers = ", ".join(str(place + 1) for place in sorted(doubled)[:STRANGERS_NAMED])
        why = "have the heading of another column, so that nothing tells them apart, and are left out"
        found.notes.append(f"{column}s {numbers} {why}; ask the sender to word them otherwise.")
    asked = []
    cells = [[None if cell in found.missing else cell for cell in column] for column in cells]
    # In JSON the chosen options stand in one cell: names alike there are those of a section.
    tool = "" if file.style.format in RECORDS else file.tool
    for one in questions(header, cells, taken | doubled, tool, file.tool_values, names):
        place = header.index(one.heading) if one.heading in header else -1
        looks = looks_like(cells[place]) if place >= 0 else ""
        if looks:
            found.notes.append(f"{column} {place + 1} looks like {looks}; it is free text, which stays in the vault.")
        asked.append(replace(one, type="text", options={}) if looks else one)
        if one.rare:
            found.notes.append(
                f"{one.item_id}: {one.rare} words of few rows are no option; write them in or see E-303."
            )
    return asked


def _note_repeats(file: Sniffed, found: Proposal) -> None:
    """Take the sheets of groups that the codebook knows; of others say what the contract would hold."""
    groups = {item.repeat for item in found.codebook.items} if found.codebook else set()
    named = {sheet: sheet if sheet in groups else name_of(sheet, set()) for sheet in file.repeats}
    found.repeats = {named[sheet]: one.links for sheet, one in file.repeats.items() if named[sheet] in groups}
    for sheet, one in file.repeats.items():
        if named[sheet] not in groups:
            line = ", ".join(f"{what}: {name}" for what, name in one.links.items())
            found.notes.append(
                f"A sheet or list holds a repeat group that no codebook knows; under `file.repeats`: {{{line}}}."
            )
    if found.kind.name == "survey" and len(file.sheets) > 1 + len(file.repeats):
        found.notes.append("A sheet that holds a repeated group is named under `file.repeats`.")


def name_by_row(found: Proposal) -> None:
    """Name responses without an id by their row; where no moment is told, equal rows are told apart by their line."""
    is_timed = "submitted_at" in found.headers
    found.headers["response_id"] = WHOLE_ROW if is_timed else ITS_LINE
    how = "the whole row is" if is_timed else "the row and its line are (`{row}` would count equal rows once)"
    found.notes.append(f"No column is known to be the id of a response; until one is named, {how}.")


def _note_key(cells: list[list[str | None]], places: dict[str, int], found: Proposal) -> None:
    table = found.kind.tables[0]
    by_lake = {column.lake_name: column.name for column in table.columns if column.lake_name}
    names = [by_lake[name] for name in table.key if by_lake.get(name) in places]
    keys = list(zip(*(cells[places[name]] for name in names), strict=True)) if names else []
    twice = len(keys) - len(set(keys))
    if names:
        found.notes.append(f"Key {', '.join(names)}: {twice} rows have the key of another row.")


def _note_missing_columns(found: Proposal, *, is_guess: bool) -> None:
    for column in found.kind.tables[0].columns:
        if column.required and column.name not in found.headers:
            text = "needs a header in the column map, or a value under `constants`"
            found.todo.append(f"{column.name}: {text}. {column.description}")
    if found.kind.name == "survey" and not found.codebook:
        found.todo.append("codebook: drafted from the file; write wordings and labels, and see to types and options.")
    if is_guess and found.kind.name != "survey":
        few = f"of its columns {len(found.headers)} are there; " if found.headers else "no kind has these columns; "
        found.todo.append(f"kind: `{found.kind.name}` is a guess: {few}`--kind` names another, such as survey.")

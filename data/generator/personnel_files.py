"""Each ministry's personnel extracts stand as files in its own style, with known faults and with truths about them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from data.generator.defects import (
    Defect,
    changed,
    doubled,
    has_apostrophe,
    look_alike,
    plant,
    put,
    spaced,
    typed_apostrophe,
)
from data.generator.histories import ONE_DAY, History, Spell
from data.generator.house_styles import HouseStyle, Line, SampleFile, read_style
from data.generator.organisation import MINISTRIES
from data.generator.people import check_digit
from data.generator.standing import Award, has_disability, rank_on, ranks
from data.generator.writers import Cell

FULL = (date(2025, 9, 30), date(2025, 10, 5)), (date(2026, 9, 30), date(2026, 10, 5))
SHIFTED = (date(2026, 6, 30), date(2026, 7, 3))
SHIFTED_ROWS = 120
KEPT_DAYS = 730  # an extract reaches back 24 months
Ranks = Mapping[int, Sequence[Award]]  # by the number of the person
TITLE = "Qurilish va uy-joy kommunal xoʻjaligi vazirligi xodimlari roʻyxati, {} holatiga"
NOTES = (
    ("Izoh",),
    ("Jadval kadrlar departamentining oylik hisoboti uchun tuzilgan.",),
    ("Stavka: toʻliq ish kuni uchun 1.",),
)


def personnel_files(history: History) -> list[SampleFile]:
    """Return two extracts of each ministry, and one of education whose columns are shifted."""
    awards = ranks(history)
    files = [_extract(history, awards, ministry, *days) for ministry in MINISTRIES for days in FULL]
    return [*files, _shifted(history, awards)]


def quiet_numbers(history: History) -> frozenset[int]:
    """Return the persons with one post and no order: a refused row of theirs moves nobody."""
    moved = {order.person.number for order in history.orders}
    posts = [spell.person.number for spell in history.spells]
    twice = {number for number, next_one in zip(sorted(posts), sorted(posts)[1:], strict=False) if number == next_one}
    return frozenset(posts) - moved - twice


def as_known(spell: Spell, as_of: date) -> Spell:
    """Return a spell as it was known on a day: what came later has not happened yet."""
    past = {name: _past(getattr(spell, name), as_of) for name in ("end", "leave_start", "leave_end")}
    return replace(spell, **past)


def _past(day: date | None, as_of: date) -> date | None:
    return day if day and day <= as_of else None


def _extract(history: History, awards: Ranks, ministry: str, as_of: date, known_from: date) -> SampleFile:
    is_newest = as_of == FULL[-1][0]
    style = read_style("personnel", ministry, -1 if is_newest else 1)
    lines = _lines(history, awards, style, as_of)
    quiet = quiet_numbers(history)
    defects = _DEFECTS[ministry](style) if is_newest else _OLD_DEFECTS[ministry]
    lines = plant(lines, defects, lambda line: line.record.person.number in quiet)
    if ministry == "MOC":
        lines = [*_twice(lines, quiet), _total(lines)]
    if is_newest and ministry == "MOA":
        lines = _left_before_entry(lines, style)
    name = style.file_name(as_of, known_from)
    notes = NOTES if style.is_workbook else ()
    return SampleFile(style, name, known_from, lines, TITLE.format(f"{as_of:%d.%m.%Y}"), notes)


def _shifted(history: History, awards: Ranks) -> SampleFile:
    """Make the extract in which the telephone was left out and every later cell stands one column too far left."""
    style = read_style("personnel", "MHE")
    as_of, known_from = SHIFTED
    columns = [*style.headers]
    place = columns.index("phone")
    lines = []
    for line in _lines(history, awards, style, as_of)[:SHIFTED_ROWS]:
        cells = [line.cells[column] for column in columns]
        moved = [*cells[:place], *cells[place + 1 :], None]
        lines.append(Line(dict(zip(columns, moved, strict=True)), line.record))
    name = style.file_name(as_of, known_from)
    return SampleFile(style, name, known_from, lines, refused_for="E-211")


def _lines(history: History, awards: Ranks, style: HouseStyle, as_of: date) -> list[Line]:
    first = as_of - timedelta(days=KEPT_DAYS) + ONE_DAY
    spells = [
        _ranked(as_known(spell, as_of), rank_on(awards[spell.person.number], as_of))
        for spell in history.spells
        if spell.post.ministry == style.ministry and spell.start <= as_of and (spell.end is None or spell.end >= first)
    ]
    spells.sort(key=lambda spell: (spell.person.number, spell.start, spell.post.position_id))
    return [Line(_cells(spell, style), spell) for spell in spells]


def _ranked(spell: Spell, award: Award | None) -> Spell:
    return replace(spell, rank=award.rank, rank_date=award.day) if award else spell


def _cells(spell: Spell, style: HouseStyle) -> dict[str, Cell]:
    person, is_disabled = spell.person, has_disability(spell.person)
    return {
        "pinfl": _number(person.pinfl, style, person.number),
        "full_name": _name(spell, style),
        "phone": person.phone,
        "birth_date": style.day(person.birth_date),
        "sex": style.code("sex", person.sex),
        "education_level": style.code("education_level", person.education),
        "civil_service_start_date": style.day(person.service_start),
        "disability_flag": style.empty if is_disabled is None else style.truth(value=is_disabled),
        "position_id": spell.post.position_id,
        "org_unit_id": spell.post.org_unit_id,
        "assignment_type": style.code("assignment_type", spell.assignment_type),
        "contract_type": style.code("contract_type", spell.contract_type),
        "qualification_rank": style.code("qualification_rank", spell.rank) if spell.rank else None,
        "qualification_rank_date": style.day(spell.rank_date),
        "fte": style.number(spell.fte),
        "start_date": style.day(spell.start),
        "end_date": style.day(spell.end),
        "long_leave_start": style.day(spell.leave_start),
        "long_leave_end": style.day(spell.leave_end),
    }


def _number(pinfl: str, style: HouseStyle, number: int) -> Cell:
    """Return a personal number; in a workbook some stand as numbers, as spreadsheets make them."""
    return int(pinfl) if style.is_workbook and number % 7 == 0 else pinfl


def _name(spell: Spell, style: HouseStyle) -> str:
    name = spell.person.name
    return {"MOA": name.russian, "MOC": name.uzbek_latin, "MHE": name.uzbek_cyrillic}[style.ministry]


def _wrong_check_digit(line: Line) -> Line:
    """Spoil the last digit; the row lands, under the number that it says."""
    person = line.record.person
    wrong = person.pinfl[:13] + str((int(person.pinfl[13]) + 1) % 10)
    record = replace(line.record, person=replace(person, pinfl=wrong))
    return replace(put("pinfl", wrong)(line), record=record)


def _other_birth_date(line: Line) -> Line:
    """Change the day inside the personal number, with the check digit that belongs to it."""
    pinfl = line.record.person.pinfl
    day = "11" if pinfl[1:3] != "11" else "12"
    first = pinfl[0] + day + pinfl[3:13]
    return put("pinfl", first + check_digit(first))(line)


def _is_open(line: Line) -> bool:
    return line.record.end is None


def _two_cells_for_one_name(line: Line) -> Line:
    """Cut the name in two cells, as an unquoted delimiter does."""
    family, given = str(line.cells["full_name"]).split(" ", 1)
    cells = [*line.cells.values()]
    moved = [cells[0], family, given, *cells[2:-1]]
    return replace(line, cells=dict(zip(line.cells, moved, strict=True)), surplus=(cells[-1],))


def _agriculture(style: HouseStyle) -> Sequence[Defect]:
    return (
        Defect("E-310", changed("pinfl", lambda text: f"{text[0]},{text[1:6]}E+13"), _is_open, rows=2),
        Defect("W-320", changed("position_id", look_alike), rows=2),
        Defect("E-302", put("start_date", "31.02.2024"), _is_open),
        Defect("E-304", put("fte", "15"), _is_open),
        Defect("E-309", put("org_unit_id", "MOA-ZZ"), _is_open),
        Defect("", changed("org_unit_id", spaced), rows=2),
        Defect("E-312", _two_cells_for_one_name, _is_open),
        Defect("", put("education_level", style.empty), rows=3),
    )


def _construction(_style: HouseStyle) -> Sequence[Defect]:
    return (
        Defect("E-311", changed("pinfl", lambda text: text[:13]), _is_open, rows=2),
        Defect("W-311", _wrong_check_digit, _is_open),
        Defect("W-321", changed("education_level", typed_apostrophe), has_apostrophe("education_level"), rows=3),
        Defect("E-303", put("contract_type", "vaqtincha"), _is_open),
        Defect("E-301", put("position_id", None), _is_open),
        Defect("", changed("position_id", spaced)),
    )


def _education(_style: HouseStyle) -> Sequence[Defect]:
    return (
        Defect("E-314", _other_birth_date, _is_open, rows=2),
        Defect("E-303", put("sex", "номаълум"), _is_open),
        Defect("E-301", put("birth_date", None), _is_open),
        Defect("W-320", changed("org_unit_id", look_alike)),
        Defect("W-311", _wrong_check_digit, _is_open),
    )


_DEFECTS: dict[str, Callable[[HouseStyle], Sequence[Defect]]] = {
    "MOA": _agriculture,
    "MOC": _construction,
    "MHE": _education,
}
_OLD_DEFECTS: dict[str, Sequence[Defect]] = {
    "MOA": (Defect("W-320", changed("position_id", look_alike)),),
    "MOC": (Defect("E-311", changed("pinfl", lambda text: text[:12]), _is_open),),
    "MHE": (Defect("E-302", put("start_date", "2024 йил"), _is_open),),
}


def _twice(lines: Sequence[Line], quiet: frozenset[int]) -> list[Line]:
    """Return the lines with one right row of a quiet person doubled."""
    row = next(i for i, line in enumerate(lines) if not line.code and line.record.person.number in quiet)
    return doubled(lines, row)


def _total(lines: Sequence[Line]) -> Line:
    fte = sum(line.record.fte for line in lines)
    return Line({"full_name": "Jami", "fte": fte}, None, "I-390")


def _left_before_entry(lines: Sequence[Line], style: HouseStyle) -> list[Line]:
    """Return the lines with one exit dated a year before the entry: the order of that exit stays unexplained."""
    row = next(i for i, line in enumerate(lines) if not line.code and _quit_once(line.record))
    day = lines[row].record.start - timedelta(days=365)
    return [*lines[:row], replace(put("end_date", style.day(day))(lines[row]), code="E-307"), *lines[row + 1 :]]


def _quit_once(spell: Spell) -> bool:
    is_staff = spell.assignment_type == "main" and not spell.post.is_managerial
    return is_staff and spell.end is not None and spell.end >= date(2026, 2, 1)

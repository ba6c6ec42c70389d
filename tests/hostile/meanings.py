"""Seeded damages of what a staff list says, as clerks and form edits make them: columns, blocks, dates, signs."""

import random
from collections.abc import Callable
from datetime import date, timedelta

from tests.contracts.small_project import STAFF_HEADER

DICE = random.Random
Grid = list[list[str]]
Fact = tuple[object, ...]  # birth_month, sex, position_id, org_unit_id, contract_type, fte, start_date, end_date
WEIGHTS = (7, 3, 1)
NAMES = ("Каримов Анвар", "Ўктамова Гулнора", "Ражабов, Илҳом", "Қодирова Шаҳноза")
ROWS = 40


def staff() -> tuple[Grid, list[Fact]]:
    """Return a clean staff list as its sender writes it, and what it says."""
    grid, facts = [list(STAFF_HEADER)], []
    for number in range(ROWS):
        born = date(1960, 5, 15) + timedelta(days=311 * number)
        came = date(1999, 2, 1) + timedelta(days=97 * number)
        gone = came + timedelta(days=1000) if number % 6 == 5 else None
        fte, is_man = (0.5, 1.0, 0.25)[number % 3], number % 2 == 0
        digits = f"{3 if is_man else 4}{born:%d%m%y}001{number:03d}"
        pinfl = digits + str(sum(int(digit) * WEIGHTS[i % 3] for i, digit in enumerate(digits)) % 10)
        grid.append([
            pinfl, NAMES[number % 4], f"{born:%d.%m.%Y}", "Э" if is_man else "А", f"MOA-{number + 1:04d}", "MOA-1",
            "bo'sh", f"{fte}".replace(".", ","), f"{came:%d.%m.%Y}", f"{gone:%d.%m.%Y}" if gone else "",
        ])  # fmt: skip
        sex = "male" if is_man else "female"
        facts.append((born.replace(day=1), sex, f"MOA-{number + 1:04d}", "MOA-1", "indefinite", fte, came, gone))
    return grid, facts


def written(grid: Grid, end: str = "\r\n", sign: str = ";") -> str:
    """Return a text in which a cell is quoted where it must be."""
    return end.join(sign.join(f'"{cell}"' if sign in cell else cell for cell in row) for row in grid) + end


def columns_swapped(grid: Grid, dice: DICE) -> bytes:
    """Stand in another order, headings and all."""
    order = dice.sample(range(len(grid[0])), len(grid[0]))
    return written([[row[place] for place in order] for row in grid]).encode()


def cells_swapped(grid: Grid, dice: DICE) -> bytes:
    """Two columns change places from some row on, under the old headings."""
    one, other = dice.sample(range(len(grid[0])), 2)
    for row in grid[dice.randrange(1, len(grid)) :]:
        row[one], row[other] = row[other], row[one]
    return written(grid).encode()


def shifted(grid: Grid, dice: DICE) -> bytes:
    """A column was put in or taken out of the form, and the headings stayed.

    Not one of the last two: a row with the day of leaving under the day of coming looks like any other row.
    """
    place, start = dice.randrange(len(grid[0]) - 2), dice.randrange(1, len(grid))
    for number in range(start, len(grid)):
        row = grid[number]
        grid[number] = (
            [*row[:place], "", *row[place:-1]] if dice.random() < 0.5 else [*row[:place], *row[place + 1 :], ""]
        )
    return written(grid).encode()


def block_doubled(grid: Grid, dice: DICE) -> bytes:
    """Some rows were pasted twice."""
    start = dice.randrange(1, len(grid))
    piece = grid[start : start + dice.randint(1, 9)]
    place = dice.randrange(1, len(grid) + 1)
    return written([*grid[:place], *piece, *grid[place:]]).encode()


def rows_between(grid: Grid, dice: DICE) -> bytes:
    """Totals, a second header or blank lines stand between the rows."""
    rows = (
        ["Жами", *[""] * 6, "20,5", "", ""], ["", "", "", "", "Jami: 12", "", "", "9,5", "", ""], list(STAFF_HEADER),
        [""] * len(grid[0]), ["Бошлиқ:", "________", *[""] * 8],
    )  # fmt: skip
    for _ in range(dice.randint(1, 4)):
        grid.insert(dice.randrange(1, len(grid) + 1), list(dice.choice(rows)))
    return written(grid).encode()


def other_sign(grid: Grid, dice: DICE) -> bytes:
    """Some lines are delimited otherwise."""
    lines = [written([row], "", dice.choice([";", ";", ";", ",", "\t"])) for row in grid]
    return "\r\n".join(lines).encode()


def line_ends(grid: Grid, dice: DICE) -> bytes:
    """Lines end in three ways, or each in two."""
    ends = dice.choice([("\r\n", "\n"), ("\r\n", "\r", "\n"), ("\r\r\n",), ("\n\n",)])
    return "".join(written([row], dice.choice(ends)) for row in grid).encode()


def unseen(grid: Grid, dice: DICE) -> bytes:
    """NULs, marks of byte order, marks of direction and of width zero."""
    text = written(grid)
    place = dice.choice([0, dice.randrange(len(text))])
    mark = dice.choice([b"\0", b"\0\0", b"\xef\xbb\xbf", b"\xef\xbb\xbf" * 2, b"\xff\xfe", b"\x1a", b"\x0c"])
    return text[:place].encode() + mark + text[place:].encode()


def other_encoding(grid: Grid, dice: DICE) -> bytes:
    """The contract says UTF-8."""
    return written(grid).encode(
        dice.choice(["cp1251", "utf-8-sig", "koi8-r", "utf-16", "cp866", "iso8859-5"]), "replace"
    )


def dates(grid: Grid, dice: DICE) -> bytes:
    """Dates as serial numbers, the other way round, of two digits, with a clock."""
    for row in grid[1:]:
        place = dice.choice([2, 8, 9])
        if dice.random() < 0.3 and row[place]:
            day = date(*map(int, reversed(row[place].split("."))))
            forms = (
                f"{(day - date(1899, 12, 30)).days}",
                f"{day:%d.%m.%y}",
                f"{day:%d.%m.%Y} 00:00",
                f"{day:%Y-%m-%d}",
                f"{day:%d/%m/%Y}",
            )
            row[place] = dice.choice(forms)
    return written(grid).encode()


def numbers(grid: Grid, dice: DICE) -> bytes:
    """Points for commas, blanks and signs between thousands, units, powers of ten."""
    for row in grid[1:]:
        if dice.random() < 0.4:
            comma = row[7]
            forms = (
                comma.replace(",", "."),
                f" {comma} ",
                f"{comma} ст.",
                comma.replace(",", ",."),
                f"{comma}0",
                f"{comma}E+0",
            )
            row[7] = dice.choice(forms)
        if dice.random() < 0.2:
            row[0] = dice.choice(
                [f"{float(row[0]):.5E}", f"{row[0]}.0", f"'{row[0]}", f"{row[0][:7]} {row[0][7:]}", row[0][:-1]]
            )
    return written(grid).encode()


def spelled(grid: Grid, dice: DICE) -> bytes:
    """Cells padded and quoted, Latin letters that look like Cyrillic ones, other apostrophes."""
    for row in grid[dice.choice([0, 1]) :]:
        place = dice.randrange(len(row))
        row[place] = dice.choice(
            [f"  {row[place]} ", f'"{row[place]}"', row[place].replace("А", "A"), f"\xa0{row[place]}"]
        )
    return written(grid).encode()


def turned_dates(grid: Grid, dice: DICE) -> bytes:
    """From some row on a program has put the month before the day, where that is a date too."""
    for row in grid[dice.randrange(1, 25) :]:
        day, month, year = row[8].split(".")
        row[8] = f"{month}.{day}.{year}"
    return written(grid).encode()


def failed_formulas(grid: Grid, dice: DICE) -> bytes:
    """Cells hold the errors of a spreadsheet, in its language."""
    for row in dice.sample(grid[1:], 12):
        row[dice.choice([0, *range(2, len(row))])] = dice.choice(["#N/A", "#Н/Д", "#ЗНАЧ!", "#REF!", "#ССЫЛКА!"])
    return written(grid).encode()


def merged_cells(grid: Grid, dice: DICE) -> bytes:
    """Of equal cells one below the other the first alone is filled; the day of leaving may well be empty."""
    place, start = dice.choice([0, 2, 3, 4, 5, 7, 8]), dice.randrange(2, ROWS - 3)
    for row in grid[start : start + dice.randrange(1, ROWS // 2)]:
        row[place] = ""
    return written(grid).encode()


def column_down(grid: Grid, dice: DICE) -> bytes:
    """Birth dates were pasted some rows too low; what the personal number does not tell nobody could see."""
    start, by = dice.randrange(1, ROWS - 4), dice.randrange(1, 4)
    values = [row[2] for row in grid[start:]]
    for row, value in zip(grid[start:], values[-by:] + values[:-by], strict=True):
        row[2] = value
    return written(grid).encode()


def joined_files(grid: Grid, dice: DICE) -> bytes:
    """Two parts of the list, saved in two encodings, were put one behind the other."""
    cut, other = dice.randrange(2, ROWS), dice.choice(["cp1251", "utf-16", "koi8-r"])
    parts = [grid[:cut], [*grid[:1], *grid[cut:]]] if dice.random() < 0.5 else [grid[:cut], grid[cut:]]
    return written(parts[0]).encode() + written(parts[1]).encode(other, "replace")


DAMAGES: tuple[Callable[[Grid, DICE], bytes], ...] = (
    columns_swapped, cells_swapped, shifted, block_doubled, rows_between, other_sign, line_ends, unseen, other_encoding,
    dates, numbers, spelled, turned_dates, failed_formulas, merged_cells, column_down, joined_files,
)  # fmt: skip

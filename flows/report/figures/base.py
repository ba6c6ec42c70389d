"""A figure is a question, a finding, a picture, the same as a table, and the rows of the mart behind it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from markupsafe import Markup

from flows.report.drawing.svg import Drawing
from flows.report.marts import SERVICE, Marts, Row
from flows.report.texts import DASH, Language

FULL, PAPER, HALF, NARROW = 1100.0, 720.0, 560.0, 340.0
# A gap is coloured only where it is reliable and large enough to matter (ux.md 1.3): points of an index, or percent.
LEAST_GAP = 3.0
# More rows than these are no picture; the overview of a page lists every part.
MOST_PARTS = 24


# A figure has fewer letters than these, unless it has digits, and is no longer.
LEAST_LETTERS, LONGEST_FIGURE = 4, 26


@dataclass(frozen=True)
class Cell:
    """One figure of a table: its text; `c` or `n` where withheld, `none` where there is none, `u` to use with care."""

    text: str
    kind: str = ""
    note: str = ""

    @property
    def is_withheld(self) -> bool:
        """Whether a figure exists and is not shown."""
        return self.kind in {"c", "n"}


@dataclass(frozen=True)
class Table:
    """A figure as a table: headings, and rows whose first cell names the row."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def wordy(self) -> tuple[bool, ...]:
        """Return of each column whether it holds words, which begin at the left, rather than figures."""
        return tuple(_is_wordy([one.text for one in column]) for column in zip(*self.rows, strict=True))


def _is_wordy(texts: Sequence[str]) -> bool:
    words = [text for text in texts if sum(map(str.isalpha, text)) >= LEAST_LETTERS and not any(map(str.isdigit, text))]
    return 2 * len(words) > len(texts) or any(len(text) > LONGEST_FIGURE for text in texts)


@dataclass(frozen=True)
class Picture:
    """A drawing that can be made in any width, and the width it has on a wide screen."""

    draw: Callable[[float], Drawing]
    width: float = HALF

    @property
    def wide(self) -> Drawing:
        """The drawing of a wide screen."""
        return self.draw(self.width)

    @property
    def narrow(self) -> Drawing:
        """The drawing of a telephone."""
        return self.draw(NARROW)

    @property
    def paper(self) -> Drawing:
        """The drawing of a printed page, no wider than its letters allow."""
        return self.draw(min(self.width, PAPER))


@dataclass(frozen=True)
class Key:
    """An entry of a legend: the class of its sign, and what it means."""

    sign: str
    words: str


@dataclass(frozen=True)
class Figure:
    """What one card of a page shows.

    Attributes:
        id: Short name, the same in every language; the CSV file is called by it.
        title: The question.
        finding: The answer in one sentence; empty where there is none to give.
        sub: What is counted, when, and on which base.
        marts: Published tables it was drawn from; the first is the one whose rows the CSV holds.
        rows: Rows of that table.
        picture: The drawing; none where `body` or the table alone is the picture.
        body: HTML in place of a drawing.
        table: The same figures as a table.
        legend: Signs of the picture.
        notes: What a reader must know besides.
        is_half: Whether it takes half the width of a page.
        is_table: Whether the body is a table already, so that there is nothing to switch to.
    """

    id: str
    title: str
    finding: str
    sub: str
    marts: tuple[str, ...]
    rows: Sequence[Row]
    picture: Picture | None = None
    body: Markup = field(default_factory=Markup)
    table: Table | None = None
    legend: tuple[Key, ...] = ()
    notes: tuple[str, ...] = ()
    is_half: bool = False
    is_table: bool = False


@dataclass(frozen=True)
class View:
    """The marts as one unit sees them, in one language.

    Attributes:
        marts: Tables of the release.
        t: Language.
        unit: The service as a whole, or a ministry.
    """

    marts: Marts
    t: Language
    unit: str = SERVICE

    @property
    def is_national(self) -> bool:
        """Whether the view is of the service as a whole."""
        return self.unit == SERVICE

    @property
    def parts(self) -> tuple[str, ...]:
        """Units compared in the view: the ministries of the service, or the units right below a ministry."""
        return self.marts.below(self.unit)

    @property
    def largest(self) -> tuple[str, ...]:
        """Parts that a picture shows: all, or where they are very many those with most persons."""
        if len(self.parts) <= MOST_PARTS:
            return self.parts
        sizes = {unit: (self.newest("hrm_overview", unit) or {}).get("headcount_end") or 0 for unit in self.parts}
        return tuple(sorted(sorted(self.parts, key=lambda unit: (-sizes[unit], unit))[:MOST_PARTS]))

    @property
    def left_out(self) -> tuple[str, ...]:
        """Return the note that a picture shows the largest parts only; nothing where it shows all."""
        if len(self.parts) <= MOST_PARTS:
            return ()
        return (self.t("largest_only", shown=self.t.number(MOST_PARTS), all=self.t.number(len(self.parts))),)

    def rows(self, table: str, unit: str | None = None, **equal: object) -> list[Row]:
        """Return the rows of one unit, of the structure as it was where the table tells, in the order of time."""
        return self.marts.of_unit(table, unit or self.unit, **equal)

    def newest(self, table: str, unit: str | None = None, **equal: object) -> Row | None:
        """Return the row of the latest period of one unit."""
        rows = self.rows(table, unit, **equal)
        return rows[-1] if rows else None

    def org(self, unit: str) -> str:
        """Return the name of a unit."""
        return self.t("service") if unit == SERVICE else name_of(self.marts.units.get(unit), self.t, unit)

    def indicator(self, indicator: str) -> str:
        """Return the name of an indicator as its card gives it."""
        return name_of(self.marts.indicators.get(indicator), self.t, indicator)

    def measure(self, name: str) -> str:
        """Return the name of an indicator, of a question or rule of the HRM model, or of a figure that has no card."""
        for known in (self.marts.indicators, self.marts.inputs):
            if name in known:
                return name_of(known[name], self.t, name).rstrip(".")
        return self.t.words.get(f"metric_{name}", name)

    def process(self, process: str) -> str:
        """Return the name of a process."""
        return name_of(self.marts.processes.get(process), self.t, process)

    def period(self, row: Row) -> str:
        """Return the period of a row in words."""
        return self.t.span(row["period_start"], row["period_end"])


def name_of(row: Row | None, t: Language, otherwise: str) -> str:
    """Return the name that a row of a dimension carries in a language."""
    return (row or {}).get(f"name_{t.code}") or otherwise


def both(draw: Callable[[float], Drawing], wide: float = HALF) -> Picture:
    """Return a picture that is drawn when it is asked for."""
    return Picture(draw, wide)


def is_withheld(row: Row, column: str) -> bool:
    """Return whether the release withholds a figure of a row."""
    return column in (row.get("withheld") or "").split()


def is_hidden(row: Row, column: str) -> bool:
    """Return whether a figure of a row is withheld, by name or, where a table names none, with its whole row."""
    return is_withheld(row, column) or (row[column] is None and row.get("conf_status", "F") != "F")


def withheld(row: Row, t: Language) -> Cell:
    """Return the cell of a withheld figure."""
    kind = "n" if row["conf_status"] == "N" else "c"
    return Cell(f"[{kind}]", kind, t("withheld"))


def cell(row: Row | None, column: str, t: Language, write: Callable[[float], str]) -> Cell:
    """Return a figure of a row as text: withheld, without a figure, or written by `write`."""
    if row is None:
        return Cell(DASH, "none", t("no_value"))
    if is_hidden(row, column):
        return withheld(row, t)
    return Cell(DASH, "none", t("no_value")) if row[column] is None else Cell(write(row[column]))


def shown(row: Row | None, column: str) -> float | None:
    """Return a figure that may be shown and exists."""
    return None if row is None or row[column] is None else float(row[column])


def gap(low: float | None, value: float, high: float | None, benchmark: float | None, least: float = LEAST_GAP) -> str:
    """Return above, below, or none where the interval holds the benchmark or the gap is too small to matter."""
    if low is None or high is None or benchmark is None or abs(value - benchmark) < least or low <= benchmark <= high:
        return "none"
    return "above" if value > benchmark else "below"


def table(headings: Iterable[str], rows: Iterable[Iterable[Cell | str]]) -> Table:
    """Return a table; a plain text is a cell that names something."""
    made = tuple(tuple(Cell(one) if isinstance(one, str) else one for one in row) for row in rows)
    return Table(tuple(headings), made)


def ago(day: date, years: int = 1) -> date:
    """Return the same day years before; the last day of February stays the last day of February."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def by_unit(rows: Iterable[Row]) -> Mapping[str, Row]:
    """Return rows by their unit."""
    return {row["org_unit_id"]: row for row in rows}

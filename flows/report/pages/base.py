"""A page is a title and sections of figures; a list of them is a site."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from markupsafe import Markup

from flows.report.figures.base import Figure
from flows.report.figures.overview import Card


@dataclass(frozen=True)
class Section:
    """A group of figures under a heading; `empty` is said where it holds none."""

    id: str
    title: str
    figures: tuple[Figure, ...] = ()
    intro: str = ""
    body: Markup = field(default_factory=Markup)
    empty: str = ""

    @property
    def placed(self) -> list[tuple[Figure, bool]]:
        """Return the figures, and whether one of half width stands alone in its row."""
        found, is_open = [], False
        for place, figure in enumerate(self.figures):
            after = self.figures[place + 1] if place + 1 < len(self.figures) else None
            found.append((figure, figure.is_half and not is_open and not (after and after.is_half)))
            is_open = figure.is_half and not is_open
        return found


@dataclass(frozen=True)
class Page:
    """One page in one language.

    Attributes:
        title: What the page is about.
        lead: One sentence below it.
        cards: Figures that open it.
        sections: Its sections, in order.
        missing: Required sources that the release stands without, by their titles.
    """

    title: str
    lead: str = ""
    cards: tuple[Card, ...] = ()
    sections: tuple[Section, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All figures of the page."""
        return tuple(figure for section in self.sections for figure in section.figures)


def found(figures: Iterable[Figure | None]) -> tuple[Figure, ...]:
    """Return the figures that there are."""
    return tuple(figure for figure in figures if figure is not None)

"""The site of a release is a folder of pages that open by double click, in four languages, with no request."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from flows.report.figures.base import Figure, View
from flows.report.marts import SERVICE, Marts, Row, read_marts
from flows.report.pages.base import Page
from flows.report.pages.method import method
from flows.report.pages.ministry import ministry
from flows.report.pages.national import national
from flows.report.pages.process import process, process_ids
from flows.report.pages.quality import quality
from flows.report.texts import LANGUAGES, Language, languages

TEMPLATES = Path(__file__).with_name("templates")
ASSETS = ("page.css", "drawing.css", "site.css", "site.js")
MENU = 24


@dataclass(frozen=True)
class Choice:
    """What to write of a site.

    Attributes:
        languages: Codes of the languages, in the order in which they are offered.
        units: Ministries whose pages are written; all where empty.
        is_single: Whether each page holds its assets itself and links to no other: a file to send.
        dictionary: Address of the dictionary, seen from the folder of the site; empty where there is none.
    """

    languages: tuple[str, ...] = LANGUAGES
    units: tuple[str, ...] = ()
    is_single: bool = False
    dictionary: str = "../dictionary.html"


ALL = Choice()


@dataclass(frozen=True)
class Leaf:
    """A page of the site before it is written: its address and how it is made in a language."""

    address: str
    make: Callable[[View], Page]
    unit: str = SERVICE


def write_site(release_dir: Path, target: Path, choice: Choice = ALL) -> Path:
    """Write the site of a release from its parquet files alone.

    Args:
        release_dir: Folder with the parquet files.
        target: Folder to write into; made where it is missing.
        choice: Languages, ministries and form.

    Returns:
        The first page: `index.html`, or the page of the only ministry chosen.
    """
    return write_pages(read_marts(release_dir), target, choice)


def write_pages(marts: Marts, target: Path, choice: Choice = ALL) -> Path:
    """Write the site of marts that have been read; see write_site."""
    leaves = list(_leaves(marts, choice))
    for leaf in leaves:
        file = target / leaf.address
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_page(marts, leaf, choice), encoding="utf-8")
    if not choice.is_single:
        _write_assets(target / "assets")
    return target / leaves[0].address


def render(template: str, **values: Any) -> str:
    """Fill a template of flows/report/templates; everything put in is escaped."""
    return _environment().get_template(template).render(values)


def origin(about: Mapping[str, Any], language: Language) -> dict[str, str]:
    """Return the two dates of a release in words."""
    days = {name: date.fromisoformat(about[name]) for name in ("as_of", "known_on")}
    return {name: language.day(day) for name, day in days.items()}


def rows_as_csv(rows: Sequence[Row]) -> str:
    """Return rows of a mart as CSV: ISO dates, decimal points, nothing where a figure is missing or withheld."""
    stream = io.StringIO()
    if rows:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return stream.getvalue()


def _leaves(marts: Marts, choice: Choice) -> Iterator[Leaf]:
    units = choice.units or marts.ministries
    if choice.units and choice.is_single:
        yield from (_of_unit(unit, f"{unit}.html") for unit in units)
        return
    yield Leaf("index.html", national)
    if choice.is_single:
        return
    yield from (_of_unit(unit, f"org/{unit}.html") for unit in units)
    for name in process_ids(View(marts, languages()[0])):
        yield Leaf(f"process/{name}.html", lambda view, name=name: process(view, name))
    yield Leaf("quality.html", quality)
    yield Leaf("method.html", method)


def _of_unit(unit: str, address: str) -> Leaf:
    return Leaf(address, ministry, unit)


def _page(marts: Marts, leaf: Leaf, choice: Choice) -> str:
    chosen = [language for code in choice.languages for language in languages() if language.code == code]
    pages = [(t, leaf.make(View(marts, t, leaf.unit))) for t in chosen]
    up = "../" * leaf.address.count("/")
    return render(
        "site.html.j2",
        pages=[{"t": t, "page": page, **origin(marts.about, t)} for t, page in pages],
        about=marts.about,
        address=leaf.address,
        up=up,
        single=choice.is_single,
        styles=[_asset(name) for name in ASSETS[:3]],
        script=_asset(ASSETS[3]),
        dictionary=f"{up}{choice.dictionary}" if choice.dictionary else "",
        data=_data(pages[0][1].figures),
        places=_places(marts, choice),
    )


def _places(marts: Marts, choice: Choice) -> dict[str, list[str]]:
    units = list(choice.units or marts.ministries)
    return {"units": units if len(units) <= MENU else [], "processes": list(process_ids(View(marts, languages()[0])))}


def _data(figures: Sequence[Figure]) -> Markup:
    """Return the rows behind each figure as JSON that may stand in a page."""
    text = json.dumps({figure.id: rows_as_csv(figure.rows) for figure in figures}, ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - JSON in a script element, closed to markup by the line itself


def _write_assets(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "site.css").write_text("".join(_asset(name) for name in ASSETS[:3]), encoding="utf-8")
    (folder / "site.js").write_text(_asset(ASSETS[3]), encoding="utf-8")


@cache
def _asset(name: str) -> Markup:
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704 - a file of this project


@cache
def _environment() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["coded"] = _coded
    return environment


def _coded(text: str) -> Markup:
    """Return a description with what stands between backticks set as code."""
    parts = text.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(part) if i % 2 else part for i, part in enumerate(parts))

"""The printed report is set by Typst from the figures and drawings of the site; the brief of a ministry is one page."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from flows.errors import Place, QdeepError
from flows.report.figures.base import HALF, Figure, Key, Table, View
from flows.report.marts import SERVICE, Marts
from flows.report.pages.base import Page, Section
from flows.report.pages.ministry import ministry
from flows.report.pages.national import national
from flows.report.pages.process import process, process_ids
from flows.report.pages.quality import quality
from flows.report.site import TEMPLATES, origin
from flows.report.texts import Language

# Debian's fonts-noto-core and fonts-noto-cjk; the second has the Korean.
FONTS = ("Noto Sans", "Noto Sans CJK KR")
# Width of the text and height left for a picture on an A4 page, in points.
TEXT_WIDTH, HIGHEST = 510, 600
# Cells of more signs than these are broken into lines.
LONGEST = 110
SHORT = ("recommendations", "bridge", "posts", "ages", "turnover", "pay_gap", "recruitment")
FILLS = {
    **dict.fromkeys(("bar plain", "bar held", "bar touch", "bar touch log", "bar positive", "bar tobe"), "#0072b2"),
    **dict.fromkeys(("dot above", "dot like diamond"), "#0072b2"),
    **dict.fromkeys(("bar out", "dot below", "dot raw"), "#d55e00"),
    **dict.fromkeys(("bar wait", "bar wait log", "line middle"), "#e69f00"),
    **dict.fromkeys(("dot none", "benchmark", "bar gap"), "#5b6b7a"),
    **dict.fromkeys(("line short", "bar asis"), "#8796a5"),
    "bar in": "#004c86",
    "bar approved": "#cfe0ec",
    "bar men": "#3d5a80",
    "bar women": "#98c1d9",
    "bar neutral": "#d9dfe4",
    "bar negative": "#f2a067",
    "bar reach": "#a9cfe6",
    "bar touch survey": "#7fb4d8",
    "bar wait survey": "#f4d08a",
    "line long": "#c1440e",
    "line veiled": "#9aa7b2",
    "tick last": "#a94700",
    "tick middle": "#12263a",
    "line band": "#12263a",
    "dot hollow": "#b9c3cc",
    **{f"cell l{level}": fill for level, fill in enumerate(("#f3f6f8", "#e1edf6", "#c5dff0", "#97c6e6", "#6fb0dc"), 1)},
}


def write_printed(marts: Marts, target: Path, languages: Iterable[Language], units: Iterable[str] = ()) -> list[Path]:
    """Write the printed reports: of the service, or of each ministry chosen with its brief.

    Args:
        marts: Tables of the release.
        target: Folder to write into; made where it is missing.
        languages: A file for each.
        units: Ministries; the service as a whole where none is given.

    Raises:
        QdeepError: E-641 where Typst or a font is missing.
    """
    target.mkdir(parents=True, exist_ok=True)
    _check_fonts()
    written = []
    for unit in list(units) or [SERVICE]:
        for t in languages:
            for name, page, is_brief in _papers(View(marts, t, unit)):
                file = target / f"{name}_{t.code}.pdf"
                file.write_bytes(_set(marts, t, page, is_brief=is_brief))
                written.append(file)
    return written


def _papers(view: View) -> Iterator[tuple[str, Page, bool]]:
    if view.is_national:
        page = national(view)
        processes = [(one, process(view, one)) for one in process_ids(view)]
        more = [Section(one, made.title, made.figures, empty=view.t("process_withheld")) for one, made in processes]
        yield "report", replace(page, sections=(*page.sections, *more, *quality(view).sections)), False
        return
    page = ministry(view)
    yield f"report_{view.unit}", page, False
    yield f"brief_{view.unit}", _brief(page), True


def _brief(page: Page) -> Page:
    found = {figure.id: figure for figure in page.figures}
    return replace(page, sections=(Section("brief", "", tuple(found[one] for one in SHORT if one in found)),))


def _set(marts: Marts, t: Language, page: Page, *, is_brief: bool) -> bytes:
    import typst

    return bytes(typst.compile(_files(marts, t, page, is_brief=is_brief), font_paths=_folders()))


def _files(marts: Marts, t: Language, page: Page, *, is_brief: bool) -> Any:
    """Return a report as a project in memory: its template, its data, its pictures."""
    pictures = {_file(part, one): _picture(one, t) for part in page.sections for one in part.figures if one.picture}
    return {
        "main.typ": (TEMPLATES / "report.typ").read_bytes(),
        "data.json": json.dumps(_data(marts, t, page, is_brief=is_brief), ensure_ascii=False).encode(),
        **{name: svg.encode() for name, svg in pictures.items()},
    }


def _data(marts: Marts, t: Language, page: Page, *, is_brief: bool) -> Mapping[str, Any]:
    about, days = marts.about, origin(marts.about, t)
    sample = f"{t('sample_word')} — {t('sample_sentence')}" if about["is_sample"] else ""
    return {
        "lang": t.code,
        "fonts": list(FONTS),
        "is_brief": is_brief,
        "title": page.title,
        "lead": page.lead,
        "stamp": sample,
        "foot": " · ".join(part for part in (sample, f"{t('release')} {about['release_id']}") if part),
        "facts": [[t("release"), about["release_id"]], *([t(name), days[name]] for name in ("as_of", "known_on"))],
        "missing": list(page.missing),
        "missing_title": t("missing_sentence"),
        "reading": f"{t('legend_c')} {t('legend_dash')}",
        "cards": [{"name": one.name, "text": one.text, "unit": one.unit, "note": one.note} for one in page.cards],
        "sections": [
            {"title": part.title, "empty": part.empty, "figures": [_figure(part, figure, t) for figure in part.figures]}
            for part in page.sections
        ],
    }


def _file(part: Section, figure: Figure) -> str:
    return f"{part.id}-{figure.id}.svg"


def _figure(part: Section, figure: Figure, t: Language) -> Mapping[str, Any]:
    return {
        "title": figure.title,
        "finding": figure.finding,
        "sub": figure.sub,
        "image": _file(part, figure) if figure.picture else "",
        "width": _width(figure),
        "table": _table(figure.table) if figure.table and figure.table.rows else None,
        "legend": [{"fill": _fill(key), "words": key.words} for key in figure.legend if key.words],
        "notes": list(figure.notes),
        "source": f"{t('table')}: {', '.join(figure.marts)}",
    }


def _table(table: Table) -> Mapping[str, Any]:
    """Return a table and how its columns share the width: words by their length, figures alike."""
    words = [max(map(len, heading.split()), default=1) for heading in table.headings]
    cells = [max(len(one.text) for one in column) for column in zip(*table.rows, strict=True)]
    lengths = [max(2 * word, cell) for word, cell in zip(words, cells, strict=True)]
    if any(table.wordy[1:]):
        widths = [min(length, LONGEST) ** 0.5 for length in lengths]
    else:
        widths = [2.1, *(1.0 for _ in lengths[1:])]
    return {
        "headings": list(table.headings),
        "rows": [[{"text": one.text, "kind": one.kind} for one in row] for row in table.rows],
        "wordy": list(table.wordy),
        "widths": widths,
    }


def _width(figure: Figure) -> float:
    """Return how much of the text's width a picture takes, in percent, so that it stays within one page."""
    if figure.picture is None:
        return 100
    paper = figure.picture.paper
    highest = 100 * HIGHEST * paper.width / (TEXT_WIDTH * paper.height)
    return round(min(100 if figure.picture.width > HALF else 72, highest), 1)


def _fill(key: Key) -> str:
    if key.sign in ("hide", "sign"):
        return {"hide": "hatch", "sign": ""}[key.sign]
    return FILLS.get(key.sign, "#7fb4d8")


def _picture(figure: Figure, t: Language) -> str:
    order = FONTS if t.code != "ko" else FONTS[::-1]
    families = ",".join(f"'{name}'" for name in order)
    own = f".drawing text{{font-family:{families}}}"
    return str(figure.picture.paper.svg(figure.title, style=_style() + own)) if figure.picture else ""


@cache
def _style() -> str:
    return (TEMPLATES / "drawing.css").read_text(encoding="utf-8")


def _folders() -> list[Path]:
    import os

    return [Path(folder) for folder in os.environ.get("QDEEP_FONTS", "").split(os.pathsep) if folder]


def missing_fonts() -> list[str]:
    """Return the fonts that neither the machine nor QDEEP_FONTS has."""
    import typst

    known = {str(family) for family in typst.Fonts(font_paths=_folders()).families()}
    return [name for name in FONTS if name not in known]


def _check_fonts() -> None:
    try:
        import typst  # noqa: F401 - whether it is there is the question
    except ImportError as error:
        raise QdeepError("E-641", "Typst is not installed.", Place()) from error
    missing = missing_fonts()
    if missing:
        raise QdeepError("E-641", f"A font is missing: {', '.join(missing)}.", Place())

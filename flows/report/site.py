"""The overview page of a release is one file that opens by double click, in four languages, with no request."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from markupsafe import Markup

from flows.report.marts import read_marts
from flows.report.texts import Language, languages
from flows.report.views import page


def write_site(release_dir: Path, target: Path) -> Path:
    """Write the overview page of a release from its parquet files alone.

    Args:
        release_dir: Folder with the parquet files.
        target: Folder to write `index.html` into; made where it is missing.

    Returns:
        The page.
    """
    marts = read_marts(release_dir)
    pages = [{"t": language, **page(marts, language), **origin(marts.about, language)} for language in languages()]
    target.mkdir(parents=True, exist_ok=True)
    file = target / "index.html"
    file.write_text(
        render("overview.html.j2", pages=pages, about=marts.about, minima=marts.about["minima"]), encoding="utf-8"
    )
    return file


def render(template: str, **values: Any) -> str:
    """Fill a template of flows/report/templates; everything put in is escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["coded"] = _coded
    return environment.get_template(template).render(values)


def origin(about: Mapping[str, Any], language: Language) -> dict[str, str]:
    """Return the two dates of a release in words."""
    days = {name: date.fromisoformat(about[name]) for name in ("as_of", "known_on")}
    return {name: language.day(day) for name, day in days.items()}


def _coded(text: str) -> Markup:
    """Return a description with what stands between backticks set as code."""
    parts = text.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(part) if i % 2 else part for i, part in enumerate(parts))

"""The pages of the sample's release as a reader sees them: in Chromium, offline, in four languages, wide and narrow."""

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from flows.report.figures.base import View
from flows.report.marts import read_marts
from flows.report.pages.ministry import ministry
from flows.report.printed import _brief, _files, missing_fonts, write_printed
from flows.report.site import Choice, write_site
from flows.report.texts import LANGUAGES, languages

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WIDE, NARROW = 1280, 390
PAGES = (
    "index.html",
    "org/MOA.html",
    "process/correspondence.html",
    "process/leave.html",
    "quality.html",
    "method.html",
)
MOST_BYTES = 2_000_000
READ = (
    "survey_estimates",
    "hrm_turnover",
    "hrm_vacancies",
    "bpr_flows",
    "bpr_steps",
    "survey_indices",
    "bpr_scenarios",
)
READ += ("bpr_priorities", "model_scores", "model_gaps", "recommendation_evidence", "hrm_pay", "hrm_recruitment")
LONG = "hrm_indicators"  # no page reads it
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sample"), pytest.mark.timeout(600)]
in_browser = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)")

in_print = pytest.mark.skipif(
    bool(missing_fonts()), reason="fonts are missing (apt-get install fonts-noto-core fonts-noto-cjk)"
)

# Texts of a drawing that stand outside of it, by more than the rounding of letters.
OUTSIDE = """() => [...document.querySelectorAll('.page.shown svg.drawing')]
.filter(drawing => drawing.getBoundingClientRect().width).flatMap(drawing => { const whole = drawing.viewBox.baseVal;
return [...drawing.querySelectorAll('text')].filter(text => { const box = text.getBBox();
return box.x < -4 || box.x + box.width > whole.width + 4 || box.y + box.height > whole.height + 4; })
.map(text => text.textContent); })"""
# Names of steps that are wider than their box.
WIDER = """() => [...document.querySelectorAll('.page.shown .step')].filter(r => r.getBoundingClientRect().width)
.flatMap(r => [...r.parentElement.querySelectorAll('text')].filter(t => t.getBBox().width > r.getBBox().width - 6)
.map(t => t.textContent))"""


class Reader:
    """A page of the browser that remembers what went wrong in it."""

    def __init__(self, page: Any, site: Path) -> None:
        """Listen for errors, warnings and requests."""
        self.page, self.site = page, site
        self.wrong: list[str] = []
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda said: self.wrong.append(said.text) if said.type in ("error", "warning") else None)
        page.on(
            "request",
            lambda asked: None if asked.url.startswith(("file:", "blob:", "data:")) else self.wrong.append(asked.url),
        )

    def open(self, name: str, language: str) -> Any:
        """Open a page in a language on a wide screen."""
        self.page.set_viewport_size({"width": WIDE, "height": 900})
        self.page.goto("about:blank")
        self.page.goto(f"{(self.site / name).as_uri()}#{language}")
        return self.page


@pytest.fixture(scope="module")
def site(folder: Path) -> Path:
    """The site as the release carries it."""
    return folder / "report"


@pytest.fixture(scope="module")
def reader(site: Path) -> Iterator[Reader]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield Reader(browser.new_context(offline=True, accept_downloads=True).new_page(), site)
        browser.close()


@in_browser
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_drawn_without_a_request_and_fits_wide_and_narrow(reader: Reader, language: str) -> None:
    for name in PAGES:
        page = reader.open(name, language)
        assert page.evaluate("document.documentElement.lang") == language
        for width in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
            assert page.evaluate(OUTSIDE) == [], (name, width)
            assert page.evaluate(WIDER) == [], (name, width)
    assert reader.wrong == []


@in_browser
def test_the_language_is_switched_within_the_page(reader: Reader) -> None:
    page = reader.open("index.html", "uz")
    page.click(".page.shown .langs a[lang=ko]")
    assert page.evaluate("document.documentElement.lang") == "ko"
    assert page.locator(".page.shown h1").inner_text() == languages()[3]("report_title")
    page.click(".page.shown .people th a")
    page.wait_for_url("**/org/*#ko")
    assert page.evaluate("document.documentElement.lang") == "ko"


@in_browser
def test_readers_of_screens_and_keyboards_are_served(reader: Reader, folder: Path, tmp_path: Path) -> None:
    """Axe finds nothing of weight; in one language, since it walks through the hidden ones too."""
    from axe_playwright_python.sync_playwright import Axe

    write_site(folder, tmp_path, Choice(("en",), ("MOA",), dictionary=""))
    for name in ("org/MOA.html", "process/correspondence.html"):
        reader.page.goto((tmp_path / name).as_uri())
        found = Axe().run(reader.page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found if one["impact"] != "minor"] == []


@in_browser
def test_the_table_of_a_picture_and_its_rows_are_one_press_away(reader: Reader, folder: Path) -> None:
    page = reader.open("index.html", "en")
    page.click("#en-posts button[data-view=table]")
    assert page.locator("#en-posts .tab table").is_visible()
    assert not page.locator("#en-posts .chart").is_visible()
    with page.expect_download() as waiting:
        page.click("#en-posts button[data-view=csv]")
    assert _strange(Path(waiting.value.path()).read_text("utf-8-sig"), folder / "hrm_vacancies.parquet") == []


@in_browser
def test_the_national_page_is_small_and_quick(reader: Reader, site: Path) -> None:
    assert (site / "index.html").stat().st_size < MOST_BYTES
    took = []
    for _ in range(3):
        page = reader.open("index.html", "uz")
        took.append(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
    assert min(took) < 1000


def test_the_rows_behind_every_picture_are_rows_of_its_mart(site: Path, folder: Path) -> None:
    pages = [*site.glob("*.html"), *site.glob("*/*.html")]
    assert len(pages) > len(PAGES)
    for file in pages:
        text = file.read_text(encoding="utf-8")
        rows = json.loads(text.split('<script type="application/json" id="csv">')[1].split("</script>")[0])
        for name, content in rows.items():
            mart = re.search(rf'data-figure="{name}".*?class="src">[^<]*<code>(\w+)', text, re.DOTALL)
            assert mart, name
            assert _strange(content, folder / f"{mart[1]}.parquet") == [], (file.name, name)


def test_no_page_holds_a_figure_that_the_release_withholds(site: Path, folder: Path, warehouse: Path) -> None:
    """Figures with many digits are told apart by their digits: none that is hidden stands in the bytes of a page."""
    pages = "".join(file.read_text(encoding="utf-8") for file in site.rglob("*.html"))
    shown = set(re.findall(r"\d\.\d{8,}", pages))
    assert len(shown) > 1000
    published = set().union(*(_digits(pl.read_parquet(file)) for file in folder.glob("*.parquet") if file.stem != LONG))
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for table in READ:
            true = pl.DataFrame(pl.from_arrow(connection.sql(f"select * from marts.{table}").to_arrow_table()))
            assert not (shown & _digits(true)) - published, table


def test_a_withheld_way_of_a_process_does_not_follow_from_the_bytes_of_its_page(site: Path) -> None:
    """As many cases leave a step as enter it: exact counts of the others would give a withheld way away."""
    text = (site / "process" / "correspondence.html").read_text(encoding="utf-8")
    rows = json.loads(text.split('<script type="application/json" id="csv">')[1].split("</script>")[0])
    ways, steps = (list(csv.DictReader(io.StringIO(rows[name]))) for name in ("map", "steps"))
    assert any(way["conf_status"] == "C" for way in ways)
    counts = [way[name] for way in ways for name in ("cases", "times")] + [step["log_cases"] for step in steps]
    assert {int(count) % 5 for count in counts if count} == {0}
    shares = [float(way["share_of_from"]) for way in ways if way["share_of_from"]]
    assert shares == [float(f"{share:.1g}") for share in shares]
    drawing = text.split('data-figure="map"')[1].split("</section>")[0]
    assert {int(count) % 5 for count in re.findall(r">×(\d+)<", drawing)} == {0}


def test_a_file_to_send_stands_alone(folder: Path, tmp_path: Path) -> None:
    choice = Choice(("ru", "en"), ("MOA",), is_single=True, dictionary="")
    file = write_site(folder, tmp_path, choice)
    text = file.read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["MOA.html"]
    assert not [
        address
        for address in re.findall(r'(?:src|href)="([^"]*)"', text)
        if not address.startswith(("#", "data:", "../process"))
    ]
    assert 'lang="ru"' in text
    assert 'id="uz"' not in text


@in_print
def test_printed_report_and_brief_are_set_in_every_script(folder: Path, tmp_path: Path) -> None:
    import typst

    marts = read_marts(folder)
    chosen = [language for language in languages() if language.code in ("ru", "ko")]
    written = write_printed(marts, tmp_path, chosen, ["MOA"])
    assert [file.name for file in written] == [
        f"{kind}_MOA_{code}.pdf" for code in ("ru", "ko") for kind in ("report", "brief")
    ]
    assert all(file.read_bytes().startswith(b"%PDF") for file in written)
    for t in languages():
        page = _brief(ministry(View(marts, t, "MOA")))
        pages, warnings = typst.compile_with_warnings(_files(marts, t, page, is_brief=True), format="png", ppi=20)
        assert isinstance(pages, bytes), f"the brief in {t.code} takes more than one page"
        assert warnings == [], t.code


def _strange(content: str, mart: Path) -> list[str]:
    """Return the rows of a CSV that are no row of the mart, each cell held against its text in the mart."""
    rows = list(csv.reader(io.StringIO(content)))
    if not rows:
        return []
    known = {
        "\x1f".join("" if cell is None else str(cell) for cell in row)
        for row in pl.read_parquet(mart).select(rows[0]).iter_rows()
    }
    return ["\x1f".join(row) for row in rows[1:] if "\x1f".join(row) not in known]


def _digits(frame: pl.DataFrame) -> set[str]:
    """Return the figures of a table that have so many digits that they are known by them."""
    columns = [name for name, kind in frame.schema.items() if kind == pl.Float64]
    texts = {str(value) for name in columns for value in frame[name].drop_nulls().unique()}
    return {text for text in texts if re.fullmatch(r"\d\.\d{8,}", text)}

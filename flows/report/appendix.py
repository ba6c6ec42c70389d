"""The appendix is a workbook: a sheet for each figure of a page, with the rows of the mart behind it."""

from datetime import date
from pathlib import Path
from typing import Any

from flows.report.figures.base import Figure, View, is_withheld
from flows.report.marts import Row
from flows.report.pages.base import Page

LONGEST_NAME = 31
FIRST_ROW = 5


def write_appendix(file: Path, view: View, page: Page) -> Path:
    """Write the figures of a page as a workbook in the language of the view; withheld figures read `[c]`.

    Args:
        file: Workbook to write; its folder is made where it is missing.
        view: View that the page was made from.
        page: Page whose figures are written.
    """
    import xlsxwriter

    file.parent.mkdir(parents=True, exist_ok=True)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(str(file), options) as book:
        bold = book.add_format({"bold": True})
        for name, figure in _sheets(page).items():
            _sheet(book.add_worksheet(name), figure, view, bold)
    return file


def _sheets(page: Page) -> dict[str, Figure]:
    return {figure.id[:LONGEST_NAME]: figure for figure in page.figures}


def _sheet(sheet: Any, figure: Figure, view: View, bold: Any) -> None:
    about, t = view.marts.about, view.t
    origin = (
        f"{t('release')} {about['release_id']} · {t('as_of')} {about['as_of']} · {t('known_on')} {about['known_on']}"
    )
    stamp = f"{t('sample_word')} — {t('sample_sentence')}" if about["is_sample"] else ""
    for place, words in enumerate(
        (figure.title, figure.finding, f"{t('table')}: {figure.marts[0]}", f"{origin} {stamp}")
    ):
        sheet.write_string(place, 0, words, bold if not place else None)
    if not figure.rows:
        return
    columns = list(figure.rows[0])
    sheet.write_row(FIRST_ROW, 0, columns, bold)
    sheet.freeze_panes(FIRST_ROW + 1, 1)
    for place, row in enumerate(figure.rows, FIRST_ROW + 1):
        for column, name in enumerate(columns):
            _write(sheet, place, column, row, name)


def _write(sheet: Any, place: int, column: int, row: Row, name: str) -> None:
    value = "[c]" if is_withheld(row, name) else row[name]
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float | date):
        sheet.write_string(place, column, str(value))
    elif isinstance(value, date):
        sheet.write_datetime(place, column, value)
    else:
        sheet.write_number(place, column, value)

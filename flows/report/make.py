"""`qdeep report` makes site, printed reports and workbooks of a release, or of some ministries of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from flows.errors import QdeepError
from flows.report.appendix import write_appendix
from flows.report.figures.base import View
from flows.report.marts import SERVICE, Marts, read_marts
from flows.report.pages.ministry import ministry
from flows.report.pages.national import national
from flows.report.site import Choice, write_pages
from flows.report.texts import languages


def make_report(
    release_dir: Path, target: Path, choice: Choice, *, pdf: bool = False, xlsx: bool = False
) -> list[Path]:
    """Make what was asked for of a release.

    Args:
        release_dir: Folder of a published release.
        target: Folder to write into; made where it is missing.
        choice: Languages, ministries and form of the pages.
        pdf: Whether to set the printed reports and briefs besides.
        xlsx: Whether to write the workbooks besides.

    Returns:
        The first page, the printed reports and the workbooks.

    Raises:
        QdeepError: E-502 where the folder is no release, E-640 where it has no such ministry.
    """
    marts = read_marts(release_dir)
    unknown = sorted(set(choice.units) - set(marts.ministries))
    if unknown:
        raise QdeepError(
            "E-640", "The release has no such ministry.", expected=f"one of: {', '.join(marts.ministries)}"
        )
    written = [write_pages(marts, target, choice)]
    dictionary = release_dir / "dictionary.html"
    if dictionary.is_file() and choice.dictionary and not choice.is_single:
        shutil.copyfile(dictionary, target / choice.dictionary)
    if pdf:
        written += _printed(marts, target, choice)
    return [*written, *(_appendices(marts, target, choice) if xlsx else ())]


def _printed(marts: Marts, target: Path, choice: Choice) -> list[Path]:
    from flows.report.printed import write_printed

    chosen = [language for language in languages() if language.code in choice.languages]
    return write_printed(marts, target, chosen, choice.units)


def _appendices(marts: Marts, target: Path, choice: Choice) -> Iterator[Path]:
    for unit in choice.units or (SERVICE,):
        for t in (language for language in languages() if language.code in choice.languages):
            view = View(marts, t, unit)
            page = national(view) if view.is_national else ministry(view)
            name = "appendix" if view.is_national else f"appendix_{unit}"
            yield write_appendix(target / f"{name}_{t.code}.xlsx", view, page)

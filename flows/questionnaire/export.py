"""A codebook version has been written as the files that a survey tool, or a printer, takes."""

from collections.abc import Callable, Iterable
from pathlib import Path

from flows.contracts.folders import Book, Folders
from flows.errors import QdeepError
from flows.questionnaire.background import background_rows, seed_choices
from flows.questionnaire.form import LANGUAGES, Form, build_form
from flows.questionnaire.limesurvey import write_limesurvey
from flows.questionnaire.paper import write_paper
from flows.questionnaire.xlsform import has_java, read_back, write_xlsform

TARGETS = ("xlsform", "limesurvey", "docx")


def find_book(folders: Folders, name: str) -> Book:
    """Return the codebook `engagement/1`, or the newest version of `engagement`.

    Raises:
        QdeepError: E-407, there is none of this name.
    """
    instrument, _, version = name.partition("/")
    fitting = sorted((key for key in folders.books if key[0] == instrument and version in ("", key[1])), key=_age)
    if not fitting:
        known = ", ".join("/".join(key) for key in sorted(folders.books))
        raise QdeepError("E-407", f"There is no codebook {name}.", expected=f"one of: {known}")
    return folders.books[fitting[-1]]


def _age(key: tuple[str, str]) -> tuple[int, str]:
    return (int(key[1]) if key[1].isdigit() else 0, key[1])


def form_of(book: Book) -> Form:
    """Return the form of a codebook with its background questions and the lists of the organisation chart."""
    return build_form(book, background_rows(book.instrument.value), seed_choices())


def export_form(form: Form, target: str, folder: Path, languages: Iterable[str] = LANGUAGES) -> list[tuple[Path, str]]:
    """Write the files of one target into a folder.

    Args:
        form: The form.
        target: `xlsform`, `limesurvey` or `docx`.
        folder: Where to; made where it is not there.
        languages: Languages of the printed forms; the others hold all four.

    Returns:
        Each file with a note of what was proven on it.

    Raises:
        QdeepError: E-602, pyxform or ODK Validate does not take the form.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if target == "docx":
        return [_paper(form, folder, language) for language in languages]
    writers: dict[str, Callable[[Form, Path], tuple[Path, str]]] = {"xlsform": _xlsform, "limesurvey": _limesurvey}
    return [writers[target](form, folder)]


def _xlsform(form: Form, folder: Path) -> tuple[Path, str]:
    path = folder / f"{form.id}.xlsx"
    write_xlsform(form, path)
    try:
        warnings = read_back(path)
    except ValueError as error:
        path.unlink()
        raise QdeepError("E-602", f"The form {form.id} is not valid XLSForm: {' '.join(str(error).split())}") from error
    checked = "ODK Validate ok" if has_java() else "ODK Validate skipped (no Java)"
    return path, " · ".join([_size(form), "pyxform ok", checked, *warnings])


def _limesurvey(form: Form, folder: Path) -> tuple[Path, str]:
    path = folder / f"{form.id}.txt"
    write_limesurvey(form, path)
    return path, f"{_size(form)} · not tried on a server"


def _paper(form: Form, folder: Path, language: str) -> tuple[Path, str]:
    path = folder / f"{form.id}_{language}.docx"
    write_paper(form, path, language)
    return path, f"{len(form.questions)} questions"


def _size(form: Form) -> str:
    return f"{len(form.questions)} questions, {len(LANGUAGES)} languages"

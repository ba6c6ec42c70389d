"""Questionnaires: list, begin, check, write for a tool or for print."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from flows.commands.common import UPKEEP, USUAL, Common, languages, say_found, say_rows
from flows.settings import load_settings

app = App(
    name="questionnaire", help="Questionnaires: list them, write them for a survey tool or for print.", group=UPKEEP
)


@app.command(name="list")
def questionnaire_list(*, common: Common = USUAL) -> int:
    """List the codebooks that can be asked."""
    from flows.contracts.folders import read_folders
    from flows.questionnaire.export import form_of

    forms = [form_of(book) for _, book in sorted(read_folders(load_settings(common.config)).books.items())]
    names = ("questionnaire", "title", "questions", "parts")
    rows = [(f"{one.instrument}/{one.version}", one.texts["en"], len(one.questions), len(one.parts)) for one in forms]
    return say_rows("questionnaire list", names, [dict(zip(names, row, strict=True)) for row in rows], common)


@app.command(name="new")
def questionnaire_new(
    name: str,
    /,
    *,
    like: Annotated[str, Parameter(name="--like")] = "engagement",
    common: Common = USUAL,
) -> int:
    """Begin a questionnaire, or a new version of one, as a copy of another.

    Parameters
    ----------
    name:
        Name of the copy, such as morale/1 or engagement/2.
    like:
        Codebook to begin with.
    """
    from flows.contracts.folders import read_folders
    from flows.questionnaire.draft import new_book
    from flows.questionnaire.export import find_book

    settings = load_settings(common.config)
    folder = new_book(find_book(read_folders(settings), like), name, settings.contracts[-1])
    written = [{"file": str(path), "note": "to be edited"} for path in sorted(folder.iterdir())]
    return say_rows("questionnaire new", ("file", "note"), written, common)


@app.command(name="check")
def questionnaire_check(name: str, /, *, common: Common = USUAL) -> int:
    """Check a questionnaire: files, texts in four languages, conditions, scoring, licence, and XLSForm by pyxform.

    Parameters
    ----------
    name:
        Codebook, such as engagement or engagement/1.
    """
    from flows.contracts.folders import read_folders
    from flows.questionnaire.draft import proven
    from flows.questionnaire.export import find_book

    found, note = proven(find_book(read_folders(load_settings(common.config)), name))
    return say_found("questionnaire check", found, f"{name}: {note}", common)


@app.command(name="export")
def questionnaire_export(
    name: str,
    /,
    *,
    to: Literal["xlsform", "limesurvey", "docx"] = "xlsform",
    folder: Annotated[Path, Parameter(name=["--folder", "-f"])] = Path(),
    lang: str = "uz,ru,en,ko",
    common: Common = USUAL,
) -> int:
    """Write a questionnaire as files; the XLSForm is proven by pyxform, and by ODK Validate where Java is there.

    Parameters
    ----------
    name:
        Codebook, such as engagement or engagement/1.
    to:
        xlsform (KoboToolbox, ODK Central), limesurvey (tab-separated structure) or docx (paper, a file a language).
    folder:
        Folder to write into.
    lang:
        Languages of the printed forms.
    """
    from flows.contracts.folders import read_folders
    from flows.questionnaire.export import export_form, find_book, form_of

    form = form_of(find_book(read_folders(load_settings(common.config)), name))
    written = [{"file": str(path), "note": note} for path, note in export_form(form, to, folder, languages(lang))]
    return say_rows("questionnaire export", ("file", "note"), written, common)

"""A form is written as XLSForm, which KoboToolbox and ODK Central take, and has been read back by pyxform."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from flows.questionnaire.form import LANGUAGES, Choice, Form, Part, Question, Texts

Row = dict[str, str]

SOURCE_LANGUAGE = "uz"
LONG_LIST = 10  # options from which on a list opens as a menu
FIXED_DAY = datetime(2000, 1, 1, tzinfo=UTC)  # so that the same codebook gives the same bytes
ANY = "any"


def write_xlsform(form: Form, path: Path) -> None:
    """Write the workbook with its sheets survey, choices and settings, in all languages."""
    import xlsxwriter

    sheets = {"survey": survey_rows(form), "choices": choice_rows(form), "settings": [_settings(form)]}
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": FIXED_DAY, "title": form.id})
        for name, rows in sheets.items():
            header = list(dict.fromkeys(column for row in rows for column in row))
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for line, cells in enumerate([header, *([row.get(column, "") for column in header] for row in rows)]):
                sheet.write_row(line, 0, cells)


def survey_rows(form: Form) -> list[Row]:
    """Return the sheet `survey`: one row a question, group or repeat."""
    rows: list[Row] = [{"type": kind, "name": kind} for kind in ("start", "end")]
    if any(form.notice.values()):
        rows.append({"type": "note", "name": "notice", **_labels(form.notice)})
    for part in form.parts:
        rows += _part_rows(part, form)
    return rows


def _part_rows(part: Part, form: Form) -> Iterator[Row]:
    kind = "repeat" if part.is_repeated else "group"
    if part.name:
        count = {"repeat_count": part.count} if part.count else {}
        yield {"type": f"begin {kind}", "name": part.name, **_labels(part.texts), "relevant": part.relevant, **count}
    for question in part.questions:
        yield _question_row(question, form)
    if part.name:
        yield {"type": f"end {kind}", "name": part.name}


def _question_row(question: Question, form: Form) -> Row:
    is_select = question.type.startswith("select")
    row = {
        "type": f"{question.type} {question.choices}" if is_select else question.type,
        "name": question.name,
        **_labels(question.texts),
        "required": "yes" if question.is_required else "",
        "relevant": question.relevant,
        "constraint": question.constraint,
    }
    if question.filtered_by:
        row["choice_filter"] = f"only_for=${{{question.filtered_by}}} or only_for='{ANY}'"
    if is_select and len(form.choices[question.choices]) > LONG_LIST:
        row["appearance"] = "minimal"
    return row


def choice_rows(form: Form) -> list[Row]:
    """Return the sheet `choices` with the lists that questions use."""
    used = dict.fromkeys(question.choices for question in form.questions if question.choices)
    filtered = {question.choices for question in form.questions if question.filtered_by}
    return [_choice_row(name, choice, name in filtered) for name in used for choice in form.choices[name]]


def _choice_row(name: str, choice: Choice, is_filtered: bool) -> Row:  # noqa: FBT001
    row = {"list_name": name, "name": choice.code, **_labels(choice.texts)}
    return {**row, "only_for": choice.only_for or ANY} if is_filtered else row


def _settings(form: Form) -> Row:
    return {
        "form_title": form.texts[SOURCE_LANGUAGE],
        "form_id": form.id,
        "version": form.version,
        "default_language": language_name(SOURCE_LANGUAGE),
        "allow_choice_duplicates": "no",
    }


def _labels(texts: Texts) -> Row:
    return {f"label::{language_name(language)}": texts.get(language, "") for language in LANGUAGES}


def language_name(language: str) -> str:
    """Return the name of a language as ODK shows it: `English (en)`."""
    return f"{LANGUAGES[language]} ({language})"


def read_back(path: Path) -> tuple[str, ...]:
    """Convert the workbook by pyxform, and check the result by ODK Validate where Java is installed.

    Returns:
        Warnings of pyxform.

    Raises:
        ValueError: The form is not valid; the text is that of the tool.
    """
    from pyxform.errors import PyXFormError
    from pyxform.validators.odk_validate import ODKValidateError
    from pyxform.xls2xform import convert

    warnings: list[str] = []
    try:
        convert(path, warnings=warnings, validate=has_java())
    except (PyXFormError, ODKValidateError) as error:
        raise ValueError(str(error)) from error
    return tuple(warnings)


def has_java() -> bool:
    """Say whether ODK Validate can run."""
    return shutil.which("java") is not None

"""A form is written as a Word document in one language, with codes in front of the options for those who key it in."""

import csv
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.questionnaire.conditions import in_words, read_condition, write_condition
from flows.questionnaire.form import Form, Part, Question
from flows.settings import ROOT

if TYPE_CHECKING:
    from docx.document import Document

TEXTS = ROOT / "expectations" / "questionnaires" / "words.csv"
FIXED_DAY = datetime(2000, 1, 1, tzinfo=UTC)  # so that the same codebook gives the same bytes
COPIES = 3  # of a repeated part; the last page may be copied
FONTS = {"ko": "Malgun Gothic"}
FONT = "Calibri"


def write_paper(form: Form, path: Path, language: str) -> None:
    """Write the form for a person with a pen.

    Args:
        form: The form.
        path: File to write, `.docx`.
        language: `uz`, `ru`, `en` or `ko`.
    """
    from docx import Document

    document = Document()
    _set_up(document, form, language)
    document.add_heading(form.texts[language], level=0)
    for text in (form.notice.get(language, ""), words_of(language)["none"]):
        if text:
            document.add_paragraph(text)
    numbers = {question.name: str(number) for number, question in enumerate(form.questions, start=1)}
    for part in form.parts:
        _write_part(document, form, part, language, numbers)
    document.save(str(path))


@cache
def words_of(language: str, path: Path = TEXTS) -> dict[str, str]:
    """Return the words of a paper form in one language."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["word"]: row[f"text_{language}"] for row in csv.DictReader(file)}


def _set_up(document: "Document", form: Form, language: str) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt

    style: Any = document.styles["Normal"]
    style.font.name, style.font.size = FONTS.get(language, FONT), Pt(10)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONTS.get(language, FONT))
    for section in document.sections:
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2)
        section.footer.paragraphs[0].text = form.id
    properties = document.core_properties
    properties.author, properties.title = "", form.texts[language]
    properties.created = properties.modified = FIXED_DAY


def _write_part(document: "Document", form: Form, part: Part, language: str, numbers: dict[str, str]) -> None:
    words = words_of(language)
    for copy in range(1, COPIES + 1) if part.is_repeated else [0]:
        if part.texts.get(language):
            document.add_heading(part.texts[language] + (f" {words['copy']} {copy}" if copy else ""), level=1)
        if part.relevant:
            _hint(document, f"{words['only_if']} {_said(part.relevant, form, language, numbers)}")
        for question in part.questions:
            _write_question(document, form, question, language, numbers)


def _write_question(
    document: "Document", form: Form, question: Question, language: str, numbers: dict[str, str]
) -> None:
    words = words_of(language)
    line = document.add_paragraph()
    line.paragraph_format.keep_with_next = True
    line.add_run(f"{numbers[question.name]}. {question.texts[language]}").bold = True
    need = words["required"] if question.is_required else words["not_required"]
    line.add_run(f"  ({need})").italic = True
    if question.relevant:
        _hint(document, f"{words['only_if']} {_said(question.relevant, form, language, numbers)}")
    if question.constraint:
        _hint(document, f"{words['keep']} {_said(question.constraint, form, language, numbers)}")
    if question.choices:
        _hint(document, words["one" if question.type == "select_one" else "several"])
        for choice in form.choices[question.choices]:
            document.add_paragraph(f"☐ [{choice.code}] {choice.texts[language]}")
    else:
        document.add_paragraph("_" * (60 if question.type == "text" else 20))


def _hint(document: "Document", text: str) -> None:
    document.add_paragraph().add_run(text).italic = True


def _said(condition: str, form: Form, language: str, numbers: dict[str, str]) -> str:
    """Say a condition in words, with the labels of the options that it names."""
    node = read_condition(condition)
    said = write_condition(node, in_words(numbers, words_of(language)))
    named = set(node.names())
    for question in form.questions:
        if question.name in named:
            for choice in form.choices.get(question.choices, ()):
                said = said.replace(f"= {choice.code}", f"= “{choice.texts[language]}”")
    return said

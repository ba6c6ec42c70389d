"""A codebook becomes a form that survey tools take and people can read."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.contracts.folders import Book, read_folders
from flows.contracts.marked import read_document, read_sheet
from flows.errors import QdeepError
from flows.questionnaire.check import form_faults
from flows.questionnaire.conditions import (
    NotReadableError,
    in_words,
    limesurvey,
    read_condition,
    write_condition,
)
from flows.questionnaire.draft import new_book, proven
from flows.questionnaire.export import export_form, find_book, form_of
from flows.questionnaire.form import LANGUAGES, Form
from flows.questionnaire.limesurvey import option_code, question_code, structure
from flows.questionnaire.paper import words_of
from flows.questionnaire.xlsform import choice_rows, survey_rows
from flows.settings import load_settings

BOOKS = read_folders(load_settings()).books
FORMS = {"/".join(key): form_of(book) for key, book in BOOKS.items()}
Builder = Callable[..., Book]
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))


def said(text: str) -> str:
    return write_condition(read_condition(text), limesurvey("own", question_code, {"yes": "Y1"}))


# conditions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${b03_has}='yes'", '(b03has.NAOK == "Y1")'),
        (". >= 0 and . <= ${b08_open}", "((own.NAOK >= 0) and (own.NAOK <= b08open.NAOK))"),
        ("${a} = 'x' or ${b} > 1 and ${c} < 2", '((a.NAOK == "x") or ((b.NAOK > 1) and (c.NAOK < 2)))'),
        ("not(selected(., 'none'))", '!((own_none.NAOK == "Y"))'),
        ("count-selected(.) <= 3", "(count(that.own.NAOK) <= 3)"),
        ("coalesce(${d00_n}, 0)", "if(is_empty(d00n.NAOK), 0, d00n.NAOK)"),
    ],
)
def test_a_condition_is_said_in_limesurvey(text: str, expected: str) -> None:
    assert said(text) == expected


def test_a_condition_is_said_in_words() -> None:
    written = write_condition(read_condition("${b08} > 0 and . <= 3"), in_words({"b08": "13"}, words_of("en"), {}))
    assert written == "question 13 > 0 and your answer ≤ 3"


def test_an_option_is_said_by_its_label_and_not_by_a_part_of_another() -> None:
    labels = {"no": "No", "none": "None of them"}
    written = write_condition(read_condition("selected(., 'none')"), in_words({}, words_of("en"), labels))
    assert written == "your answer = “None of them”"


@pytest.mark.parametrize(
    ("text", "place"),
    [("${a} =", 7), ("${a} + 1", 6), ("(${a} = 1", 10), ("regex(., 'x')", 1), ("${a} = 1 ${b}", 10)],
)
def test_what_no_tool_can_say_is_refused_with_its_place(text: str, place: int) -> None:
    with pytest.raises(NotReadableError, match=f"at character {place}:"):
        read_condition(text)


@given(st.text(alphabet="${}ab'.=<>() not,0", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        node = read_condition(text)
    except NotReadableError:
        return
    assert isinstance(write_condition(node, in_words({}, words_of("ru"), {})), str)


# the shipped questionnaires


@every_form
def test_every_question_and_option_has_a_text_in_four_languages(form: Form) -> None:
    lists = {question.choices for question in form.questions if question.choices}
    texts = [question.texts for question in form.questions]
    texts += [choice.texts for name in lists for choice in form.choices[name]]
    assert all(text.get(language) for text in texts for language in LANGUAGES)


@every_form
def test_the_form_asks_under_the_names_that_intake_awaits(form: Form) -> None:
    """KoboToolbox heads a column `section/name`; that is the codebook's `column`."""
    book = find_book(read_folders(load_settings()), f"{form.instrument}/{form.version}")
    asked = {f"{part.name}/{one.name}".lstrip("/"): one.item_id for part in form.parts for one in part.questions}
    awaited = {row["column"]: row["item_id"] for _, row in book.items.rows if row["type"] != "calculated"}
    assert awaited.items() <= asked.items()


@pytest.mark.slow
@every_form
def test_the_xlsform_is_valid_and_always_the_same(form: Form, tmp_path: Path) -> None:
    (first, note), *_ = export_form(form, "xlsform", tmp_path / "one")
    (second, _), *_ = export_form(form, "xlsform", tmp_path / "two")
    assert note.startswith(f"{len(form.questions)} questions, 4 languages · pyxform ok")
    assert first.read_bytes() == second.read_bytes()


def test_options_of_a_filtered_list_hang_on_the_answer_above() -> None:
    """The three ministries of the questionnaire have 40 units; each hangs on its own."""
    form = FORMS["bpr/1"]
    units = [row for row in choice_rows(form) if row["list_name"] == "unit"]
    asked = next(row for row in survey_rows(form) if row["name"] == "a03_unit")
    assert asked["choice_filter"] == "only_for=${a02_ministry} or only_for='any'"
    assert {(row["name"].split("-")[0], row["only_for"]) for row in units} == {(m, m) for m in ("MOA", "MOC", "MHE")}


@every_form
def test_limesurvey_can_hold_every_code(form: Form) -> None:
    rows = [row for row in structure(form) if row.get("language") == "ru"]
    codes = [row["name"] for row in rows if row["class"] == "Q"]
    assert len(set(codes)) == len(codes)
    assert all(code.isalnum() and len(code) <= 20 for code in codes)
    options = [(row["id"], row["name"]) for row in rows if row["class"] == "A"]
    assert len(set(options)) == len(options)
    assert all(name.isalnum() and len(name) <= 5 for _, name in options)


@every_form
def test_limesurvey_has_the_same_rows_in_each_language(form: Form) -> None:
    shape = ("id", "class", "type/scale", "relevance", "mandatory")
    by_language = {
        language: [[row.get(column) for column in shape] for row in structure(form) if row.get("language") == language]
        for language in LANGUAGES
    }
    assert by_language["uz"] == by_language["ru"] == by_language["en"] == by_language["ko"]


def test_an_option_keeps_its_code_where_limesurvey_can_hold_it() -> None:
    assert (option_code("dk", 3), option_code("deputy_minister", 7)) == ("dk", "A7")


@every_form
def test_the_paper_form_holds_every_question(form: Form, tmp_path: Path) -> None:
    from docx import Document

    (path, _), *_ = export_form(form, "docx", tmp_path, ["ko"])
    text = "\n".join(paragraph.text for paragraph in Document(str(path)).paragraphs)
    assert all(question.texts["ko"] in text for question in form.questions)


# faults of a codebook as a form

ITEMS = """item_id,column,type,choices,relevant,constraint,filtered_by,text_uz,text_ru,text_en,text_ko
q1,q1,integer,,,. > 0,,a,b,c,d
q2,q2,integer,,{relevant},,{filtered},a,b,{english},d
"""


@pytest.fixture
def book(tmp_path: Path) -> Builder:
    def build(relevant: str = "", filtered: str = "", english: str = "c", repeat_count: str = "") -> Book:
        files = {
            "instrument.yml": "instrument: x\nversion: '1'\n",
            "items.csv": ITEMS.format(relevant=relevant, filtered=filtered, english=english),
            "choices.csv": "list,code,label_uz,label_ru,label_en,label_ko\nyn,yes,a,b,c,d\n",
            "sections.csv": "section_id,relevant,repeat_count,label_uz,label_ru,label_en,label_ko\n"
            f"s,,{repeat_count},a,b,c,d\n",
        }
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        sheets = [read_sheet(tmp_path / name) for name in list(files)[1:]]
        return Book(read_document(tmp_path / "instrument.yml"), *sheets)

    return build


def faults(book: Book) -> list[tuple[str, int | None, str]]:
    found = form_faults(book)
    return [(Path(one.where.file).name, one.where.line, one.text) for one in found]


def test_a_sound_form_has_no_faults(book: Builder) -> None:
    assert faults(book(relevant="${q1} > 3")) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"relevant": "${q2} > 3"}, ("items.csv", 3, "`relevant` speaks of `q2`, which is not asked before.")),
        ({"relevant": "q1 > 3"}, ("items.csv", 3, "`relevant` cannot be read, at character 1: q cannot stand here")),
        ({"filtered": "q9"}, ("items.csv", 3, "`filtered_by` speaks of `q9`, which is not asked before.")),
        ({"english": ""}, ("items.csv", 3, "`q2` has no text in en.")),
        ({"repeat_count": "${q7}"}, ("sections.csv", 2, "`repeat_count` speaks of `q7`")),
    ],
)
def test_a_fault_is_named_with_its_line(book: Builder, given: dict[str, str], expected: tuple[str, int, str]) -> None:
    (file, line, text), *others = faults(book(**given))
    assert not others
    assert (file, line) == expected[:2]
    assert text.startswith(expected[2])


def read_book(folder: Path) -> Book:
    """The files of a codebook version."""
    names = ("items.csv", "choices.csv", "sections.csv", "indices.csv")
    return Book(read_document(folder / "instrument.yml"), *(read_sheet(folder / name) for name in names))


def test_a_new_questionnaire_is_a_copy_that_can_be_asked_and_is_never_written_over(tmp_path: Path) -> None:
    book = find_book(read_folders(load_settings()), "red_tape/1")
    folder = new_book(book, "rules/2", tmp_path)
    assert proven(read_book(folder))[0] == ()
    with pytest.raises(QdeepError, match="E-603"):
        new_book(book, "rules/2", tmp_path)
    with pytest.raises(QdeepError, match="E-407"):
        new_book(book, "../rules", tmp_path)


def test_an_index_of_an_item_that_is_not_asked_is_a_fault(tmp_path: Path) -> None:
    folder = new_book(find_book(read_folders(load_settings()), "red_tape/1"), "rules/1", tmp_path)
    indices = folder / "indices.csv"
    indices.write_text(indices.read_text(encoding="utf-8").replace("r02_needless", "r09_gone"), encoding="utf-8")
    found, _ = proven(read_book(folder))
    assert [(finding.where.line, "r09_gone" in finding.text) for finding in found] == [(3, True)]


def test_wording_that_belongs_to_others_is_a_fault(tmp_path: Path) -> None:
    folder = new_book(find_book(read_folders(load_settings()), "red_tape/1"), "tirt/1", tmp_path)
    about = folder / "instrument.yml"
    owned = about.read_text(encoding="utf-8").replace("licence_class: own", "licence_class: proprietary_mapping_only")
    about.write_text(owned, encoding="utf-8")
    found, _ = proven(read_book(folder))
    assert [finding.where.line for finding in found] == [2, 3, 4]

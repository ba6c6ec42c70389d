"""A codebook version stands as one form: parts in order, questions with their texts, conditions and choices."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from flows.contracts.folders import Book
from flows.contracts.marked import Sheet

LANGUAGES = {"uz": "Oʻzbekcha", "ru": "Русский", "en": "English", "ko": "한국어"}
Texts = dict[str, str]
Rows = tuple[dict[str, str], ...]


@dataclass(frozen=True)
class Choice:
    """One option of a choice list; `only_for` names the answer of the filtering question under which it is offered."""

    code: str
    texts: Texts
    only_for: str = ""
    is_missing: bool = False


@dataclass(frozen=True)
class Question:
    """One question, with its conditions in the expression language of XLSForm.

    Attributes:
        name: Name in the form, the last part of the codebook's `column`.
        item_id: Item of the codebook.
        type: `select_one`, `select_multiple`, `integer`, `decimal` or `text`.
        choices: Name of its choice list.
        relevant: It is asked where this holds; always, where empty.
        constraint: What an answer (`.`) must keep.
        filtered_by: Question whose answer chooses among the options.
    """

    name: str
    item_id: str
    type: str
    texts: Texts
    choices: str = ""
    is_required: bool = False
    relevant: str = ""
    constraint: str = ""
    filtered_by: str = ""


@dataclass(frozen=True)
class Part:
    """A run of questions under one heading; a repeated one is asked `count` times (an expression)."""

    name: str
    texts: Texts
    questions: tuple[Question, ...]
    relevant: str = ""
    count: str = ""
    is_repeated: bool = False


@dataclass(frozen=True)
class Form:
    """One version of an instrument as it is asked."""

    instrument: str
    version: str
    texts: Texts
    notice: Texts
    parts: tuple[Part, ...]
    choices: dict[str, tuple[Choice, ...]] = field(default_factory=dict)

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions in the order in which they are asked."""
        return tuple(question for part in self.parts for question in part.questions)

    @property
    def id(self) -> str:
        """Name of the form on a server: instrument and version."""
        return f"{self.instrument}_{self.version}"


def build_form(book: Book, background: "Rows" = (), seeds: dict[str, tuple[Choice, ...]] | None = None) -> Form:
    """Return the form of a codebook version.

    Args:
        book: The codebook; questions that nobody answers (`calculated`) are left out.
        background: Rows like those of `items.csv` for what a contract maps and the codebook does not hold
            (organisation, language, sex); they are asked in the part that their column names.
        seeds: Choice lists that come from code lists and from the organisation chart.
    """
    value = book.instrument.value
    sections = {row["section_id"]: row for _, row in book.sections.rows} if book.sections else {}
    rows = [*background, *(row for _, row in book.items.rows if row["type"] != "calculated")]
    return Form(
        instrument=value["instrument"],
        version=str(value["version"]),
        texts=dict(value["title"]),
        notice=dict(value.get("notice", {})),
        parts=tuple(_parts(rows, sections)),
        choices={**(seeds or {}), **_choices(book.choices)},
    )


def _parts(rows: list[dict[str, str]], sections: dict[str, dict[str, str]]) -> Iterator[Part]:
    """Yield runs of rows of one section: a column `a/a02_ministry` stands in section `a`."""
    run: list[dict[str, str]] = []
    for row in rows:
        if run and _section(row) != _section(run[0]):
            yield _part(run, sections)
            run = []
        run.append(row)
    if run:
        yield _part(run, sections)


def _section(row: dict[str, str]) -> str:
    return row["column"].rpartition("/")[0]


def _part(rows: list[dict[str, str]], sections: dict[str, dict[str, str]]) -> Part:
    name = _section(rows[0])
    section = sections.get(name, {})
    return Part(
        name=name,
        texts=_texts(section, "label"),
        questions=tuple(_question(row) for row in rows),
        relevant=section.get("relevant", ""),
        count=section.get("repeat_count", ""),
        is_repeated=rows[0].get("repeat", "none") not in ("", "none"),
    )


def _question(row: dict[str, str]) -> Question:
    name = row["column"].rpartition("/")[2]
    return Question(
        name=name,
        item_id=row["item_id"],
        type=row["type"],
        texts=_texts(row, "text"),
        choices=row.get("choices", ""),
        is_required=row.get("required", "") in ("1", "true", "yes"),
        relevant=row.get("relevant", ""),
        constraint=_constraint(row),
        filtered_by=row.get("filtered_by", ""),
    )


def _constraint(row: dict[str, str]) -> str:
    """Join the bounds of an item with what else its answer must keep."""
    bounds = [f". {sign} {row[name]}" for name, sign in (("min", ">="), ("max", "<=")) if row.get(name)]
    return " and ".join([*bounds, *([row["constraint"]] if row.get("constraint") else [])])


def _choices(sheet: Sheet) -> dict[str, tuple[Choice, ...]]:
    lists: dict[str, tuple[Choice, ...]] = {}
    for _, row in sorted(sheet.rows, key=lambda numbered: int(numbered[1].get("position") or 0)):
        choice = Choice(row["code"], _texts(row, "label"), row.get("only_for", ""), row.get("is_missing") == "true")
        lists[row["list"]] = (*lists.get(row["list"], ()), choice)
    return lists


def _texts(row: dict[str, str], stem: str) -> Texts:
    return {language: row.get(f"{stem}_{language}", "") for language in LANGUAGES}

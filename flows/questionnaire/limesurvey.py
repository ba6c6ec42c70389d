"""A form is written as LimeSurvey's tab-separated structure, with codes that its tables can hold.

LimeSurvey knows no repeats and no underscores in codes, and five characters for the code of an option
(https://limesurvey.org/manual/Tab_Separated_Value_survey_structure). A repeated part is asked as numbered copies.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flows.questionnaire.conditions import limesurvey, read_condition, write_condition
from flows.questionnaire.form import LANGUAGES, Choice, Form, Part, Question

Row = dict[str, str]

COLUMNS = ("id", "related_id", "class", "type/scale", "name", "relevance", "text", "help", "language", "validation")
MORE = ("mandatory", "other", "em_validation_q", "num_value_int_only")
TYPES = {"select_one": "L", "select_multiple": "M", "integer": "N", "decimal": "N", "text": "T"}
OPTION = re.compile(r"[A-Za-z0-9]{1,5}")
LONGEST_NAME = 20
COPIES = 25  # of a repeated part: the most steps that the process questionnaire lets a respondent state
SOURCE_LANGUAGE = "uz"


def write_limesurvey(form: Form, path: Path) -> None:
    """Write the structure: settings, then all groups, questions and options once for each language."""
    header = (*COLUMNS, *MORE)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, header, delimiter="\t", restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(structure(form))


def structure(form: Form) -> list[Row]:
    """Return the rows of the structure; a row has only the columns that it fills."""
    others = " ".join(language for language in LANGUAGES if language != SOURCE_LANGUAGE)
    rows = [_setting("language", SOURCE_LANGUAGE), _setting("additional_languages", others), _setting("format", "G")]
    rows += [_setting("anonymized", "Y"), _setting("datestamp", "Y"), _setting("ipaddr", "N")]
    rows += [_title(form, language) for language in LANGUAGES]
    for language in LANGUAGES:
        writer = _Writer(form, language)
        rows += [row for part in form.parts for row in writer.part(part)]
    return rows


def _setting(name: str, text: str) -> Row:
    return {"class": "S", "name": name, "text": text}


def _title(form: Form, language: str) -> Row:
    return {"class": "SL", "name": "surveyls_title", "text": form.texts[language], "language": language}


def question_code(name: str, copy: int | None = None) -> str:
    """Return the code of a question: letters and digits alone, at most twenty, with the number of the copy."""
    tail = "" if copy is None else f"x{copy}"
    return re.sub(r"[^A-Za-z0-9]", "", name)[: LONGEST_NAME - len(tail)] + tail


def option_code(code: str, position: int) -> str:
    """Return the code of an option: its own where LimeSurvey can hold it, else `A` and its place in the list."""
    return code if OPTION.fullmatch(code) else f"A{position}"


@dataclass
class _Writer:
    """Writes the parts of a form in one language; ids run through and are the same in each language."""

    form: Form
    language: str
    last_id: int = 0

    def part(self, part: Part) -> Iterator[Row]:
        for copy in range(1, COPIES + 1) if part.is_repeated else [None]:
            yield self._group(part, copy)
            for question in part.questions:
                yield from self._question(question, part, copy)

    def _next_id(self) -> str:
        self.last_id += 1
        return str(self.last_id)

    def _group(self, part: Part, copy: int | None) -> Row:
        number = "" if copy is None else f" {copy}"
        title = (part.texts[self.language] or self.form.texts[self.language]) + number
        row = {"id": self._next_id(), "class": "G", "type/scale": f"{part.name or 'top'}{number}", "name": title}
        return {**row, "relevance": self._group_condition(part, copy), "language": self.language}

    def _group_condition(self, part: Part, copy: int | None) -> str:
        conditions = [self._condition(part.relevant, part, copy)] if part.relevant else []
        if copy and part.count:
            conditions.append(f"({self._condition(part.count, part, copy)} >= {copy})")
        return " and ".join(conditions) or "1"

    def _question(self, question: Question, part: Part, copy: int | None) -> Iterator[Row]:
        code, number = question_code(question.name, copy), self._next_id()
        here = {"id": number, "language": self.language}
        yield {
            **here,
            "class": "Q",
            "type/scale": TYPES[question.type],
            "name": code,
            "relevance": self._condition(question.relevant, part, copy) if question.relevant else "1",
            "text": question.texts[self.language],
            "mandatory": "Y" if question.is_required else "N",
            "em_validation_q": self._condition(question.constraint, part, copy, code) if question.constraint else "",
            "num_value_int_only": "1" if question.type == "integer" else "",
        }
        kind = "SQ" if question.type == "select_multiple" else "A"
        for position, choice in enumerate(self.form.choices.get(question.choices, ()), start=1):
            name = question_code(choice.code) if kind == "SQ" else option_code(choice.code, position)
            scale = {"relevance": "1"} if kind == "SQ" else {"type/scale": "0"}
            yield {**here, "class": kind, "name": name, "text": self._label(question, choice), **scale}

    def _label(self, question: Question, choice: Choice) -> str:
        """Return the text of an option; lists cannot be filtered here, so it says under which answer it belongs."""
        own = choice.texts[self.language]
        above = self._above(question).get(choice.only_for)
        return f"{above.texts[self.language]}: {own}" if above else own

    def _above(self, question: Question) -> dict[str, Choice]:
        lists = [one.choices for one in self.form.questions if one.name == question.filtered_by]
        return {choice.code: choice for name in lists for choice in self.form.choices[name]}

    def _condition(self, text: str, part: Part, copy: int | None, own: str = "") -> str:
        own_names = {question.name for question in part.questions}
        options = self._options(text)

        def rename(name: str) -> str:
            return question_code(name, copy if name in own_names else None)

        return write_condition(read_condition(text), limesurvey(own, rename, options))

    def _options(self, text: str) -> dict[str, str]:
        """Return the codes of the lists of all questions that a condition speaks of."""
        named = set(read_condition(text).names())
        lists = [question.choices for question in self.form.questions if question.name in named and question.choices]
        return {
            choice.code: option_code(choice.code, position)
            for name in lists
            for position, choice in enumerate(self.form.choices[name], start=1)
        }

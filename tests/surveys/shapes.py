"""The same invented answers are written as each survey tool exports them, with the contract that reads the file.

Shapes follow the public documentation of each tool: KoboToolbox and ODK Central (exports and API), LimeSurvey
(question and answer codes), Qualtrics (three header rows, import ids, recodes), SurveyMonkey (two header rows),
Google Forms (labels, joined by comma), a plain workbook.
"""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from data.generator.writers import Sheet, write_xlsx
from flows.contracts.model import Codebook, Item
from flows.questionnaire.limesurvey import option_code, question_code

Value = str | tuple[str, ...] | None
TITLE = {"en": "A", "uz": "B", "ru": "C", "ko": "D"}
LANGUAGE = "ru"


@dataclass(frozen=True)
class Response:
    """One submission: its answers by item, and those of each repeated group.

    A tuple is the chosen options of a select-multiple question; None was not asked or not answered.
    """

    number: int
    answers: dict[str, Value]
    repeats: dict[str, tuple[dict[str, Value], ...]] = field(default_factory=dict)

    @property
    def uuid(self) -> str:
        """Id of the submission."""
        return f"{self.number:08x}-0000-4000-a000-000000000000"

    @property
    def submitted(self) -> datetime:
        """Local moment of submission; the first ones lie before five in the morning, on another day in UTC."""
        return datetime(2026, 10, 5, 0, 30) + timedelta(hours=self.number, seconds=self.number)


@dataclass(frozen=True)
class Shape:
    """How one tool exports: its contract and its file."""

    tool: str
    suffix: str
    source: dict[str, Any]
    write: Callable[[Codebook, Sequence[Response], Path], None]
    columns: dict[str, str]
    repeats: Callable[[str], dict[str, str]]
    item_map: Callable[[Codebook], list[dict[str, str]]] = lambda _: []

    def name(self, book: Codebook) -> str:
        """Return the name of the source."""
        return f"{self.tool}_{book.instrument}"

    def contract(self, book: Codebook, folder: Path) -> None:
        """Write contract, column map and item map of an instrument."""
        groups = sorted({item.repeat for item in book.items} - {"none"})
        given = {
            "source": self.name(book),
            "kind": "survey",
            "version": 1,
            "title": TITLE,
            "instrument": {"id": book.instrument, "version": book.version},
            "others": "refuse",
            "refused_share_max": 1,
            **self.source,
        }
        given["file"] = {"name": ".*", "format": self.suffix, **self.source["file"]}
        if groups:
            given["file"]["repeats"] = {group: self.repeats(group) for group in groups}
        _write(folder / "sources" / f"{self.name(book)}.yml", yaml.safe_dump(given, allow_unicode=True))
        header, cells = zip(*self.columns.items(), strict=True)
        _write(folder / "column_maps" / f"{self.name(book)}.csv", _text([("version", *header), ("1", *cells)]))
        rows = self.item_map(book)
        if rows:
            names = ("item_id", "list", "choice", "column", "code")
            table = [names, *(tuple(row.get(name, "") for name in names) for row in rows)]
            _write(folder / "item_maps" / f"{self.name(book)}.csv", _text(table))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _text(rows: Sequence[Sequence[Any]], delimiter: str = ",") -> str:
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter, lineterminator="\r\n").writerows(
        [["" if cell is None else cell for cell in row] for row in rows]
    )
    return target.getvalue()


def _asked(book: Codebook, repeat: str = "none") -> list[Item]:
    return [item for item in book.items if item.repeat == repeat]


def _utc(response: Response) -> str:
    return f"{response.submitted - timedelta(hours=5):%Y-%m-%dT%H:%M:%S}"


def _codes(book: Codebook, item: Item) -> tuple[str, ...]:
    return book.choices.get(item.choices, ())


def label_of(book: Codebook, item: Item, code: str) -> str:
    """Return the label of an option in the language of the invented forms."""
    return book.named[item.choices][LANGUAGE][code]


def _joined(value: Value, sign: str = " ") -> str | None:
    return sign.join(value) if isinstance(value, tuple) else value


def _places(responses: Sequence[Response], group: str) -> int:
    return max([1, *(len(one.repeats.get(group, ())) for one in responses)])


def _wide(book: Codebook, responses: Sequence[Response]) -> list[tuple[Item, int]]:
    """Return the questions in the order of columns, those of a group once for each place; 0 is no place."""
    flat = [(item, 0) for item in _asked(book)]
    groups = sorted({item.repeat for item in book.items} - {"none"})
    return flat + [
        (item, place)
        for group in groups
        for place in range(1, _places(responses, group) + 1)
        for item in _asked(book, group)
    ]


def _at(response: Response, item: Item, place: int) -> Value:
    if not place:
        return response.answers.get(item.item_id)
    rows = response.repeats.get(item.repeat, ())
    return rows[place - 1].get(item.item_id) if place <= len(rows) else None


# KoboToolbox: a sheet per repeat group, the chosen options joined and apart, empty where a question was skipped.


def _kobo_header(book: Codebook, items: list[Item], name: Callable[[Item], str]) -> list[str]:
    return [
        text
        for item in items
        for text in (
            name(item),
            *(f"{name(item)}/{code}" for code in _codes(book, item) if item.type == "select_multiple"),
        )
    ]


def _kobo_cells(book: Codebook, items: list[Item], answers: dict[str, Value], *, zeros: bool = False) -> list[Any]:
    cells: list[Any] = []
    for item in items:
        value = answers.get(item.item_id)
        cells.append(_joined(value))
        if item.type == "select_multiple":
            skipped = 0 if zeros else None
            cells += [skipped if value is None else int(code in value) for code in _codes(book, item)]
    return cells


def _kobo(book: Codebook, responses: Sequence[Response], path: Path) -> None:
    items = _asked(book)
    tail = ("_id", "_uuid", "_submission_time", "_validation_status", "__version__", "meta/rootUuid", "_index")
    rows: list[list[Any]] = [["start", "end", *_kobo_header(book, items, lambda item: item.column), *tail]]
    for index, one in enumerate(responses, start=1):
        ends = [index, one.uuid, _utc(one), None, "v1", f"uuid:{one.uuid}", index]
        rows.append([None, None, *_kobo_cells(book, items, one.answers), *ends])
    write_xlsx(path, [Sheet("form", rows), *(_kobo_sheet(book, responses, group) for group in _groups(book))])


def _groups(book: Codebook) -> list[str]:
    return sorted({item.repeat for item in book.items} - {"none"})


def _kobo_sheet(book: Codebook, responses: Sequence[Response], group: str) -> Sheet:
    items = _asked(book, group)
    tail = ("_index", "_parent_table_name", "_parent_index", "_submission__id", "_submission__uuid")
    rows: list[list[Any]] = [[*_kobo_header(book, items, lambda item: item.column), *tail]]
    for number, one in enumerate(responses, start=1):
        for answers in one.repeats.get(group, ()):
            rows.append([*_kobo_cells(book, items, answers), len(rows), "form", number, number, one.uuid])
    return Sheet(group, rows)


# KoboToolbox API: one object per submission, repeat groups as lists inside it, skipped questions left out.


def _kobo_json(book: Codebook, responses: Sequence[Response], path: Path) -> None:
    rows = []
    for index, one in enumerate(responses, start=1):
        row: dict[str, Any] = {"_id": index, "_uuid": one.uuid, "_submission_time": _utc(one), "__version__": "v1"}
        row |= {"meta/rootUuid": f"uuid:{one.uuid}", "_validation_status": {}, "_attachments": []}
        row |= _kobo_answers(_asked(book), one.answers)
        for group, places in one.repeats.items():
            if places:
                row[group] = [_kobo_answers(_asked(book, group), answers) for answers in places]
        rows.append(row)
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def _kobo_answers(items: list[Item], answers: dict[str, Value]) -> dict[str, Any]:
    given = {item.column: _joined(answers.get(item.item_id)) for item in items}
    return {name: value for name, value in given.items() if value is not None}


# ODK Central by OData ($expand=*): groups as objects, repeats as lists, null where nothing was answered.


def _odata(book: Codebook, responses: Sequence[Response], path: Path) -> None:
    rows = []
    for one in responses:
        row: dict[str, Any] = {"__id": f"uuid:{one.uuid}", "meta": {"instanceID": f"uuid:{one.uuid}"}}
        row["__system"] = {"submissionDate": f"{_utc(one)}.000Z", "submitterId": "5", "edits": 0, "formVersion": "1"}
        row |= _odata_answers(_asked(book), one.answers)
        for group in _groups(book):
            places = enumerate(one.repeats.get(group, ()), start=1)
            row[group] = [{"__id": f"{n:040x}"} | _odata_answers(_asked(book, group), given) for n, given in places]
            row[f"{group}@odata.navigationLink"] = f"Submissions('uuid:{one.uuid}')/{group}"
        rows.append(row)
    page = {"value": rows, "@odata.context": "https://example.org/v1/projects/1/forms/form.svc/$metadata#Submissions"}
    path.write_text(json.dumps(page, ensure_ascii=False), encoding="utf-8")


def _odata_answers(items: list[Item], answers: dict[str, Value]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for item in items:
        *groups, name = item.column.removeprefix(f"{item.repeat}/").split("/")
        inner = row
        for group in groups:
            inner = inner.setdefault(group, {})
        inner[name] = _joined(answers.get(item.item_id))
    return row


# ODK Central: a CSV per repeat group in an archive; options apart, zeros even where a question was skipped.


def _odk(book: Codebook, responses: Sequence[Response], path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("form.csv", _text(_odk_rows(book, responses)))
        for group in _groups(book):
            archive.writestr(f"form-{group}.csv", _text(_odk_places(book, responses, group)))


def _odk_name(item: Item) -> str:
    return item.column.rsplit("/", 1)[-1]


def _odk_rows(book: Codebook, responses: Sequence[Response]) -> list[list[Any]]:
    items = _asked(book)
    tail = ("KEY", "SubmitterID", "ReviewState", "Edits", "FormVersion", *(f"SET-OF-{name}" for name in _groups(book)))
    rows: list[list[Any]] = [["SubmissionDate", *_kobo_header(book, items, _odk_name), *tail]]
    for one in responses:
        ends = [f"uuid:{one.uuid}", 5, None, 0, "1", *(f"uuid:{one.uuid}/{name}" for name in _groups(book))]
        rows.append([f"{_utc(one)}.000Z", *_kobo_cells(book, items, one.answers, zeros=True), *ends])
    return rows


def _odk_places(book: Codebook, responses: Sequence[Response], group: str) -> list[list[Any]]:
    items = _asked(book, group)
    rows: list[list[Any]] = [[*_kobo_header(book, items, _odk_name), "PARENT_KEY", "KEY", f"SET-OF-{group}"]]
    for one in responses:
        parent = f"uuid:{one.uuid}"
        for place, answers in enumerate(one.repeats.get(group, ()), start=1):
            ends = [parent, f"{parent}/{group}[{place}]", f"{parent}/{group}"]
            rows.append([*_kobo_cells(book, items, answers, zeros=True), *ends])
    return rows


# LimeSurvey: codes of letters and digits, answer codes of at most five signs, Y or nothing for an option.


def _lime_code(item: Item) -> str:
    return item.item_id.replace("_", "")[:20]


def _lime_answer(book: Codebook, item: Item, code: str) -> str:
    return "-oth-" if code == "other" else f"A{_codes(book, item).index(code) + 1}"


def _lime_map(book: Codebook) -> list[dict[str, str]]:
    rows = []
    for item in book.items:
        column = _lime_code(item) + ("R{n}" if item.repeat != "none" else "")
        rows.append({"item_id": item.item_id, "column": column})
        for number, code in enumerate(_codes(book, item), start=1):
            row = {"item_id": item.item_id, "choice": code}
            if item.type == "select_multiple":
                rows.append({**row, "column": f"{column}[SQ{number:03}]"})
            else:
                rows.append({**row, "code": _lime_answer(book, item, code)})
    return rows


def _lime(book: Codebook, responses: Sequence[Response], path: Path) -> None:
    columns = _wide(book, responses)
    header = ["id", "submitdate", "lastpage", "startlanguage", "seed"]
    for item, place in columns:
        name = _lime_code(item) + (f"R{place}" if place else "")
        count = len(_codes(book, item)) if item.type == "select_multiple" else 0
        header += [f"{name}[SQ{number:03}]" for number in range(1, count + 1)] if count else [name]
    rows: list[list[Any]] = [header]
    for one in responses:
        cells: list[Any] = [one.number, f"{one.submitted:%Y-%m-%d %H:%M:%S}", 3, "ru", 77]
        for item, place in columns:
            value = _at(one, item, place)
            if item.type == "select_multiple":
                cells += ["Y" if code in (value or ()) else "" for code in _codes(book, item)]
            elif item.type == "select_one" and isinstance(value, str):
                cells.append(_lime_answer(book, item, value))
            else:
                cells.append(value)
        rows.append(cells)
    path.write_text("\ufeff" + _text(rows), encoding="utf-8")


# LimeSurvey, of a form that `qdeep questionnaire` wrote: codes are made from the codebook, a repeat is asked as copies.


def _lime_form(book: Codebook, responses: Sequence[Response], path: Path) -> None:
    columns = _wide(book, responses)
    header = ["id", "submitdate", "lastpage", "startlanguage", "seed"]
    for item, place in columns:
        name = question_code(_odk_name(item), place or None)
        codes = [f"{name}[{question_code(code)}]" for code in _codes(book, item)]
        header += codes if item.type == "select_multiple" else [name]
    rows: list[list[Any]] = [header]
    for one in responses:
        cells: list[Any] = [one.number, f"{one.submitted:%Y-%m-%d %H:%M:%S}", 3, "ru", 77]
        for item, place in columns:
            value = _at(one, item, place)
            if item.type == "select_multiple":
                cells += ["Y" if code in (value or ()) else "" for code in _codes(book, item)]
            elif item.type == "select_one" and isinstance(value, str):
                cells.append(option_code(value, _codes(book, item).index(value) + 1))
            else:
                cells.append(value)
        rows.append(cells)
    path.write_text("\ufeff" + _text(rows), encoding="utf-8")


# Qualtrics: tags, wordings and import ids above the rows; recoded values, chosen options joined by comma.


def _recode(book: Codebook, item: Item, code: str) -> str:
    return str(3 + 2 * _codes(book, item).index(code))


def _import_id(book: Codebook, item: Item, place: int | str) -> str:
    number = book.items.index(item) + 1
    return f"{place}_QID{number}" if place else f"QID{number}{'_TEXT' if item.type == 'text' else ''}"


def _qualtrics_map(book: Codebook) -> list[dict[str, str]]:
    lists = {item.choices: item for item in book.items if item.choices}
    rows = [
        {"list": name, "choice": code, "code": _recode(book, item, code)}
        for name, item in lists.items()
        for code in _codes(book, item)
    ]
    return rows + [
        {"item_id": item.item_id, "column": _import_id(book, item, "{n}" if item.repeat != "none" else 0)}
        for item in book.items
    ]


def _qualtrics(book: Codebook, responses: Sequence[Response], path: Path) -> None:
    columns = _wide(book, responses)
    own = {
        "StartDate": "startDate",
        "IPAddress": "ipAddress",
        "ResponseId": "_recordId",
        "RecordedDate": "recordedDate",
    }
    tags = [*own, *(f"Q{number}" for number in range(1, len(columns) + 1))]
    words = [*own, *(book.texts[item.item_id]["en"] for item, _ in columns)]
    ids = [f'{{"ImportId":"{name}"}}' for name in (*own.values(), *(_import_id(book, *one) for one in columns))]
    rows: list[list[Any]] = [tags, words, ids]
    for one in responses:
        moment = f"{one.submitted:%Y-%m-%d %H:%M:%S}"
        cells: list[Any] = [moment, "192.0.2.1", f"R_{one.number}", moment]
        for item, place in columns:
            value = _at(one, item, place)
            if isinstance(value, tuple):
                cells.append(",".join(_recode(book, item, code) for code in value))
            else:
                cells.append(_recode(book, item, value) if value and item.choices else value)
        rows.append(cells)
    path.write_text("\ufeff" + _text(rows), encoding="utf-8")


# SurveyMonkey: the question above its options, an option's text where it was chosen.


def _monkey(book: Codebook, responses: Sequence[Response], path: Path) -> None:
    columns = _wide(book, responses)
    first, second = ["Respondent ID", "Date Modified", "IP Address"], ["", "", ""]
    for item, place in columns:
        text = book.texts[item.item_id][LANGUAGE] + (f" ({place})" if place else "")
        options = [label_of(book, item, code) for code in _codes(book, item)] if item.type == "select_multiple" else []
        first += [text, *([""] * (len(options) - 1))]
        second += options or ["Response"]
    rows: list[list[Any]] = [first, second]
    for one in responses:
        cells: list[Any] = [9_000_000 + one.number, f"{one.submitted:%m/%d/%Y %I:%M:%S %p}", ""]
        for item, place in columns:
            value = _at(one, item, place)
            if item.type == "select_multiple":
                cells += [label_of(book, item, code) if code in (value or ()) else "" for code in _codes(book, item)]
            else:
                cells.append(label_of(book, item, str(value)) if value and item.choices else value)
        rows.append(cells)
    path.write_text(_text(rows), encoding="utf-8")


# Google Forms: wordings above labels, the chosen ones joined by comma; no id.


def _google(book: Codebook, responses: Sequence[Response], path: Path) -> None:
    columns = _wide(book, responses)
    texts = [book.texts[item.item_id][LANGUAGE] + (f" [{place}]" if place else "") for item, place in columns]
    rows: list[list[Any]] = [["Отметка времени", *texts]]
    for one in responses:
        moment = one.submitted
        hour = f"{moment.hour % 12 or 12}:{moment:%M:%S} {'AM' if moment.hour < 12 else 'PM'}"
        cells: list[Any] = [f"{moment:%Y/%m/%d} {hour} GMT+5"]
        for item, place in columns:
            value = _at(one, item, place)
            if isinstance(value, tuple):
                cells.append(", ".join(label_of(book, item, code) for code in value))
            else:
                cells.append(label_of(book, item, value) if value and item.choices else value)
        rows.append(cells)
    path.write_text(_text(rows), encoding="utf-8")


# A plain workbook: the items of the codebook above codes, chosen ones joined by semicolon.


def _workbook(book: Codebook, responses: Sequence[Response], path: Path) -> None:
    columns = _wide(book, responses)
    rows: list[list[Any]] = [
        ["no", "when", *(item.item_id + (f".{place}" if place else "") for item, place in columns)]
    ]
    for one in responses:
        cells = [_joined(_at(one, item, place), ";") for item, place in columns]
        rows.append([str(one.number), f"{one.submitted:%d.%m.%Y %H:%M:%S}", *cells])
    write_xlsx(path, [Sheet("answers", rows)])


SHAPES = {
    shape.tool: shape
    for shape in (
        Shape(
            "kobotoolbox",
            "xlsx",
            {"answers": {"tool": "kobotoolbox"}, "file": {"sheet": "form", "timezone": "UTC"}},
            _kobo,
            {
                "response_id": "meta/rootUuid || _uuid",
                "submission_id": "_uuid",
                "submitted_at": "_submission_time",
                "validation_status": "_validation_status",
            },
            lambda group: {"sheet": group, "parent": "_submission__uuid", "order": "_index"},
        ),
        Shape(
            "kobo_api",
            "json",
            {"answers": {"tool": "kobotoolbox"}, "file": {"timezone": "UTC"}},
            _kobo_json,
            {"response_id": "meta/rootUuid", "submission_id": "_uuid", "submitted_at": "_submission_time"},
            lambda group: {"sheet": group, "parent": "_uuid"},
        ),
        Shape(
            "odk_central",
            "csv",
            {"answers": {"tool": "odk_central"}, "file": {"packing": "zip", "member": "form.csv"}},
            _odk,
            {"response_id": "KEY", "submission_id": "KEY", "submitted_at": "SubmissionDate"},
            lambda group: {"sheet": f"form-{group}.csv", "parent": "PARENT_KEY", "order": "KEY"},
        ),
        Shape(
            "odata",
            "json",
            {"answers": {"tool": "odk_odata"}, "file": {}},
            _odata,
            {"response_id": "__id", "submission_id": "__id", "submitted_at": "__system/submissionDate"},
            lambda group: {"sheet": group, "parent": "__id"},
        ),
        Shape(
            "limesurvey",
            "csv",
            {"answers": {"tool": "limesurvey"}, "file": {"encoding": "utf-8"}},
            _lime,
            {"response_id": "id", "submitted_at": "submitdate", "language": "startlanguage"},
            lambda _: {"column": "{column}{n}"},
            _lime_map,
        ),
        Shape(
            "lime_form",
            "csv",
            {"answers": {"tool": "limesurvey"}, "file": {"encoding": "utf-8"}},
            _lime_form,
            {"response_id": "id", "submitted_at": "submitdate", "language": "startlanguage"},
            lambda _: {"column": "{short}x{n}", "option": "{short}x{n}[{short_code}]"},
        ),
        Shape(
            "qualtrics",
            "csv",
            {"answers": {"tool": "qualtrics"}, "file": {"header_rows": 3, "header_row": 3}},
            _qualtrics,
            {"response_id": "_recordId", "submitted_at": "recordedDate"},
            lambda _: {"column": "{column}{n}"},
            _qualtrics_map,
        ),
        Shape(
            "surveymonkey",
            "csv",
            {
                "answers": {"tool": "surveymonkey", "language": LANGUAGE},
                "file": {"header_rows": 2, "timestamp_formats": ["%m/%d/%Y %I:%M:%S %p"]},
            },
            _monkey,
            {"response_id": "Respondent ID", "submitted_at": "Date Modified"},
            lambda _: {"column": "{text} ({n}) / Response", "option": "{text} ({n}) / {label}"},
        ),
        Shape(
            "google_forms",
            "csv",
            {
                "answers": {"tool": "google_forms", "language": LANGUAGE},
                "file": {"timestamp_formats": ["%Y/%m/%d %I:%M:%S %p GMT%z"]},
            },
            _google,
            {"response_id": "{row}", "submitted_at": "Отметка времени"},
            lambda _: {"column": "{text} [{n}]"},
        ),
        Shape(
            "workbook",
            "xlsx",
            {"answers": {"tool": "workbook"}, "file": {"timestamp_formats": ["%d.%m.%Y %H:%M:%S"]}},
            _workbook,
            {"response_id": "no", "submitted_at": "when"},
            lambda _: {"column": "{item}.{n}"},
        ),
    )
}

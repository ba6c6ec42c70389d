"""What `qdeep questionnaire export` writes comes back through intake without a column map and without an item map."""

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from docx import Document

from data.generator.writers import Sheet, write_xlsx
from flows.contracts.folders import Folders, read_folders
from flows.contracts.load import build_contracts
from flows.contracts.model import Contract, Contracts
from flows.intake import gate
from flows.intake.gate import Judged, judge
from flows.intake.match import match_table
from flows.intake.raw import RawTable
from flows.intake.read import read_tables
from flows.intake.unfold import unfolded
from flows.questionnaire.export import form_of
from flows.questionnaire.form import Form, Question
from flows.questionnaire.limesurvey import question_code, structure
from flows.questionnaire.paper import write_paper
from flows.questionnaire.xlsform import choice_rows, survey_rows
from flows.settings import ROOT, Settings
from tests.contracts.landing import stage_of
from tests.surveys.shapes import _text
from tests.surveys.test_shapes import DAY

TITLE = {"en": "A", "uz": "B", "ru": "C", "ko": "D"}
TOOLS = ("kobotoolbox", "limesurvey", "workbook")
ADDED = {
    "kobotoolbox": ("start", "end", "_id", "_uuid", "_submission_time", "_validation_status", "__version__"),
    "limesurvey": ("id", "submitdate", "lastpage", "startlanguage", "seed", "startdate", "datestamp"),
    "workbook": ("response_id", "submitted_at"),
    "odk_central": ("SubmissionDate", "KEY", "SubmitterID", "ReviewState", "FormVersion"),
}
ASKED = ("ministry_id", "org_unit_id", "sex", "position_group", "language")


BOOKS = read_folders(Settings(ROOT, ROOT, (ROOT / "expectations",), DAY, DAY, ROOT / "key")).books
REPEATED = {key[0] for key, book in BOOKS.items() if any(row["repeat"] != "none" for _, row in book.items.rows)}
every_flat_book = pytest.mark.parametrize("name", sorted({key[0] for key in BOOKS} - REPEATED))


@dataclass(frozen=True)
class Asked:
    """One question as the exported form asks it: the heading of its answers, and its options by code and by heading."""

    name: str
    heading: str
    is_many: bool
    options: tuple[str, ...]
    columns: tuple[str, ...] = ()


def of_xlsform(form: Form) -> Iterator[Asked]:
    """Read the sheets `survey` and `choices` as KoboToolbox does: groups in front of names, options behind."""
    lists: dict[str, list[str]] = {}
    for row in choice_rows(form):
        lists.setdefault(row["list_name"], []).append(row["name"])
    groups: list[str] = []
    for row in survey_rows(form):
        kind, _, listed = row["type"].partition(" ")
        if kind == "begin":
            groups.append(row["name"])
        elif kind == "end" and groups:
            groups.pop()
        elif kind not in ("start", "end", "note"):
            heading, many = "/".join([*groups, row["name"]]), kind == "select_multiple"
            codes = tuple(lists.get(listed, ()))
            yield Asked(row["name"], heading, many, codes, tuple(f"{heading}/{code}" for code in codes) if many else ())


def of_limesurvey(form: Form) -> Iterator[Asked]:
    """Read the structure: questions by their codes, sub-questions in brackets."""
    rows = [row for row in structure(form) if row.get("language") == "uz"]
    questions = {row["id"]: row for row in rows if row["class"] == "Q"}
    for number, question in questions.items():
        options = [row["name"] for row in rows if row.get("id") == number and row["class"] in ("A", "SQ")]
        name, many = question["name"], question["type/scale"] == "M"
        yield Asked(name, name, many, tuple(options), tuple(f"{name}[{code}]" for code in options) if many else ())


def of_paper(form: Form, folder: Path) -> Iterator[Asked]:
    """Read the printed form: options by the codes in brackets in front of them, keyed into a sheet of questions."""
    path = folder / f"{form.id}.docx"
    write_paper(form, path, "uz")
    lines = [line.text for line in Document(str(path)).paragraphs]
    for number, question in enumerate(form.questions, start=1):
        (start,) = (place for place, line in enumerate(lines) if line.startswith(f"{number}. {question.texts['uz']}"))
        codes = []
        for line in lines[start + 1 :]:
            if line.startswith("☐ ["):
                codes.append(line[3:].partition("]")[0])
            elif codes or line.startswith(f"{number + 1}. "):
                break
        heading = question.item_id
        yield Asked(question.name, heading, question.type == "select_multiple", tuple(codes))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """The project's contract files with a source a shipped instrument and tool, none of which has a map."""
    folder = tmp_path_factory.mktemp("unmapped")
    (folder / "sources").mkdir()
    own = Settings(folder / "ws", folder / "inbox", (ROOT / "expectations", folder), DAY, DAY, folder / "key")
    for key in read_folders(own).books:
        for tool in (*TOOLS, "odk_central"):
            _write_source(folder, tool, key)
    return read_folders(own)


def _write_source(folder: Path, tool: str, key: tuple[str, str]) -> None:
    given = {
        "source": f"{key[0]}_{tool}",
        "kind": "survey",
        "version": 1,
        "title": TITLE,
        "instrument": {"id": key[0], "version": key[1]},
        "answers": {"tool": tool},
        "others": "refuse",
        "refused_share_max": 1,
        "file": {"name": ".*", "format": "csv", "encoding": "utf-8"},
    }
    if groups := {row["repeat"] for _, row in BOOKS[key].items.rows} - {"none"}:
        given["file"] |= {"repeats": {group: _links(tool, group) for group in groups}}
        if tool == "kobotoolbox":
            given["file"] = {"name": ".*", "format": "xlsx", "sheet": "form", "repeats": given["file"]["repeats"]}
        if tool == "odk_central":
            given["file"] |= {"packing": "zip", "member": "form.csv"}
    (folder / "sources" / f"{given['source']}.yml").write_text(yaml.safe_dump(given), encoding="utf-8")


def _links(tool: str, group: str) -> dict[str, str]:
    if tool == "kobotoolbox":
        return {"sheet": group, "parent": "_submission__uuid", "order": "_index"}
    if tool == "odk_central":
        return {"sheet": f"form-{group}.csv", "parent": "PARENT_KEY", "order": "KEY"}
    return {"column": "{short}x{n}", "option": "{short}x{n}[{short_code}]"}


@pytest.fixture(scope="module")
def contracts(folders: Folders) -> Contracts:
    """The contracts, unchecked; a test below checks them."""
    return build_contracts(folders)


def asked_by(tool: str, form: Form, folder: Path) -> list[Asked]:
    """Return the questions of a form as one tool asks them."""
    if tool == "workbook":
        return list(of_paper(form, folder))
    return list(of_limesurvey(form) if tool == "limesurvey" else of_xlsform(form))


@pytest.mark.parametrize("tool", TOOLS)
@every_flat_book
def test_each_answer_of_an_exported_form_finds_its_item(
    contracts: Contracts, tmp_path: Path, name: str, tool: str
) -> None:
    """The header of the tool's export is derived from the exported form alone; every column of it is known."""
    contract = contracts.sources[f"{name}_{tool}"]
    asked = asked_by(tool, form_of(BOOKS[name, "1"]), tmp_path)
    header = [*ADDED[tool], *_headings(asked, tool)]
    layout, findings = match_table(RawTable("rows", "", tuple(header), tmp_path / "none", 0), contract)
    assert findings == ()
    assert layout is not None
    fed = {feed.position for feed in layout.feeds} - {None}
    unread = {header[place] for place in range(len(ADDED[tool]), len(header)) if place not in fed}
    assert unread <= {one.heading for one in asked if one.is_many and one.columns}  # the options stand apart
    names = {feed.column.name for feed in layout.feeds if feed.position is not None}
    assert set(ASKED[:2]) & names
    _codes_are_known(contract, asked)


def _headings(asked: list[Asked], tool: str) -> list[str]:
    if tool == "limesurvey":
        return [heading for one in asked for heading in (one.columns or (one.heading,))]
    return [heading for one in asked for heading in (one.heading, *one.columns)]


def _codes_are_known(contract: Contract, asked: list[Asked]) -> None:
    """Each option that the form offers is a code of the codebook, or a word that the contract turns into one."""
    book = contract.codebook
    assert book is not None
    for item in (item for item in book.items if item.type == "select_one"):
        (one,) = (one for one in asked if one.name in (item.name, item.name.replace("_", "")[:20]))
        words = contract.values.get(item.item_id, {})
        assert [words.get(code, code) for code in one.options] == list(book.choices[item.choices])


def test_sources_without_a_map_are_sound(folders: Folders) -> None:
    from flows.contracts.check import find_faults

    assert [fault for fault in find_faults(folders) if "unmapped" in str(fault.where)] == []


# the whole way, for a form with a respondent of every kind and for one with repeats


@pytest.fixture(autouse=True, scope="module")
def _one_judge() -> Iterator[None]:
    """Leave out the second judge: it tells rows apart, not answers, and its verdict is tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate, "_second_judge", lambda *_: {})
        yield


def land(contracts: Contracts, source: str, header: list[str], rows: list[list[object]], folder: Path) -> Judged:
    """Write an export, read it and judge it."""
    path = folder / "export.csv"
    path.write_text(_text([header, *rows]), encoding="utf-8")
    return judged(contracts, source, path, folder)


def judged(contracts: Contracts, source: str, path: Path, folder: Path) -> Judged:
    """Read an export and judge it."""
    where = Settings(folder / "ws", folder / "inbox", (ROOT / "expectations",), DAY, DAY, folder / "key")
    contract = contracts.sources[source]
    raw = unfolded(read_tables(path, contract, where, folder), contract, folder)
    return judge(raw, contract, contracts, folder / "stage", where)


def landed(verdict: Judged, query: str) -> list[tuple]:
    """Ask the stage of a delivery that was not refused."""
    assert (verdict.findings, verdict.refused) == ((), False)
    with stage_of(verdict) as connection:
        return connection.execute(query).fetchall()


WHO = "select ministry_id, org_unit_id, sex, position_group, started_at is null, submitted_at is null from landed_rows"
SAID = """
select item_id, if(choice = 'value', value, choice) from landed_answers
where value is not null and (choice = 'value' or value = '1') order by all
"""


def answer(question: Question, form: Form, copy: int = 0) -> str:
    """Return an answer as the codebook codes it: an option near the end of its list, or a number."""
    options = form.choices.get(question.choices, ())
    if question.choices == "ministry":
        return next(c.only_for for c in form.choices["unit"] if c.code == answer(UNIT, form))
    return options[(copy - 2) % len(options)].code if options else str(4 + copy)


UNIT = Question("unit", "unit", "select_one", {}, "unit")
COPY = re.compile(r"(.*?)(?:x(\d+))?")  # of LimeSurvey: the code of a question and the number of its copy


def cells_of(asked: list[Asked], form: Form, copies: int) -> list[str | None]:
    """Return the cells of one submission, as the exported form codes them; of a repeat so many places are filled."""
    questions = {question_code(one.name): one for part in form.parts for one in part.questions}
    repeated = {question_code(one.name) for part in form.parts if part.is_repeated for one in part.questions}
    cells: list[str | None] = []
    for one in asked:
        name, number = COPY.fullmatch(question_code(one.name)).groups()
        question, copy = questions[name], int(number or 0)
        codes = [choice.code for choice in form.choices.get(question.choices, ())]
        said = answer(question, form, max(copy - 1, 0))
        left_out = copy > copies or (name in repeated and not copy)
        if one.columns:
            cells += ["Y" if code == said and not left_out else None for code in codes]
        else:
            cells.append(None if left_out else one.options[codes.index(said)] if codes else said)
    return cells


def expected_of(form: Form, copies: int) -> list[tuple[str, str]]:
    """Return the answers as they must land."""
    known = {row["item_id"] for _, row in BOOKS[form.instrument, form.version].items.rows}
    rows = []
    for part in form.parts:
        for question in (one for one in part.questions if one.item_id in known and one.type != "text"):
            for copy in range(copies if part.is_repeated else 1):
                said = answer(question, form, copy)
                rows.append((question.item_id, str(float(said)) if question.type == "decimal" else said))
    return sorted(rows)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "tool"),
    [
        ("turnover_intention", "kobotoolbox"),
        ("turnover_intention", "limesurvey"),
        ("workload", "limesurvey"),
        ("bpr", "limesurvey"),
    ],
)
def test_a_form_comes_back_with_its_respondent(contracts: Contracts, tmp_path: Path, name: str, tool: str) -> None:
    """Answers are written as the exported form codes them, with its copies of a repeated part."""
    form = form_of(BOOKS[name, "1"])
    asked = asked_by(tool, form, tmp_path)
    moment = "2026-10-05 10:00:00" if tool == "limesurvey" else "2026-10-05T10:00:00"
    moments = ("submitdate", "startdate", "_submission_time", "start", "end", "datestamp")
    added = [moment if column in moments else "x1" for column in ADDED[tool]]
    header = [*ADDED[tool], *_headings(asked, "limesurvey")]
    verdict = land(contracts, f"{name}_{tool}", header, [[*added, *cells_of(asked, form, 2)]], tmp_path)
    assert landed(verdict, WHO) == [who_of(form)]
    assert landed(verdict, SAID) == expected_of(form, 2)


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["kobotoolbox", "odk_central"])
@pytest.mark.parametrize("name", sorted(REPEATED))
def test_a_repeated_part_comes_back_from_a_sheet_of_its_own(
    contracts: Contracts, tmp_path: Path, name: str, tool: str
) -> None:
    """Steps and tasks stand in a table beside the submissions, joined by the key of the submission alone."""
    form = form_of(BOOKS[name, "1"])
    ((group, inside),) = groups_of(form).items()
    asked = asked_by(tool, form, tmp_path)
    apart = [one for one in asked if one.name in inside]
    first = table_of([one for one in asked if one.name not in inside], form, tool, [0])
    second = table_of(apart, form, tool, range(COPIES))
    path = tmp_path / "export"
    write = write_workbook if tool == "kobotoolbox" else write_archive
    write(path, group, first, second)
    verdict = judged(contracts, f"{name}_{tool}", path, tmp_path)
    assert landed(verdict, WHO) == [(*who_of(form)[:4], tool == "odk_central", False)]
    assert landed(verdict, SAID) == expected_of(form, COPIES)


COPIES = 2
KEY = "0000002a-0000-4000-a000-000000000000"
Table = list[list[object]]


def groups_of(form: Form) -> dict[str, set[str]]:
    """Return the names of the questions of each repeated group, as the codebook groups them."""
    rows = [row for _, row in BOOKS[form.instrument, form.version].items.rows if row["repeat"] != "none"]
    names = {question.item_id: question.name for question in form.questions}
    return {
        group: {names[row["item_id"]] for row in rows if row["repeat"] == group}
        for group in {r["repeat"] for r in rows}
    }


def table_of(asked: list[Asked], form: Form, tool: str, copies: Iterable[int]) -> Table:
    """Return header and rows of a table; ODK Central leaves out the names of groups where it is told to."""
    questions = {question.name: question for question in form.questions}
    rows: Table = [[]]
    for one in asked:
        heading = one.name if tool == "odk_central" else one.heading
        rows[0] += [heading, *(f"{heading}/{code}" for code in one.options if one.columns)]
    for copy in copies:
        cells: list[object] = []
        for one in asked:
            said = answer(questions[one.name], form, copy)
            cells += [said, *(int(code == said) for code in one.options if one.columns)]
        rows.append(cells)
    return rows


def write_workbook(path: Path, group: str, first: Table, second: Table) -> None:
    """Write a workbook of KoboToolbox: a sheet of the submissions and one of the repeated group."""
    moment = "2026-10-05T05:00:00"
    added = dict(zip(ADDED["kobotoolbox"], (moment, moment, 1, KEY, moment, None, "v1"), strict=True))
    links = {"_index": 1, "_parent_table_name": "form", "_parent_index": 1, "_submission__uuid": KEY}
    sheet = [[*second[0], *links], *([*row, *(links | {"_index": n}).values()] for n, row in enumerate(second[1:], 1))]
    form = [[*added, *first[0]], [*added.values(), *first[1]]]
    write_xlsx(path, [Sheet("form", form), Sheet(group, sheet)])


def write_archive(path: Path, group: str, first: Table, second: Table) -> None:
    """Write an archive of ODK Central: a table of the submissions and one of the repeated group."""
    key = f"uuid:{KEY}"
    added = dict(zip(ADDED["odk_central"], ("2026-10-05T05:00:00.000Z", key, 5, None, "1"), strict=True))
    form = [[*added, *first[0]], [*added.values(), *first[1]]]
    ends = ([key, f"{key}/{group}[{n}]"] for n in range(1, len(second)))
    inner = [[*second[0], "PARENT_KEY", "KEY"], *([*row, *end] for row, end in zip(second[1:], ends, strict=True))]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("form.csv", _text(form))
        archive.writestr(f"form-{group}.csv", _text(inner))


def who_of(form: Form) -> tuple:
    """Return who the respondent is, as far as the form asks."""
    about = {question.choices: answer(question, form) for question in form.questions}
    names = {question.name: answer(question, form) for question in form.questions}
    return (about["ministry"], about["unit"], names.get("sex"), names.get("position_group"), False, False)

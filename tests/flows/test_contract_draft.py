"""A contract drafted from a file alone names its kind, columns and codes, and holds nothing that tells of a person."""

import csv
import json
import random
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
import tiny
import xlsxwriter
import yaml

from flows.contracts.load import load_contracts
from flows.contracts.model import Contracts
from flows.draft.propose import Proposal, name_by_row, propose
from flows.draft.sniff import sniff
from flows.draft.words import load_words
from flows.draft.write import contract_text, draft, map_text, name_pattern
from flows.errors import QdeepError
from flows.intake.deliver import check_file
from flows.intake.headings import Headers
from flows.intake.match import row_hash
from flows.intake.raw import RawTable
from flows.settings import ROOT, Settings, load_settings

INBOX = tiny.ROOT / "data" / "sample" / "inbox"
SOURCES = sorted(folder.name for folder in INBOX.iterdir())
HEADERS = {
    "ru": ("ПИНФЛ", "Должностной оклад", "Премия", "Удержания", "Месяц"),
    "uz": ("JSHSHIR", "Lavozim maoshi", "Mukofot", "Ushlanmalar", "Oy"),
    "ko": ("개인번호", "기본급", "상여금", "공제액", "급여월"),
}


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(tiny.ROOT / "qdeep.toml")


@pytest.fixture(scope="module")
def contracts(settings: Settings) -> Contracts:
    return load_contracts(settings)


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES)
def test_a_source_that_nobody_knows_is_drafted_from_its_file(
    source: str, settings: Settings, contracts: Contracts, tmp_path: Path
) -> None:
    """Its own contract is left out, so only the lists of words and the other sources help."""
    known = contracts.sources[source]
    rest = replace(contracts, sources={name: one for name, one in contracts.sources.items() if name != source})
    file = sniff(max((INBOX / source).iterdir()), settings, tmp_path)
    found = propose(file, rest, load_words(rest, settings))
    wanted = known.maps[-1].headers
    right = sum(found.headers.get(column) == name for column, name in wanted.items())
    assert found.kind.name == known.kind.name
    assert right >= 0.85 * len(wanted), (wanted, found.headers)
    assert (file.style.format, file.style.encoding, file.style.header_rows, file.style.title_rows) == (
        known.file.format,
        known.file.encoding,
        known.file.header_rows,
        known.file.title_rows,
    )
    codes = {(column, word): code for column, words in known.values.items() for word, code in words.items()}
    drafted = {(column, word): code for column, words in found.values.items() for word, code in words.items()}
    assert not {one for one, code in drafted.items() if codes.get(one, code) != code}


def test_every_canonical_column_has_a_name_in_the_lists(contracts: Contracts, settings: Settings) -> None:
    named = {column for columns in load_words(contracts, settings).columns.values() for column in columns}
    kinds = [kind for kind in contracts.kinds.values() if kind.name != "survey"]
    assert not {column.name for kind in kinds for column in kind.tables[0].columns} - named


@pytest.mark.parametrize("language", sorted(HEADERS))
def test_headings_of_a_strange_ministry_are_known(
    language: str, settings: Settings, contracts: Contracts, tmp_path: Path
) -> None:
    path = tmp_path / "pay.csv"
    row = ("30101851234567", "5000000", "0", "100", "2026-01")
    path.write_text("\n".join([";".join(HEADERS[language]), *[";".join(row)] * 3]) + "\n", encoding="utf-8")
    found = propose(sniff(path, settings, tmp_path), contracts, load_words(contracts, settings))
    assert found.kind.name == "pay"
    assert found.headers == dict(
        zip(("pinfl", "base_pay", "bonus", "deductions", "month"), HEADERS[language], strict=True)
    )


def planted(path: Path) -> set[str]:
    """Write a staff list with an unknown remark; return all that tells of a person."""
    draw, secrets = random.Random(4), set()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["JSHSHIR", "F.I.Sh.", "Telefon", "Jinsi", "Boʻlinma kodi", "Izoh", "Sobiq familiyasi"])
        for number in range(60):
            person = [
                f"{draw.randrange(3, 7)}{draw.randrange(10**12, 10**13)}",
                f"Kanareyev{number} Ptitsa",
                f"+99890{draw.randrange(10**6, 10**7)}",
            ]
            remark, former = f"kasal{number}", f"Yashirin{number}"
            secrets |= {*person, remark, former}
            writer.writerow([*person, _slipped(number), "MOA-1", remark, former])
            secrets |= {_slipped(number)} - {"erkak"}
    return secrets


def _slipped(number: int) -> str:
    """Return what stands where the sex should: names of two rows each, one telephone number of ten, then words."""
    return f"Sirdosh{number % 20}" if number < 40 else "+998901112233" if number < 50 else "erkak"


def test_no_person_stands_in_a_draft(settings: Settings, contracts: Contracts, tmp_path: Path) -> None:
    """Names that slipped into a column of codes are counted, not shown, unless many rows hold them."""
    path = tmp_path / "staff_2026-01-31.csv"
    secrets = planted(path)
    file = sniff(path, settings, tmp_path)
    found = propose(file, contracts, load_words(contracts, settings))
    text = contract_text(found, file, path, "staff_strange", "") + map_text(found)
    assert {"pinfl", "full_name", "phone"} <= set(found.headers)
    assert not [secret for secret in secrets if secret in text]
    assert yaml.safe_load(text.split("version,")[0])["kind"] == found.kind.name


def test_the_command_writes_two_files_and_overwrites_none(tmp_path: Path) -> None:
    made = tiny.make(tmp_path)
    path = tmp_path / "staff_2026-01-31.csv"
    secrets = planted(path)
    first = made.qdeep("contract", "draft", str(path), "--source", "strange", "--into", "draft", "-o", "json")
    assert first.returncode in (0, 1), first.stderr
    item = json.loads(first.stdout)["items"][0]
    assert (item["kind"], len(item["files"])) == ("personnel", 2)
    assert not [secret for secret in secrets if secret in first.stdout + first.stderr]
    again = made.qdeep("contract", "draft", str(path), "--source", "strange", "--into", "draft")
    assert (again.returncode, "E-409" in again.stderr) == (2, True)


def test_days_in_a_file_name_become_groups() -> None:
    assert name_pattern("staff_asof2026-01-31_sent2026-02-03.csv") == (
        r"staff_asof(?P<period>\d{4}-\d{2}-\d{2})_sent(?P<known_from>\d{4}-\d{2}-\d{2})\.csv"
    )


# Each as its tool exports it, cut to a few columns: headings, and the rows that repeat six times.
EXPORTS = {
    "qualtrics": (
        [
            ["ResponseID", "EndDate", "Q1", "Q2_1", "Q2_2"],
            ["ResponseID", "EndDate", "How?", "Which?-A", "Which?-B"],
            [f"{{'ImportId': '{name}'}}" for name in ("responseId", "endDate", "QID1", "QID2-1", "QID2-2")],
        ],
        [["R_1", "2017-03-24 08:05:18", "3", "1", ""], ["R_2", "2017-03-24 08:06:18", "5", "1", "1"]],
        {"q1": ("select_one", "12345"), "q2": ("select_multiple", "12")},
    ),
    "limesurvey": (
        [["id. Response ID", "submitdate. Date submitted", "lastpage. Page", "n0[A1]. How? [a]", "m[S1]. Why? [x]"]],
        [["1", "2020-02-13 09:42:28", "4", "7", "Y"], ["2", "2020-02-13 09:42:28", "4", "2", ""]],
        {"n0_a1": ("select_one", "1234567"), "m_s1": ("select_one", "Y")},
    ),
    "kobotoolbox": (
        [["g/fav", "g/fav/ann", "g/fav/bob", "_uuid", "_submission_time"]],
        [["ann bob", "1", "1", "u1", "2016-03-01T10:00:00"], ["bob", "0", "1", "u2", "2016-03-01T10:00:00"]],
        {"fav": ("select_multiple", ["ann", "bob"])},
    ),
    "odk_central": (
        [["SubmissionDate", "place-Latitude", "g-q", "g-q/x", "g-q/y", "KEY"]],
        [["2018-01-01T00:00:00Z", "41.3", "x y", "1", "1", "u1"], ["2018-01-01T00:00:01Z", "", "y", "0", "1", "u2"]],
        {"g_q": ("select_multiple", ["x", "y"])},  # where somebody stood is no question
    ),
    "google_forms": (
        [["Timestamp", "Your team", "What do you like? (several)"]],
        [["3/24/2017 8:05:18", "North", "Tea, Milk"], ["3/24/2017 8:06:18", "South", "Milk"]],
        {
            "your_team": ("select_one", ["North", "South"]),
            "what_do_you_like_several": ("select_multiple", ["Milk", "Tea"]),
        },
    ),
}  # fmt: skip


PUBLISHED = {
    "plain": ([["Which team are you in?", "What would you change about how we work?"]], ""),
    "surveymonkey": (
        [["Which team are you in?", "What would you change?"], ["Response", "Open-Ended Response"]],
        "surveymonkey",
    ),
}


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_a_survey_published_without_ids_is_one_all_the_same(name: str, settings: Settings, tmp_path: Path) -> None:
    headings, tool = PUBLISHED[name]
    path, own = tmp_path / "export.csv", tmp_path / "own"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([*headings, *([["North", "less paper"], ["South", "nothing"]] * 6)])
    own.mkdir()
    made = draft(path, "strange", "", own, replace(settings, contracts=(own,)))
    assert (made.proposal.kind.name, made.proposal.tool, made.faults) == ("survey", tool, ())
    assert len(made.proposal.questions) == len(headings[0])


def test_wordings_where_codes_could_be_had_are_named(settings: Settings, contracts: Contracts, tmp_path: Path) -> None:
    path = tmp_path / "results-survey.csv"
    header = "Response ID,Date submitted,Last page,Which team are you in?,What would you change about our work?"
    path.write_text(f"{header}\n1,2026-01-01 10:00:00,3,North,less paper\n", encoding="utf-8")
    found = propose(sniff(path, settings, tmp_path), contracts, load_words(contracts, settings))
    assert found.kind.name == "survey"
    assert found.headers["response_id"] == "Response ID"
    assert any("question and answer codes" in text for text in found.todo)


def test_the_place_of_an_option_is_never_taken_for_a_word_of_the_file(settings: Settings, tmp_path: Path) -> None:
    """A rare 1 landed as the option of the first place, which was another word; now no option has it (E-303)."""
    path, own = tmp_path / "export.csv", tmp_path / "own"
    marks = ["3"] * 6 + ["not asked"] * 5 + ["1"]
    path.write_text("Do you like it?,Why is that so?\n" + "".join(f"{one},x\n" for one in marks), encoding="utf-8")
    own.mkdir()
    made = draft(path, "strange", "", own, replace(settings, contracts=(own,)))
    assert made.proposal.questions[0].options == {"o1": "3", "o2": "not asked"}


def test_a_currency_beside_pay_is_a_unit(settings: Settings, contracts: Contracts, tmp_path: Path) -> None:
    path = tmp_path / "pay.csv"
    rows = "".join(f"3010190015001{n};{n} 234 567,50 сўм;2026-0{n}\n" for n in range(1, 8))
    path.write_text(f"{';'.join((HEADERS['ru'][0], HEADERS['ru'][1], HEADERS['ru'][4]))}\n{rows}", encoding="utf-8")
    found = propose(sniff(path, settings, tmp_path), contracts, load_words(contracts, settings), "pay")
    assert (found.units, found.decimal, found.thousands) == (["сўм"], ",", " ")


def test_the_options_of_surveymonkey_are_told_by_their_own_words(settings: Settings, tmp_path: Path) -> None:
    """Nothing but the option's word stands in its cell; drafted codes did not know it, and every row was refused."""
    path, own = tmp_path / "export.csv", tmp_path / "own"
    headings = [
        ["Respondent ID", "Collector ID", "What do you use?", "", "Why?"],
        ["", "", "A  pen", "A word processor", "Open-Ended Response"],
    ]
    answers = [[str(n), "1", "A pen" * (n % 2), "A word processor", "so"] for n in range(8)]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([*headings, *answers])
    own.mkdir()
    drafting = replace(settings, contracts=(*settings.contracts, own), workspace=tmp_path / "ws")
    made = draft(path, "strange", "", own, drafting)
    assert made.faults == ()
    known = load_contracts(drafting)
    outcome = check_file(path, known.sources["strange"], known, drafting)
    assert (outcome.status, outcome.landed, outcome.refused) == ("landed", 8, 0), outcome.findings


def test_a_second_source_of_a_drafted_codebook_has_its_item_map_too(settings: Settings, tmp_path: Path) -> None:
    """The codes of drafted options are places; without the map no word of the file was known, and all was refused."""
    path, own = tmp_path / "export.csv", tmp_path / "own"
    rows = "".join(f"2026-03-2{n} 08:05:18,North side,Green tea\n" for n in range(8))
    path.write_text(f"Timestamp,Your team?,Your drink?\n{rows}", encoding="utf-8")
    own.mkdir()
    drafting = replace(settings, contracts=(*settings.contracts, own), workspace=tmp_path / "ws")
    for source in ("first", "second"):
        made = draft(path, source, "", own, drafting)
        assert made.faults == ()
    assert made.proposal.codebook is not None
    known = load_contracts(drafting)
    outcome = check_file(path, known.sources["second"], known, drafting)
    assert (outcome.status, outcome.landed, outcome.refused) == ("landed", 8, 0), outcome.findings


def test_counts_few_of_which_are_small_are_no_scale(settings: Settings, tmp_path: Path) -> None:
    """One answer of 9 among 22 and 46 made a scale up to 9, and the other rows were refused."""
    path, own = tmp_path / "export.csv", tmp_path / "own"
    path.write_text("Timestamp,How many?\n" + "".join(f"2026-03-21 08:05:18,{n}\n" for n in (9, 22, 46)), "utf-8")
    own.mkdir()
    made = draft(path, "strange", "", own, replace(settings, contracts=(own,)))
    assert [(one.item_id, one.type) for one in made.proposal.questions] == [("how_many", "integer")]


def test_questions_worded_alike_are_left_out_and_named(settings: Settings, tmp_path: Path) -> None:
    path, own = tmp_path / "export.csv", tmp_path / "own"
    header = "Which team are you in?,How is it there today?,How is it there today?"
    path.write_text(f"{header}\n" + "North,1,2\n" * 6, encoding="utf-8")
    own.mkdir()
    made = draft(path, "strange", "", own, replace(settings, contracts=(own,)))
    assert [one.heading for one in made.proposal.questions] == ["Which team are you in?"]
    assert any("Columns 2, 3" in text for text in made.proposal.notes)


def test_a_workbook_of_sums_is_no_export_of_answers(settings: Settings, contracts: Contracts, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "book.xlsx")) as book:
        for name in ("Question 1", "Question 2"):
            book.add_worksheet(name).write_row(0, 0, ["Answer Choices", "Responses"])
    found = propose(sniff(tmp_path / "book.xlsx", settings, tmp_path), contracts, load_words(contracts, settings))
    assert any("all individual responses" in text for text in found.todo)


def test_a_person_names_the_kind_and_the_sheet(settings: Settings, contracts: Contracts, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "book.xlsx")) as book:
        book.add_worksheet("about").write_row(0, 0, ["made by", "for"])
        book.add_worksheet("data").write_row(0, 0, ["a", "b"])
    words, path = load_words(contracts, settings), tmp_path / "book.xlsx"
    first = propose(sniff(path, settings, tmp_path), contracts, words)
    assert any("`--sheet`" in text for text in first.notes)
    file = sniff(path, settings, tmp_path, sheet="data")
    found = propose(file, contracts, words, "survey")
    assert (file.header, found.kind.name, len(found.questions)) == (("a", "b"), "survey", 2)
    with pytest.raises(QdeepError, match="E-407"):
        propose(file, contracts, words, "surveys")


@pytest.mark.parametrize("tool", sorted(EXPORTS))
def test_a_survey_that_no_codebook_knows_gets_one(tool: str, settings: Settings, tmp_path: Path) -> None:
    headings, rows, wanted = EXPORTS[tool]
    path = tmp_path / "export.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([*headings, *(rows * 6)])
    (tmp_path / "own").mkdir()
    made = draft(path, "strange", "", tmp_path / "own", replace(settings, contracts=(tmp_path / "own",)))
    assert (made.proposal.kind.name, made.proposal.tool, made.faults) == ("survey", tool, ())
    found = {one.item_id: one for one in made.proposal.questions}
    assert {name: (one.type, sorted(one.options)) for name, one in found.items()} == {
        name: (kind, sorted(options)) for name, (kind, options) in wanted.items()
    }


def test_a_heading_is_what_names_its_column() -> None:
    """Qualtrics by its import id, in either way of quoting; LimeSurvey by the code before the wording."""
    told = Headers(
        ("{'ImportId': 'QID2-1'}", '{"ImportId":"QID1","choiceId":"4"}', '{"ImportId":"endDate","timeZone":"Z"}')
    )
    assert told.texts == ("QID2-1", "QID1_4", "endDate")
    pattern = yaml.safe_load((ROOT / "expectations" / "tools" / "limesurvey.yml").read_text("utf-8"))["heading"]
    headings = ("id. Response ID", "n0[A1]. How? [a. b]", "A3", "Is it so. Or not", "interviewtime. Total time")
    assert Headers(headings, pattern).texts == ("id", "n0[A1]", "A3", "Is it so. Or not", "interviewtime")


def test_the_type_that_most_events_have_is_taken_for_the_case(
    settings: Settings, contracts: Contracts, tmp_path: Path
) -> None:
    """A person sees in the note that it was chosen, and what the contract says."""
    kinds = {"i": "invoice", "o": "order"}
    log = {
        "objectTypes": [{"name": name, "attributes": []} for name in kinds.values()],
        "eventTypes": [{"name": "Ship", "attributes": []}],
        "objects": [{"id": f"{one}1", "type": kinds[one], "attributes": []} for one in kinds],
        "events": [
            {
                "id": f"e{number}",
                "type": "Ship",
                "time": f"2026-01-0{number + 1}T10:00:00+05:00",
                "attributes": [],
                "relationships": [{"objectId": f"{one}1", "qualifier": ""} for one in ("io" if number else "o")],
            }
            for number in range(3)
        ],
    }
    path = tmp_path / "log.json"
    path.write_text(json.dumps(log), encoding="utf-8")
    file = sniff(path, settings, tmp_path)
    found = propose(file, contracts, load_words(contracts, settings))
    assert (found.kind.name, file.style.case, file.count) == ("event_log", "order", 3)
    assert any("`order`" in note for note in found.notes)


LOG = """case:concept:name,concept:name,lifecycle:transition,time:timestamp,org:resource
1,invite,start,2026-01-05 09:00:00,Mike
1,invite,complete,2026-01-06 09:00:00,Mike
1,decide,start,2026-01-07 09:00:00,
1,decide,complete,2026-01-08 09:00:00,
"""


@pytest.mark.parametrize("name", ["occurred_at", "completed_at"])
def test_the_stamp_beside_a_transition_is_a_moment(
    name: str, settings: Settings, contracts: Contracts, tmp_path: Path
) -> None:
    """A start under the heading of completions would count as work done, and each activity twice."""
    is_told = name == "occurred_at"
    rows = [line.split(",") for line in LOG.splitlines()]
    kept = rows if is_told else [row[:2] + row[3:] for row in rows[::2]]
    file = tmp_path / "log.csv"
    file.write_text("\n".join(",".join(row) for row in kept), encoding="utf-8")
    found = propose(sniff(file, settings, tmp_path), contracts, load_words(contracts, settings))
    assert found.kind.name == "event_log"
    assert found.headers[name] == "time:timestamp"
    assert ("lifecycle" in found.headers) == is_told


# Shapes of logs that tools write: the column of transitions under a heading of its own, clocks of twelve hours, days
# among moments, seconds since 1970.
ODD_LOGS = {
    "transitions": (
        ("case_id,task,what happened,timestamp", "{n},sign,{word},2026-01-05T09:0{n}:00Z"),
        {"lifecycle": "what happened", "occurred_at": "timestamp"},
        [],
    ),
    "twelve hours": (
        ("CaseID,Event,StartTime,EndTime,User", "{n},sign,1/2{n}/2026 2:32 PM,1/2{n}/2026 4:27 PM,Mike"),
        {"activity": "Event", "started_at": "StartTime", "completed_at": "EndTime"},
        ["%m/%d/%Y %I:%M %p"],
    ),
    "days": (
        ("Case;Task;Completed;Who", "{n};sign;2{n}.01.2026{clock};Mike"),
        {"activity": "Task", "completed_at": "Completed"},
        ["%d.%m.%Y", "%d.%m.%Y %H:%M"],
    ),
    "units": (
        (
            "Номер дела;Операция;Дата начала;Дата окончания;Подразделение",
            "{n};виза;2{n}.01.2026 09:00;2{n}.01.2026 10:00;Отдел",
        ),
        {"case_id": "Номер дела", "org_unit_id": "Подразделение"},
        ["%d.%m.%Y %H:%M"],
    ),
    "seconds": (
        ("case,event,ts,resource", "{n},sign,170717238{n}.25,Mike"),
        {"activity": "event", "completed_at": "ts"},
        ["unix_seconds"],
    ),
    "forms": (
        ("case,processId,activity,end", "{n},sid-E138-{n},sign,2026-01-05 09:0{n}:00"),
        {"process_id": "processId"},
        ["%Y-%m-%d %H:%M:%S"],
    ),
    "thousandths": (("case,event,ts,at", "{n},sign,170717238{n}000,170717238{n}"), {}, ["unix_milliseconds"]),
}


@pytest.mark.parametrize("shape", sorted(ODD_LOGS))
def test_shapes_of_odd_logs_are_known(shape: str, settings: Settings, contracts: Contracts, tmp_path: Path) -> None:
    (head, line), headers, moments = ODD_LOGS[shape]
    words, clocks = ("start", "complete"), (" 14:30", "")
    rows = [line.format(n=n, word=words[n % 2], clock=clocks[n % 2]) for n in range(1, 9)]
    file = tmp_path / "log.csv"
    file.write_text("\n".join([head, *rows]), encoding="utf-8")
    found = propose(sniff(file, settings, tmp_path), contracts, load_words(contracts, settings))
    assert found.kind.name == "event_log"
    assert headers.items() <= found.headers.items()
    assert sorted(found.moments) == moments
    assert any("since 1970" in note for note in found.notes) == (shape == "thousandths")
    assert any("E-309" in one for one in found.todo) == (shape == "units")
    assert any("have not the form" in note for note in found.notes) == (shape == "forms")


def test_the_sheet_of_a_repeat_group_is_named(settings: Settings, contracts: Contracts, tmp_path: Path) -> None:
    known = contracts.sources["bpr_questionnaire"].file.repeats
    file = sniff(next((INBOX / "bpr_questionnaire").iterdir()), settings, tmp_path)
    found = propose(file, contracts, load_words(contracts, settings))
    assert found.repeats == known
    text = contract_text(found, file, INBOX / "a.xlsx", "strange", "")
    assert yaml.safe_load(text)["file"]["repeats"] == known
    alone = propose(file, replace(contracts, codebooks={}), load_words(contracts, settings))
    assert alone.repeats == known
    assert {one.repeat for one in alone.questions} == {"none", *known}


def test_the_member_of_a_repeat_group_is_named(settings: Settings, tmp_path: Path) -> None:
    """ODK Central writes `<form>.csv` and `<form>-<group>.csv` into one archive."""
    with zipfile.ZipFile(tmp_path / "form.csv.zip", "w") as archive:
        archive.writestr(
            "form.csv", "SubmissionDate,q1,SET-OF-task,KEY\n2026-01-01T08:00:00.000Z,3,uuid:1/task,uuid:1\n"
        )
        archive.writestr("form-task.csv", "minutes,PARENT_KEY,KEY\n10,uuid:1,uuid:1/task[1]\n")
        archive.writestr("media/note.csv", "a,b\n1,2\n")
    found = sniff(tmp_path / "form.csv.zip", settings, tmp_path)
    assert (found.tool, found.repeats["task"].links) == ("odk_central", {"sheet": "task", "parent": "PARENT_KEY"})


def test_a_group_within_a_group_is_drafted_with_its_questions(settings: Settings, tmp_path: Path) -> None:
    """What ODK Central writes of a form with steps, and within each the documents that it needs."""
    main = ["SubmissionDate,colour,tools,tools/fax,tools/edo,KEY"]
    steps = ["minutes,PARENT_KEY,KEY"]
    documents = ["sheets,PARENT_KEY,KEY"]
    for number in range(1, 8):
        main.append(f"2026-01-01T08:00:00.000Z,A,fax,1,0,uuid:{number}")
        steps.append(f"{number}.5,uuid:{number},uuid:{number}/step[1]")
        documents.append(f"{number},uuid:{number}/step[1],uuid:{number}/step[1]/document[1]")
    with zipfile.ZipFile(tmp_path / "form.csv.zip", "w") as archive:
        archive.writestr("form.csv", "\n".join(main))
        archive.writestr("form-step.csv", "\n".join(steps))
        archive.writestr("form-step-document.csv", "\n".join(documents))
    made = draft(tmp_path / "form.csv.zip", "strange", "", tmp_path / "draft", settings)
    assert not made.faults
    asked = {(one.repeat, one.item_id, one.type) for one in made.proposal.questions}
    assert asked == {
        ("none", "colour", "select_one"),
        ("none", "tools", "select_multiple"),
        ("step", "minutes", "decimal"),
        ("step_document", "sheets", "select_one"),
    }
    told = yaml.safe_load(made.files[0].read_text(encoding="utf-8"))["file"]["repeats"]
    assert told["step_document"] == {"sheet": "step-document", "parent": "PARENT_KEY"}


def _kobo_records() -> list[Any]:
    """What the API of KoboToolbox gives: a group in a section, a group in it, and lists of the tool itself."""
    return [
        {
            "_uuid": f"u{n}",
            "_submission_time": "2026-01-01T08:00:00",
            "_attachments": [{"filename": "a.jpg", "mimetype": "image/jpeg"}],
            "a/is_paid": "1",
            "a/is_known": str(n % 2),
            "b/step": [
                {"b/step/role": "head", "b/step/days": 1.5, "b/step/paper": [{"b/step/paper/sheets": n}]},
                {"b/step/role": "clerk", "b/step/days": 2.5},
            ],
        }
        for n in range(1, 9)
    ]


def _odata_records() -> dict[str, Any]:
    """What ODK Central gives with repeats expanded: the same form."""
    rows = [
        {
            "__id": f"uuid:{n}",
            "__system": {"submissionDate": "2026-01-01T08:00:00.000Z"},
            "a": {"is_paid": "1", "is_known": str(n % 2)},
            "b": {
                "step": [
                    {"__id": f"s{n}", "role": "head", "days": 1.5, "paper": [{"__id": f"p{n}", "sheets": n}]},
                    {"__id": f"t{n}", "role": "clerk", "days": 2.5, "paper": []},
                ]
            },
        }
        for n in range(1, 9)
    ]
    return {"value": rows, "@odata.context": "x"}


def _plain_records() -> list[Any]:
    """What a service that nobody knows might give, with the same answers."""
    step = [{"id": "s", "role": "head", "days": 1.5}, {"id": "t", "role": "clerk", "days": 2.5}]
    return [
        {"response_id": f"r{n}", "a": {"is_paid": "1", "is_known": str(n % 2)}, "b": {"step": step}}
        | {"submitted_at": "2026-01-01 08:00:00"}
        for n in range(1, 9)
    ]


@pytest.mark.parametrize(
    ("records", "parent", "form"),
    [
        (_kobo_records(), "_submission__uuid", "json"),
        (_odata_records(), "__id", "json"),
        (_plain_records(), "response_id", "json"),
        (_kobo_records(), "_submission__uuid", "jsonl"),
    ],
    ids=["KoboToolbox", "OData", "a service", "lines"],
)
def test_lists_of_records_are_drafted_as_repeat_groups(
    records: Any, parent: str, form: str, settings: Settings, tmp_path: Path
) -> None:
    path, own = tmp_path / f"form.{form}", tmp_path / "own"
    path.write_text("\n".join(map(json.dumps, records)) if form == "jsonl" else json.dumps(records), encoding="utf-8")
    own.mkdir()
    drafting = replace(settings, contracts=(*settings.contracts, own), workspace=tmp_path / "ws")
    made = draft(path, "strange", "", own, drafting, kind="survey")
    assert made.faults == ()
    told = yaml.safe_load(made.files[0].read_text(encoding="utf-8"))["file"]["repeats"]
    paths = {"step": "b/step", "paper": "b/step/paper"} if parent != "response_id" else {"step": "b/step"}
    assert told == {name: {"sheet": at, "parent": parent, "order": "_index"} for name, at in paths.items()}
    asked = {(one.repeat, one.item_id) for one in made.proposal.questions}
    wanted = {("none", "is_paid"), ("none", "is_known"), ("step", "role"), ("step", "days"), ("paper", "sheets")}
    assert {one for one in wanted if one[0] in ("none", *paths)} <= asked
    assert {repeat for repeat, _ in asked} == {"none", *paths}
    known = load_contracts(drafting)
    outcome = check_file(path, known.sources["strange"], known, drafting)
    landed = 8 + 16 + 8 * ("paper" in paths)
    assert (outcome.status, outcome.landed, outcome.refused) == ("landed", landed, 0), outcome.findings
    second = draft(path, "second", "", own, drafting, kind="survey")
    assert (second.proposal.repeats, second.proposal.questions, second.faults) == (told, [], ())


def test_lists_of_records_that_are_no_groups_are_told(settings: Settings, tmp_path: Path) -> None:
    """Nothing names a response, or the table is no survey: the lists went without a word."""
    path = tmp_path / "form.json"
    record = {"colour": "A", "step": [{"days": 1.5}], "no\nname": [{"days": 1.5}]}
    path.write_text(json.dumps([record] * 8), encoding="utf-8")
    for kind in ("survey", "personnel"):
        found = draft(path, "strange", "", tmp_path / kind, settings, kind=kind).proposal
        assert found.repeats == {}
        told = [one for one in found.todo if one.startswith("repeats: ")]
        assert [name in one for name, one in zip(("list step", "list number 2"), told, strict=True)] == [True, True]


def test_equal_rows_without_an_id_are_told_apart_by_their_line_where_no_moment_is_told(contracts: Contracts) -> None:
    kind = contracts.kinds["survey"]
    timed, untimed = Proposal(kind, {"submitted_at": "Timestamp"}), Proposal(kind, {})
    for one in (timed, untimed):
        name_by_row(one)
    assert (timed.headers["response_id"], untimed.headers["response_id"]) == ("{row}", "{line}")
    contract = contracts.sources["engagement"]
    table = RawTable("rows", "", ("team",), Path("none"), 2)
    rows = "(values (2, 'North'), (3, 'North')) as rows(_line, c0)"
    ids = [
        len(set(duckdb.sql(f"select {row_hash(contract, table, is_placed=placed)} from {rows}").fetchall()))
        for placed in (False, True)
    ]
    assert ids == [1, 2]


def test_the_second_row_of_a_vv_file_is_its_header(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "vv.csv"
    path.write_text("Response ID\tDate\tHow is it?\nid\tsubmitdate\tQ00\n1\t2026-01-01 08:00:00\t3\n", encoding="utf-8")
    found = sniff(path, settings, tmp_path)
    assert (found.header, found.tool) == (("id", "submitdate", "Q00"), "limesurvey")


def test_the_table_of_an_archive_of_several_is_named(settings: Settings, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("pay.csv", "pinfl,amount\n1,2\n")
        archive.writestr("staff.csv", "pinfl;name\n1;a\n2;b\n")
    with pytest.raises(QdeepError, match="E-133"):
        sniff(tmp_path / "all.zip", settings, tmp_path)
    made = draft(tmp_path / "all.zip", "strange", "", tmp_path / "draft", settings, kind="personnel", sheet="staff.csv")
    told = yaml.safe_load(made.files[0].read_text(encoding="utf-8"))["file"]
    assert (told["packing"], told["member"], told["delimiter"]) == ("zip", "staff.csv", ";")
    found = sniff(tmp_path / "all.zip", settings, tmp_path, sheet="staff.csv")
    assert (found.header, found.count) == (("pinfl", "name"), 2)


def test_a_word_for_nothing_is_no_option(settings: Settings, tmp_path: Path) -> None:
    """Beside the mark of LimeSurvey's VV file a scale was five words with places for codes, the mark one of them."""
    rows = "".join(f"{n}\t2026-03-01 09:00:00\t{'{question_not_shown}' if n % 2 else n % 5}\n" for n in range(1, 41))
    path, own = tmp_path / "vv.txt", tmp_path / "own"
    path.write_text(f"Response ID\tDate submitted\tHow?\nid\tsubmitdate\tq1\n{rows}", encoding="utf-8")
    own.mkdir()
    made = draft(path, "strange", "", own, replace(settings, contracts=(own,)))
    assert [sorted(one.options) for one in made.proposal.questions] == [["0", "1", "2", "3", "4"]]
    assert made.proposal.missing == ["{question_not_shown}"]


def test_three_header_rows_are_found_however_long_they_are(settings: Settings, tmp_path: Path) -> None:
    path, names = tmp_path / "wide.csv", [f"Q{number}" for number in range(300)]
    told = (names, ["w" * 1000] * 300, [f'"{{""ImportId"":""{name}""}}"' for name in names], ["1"] * 300)
    path.write_text("\n".join(",".join(row) for row in told) + "\n", encoding="utf-8")
    found = sniff(path, settings, tmp_path)
    assert (found.style.header_rows, found.style.header_row, found.count) == (3, 1, 1)


OBJECT_LOG = {
    "objectTypes": [],
    "objects": [{"id": "a1", "type": "application"}, {"id": "p1", "type": "payment"}, {"id": "p2", "type": "payment"}],
    "events": [
        {
            "id": "e1",
            "type": "Pay",
            "time": "2026-01-01T05:00:00Z",
            "relationships": [{"objectId": one} for one in ("a1", "p1", "p2")],
        }
    ],
}


@pytest.mark.parametrize(("told", "case", "count"), [("", "payment", 2), ("application", "application", 1)])
def test_the_case_of_a_log_of_objects_is_told_or_the_type_of_most_events(
    settings: Settings, tmp_path: Path, told: str, case: str, count: int
) -> None:
    path = tmp_path / "log.json"
    path.write_text(json.dumps(OBJECT_LOG), encoding="utf-8")
    found = sniff(path, settings, tmp_path, told)
    assert (found.style.case, found.count) == (case, count)


def test_a_log_of_the_first_ocel_is_refused_by_name(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonocel"
    path.write_text('{"ocel:global-log": {}, "ocel:events": {}, "ocel:objects": {}}', encoding="utf-8")
    with pytest.raises(QdeepError, match="E-104"):
        sniff(path, settings, tmp_path)

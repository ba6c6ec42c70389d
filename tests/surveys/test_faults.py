"""An export that does not fit its codebook is refused with words that say what to do."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from flows.intake import gate
from flows.intake.gate import Judged, judge
from tests.contracts.small_project import load_project, raw_file, raw_table, write

JudgeRows = Callable[[Sequence[Sequence[str | None]], Sequence[str]], Judged]
TOOL = "answers: {tool: kobotoolbox, drop: [extra]}\nothers: refuse"


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JudgeRows:
    monkeypatch.setattr(gate, "_second_judge", lambda *_: {})
    settings_root = tmp_path / "project"
    load_project(settings_root)
    poll = settings_root / "contracts" / "sources" / "poll.yml"
    write(poll, poll.read_text(encoding="utf-8").replace("others: drop", TOOL))
    write(
        settings_root / "expectations" / "tools" / "kobotoolbox.yml",
        "tool: kobotoolbox\ntitle: Kobo\nown: ['^_[a-z_]+$', '^sex$']\n",
    )
    items = settings_root / "contracts" / "codebooks" / "pulse" / "1" / "items.csv"
    text = items.read_text(encoding="utf-8").splitlines()
    wording = {"q1": "Рабочий день удобен?", "q2": "Сколько часов?", "q3": "Какие средства?", "q4": "Что ещё?"}
    # Two neighbours with different lists, so that a shift can be seen.
    rows = [*text[1:], "q5,q5,select_one,mood,,,,,"]
    wording["q5"] = "Настроение?"
    worded = [f"{row},{wording.get(row[:2], f'R {row[:2]}')},U {row[:2]},E {row[:2]},K {row[:2]}" for row in rows]
    write(items, "\n".join([f"{text[0]},text_ru,text_uz,text_en,text_ko", *worded]) + "\n")
    choices = items.with_name("choices.csv")
    write(
        choices, choices.read_text(encoding="utf-8") + "mood,good,1,,,Yaxshi,Хорошо,Good,좋음\nmood,bad,2,,,Y,П,B,나\n"
    )
    from flows.contracts.load import load_contracts
    from tests.contracts.small_project import settings_for

    settings = settings_for(settings_root)
    contracts = load_contracts(settings, settings_root)

    def run(rows: Sequence[Sequence[str | None]], header: Sequence[str]) -> Judged:
        table = raw_table(tmp_path, header, rows)
        return judge(raw_file(table), contracts.sources["poll"], contracts, tmp_path / "stage", settings)

    return run


HEADER = ("_uuid", "_submission_time", "sex", "q1", "q5", "q2", "q3", "q3/mail", "q3/edms", "q4", "extra")


def row(number: int, q1: str = "1", q5: str = "good") -> list[str | None]:
    return [f"u{number}", "2026-10-05 10:00:00", None, q1, q5, "3", "mail", "1", "0", None, "x"]


def test_a_file_that_fits_its_codebook_lands(judged: JudgeRows) -> None:
    assert judged([row(number) for number in range(5)], HEADER).findings == ()


def test_a_question_that_the_codebook_does_not_know_is_named(judged: JudgeRows) -> None:
    (finding,) = judged([[*row(1), "5"]], (*HEADER, "h/q9_new")).findings
    assert finding.code == "E-150"
    assert "12 (h/q9_new)" in finding.text
    assert "pulse" in finding.expected


def test_a_heading_that_may_hold_a_person_is_not_repeated(judged: JudgeRows) -> None:
    (finding,) = judged([[*row(1), "5"]], (*HEADER, "Каримов Алишер 30101900150017")).findings
    assert (finding.code, "Каримов" in finding.text, finding.where.column) == ("E-150", False, "column 12")


def test_questions_that_the_file_lacks_are_named_together(judged: JudgeRows) -> None:
    header = tuple("x" if name in ("q1", "q2") else name for name in HEADER)
    finding = judged([row(1)], header).findings[0]
    assert (finding.code, finding.rows) == ("E-201", 2)
    assert "q1, q2" in finding.text


def test_headings_in_the_words_of_the_form_are_told_as_labels(judged: JudgeRows) -> None:
    wording = {"q1": "Рабочий день удобен?", "q5": "g/Настроение?", "q2": "Сколько часов?", "q3": "Какие средства?"}
    header = tuple(wording.get(name, name) for name in HEADER)
    finding = judged([row(1)], header).findings[0]
    assert (finding.code, "(ru)" in finding.text) == ("E-209", True)


def test_cells_in_the_words_of_the_form_are_told_as_labels(judged: JudgeRows) -> None:
    codes = [one.code for one in judged([row(number, "Да", "Хорошо") for number in range(5)], HEADER).findings]
    assert "E-209" in codes


def test_answers_that_slid_to_the_neighbour_are_caught(judged: JudgeRows) -> None:
    rows = [row(number) for number in range(20)] + [row(number, "good", "3") for number in range(20, 25)]
    codes = [(one.code, one.where.column) for one in judged(rows, HEADER).findings]
    assert ("E-211", "q1") in codes


def test_an_unknown_code_alone_is_no_slide(judged: JudgeRows) -> None:
    rows = [row(number) for number in range(20)] + [row(number, "good") for number in range(20, 25)]
    assert "E-211" not in [one.code for one in judged(rows, HEADER).findings]


def test_an_option_is_not_asked_where_the_tool_writes_zeros_for_a_skipped_question(judged: JudgeRows) -> None:
    import duckdb

    skipped = row(2)
    skipped[6:9] = [None, "0", "0"]
    verdict = judged([row(1), skipped], HEADER)
    with duckdb.connect(str(verdict.database)) as connection:
        query = "select response_key, choice, value from landed_answers where item_id = 'q3' order by all"
        found = connection.execute(query).fetchall()
    assert found == [("u1", "edms", "0"), ("u1", "mail", "1"), ("u2", "edms", None), ("u2", "mail", None)]

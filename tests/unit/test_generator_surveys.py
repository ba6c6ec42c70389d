"""The invented surveys and log are whole, and the figures said about them are right by hand."""

import csv
from collections import Counter
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq
import pytest

from data.generator.__main__ import SEED
from data.generator.surveys import write
from data.generator.surveys.codebook import cells, headers, read_questions
from data.generator.surveys.engagement import Headcounts, engagement_delivery, write_engagement
from data.generator.surveys.engagement_truths import engagement_rows, score
from data.generator.surveys.eventlog import EXTRACTED, eventlog_delivery, later, write_eventlog
from data.generator.surveys.kobo import utc_text
from data.generator.surveys.process_truths import log_rows, mean_touch, pooled, quantile, survey_rows, working_hours
from data.generator.surveys.questionnaire import questionnaire_delivery, read_steps, write_questionnaire
from data.generator.surveys.records import Delivery, counts, defects
from flows.contracts.load import load_contracts
from flows.intake.deliver import take_in
from flows.intake.pseudonym import load_key, new_key
from flows.pull import receive
from flows.settings import ROOT, load_settings

STAFF = {"UZ": 170, "MOA": 80, "MOA-HR": 80, "MOC": 40, "MOC-HR": 40, "MHE": 50, "MHE-FIN": 50}
HEADCOUNTS: Headcounts = {(unit, sex): n for unit, n in STAFF.items() for sex in ("male", "female")}
FEW_STAFF: Headcounts = {(unit, sex): 4 for unit in ("UZ", "MOA", "MOA-HR") for sex in ("male", "female")}
ITEMS = ("e01_proud", "e02_recommend", "e03_belong", "e04_effort", "e05_leave")
CODEBOOKS = Path(__file__).parents[2] / "expectations" / "codebooks"


@pytest.fixture(scope="module")
def engagement() -> Delivery:
    return engagement_delivery(HEADCOUNTS, Random(SEED + 1))


@pytest.fixture(scope="module")
def questionnaire() -> Delivery:
    return questionnaire_delivery(Random(SEED + 2))


@pytest.fixture(scope="module")
def log() -> Delivery:
    return eventlog_delivery(Random(SEED + 3))


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M")


def answers(*codes: str | None, unit: str = "MOA-HR", sex: str = "female") -> dict[str, Any]:
    about = {"org_unit_id": unit, "ministry_id": unit[:3], "sex": sex, "validation_status": None}
    return about | dict(zip(ITEMS, codes, strict=True))


def activity(step: str, start: str | None, end: str, resource: str | None = "A", **more: Any) -> dict[str, Any]:
    times = {"started_at": moment(start) if start else None, "completed_at": moment(end)}
    case = {"case_id": "1", "due_at": moment("2026-06-30 18:00"), "is_case_closed": True}
    return {**case, "activity": step, **times, "resource": resource, **more}


def of_log(rows: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[float, int]]:
    found = [row for row in log_rows(rows) if row["org_unit_id"] == "UZ"]
    return {(row["indicator_id"], row["step_id"]): (row["value"], row["n"]) for row in found}


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    truths = [write(tmp_path / run, HEADCOUNTS, SEED) for run in ("one", "two")]
    assert truths[0] == truths[1]
    for file in truths[0]["files"]:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


@pytest.mark.parametrize("name", ["engagement", "questionnaire", "log"])
def test_each_defect_stands_in_a_row_that_says_so(name: str, request: pytest.FixtureRequest) -> None:
    delivery: Delivery = request.getfixturevalue(name)
    for table in delivery.tables.values():
        assert all(one.note and one.codes for one in table.records if one.fate == "refused")
    assert counts(delivery)["read"] == counts(delivery)["landed"] + counts(delivery)["refused"]
    errors = {d["table"]: set[int]() for d in defects(delivery)}
    for defect in defects(delivery):
        if defect["code"].startswith("E-"):
            errors[defect["table"]] |= set(defect["lines"])
    assert sum(map(len, errors.values())) == counts(delivery)["refused"]


def test_the_engagement_survey_holds_every_planned_defect(engagement: Delivery) -> None:
    assert {one["code"] for one in defects(engagement)} == {"E-302", "E-303", "E-309", "E-313", "W-320"}


def test_the_questionnaire_holds_every_planned_defect(questionnaire: Delivery) -> None:
    assert {one["code"] for one in defects(questionnaire)} == {"E-303", "E-304", "E-309"}


def test_the_log_holds_every_planned_defect(log: Delivery) -> None:
    errors = {"E-301", "E-302", "E-303", "E-307", "E-309", "E-312"}
    assert {one["code"] for one in defects(log)} == errors | {"W-320", "W-321"}


def test_an_edited_submission_has_one_root_and_only_its_latest_lands(engagement: Delivery) -> None:
    records = engagement.tables["rows"].records
    roots = Counter(one.values["root"] for one in records)
    edited = [root for root, n in roots.items() if n > 1]
    assert len(edited) == 3
    for root in edited:
        early, late = sorted((r for r in records if r.values["root"] == root), key=lambda r: r.values["submitted"])
        assert (early.fate, late.fate) == ("refused", "landed")
        assert early.values["uuid"] != late.values["uuid"]


def test_some_send_after_midnight_which_in_utc_is_the_day_before(engagement: Delivery) -> None:
    sent = [row["submitted"] for row in engagement.landed()]
    nightly = [one for one in sent if utc_text(one)[:10] != f"{one:%Y-%m-%d}"]
    assert len(nightly) >= 2
    assert max(sent) in nightly  # so the fieldwork would end a day early by the server's clock


def test_more_people_are_in_post_than_answer(engagement: Delivery) -> None:
    answered = Counter((row["org_unit_id"], row["sex"]) for row in engagement.landed())
    assert all(answered[group] <= HEADCOUNTS[group] for group in answered)


def test_the_processes_are_described_by_seven_seven_and_four(questionnaire: Delivery) -> None:
    approved = [row for row in questionnaire.landed() if row["validation_status"] != "Not approved"]
    found = Counter(row["b01_process"] for row in approved)
    assert found == {"correspondence": 7, "recruitment": 7, "leave": 4}


def test_the_steps_of_a_refused_submission_are_refused(questionnaire: Delivery) -> None:
    lost = {one.values["uuid"] for one in questionnaire.tables["rows"].records if one.fate == "refused"}
    steps = [one for one in questionnaire.tables["step"].records if one.values["uuid"] in lost]
    assert lost
    assert {(one.fate, one.codes) for one in steps} == {("refused", ("E-309",))}


def test_quantiles_in_the_wrong_order_land(questionnaire: Delivery) -> None:
    swapped = [
        row
        for row in questionnaire.landed("step")
        if row["d09_touch_p90"] is not None and row["d08_touch_p10"] > row["d09_touch_p90"]
    ]
    assert swapped


def test_a_case_is_open_where_the_extract_came_too_early(log: Delivery) -> None:
    rows = [one.values for one in log.tables["rows"].records]
    assert all(row["completed_at"] <= EXTRACTED for row in rows)
    open_cases = {row["case_id"] for row in rows if not row["is_case_closed"]}
    overdue = {row["case_id"] for row in rows if not row["is_case_closed"] and row["due_at"] < EXTRACTED}
    assert 0 < len(overdue) < len(open_cases)


def test_every_activity_of_the_log_is_a_step_of_the_process(log: Delivery) -> None:
    known = {step.step for step in read_steps("correspondence")} | {"cor_12"}
    assert {row["activity"] for row in log.landed()} == known


def test_a_select_multiple_has_a_text_and_a_column_for_each_option() -> None:
    needs = next(one for one in read_questions("engagement") if one.type == "select_multiple")
    assert headers(needs)[:3] == ["work/s01_needs", "work/s01_needs/training", "work/s01_needs/staff"]
    assert cells(needs, "staff pay") == ["staff pay", 0, 1, 0, 0, 1, 0]
    assert cells(needs, None) == [None] * 7


@pytest.mark.parametrize("instrument", ["engagement", "bpr"])
def test_every_question_and_option_has_its_words_in_four_languages(instrument: str) -> None:
    for file, kind in (("items.csv", "text"), ("choices.csv", "label")):
        with (CODEBOOKS / instrument / "1" / file).open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        blank = [row for row in rows if not all(row[f"{kind}_{language}"] for language in ("uz", "ru", "en", "ko"))]
        assert rows
        assert blank == []


def test_the_process_questionnaire_has_61_questions_of_which_21_repeat() -> None:
    questions = read_questions("bpr")
    assert (len(questions), sum(one.repeat == "step" for one in questions)) == (61, 21)


def test_the_server_writes_an_early_morning_as_the_evening_before() -> None:
    assert utc_text(moment("2026-05-28 00:10")) == "2026-05-27T19:10:00"


def test_a_reversed_item_counts_from_the_other_end() -> None:
    assert score(answers("5", "5", "5", "5", "1")) == 100
    assert score(answers("1", "1", "1", "1", "5")) == 0
    assert score(answers("4", "4", "4", "4", "4")) == 65  # (75 + 75 + 75 + 75 + 25) / 5


def test_a_score_needs_two_thirds_of_its_items() -> None:
    assert score(answers("3", "3", "3", "dk", None)) is None  # 3 of 5 is less than 2 of 3
    assert score(answers("3", "3", "3", "3", "dk")) == 50


def test_the_index_has_an_interval_corrected_for_the_staff_in_post() -> None:
    rows = [answers("5", "5", "5", "5", "1"), answers("3", "3", "3", "3", "3")]
    (unit,) = [row for row in engagement_rows(rows, FEW_STAFF) if (row["org_unit_id"], row["sex"]) == ("MOA-HR", "all")]
    # 100 and 50: mean 75, sd 50/sqrt(2), half width 1.96 * 25 * sqrt(1 - 2/8)
    assert (unit["n"], unit["frame_n"], unit["value"]) == (2, 8, 75)
    assert unit["sd"] == pytest.approx(35.35533906)
    assert unit["ci_high"] - 75 == pytest.approx(42.43524479)
    assert 75 - unit["ci_low"] == pytest.approx(42.43524479)


def test_a_submission_that_is_not_approved_counts_nowhere() -> None:
    rejected = answers("1", "1", "1", "1", "5") | {"validation_status": "Not approved"}
    rows = engagement_rows([answers("5", "5", "5", "5", "1"), rejected], FEW_STAFF)
    assert {(row["responses"], row["value"]) for row in rows} == {(1, 100)}


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-05-18 12:00", "2026-05-18 15:00", 2),  # over lunch
        ("2026-05-22 17:00", "2026-05-25 10:00", 2),  # over a weekend
        ("2026-05-26 17:00", "2026-05-28 10:00", 2),  # over a holiday
        ("2026-05-18 19:00", "2026-05-19 08:00", 0),  # by night
        ("2026-05-18 09:00", "2026-05-20 18:00", 24),
    ],
)
def test_working_hours_leave_out_lunch_nights_and_days_off(start: str, end: str, hours: float) -> None:
    assert working_hours(moment(start), moment(end)) == hours


def test_work_goes_on_where_it_was_left() -> None:
    assert later(moment("2026-05-22 17:30"), 60) == moment("2026-05-25 09:30")
    assert later(moment("2026-05-18 12:30"), 60) == moment("2026-05-18 14:30")


def test_a_quantile_lies_between_the_two_nearest_values() -> None:
    assert quantile([10, 40, 20, 30], 0.5) == 25
    assert quantile([10, 40, 20, 30], 0.1) == pytest.approx(13)
    assert quantile([5], 0.9) == 5


def test_a_step_takes_the_weighted_mean_of_its_sorted_quantiles() -> None:
    step = {"d08_touch_p10": 60.0, "d07_touch_p50": 30.0, "d09_touch_p90": 10.0}
    assert mean_touch(step) == pytest.approx(33)  # 0.3 * 10 + 0.4 * 30 + 0.3 * 60
    assert mean_touch(step | {"d09_touch_p90": None}) == 30


def test_five_answers_are_trimmed_and_four_give_their_median() -> None:
    assert pooled([1, 2, 3, 4, 100]) == 3
    assert pooled([1, 2, 4, 100]) == 3


def test_a_case_is_measured_by_the_working_clock() -> None:
    rows = [
        activity("cor_01", "2026-05-18 09:00", "2026-05-18 10:00"),
        activity("cor_02", "2026-05-18 12:00", "2026-05-18 15:00", "B"),
        activity("cor_12", "2026-05-18 16:00", "2026-05-18 17:00", "B"),
        activity("cor_02", "2026-05-18 17:00", "2026-05-18 18:00", None),
    ]
    found = of_log(rows)
    assert found["lead_time_p50", "all"] == (8, 1)
    assert found["lead_time_cal_p50", "all"] == (9, 1)
    assert found["touch_time", "all"] == (300, 1)  # 1 + 2 + 1 + 1 hours
    assert found["waiting_time", "all"] == (3, 1)
    assert found["activity_ratio", "all"] == (5 / 8, 1)
    assert found["handoff_count", "all"] == (1, 1)
    assert found["rework_case_share", "all"] == (1, 1)
    assert found["first_pass_yield", "all"] == (0, 1)
    assert found["step_wait", "cor_02"] == (1, 1)  # of 2 and 0 hours
    assert ("step_wait", "cor_01") not in found


def test_a_step_waits_for_all_that_runs_side_by_side() -> None:
    rows = [
        activity("cor_06", "2026-05-18 09:00", "2026-05-18 12:00"),
        activity("cor_06", "2026-05-18 09:30", "2026-05-18 10:00", "B"),
        activity("cor_08", "2026-05-18 12:30", "2026-05-18 13:00", "C"),
    ]
    found = of_log(rows)
    assert found["step_wait", "cor_08"] == (0.5, 1)  # from 12, not from 10
    assert found["step_wait", "cor_06"] == (0, 1)
    assert found["waiting_time", "all"] == (0.5, 1)


def test_a_lost_start_is_when_case_and_person_were_free() -> None:
    rows = [
        activity("cor_01", "2026-05-18 09:00", "2026-05-18 10:00"),
        activity("cor_05", "2026-05-18 10:00", "2026-05-18 11:00", "B", case_id="2"),
        activity("cor_02", None, "2026-05-18 12:00", "B"),
    ]
    assert of_log(rows)["step_wait", "cor_02"] == (1, 1)  # the case is free at 10, the person at 11


def test_an_open_case_counts_only_once_it_is_late() -> None:
    done = activity("cor_01", "2026-05-18 09:00", "2026-05-18 10:00")
    late = activity("cor_01", "2026-05-18 09:00", "2026-05-18 10:00", case_id="2", is_case_closed=False)
    waiting = late | {"case_id": "3", "due_at": moment("2026-10-30 18:00")}
    assert of_log([done, late, waiting])["sla_compliance", "all"] == (0.5, 2)
    assert of_log([done, late, waiting])["lead_time_p50", "all"] == (1, 1)


def test_a_process_is_the_sum_of_its_steps_by_how_many_cases_reach_them() -> None:
    whole: dict[str, Any] = {"uuid": "u", "validation_status": None, "a02_ministry": "MOA", "b01_process": "leave"}
    whole |= {"c01_lead_p50": 8, "c02_lead_p10": 3, "c03_lead_p90": 20, "c04_return_pct": 15, "c07_late_pct": 40}
    step = {"uuid": "u", "d08_touch_p10": 10.0, "d07_touch_p50": 10.0, "d09_touch_p90": 10.0, "d05_step_place": "x"}
    first = step | {"d01_step": "lev_01", "d04_step_role": "clerk", "d06_reach_pct": 100, "d10_wait_p50": 4}
    second = step | {"d01_step": "lev_02", "d04_step_role": "minister", "d06_reach_pct": 50, "d10_wait_p50": 6}
    found = {
        (row["indicator_id"], row["step_id"]): row["value"]
        for row in survey_rows([whole], [first, second])
        if row["org_unit_id"] == "UZ"
    }
    assert found["touch_time", "all"] == 15
    assert found["waiting_time", "all"] == 7
    assert found["handoff_count", "all"] == 1
    assert found["first_pass_yield", "all"] == 0.85
    assert found["sla_compliance", "all"] == 0.6
    assert found["step_wait", "lev_02"] == 6


@pytest.mark.slow
def test_names_and_free_text_of_the_sample_never_reach_the_lake(
    engagement: Delivery, questionnaire: Delivery, log: Delivery, tmp_path: Path
) -> None:
    write_engagement(engagement, tmp_path / "inbox")
    write_questionnaire(questionnaire, tmp_path / "inbox")
    write_eventlog(log, tmp_path / "inbox")
    secret = {row["c01_comment"] for row in engagement.landed()} | {row["resource"] for row in log.landed()}
    secret |= {row["g04_suggestion"] for row in questionnaire.landed()}
    secret |= {row["uuid"] for row in (*engagement.landed(), *questionnaire.landed())}
    lake = taken_in(tmp_path)
    assert {row["case_id"] for row in log.landed()} <= lake
    assert {str(row["submitted"]) for row in engagement.landed()} <= lake  # the server's UTC is local time here
    assert {cell for cell in lake if any(text in cell for text in secret if text)} == set()


def taken_in(folder: Path) -> set[str]:
    """Take the files of an inbox in; return all cells of the lake as text."""
    new_key(folder / "sample.key")
    places = {"workspace": folder / "data", "inbox": folder / "inbox", "key_file": folder / "sample.key"}
    settings = load_settings(ROOT / "qdeep.toml", **{name: str(place) for name, place in places.items()})
    contracts, key = load_contracts(settings), load_key(settings.key_file)
    for source in ("engagement", "bpr_questionnaire", "document_log"):
        for received in receive(contracts.sources[source], settings):
            assert take_in(received, contracts.sources[source], contracts, settings, key).status == "landed"
    tables = [pq.read_table(file) for file in settings.lake.rglob("*.parquet")]
    assert len(tables) == 5
    return {str(cell) for table in tables for column in table.columns for cell in column.unique().to_pylist()}

"""What is invented beside posts tells the stories it was meant to tell, and fits the posts."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from statistics import median
from typing import Any

import pytest

from data.generator.__main__ import make_history
from data.generator.appraisal_files import appraisal_files
from data.generator.competition_files import competition_files
from data.generator.facts import careers, is_working, spell_on, work_between
from data.generator.histories import LAST_DAY, History
from data.generator.house_styles import SampleFile
from data.generator.integrity_files import integrity_files
from data.generator.leave_files import leave_files
from data.generator.pay_files import pay_files
from data.generator.reserve_files import reserve_files
from data.generator.training_files import training_files

MAKERS = (
    pay_files,
    training_files,
    appraisal_files,
    leave_files,
    competition_files,
    integrity_files,
    reserve_files,
)


@pytest.fixture(scope="module")
def history() -> History:
    return make_history()


@pytest.fixture(scope="module")
def files(history: History) -> list[SampleFile]:
    return [file for make in MAKERS for file in make(history)]


def records(files: Sequence[SampleFile], kind: str, body: str = "") -> list[Any]:
    """Return what the right rows of a kind mean."""
    chosen = [one for one in files if one.style.source.startswith(kind) and body in ("", one.style.ministry)]
    return [record for file in chosen for record in file.landed]


def test_drawing_facts_leaves_the_history_as_it_is(history: History, files: list[SampleFile]) -> None:
    assert files
    assert make_history() == history


@pytest.mark.parametrize(
    ("kind", "senders"),
    [
        ("pay", {"MOA", "MOC"}),
        ("discipline", {"MOA", "MHE"}),
        ("competitions", {"UZ"}),
        ("leave", {"MOA", "MOC", "MHE"}),
    ],
)
def test_not_every_ministry_sends_every_kind(kind: str, senders: set[str], files: list[SampleFile]) -> None:
    assert {file.style.ministry for file in files if file.style.source.startswith(kind)} == senders


def test_every_file_holds_a_fault_and_each_fault_is_refused(files: list[SampleFile]) -> None:
    for file in files:
        assert all(defect["code"].startswith("E-") for defect in file.defects())
        assert file.counts()["refused"] == sum(defect["rows"] for defect in file.defects()) > 0


def test_pay_covers_twelve_months_and_rises_with_the_grade(files: list[SampleFile]) -> None:
    regular = [one for one in records(files, "pay") if one.pay_kind == "regular"]
    assert len({one.month for one in regular}) == 12
    assert all(one.month.day == 1 and one.gross > one.deductions for one in regular)
    assert {one.pay_kind for one in records(files, "pay")} == {"regular", "back_pay", "one_off"}


def test_women_of_one_grade_and_rate_earn_less_than_men(history: History, files: list[SampleFile]) -> None:
    grades = {post.position_id: post.category for post in history.posts}
    pay: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in records(files, "pay"):
        is_full = one.pay_kind == "regular" and one.fte == 1 and one.paid_days >= 15
        if is_full and one.month == date(2026, 9, 1):
            pay[grades[one.position_id], one.person.sex].append(one.gross)
    for grade in ("specialist", "leading_specialist", "chief_specialist"):
        men, women = median(pay[grade, "male"]), median(pay[grade, "female"])
        assert 0.03 < (men - women) / men < 0.3
    assert median(pay["specialist", "male"]) < median(pay["chief_specialist", "male"])


def test_nobody_is_paid_for_more_days_than_were_worked(files: list[SampleFile]) -> None:
    regular = [one for one in records(files, "pay") if one.pay_kind == "regular"]
    assert all(0 < one.paid_days <= 23 for one in regular)


def test_a_course_that_runs_has_no_result_and_entrants_go_to_theirs(files: list[SampleFile]) -> None:
    courses = records(files, "trainings")
    assert all((one.result == "") == (one.end_date is None) for one in courses)
    assert {one.result for one in courses} == {"completed", "failed", "left", ""}
    inducted = [one for one in courses if one.type == "induction"]
    assert inducted
    assert min(one.start_date for one in inducted) > date(2025, 6, 19)


def test_courses_reach_back_three_years(files: list[SampleFile]) -> None:
    assert min(one.start_date for one in records(files, "trainings")) < date(2023, 11, 1)


def test_agriculture_rates_nearly_all_alike_and_construction_does_not(files: list[SampleFile]) -> None:
    best = {}
    for ministry in ("MOA", "MOC"):
        year = [one for one in records(files, "appraisals", ministry) if one.cycle == "2025"]
        ratings = Counter(one.rating_code for one in year)
        best[ministry] = ratings["five_excellent"] / (sum(ratings.values()) - ratings[""])
    assert best["MOA"] > 0.6
    assert best["MOC"] < 0.35


def test_each_cycle_has_one_scale(files: list[SampleFile]) -> None:
    scales = {(one.cycle, one.rating_code[:4]) for one in records(files, "appraisals") if one.rating_code}
    assert scales == {("2025", "five"), ("2026-H1", "four")}


def test_absences_of_a_person_do_not_overlap(files: list[SampleFile]) -> None:
    by_person: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for one in records(files, "leave"):
        if one.type not in ("parental", "unpaid_long"):
            by_person[one.org_unit_id[:3], one.person.pinfl].append(one)
    for absences in by_person.values():
        for one, following in pairwise(absences):
            assert (one.end_date or LAST_DAY) < following.start_date


def test_working_days_of_an_absence_are_those_of_the_calendar(files: list[SampleFile]) -> None:
    for one in records(files, "leave"):
        assert one.working_days is None or one.working_days == work_between(one.start_date, one.end_date)
    assert work_between(date(2026, 5, 25), date(2026, 5, 29)) == 4  # a holiday falls on the 27th
    assert not is_working(date(2023, 10, 1))  # a Sunday before the calendar begins


def test_who_is_absent_or_appraised_is_in_post(history: History, files: list[SampleFile]) -> None:
    people = {career[0].person.number: career for career in careers(history)}
    for one in records(files, "leave"):
        assert spell_on(people[one.person.number], one.start_date)
    for one in records(files, "appraisals"):
        assert spell_on(people[one.person.number], one.cycle_end)


def test_competitions_are_filled_failed_announced_anew_cancelled_and_open(files: list[SampleFile]) -> None:
    competitions = records(files, "competitions")
    assert {one.outcome for one in competitions} == {"filled", "failed", "cancelled", ""}
    by_id = {one.vacancy_id: one for one in competitions}
    assert len(by_id) == len(competitions)
    anew = [by_id[one.previous_vacancy_id] for one in competitions if one.previous_vacancy_id in by_id]
    assert "failed" in {one.outcome for one in anew}
    assert "filled" not in {one.outcome for one in anew}


def test_who_won_a_competition_enters_the_post_that_day(history: History, files: list[SampleFile]) -> None:
    entries = {(one.person.number, one.post.position_id, one.start) for one in history.spells}
    for one in records(files, "competitions"):
        assert not one.filled_date or (one.selected.number, one.position_id, one.filled_date) in entries


def test_one_applicant_is_selected_where_a_post_was_filled(files: list[SampleFile]) -> None:
    won = {one.vacancy_id: one.selected_pinfl for one in records(files, "competitions") if one.outcome == "filled"}
    chosen = {one.vacancy_id: one.applicant_pinfl for one in records(files, "applications") if one.selected}
    assert {vacancy: chosen.get(vacancy) for vacancy in won} == won


def test_rivals_are_nobody_of_the_personnel_extracts(history: History, files: list[SampleFile]) -> None:
    known = {spell.person.pinfl for spell in history.spells}
    rivals = [one.applicant_pinfl for one in records(files, "applications") if not one.selected]
    assert rivals
    assert not known & {*rivals}


def test_some_sanctions_are_cancelled_and_the_newest_cases_undecided(files: list[SampleFile]) -> None:
    cases = records(files, "discipline")
    assert any(one.cancelled_date for one in cases)
    assert any(one.decided_date is None for one in cases)
    assert any(one.decided_date and not one.sanction_code for one in cases)
    assert not [one for one in cases if one.cancelled_date and one.expired_date]


def test_reserve_members_are_appointed_to_the_post_they_waited_for(history: History, files: list[SampleFile]) -> None:
    entries = {(one.person.number, one.post.position_id, one.start) for one in history.spells}
    appointed = [one for one in records(files, "reserve") if one.exit_reason == "appointed"]
    assert appointed
    assert all((one.person.number, one.target_position, one.left_date) in entries for one in appointed)


def test_most_declarations_are_on_time_some_late_and_some_missing(files: list[SampleFile]) -> None:
    income = [one for one in records(files, "declarations") if one.declaration_kind == "income"]
    on_time = [one for one in income if one.filed_date and one.filed_date <= one.due_date]
    assert 0.85 < len(on_time) / len(income) < 0.98
    assert any(one.filed_date and one.filed_date > one.due_date for one in income)
    assert any(one.filed_date is None for one in income)

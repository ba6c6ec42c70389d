"""Indicators of trainings and the kinds beside them, worked out by hand from golden/topics.py and golden/world.py."""

from datetime import date
from math import log
from pathlib import Path

import pytest

from tests.warehouse.lake import query

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("golden")]

# indicator, unit, period kind, numerator, denominator, value, obs_status; the period that ends on 31 March 2026
CASES = [
    # Aziza 8 hours, Charos 18. Rates x days: Aziza 90, Bahrom 59, Charos 22.5, Davron 90 + 22, Elyor 15.5, Feruza 45
    ("training_hours_per_fte", "AA", "quarter", 26, 344 / 90, 26 * 90 / 344, "A"),
    # nothing came from BB: not 0 hours but none known
    ("training_hours_per_fte", "BB", "quarter", 0, 0, None, "O"),
    # the service knows of AA alone, so that BB is in neither part
    ("training_hours_per_fte", "UZ", "quarter", 26, 344 / 90, 26 * 90 / 344, "A"),
    # Aziza once though she took two, Charos. Days: Aziza 365, Bahrom 334, Charos 45, Davron 365, Elyor 31
    ("training_coverage_1y", "AA", "r12", 2, 1140 / 365, 2 * 365 / 1140, "A"),
    # three years of service: Aziza, Elyor; he left his course. Davron's start is not known
    ("training_compliance_3y", "AA", "month", 1, 2, 0.5, "A"),
    ("training_compliance_3y", "BB", "month", 0, 0, None, "O"),
    # Charos has 180 days from 15 February: the cohort is not complete
    ("induction_completion", "AA", "quarter", None, 1, None, "L"),
    # 22 working days in March for four persons, less 7 of the parental leave of Charos
    ("sickness_absence_rate", "AA", "month", 4, 81, 4 / 81, "A"),
    ("sickness_absence_rate", "BB", "month", 0, 0, None, "O"),
    # 14 days in a row; person-days since January: Aziza 90, Bahrom 59, Charos 45, Davron 90, Elyor 31
    ("leave_utilisation", "AA", "ytd", 14, 315 * 27 / 365, 14 * 365 / 315 / 27, "A"),
    ("long_leave_share", "AA", "month", 1, 4, 0.25, "A"),
    # BB sends no leave register, but its extract knows of Gulnora
    ("long_leave_share", "BB", "month", 1, 3, 1 / 3, "A"),
    # Davron twice, Bahrom; the sanction of Aziza was cancelled
    ("discipline_rate", "AA", "quarter", 2, 315 / 365, 2 * 365 / 315, "A"),
    ("discipline_mix_reprimand", "AA", "ytd", 1, 3, 1 / 3, "A"),
    ("discipline_mix_dismissal", "AA", "ytd", 1, 3, 1 / 3, "A"),
    ("discipline_mix_fine", "AA", "ytd", 1, 3, 1 / 3, "A"),
    ("discipline_mix_rank_lowered", "AA", "ytd", 0, 3, 0.0, "A"),
    ("discipline_mix_post_lowered", "AA", "ytd", 0, 3, 0.0, "A"),
    # Aziza on the last day; Davron a day late
    ("declaration_compliance", "AA", "quarter", 1, 3, 1 / 3, "A"),
    # Davron once though for two posts, Elyor on his last day; posts A-1N and A-2
    ("reserve_coverage", "AA", "month", 2, 2, 1.0, "A"),
    # two are ready for A-1N, nobody for A-2
    ("critical_succession_share", "AA", "month", 1, 2, 0.5, "A"),
    ("critical_succession_share", "BB", "month", 0, 0, None, "O"),
    # nobody was appointed to lead: Aziza came over with her whole unit
    ("reserve_utilisation", "AA", "ytd", 0, 0, None, "O"),
    # Aziza, Bahrom and Davron served in 2025
    ("appraisal_coverage", "AA", "quarter", 2, 3, 2 / 3, "A"),
    ("appraisal_timeliness", "AA", "quarter", 1, 3, 1 / 3, "A"),
    ("top_rating_share", "AA", "quarter", 1, 2, 0.5, "A"),
    ("kpi_attainment_mean", "AA", "quarter", 160, 2, 80.0, "A"),
    # one excellent, one good, of five classes
    ("rating_entropy", "AA", "r12", None, None, log(2) / log(5), "A"),
    ("rating_entropy", "BB", "r12", None, None, None, "O"),
    # A-3, announced twice, was filled; A-2 was not
    ("failed_competition_rate", "AA", "ytd", 1, 2, 0.5, "A"),
    ("failed_competition_rate", "BB", "ytd", 0, 0, None, "O"),
    ("applicants_per_vacancy", "AA", "ytd", 4, 2, 2.0, "A"),
    # Charos came from outside, by competition; the post of Davron is in no staffing table
    ("internal_fill_rate", "AA", "ytd", 0, 1, 0.0, "A"),
    ("competitive_appointment_share", "AA", "ytd", 1, 1, 1.0, "A"),
    ("accession_rate", "AA", "ytd", 1, 315 / 365, 365 / 315, "A"),
    # her year is not over
    ("first_year_retention", "AA", "ytd", None, 1, None, "L"),
    # 1200, 1000 and 300 for February, 1000, Davron 800, Charos 400
    ("pay_per_fte", "AA", "quarter", 4700, 344 / 90, 4700 * 90 / 344, "A"),
    ("pay_per_fte", "BB", "quarter", 0, 0, None, "O"),
    ("variable_pay_share", "AA", "quarter", 200, 4700, 200 / 4700, "A"),
    # the course of January
    ("training_cost_share", "AA", "ytd", 47, 4700, 0.01, "A"),
    # under ten persons nothing is said
    ("pay_compression_p90p10", "AA", "month", None, None, None, "O"),
    ("gender_pay_gap_median", "AA", "month", None, None, None, "O"),
    ("grade_compression", "AA", "month", None, None, None, "O"),
    # two persons with a comparable month, no category with ten of each sex
    ("pay_gap_coverage", "AA", "month", None, None, 0.0, "A"),
    ("gender_pay_gap_within", "AA", "month", None, None, None, "O"),
    # report to A-2; nobody holds A-2, so that A-1N leads nobody
    ("span_of_control_median", "AA", "month", None, None, 2.0, "A"),
    ("layers_max", "AA", "month", None, None, 3.0, "A"),
    ("layers_max", "AA-21", "month", None, None, 1.0, "A"),
    ("layers_max", "BB", "month", None, None, None, "O"),
    # Charos holds 0.5 of 2.5 rates in posts whose family is known
    ("hr_staff_ratio", "AA", "month", 50, 2.5, 20.0, "A"),
    # of three it is known, of one not
    ("disability_share", "AA", "month", 1, 3, 1 / 3, "A"),
    ("other_exit", "AA", "ytd", 0, None, 0.0, "A"),
    # Charos goes on without limit
    ("first_contract_conversion", "AA", "ytd", 1, 1, 1.0, "A"),
    # Davron was due on 1 March and went on the 9th; Bahrom had left the service
    ("rotation_compliance", "AA", "ytd", 0, 1, 0.0, "A"),
    # Davron was awarded a rank, Aziza waits since January 2025
    ("rank_award_rate", "AA", "ytd", 1, 2, 0.5, "A"),
    # Aziza, rated on 31 January: 1 + 28 + 31 days
    ("high_performer_exit_rate", "AA", "ytd", 0, 60 / 365, 0.0, "A"),
    # 76 days; were open for 29 and 6 days, and longer
    ("time_to_fill_median", "AA", "r12", None, None, 76.0, "A"),
    ("time_to_fill_p90", "AA", "r12", None, None, 76.0, "A"),
    ("time_to_fill_median", "AA", "quarter", None, None, None, "O"),
    ("selection_parity_ratio", "AA", "ytd", None, None, None, "O"),
    # Davron in
    ("overlap_rate", "AA", "month", 1, 4, 0.25, "A"),
    # and so with two whole rates
    ("fte_over_cap_share", "AA", "month", 1, 4, 0.25, "A"),
    # of seven posts held
    ("orphan_assignment_rate", "AA", "month", 3, 7, 3 / 7, "A"),
    ("orphan_assignment_rate", "BB", "month", 0, 0, None, "O"),
    # Bahrom is gone from 1 March, by two orders; Davron twice, Charos; each was known in time
    ("late_correction_rate", "AA", "month", 0, 5, 0.0, "A"),
    # three were known since January, two came 35 days after their day
    ("late_correction_rate", "BB", "ytd", 2, 5, 0.4, "A"),
    # 10 of persons, 5 posts, 9 orders, 15 and 62 of the logs, 44 of this file
    ("code_unmapped_share", "AA", "quarter", 0, 145, 0.0, "A"),
    ("pinfl_valid_share", "AA", "quarter", 10, 10, 1.0, "A"),
    # the golden world has no vault, so no names: tests/warehouse/test_suspects.py has figures
    ("duplicate_person_rate", "AA", "month", 0, 0, None, "O"),
    # Aziza, Davron and Charos are paid, Elyor is not; nobody is paid who never was in the file
    ("headcount_reconciliation", "AA", "month", 3, 4, 0.75, "A"),
    ("headcount_reconciliation", "BB", "month", 0, 0, None, "O"),
    ("pinfl_birthdate_agreement", "AA", "quarter", 10, 10, 1.0, "A"),
]


# indicator, kind of period, its last day, value; ministry AA in and after the May of golden/campaign.py
MAY, MARCH_2025 = date(2024, 5, 31), date(2025, 3, 31)
OF_MANY = [
    # of thirty, 139 is a tenth of the way up (between 130 and 140), 400 nine tenths
    ("pay_compression_p90p10", "month", MAY, 400 / 139),
    # ten who lead, 400; twenty specialists, between 175 and 180
    ("grade_compression", "month", MAY, 400 / 177.5),
    # women 155; men between 245 and 400
    ("gender_pay_gap_median", "month", MAY, (322.5 - 155) / 322.5),
    # specialists alone have ten of each sex: women 155, men 200
    ("gender_pay_gap_within", "month", MAY, 45 / 200),
    ("pay_gap_coverage", "month", MAY, 20 / 30),
    # five of twenty women, five of ten men
    ("selection_parity_ratio", "r12", MARCH_2025, (5 / 20) / (5 / 10)),
]


# Aziza and Charos hold A-1N and A-3; are left; the posts of Davron and Elyor are in no table.
# Aziza and Charos are paid where they work, Davron by AA-2 though he is in AA-21, Elyor not at all.
ACCOUNTS = [
    ("AA", (4, 2, 0, 2, 0, 0, 2, 4), (4, 2, 1, 1, 1, 0, 0, 3)),
    ("AA-21", (1, 1, 0, 0, 0, 0, 1, 2), (2, 1, 1, 0, 0, 0, 0, 1)),
    ("BB", (None,) * 8, (None,) * 8),
]


@pytest.mark.parametrize(("unit", "staffing", "payroll"), ACCOUNTS)
def test_the_three_registers_reconcile_by_hand(golden: Path, unit: str, staffing: tuple, payroll: tuple) -> None:
    rows = query(
        golden,
        "select posts_approved, posts_filled, posts_held_from_elsewhere, posts_vacant, persons_sharing_post,"
        " persons_in_posts_elsewhere, persons_without_post, persons_of_staffing, persons_of_payroll, persons_paid,"
        " persons_paid_elsewhere, persons_not_paid, paid_for_elsewhere, paid_and_gone, paid_without_person, payroll"
        " from marts.hrm_reconciliation"
        " where org_unit_id = ? and org_view = 'as_was' and period_start = date '2026-03-01'",
        unit,
    )
    assert rows == ([] if staffing == (None,) * 8 else [staffing + payroll])


def test_wide_marts_say_what_the_long_one_says(golden: Path) -> None:
    at = "where org_unit_id = 'AA' and org_view = 'as_was' and period_end = date '2026-03-31'"
    pay = query(golden, f"select pay_per_fte, n from marts.hrm_pay {at} and period_kind = 'quarter'")
    assert pay == [(pytest.approx(4700 * 90 / 344), 2)]
    ages = f"select age_band, women, men from marts.hrm_age_pyramid {at} and period_kind = 'quarter' order by age_band"
    assert query(golden, ages) == [("30_39", 1, None), ("40_49", 1, 1), ("60p", None, 1)]
    funnel = "select competitions, failed_competitions, applications, vacancies_filled, hires, time_to_fill_median"
    assert query(golden, f"{funnel} from marts.hrm_recruitment {at} and period_kind = 'ytd'") == [(2, 1, 4, 1, 1, None)]


@pytest.mark.parametrize("case", CASES, ids=lambda c: "-".join(str(part) for part in c[:3]))
def test_an_indicator_of_a_topic_is_what_its_card_says(golden: Path, case: tuple) -> None:
    indicator, unit, kind, *expected = case
    rows = query(
        golden,
        "select numerator, denominator, value, obs_status from marts.hrm_indicators where indicator_id = ?"
        " and org_unit_id = ? and org_view = 'as_was' and period_kind = ? and period_end = date '2026-03-31'"
        " and dimension_1 = 'all'",
        indicator,
        unit,
        kind,
    )
    assert [tuple(pytest.approx(part) if isinstance(part, float) else part for part in expected)] == rows


@pytest.mark.parametrize("case", OF_MANY, ids=lambda c: c[0])
def test_an_indicator_that_asks_for_many_persons_is_what_its_card_says(golden: Path, case: tuple) -> None:
    indicator, kind, end, value = case
    rows = query(
        golden,
        "select value from marts.hrm_indicators where indicator_id = ? and org_unit_id = 'AA' and org_view = 'as_was'"
        " and period_kind = ? and period_end = ? and dimension_1 = 'all'",
        indicator,
        kind,
        end,
    )
    assert rows == [(pytest.approx(value),)]

"""The HRM indicators and the headcount bridge of the golden world, worked out by hand from golden/world.py."""

from datetime import date
from pathlib import Path

import pytest

from tests.golden.test_hrm_topics_golden import CASES as TOPIC_CASES
from tests.warehouse.lake import query

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("golden")]
JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
JUNE = date(2024, 6, 1)

# indicator, unit, month, sex, numerator, denominator, value; all as it was
CASES = [
    # 31 March: Aziza, Charos, Davron, Elyor in AA; Elyor, Gulnora, Hasan in BB; Elyor counts once in the service
    ("headcount_end", "AA", MAR, "all", 4, None, 4),
    ("headcount_end", "BB", MAR, "all", 3, None, 3),
    ("headcount_end", "UZ", MAR, "all", 6, None, 6),
    ("headcount_end", "AA", MAR, "female", 2, None, 2),
    # Bahrom's last day is 28 February: still counted on it. Aziza has come over from AA-1
    ("headcount_end", "AA-2", FEB, "all", 4, None, 4),
    # AA in February: Aziza, Bahrom, Davron 28 days each, Charos the 15th to the 28th
    ("headcount_avg", "AA", FEB, "all", 3 * 28 + 14, 28, 3.5),
    # AA-21 in March: Charos 31 days, Davron the 10th to the 31st
    ("headcount_avg", "AA-21", MAR, "all", 31 + 22, 31, 53 / 31),
    # Aziza 1, Charos 0.5, Davron 1 + 1 (both posts are open), Elyor 0.5, Feruza 0.5
    ("fte_end", "AA", MAR, "all", 4.5, None, 4.5),
    # Elyor 0.5, Gulnora 0 (long leave), Hasan 1
    ("fte_end", "BB", MAR, "all", 1.5, None, 1.5),
    # A-1N full; A-2 vacant 1; A-3 vacant 1.5 of 2; A-4 overfilled counts 0. Approved 1 + 1 + 2 + 0.5
    ("vacancy_rate", "AA", MAR, "all", 2.5, 4.5, 2.5 / 4.5),
    ("vacancy_rate", "AA-21", MAR, "all", 1.5, 2, 0.75),
    # BB sent no staffing table
    ("vacancy_rate", "BB", MAR, "all", 0, 0, None),
    ("hires_new", "AA", FEB, "all", 1, None, 1),
    ("hires_new", "AA", FEB, "male", 0, None, 0),
    # Bahrom leaves on 1 March, once, though two orders say so; 4 persons for 31 days
    ("separation_rate_service", "AA", MAR, "all", 1, 4 * 31 / 365, 365 / 124),
    ("voluntary_rate", "AA", MAR, "all", 1, 4 * 31 / 365, 365 / 124),
    # BB in February: three for 28 days, three for 10; one retires, one is transferred, one in a mass transfer
    ("separation_rate_service", "BB", FEB, "all", 1, 114 / 365, 365 / 114),
    ("turnover_rate_ministry", "BB", FEB, "all", 2, 114 / 365, 2 * 365 / 114),
    ("voluntary_rate", "BB", FEB, "all", 0, 114 / 365, 0),
    # nobody served in AA-21 in January: no base, no rate
    ("separation_rate_service", "AA-21", date(2026, 1, 1), "all", 0, 0, None),
    ("women_share", "AA", MAR, "all", 2, 4, 0.5),
    # Aziza and Bahrom led in February, Aziza alone in March
    ("women_leadership_share", "AA", FEB, "all", 1, 2, 0.5),
    ("women_leadership_share", "AA", MAR, "all", 1, 1, 1),
    # Aziza 40, Charos 30, Davron 60, Elyor 45
    ("age_mean", "AA", MAR, "all", 175, 4, 43.75),
    # 40, 30, 60, 45, Gulnora 36, Hasan 41
    ("age_mean", "UZ", MAR, "all", 252, 6, 42),
    # Aziza 3652 days, Charos 44, Elyor 5479; Davron's start is not known
    ("tenure_median", "AA", MAR, "all", None, None, 3652 / 365.25),
    # Elyor 5479 days, Gulnora 4383, Hasan 5844
    ("tenure_median", "BB", MAR, "all", None, None, 5479 / 365.25),
    # full-time equivalents x days: Aziza 31, Charos 15.5, Davron 31 + 22, Elyor 15.5, Feruza 15.5 (and acts for 0)
    ("fte_avg", "AA", MAR, "all", 130.5, 31, 130.5 / 31),
    # Gulnora's leave counts 0, Elyor 15.5, Hasan 31
    ("fte_avg", "BB", MAR, "all", 46.5, 31, 1.5),
    # three on 31 January, four on 28 February
    ("headcount_growth", "AA", FEB, "all", 1, 3, 1 / 3),
    ("headcount_growth", "BB", FEB, "all", -3, 6, -0.5),
    # nine persons in the service, Elyor once; seven; six
    ("headcount_growth", "UZ", FEB, "all", -2, 9, -2 / 9),
    ("headcount_growth", "UZ", MAR, "all", -1, 7, -1 / 7),
    # Charos for her first year, Davron for a term
    ("contingent_share", "AA", MAR, "all", 2, 4, 0.5),
    # Davron, Elyor A-6 and B-1
    ("multi_post_share", "AA", MAR, "all", 2, 4, 0.5),
    ("multi_post_share", "BB", MAR, "all", 1, 3, 1 / 3),
    ("multi_post_share", "UZ", MAR, "all", 2, 6, 1 / 3),
    ("multi_post_share", "AA", FEB, "all", 0, 4, 0),
    ("approved_fte", "AA", MAR, "all", 4.5, None, 4.5),
    ("approved_fte", "AA-21", MAR, "all", 2, None, 2),
    # A-1N is filled; A-2 is empty, though Feruza acts in it
    ("managerial_vacancy_rate", "AA", MAR, "all", 1, 2, 0.5),
    ("managerial_vacancy_rate", "AA", FEB, "all", 0, 2, 0),
    # A-2 empty since 1 March: 30 days; A-3 never filled since 1 January 2020: 2281
    ("vacancy_age_median", "AA", MAR, "all", None, None, (30 + 2281) / 2),
    ("vacancy_age_median", "AA-21", MAR, "all", None, None, 2281),
    ("long_vacant_share", "AA", MAR, "all", 1, 2, 0.5),
    # Davron's 1 on the 0.5 of A-4
    ("overfilled_fte", "AA", MAR, "all", 0.5, None, 0.5),
    # held: A-1N by Aziza, A-2 by Feruza who acts
    ("acting_share", "AA", MAR, "all", 1, 2, 0.5),
    # of Bahrom, who left of his own will; nobody else left AA in March
    ("involuntary_rate", "AA", MAR, "all", 0, 124 / 365, 0),
    ("retirement_rate", "BB", FEB, "all", 1, 114 / 365, 365 / 114),
    ("retirement_rate", "BB", FEB, "male", 0, 66 / 365, 0),
    # Jasur; Kamola went with a whole unit
    ("transfer_out_rate", "BB", FEB, "all", 1, 114 / 365, 365 / 114),
    # Lola came in June 2024 and left in October; Charos came too late to say
    ("early_attrition_rate", "AA-21", JUNE, "all", 1, 1, 1),
    ("early_attrition_rate", "AA-21", FEB, "all", None, 1, None),
    # Charos came and nobody left; then Bahrom left and nobody came by order
    ("replacement_ratio", "AA", FEB, "all", 1, 0, None),
    ("replacement_ratio", "AA", MAR, "all", 0, 1, 0),
    # Davron of 124 person-days; Aziza was moved with her unit
    ("internal_mobility_rate", "AA", MAR, "all", 1, 124 / 365, 365 / 124),
    ("internal_mobility_rate", "AA", FEB, "all", 0, 98 / 365, 0),
    # Gulnora and Hasan; Elyor, Gulnora and Hasan for 31 days each
    ("promotion_rate", "BB", MAR, "all", 2, 93 / 365, 2 * 365 / 93),
    ("promotion_rate", "BB", MAR, "female", 1, 31 / 365, 365 / 31),
    ("promotion_rate", "BB", MAR, "male", 1, 62 / 365, 365 / 62),
    # the move with her unit did not begin anew for Aziza: Davron 21, Elyor 30, Charos 44, Aziza 2281 days
    ("time_in_post_median", "AA", MAR, "all", None, None, 37 / 365.25),
    ("time_in_post_median", "BB", MAR, "all", None, None, 2281 / 365.25),
    # a post that the staffing table does not know is of another category than one it knows
    ("time_in_grade_median", "AA", MAR, "all", None, None, 37),
    ("secondment_share", "BB", MAR, "all", 1, 3, 1 / 3),
    # 30, 40, 45, 60
    ("age_median", "AA", MAR, "all", None, None, 42.5),
    # Charos is 29 to the end of February
    ("age_share_u30", "AA", FEB, "all", 1, 4, 0.25),
    ("age_share_u30", "AA", MAR, "all", 0, 4, 0),
    ("age_share_55p", "AA", MAR, "all", 1, 4, 0.25),
    # Iroda, 55, has served 30 years; Davron is 60, but nobody knows since when he serves
    ("retirement_eligible_share", "BB", JAN, "all", 1, 6, 1 / 6),
    ("retirement_eligible_share", "AA", MAR, "all", 0, 4, 0),
    # Lola, 50 with 24 years of service, in five years but not now
    ("retirement_eligible_5y", "AA-21", JUNE, "all", 1, 1, 1),
    ("retirement_eligible_share", "AA-21", JUNE, "all", 0, 1, 0),
    # Aziza and Charos; whose schooling is not known stays in the base
    ("tertiary_share", "AA", MAR, "all", 2, 4, 0.5),
    # half of the staff and all leaders are women; half and half in February
    ("leadership_gap", "AA", MAR, "all", None, None, -0.5),
    ("leadership_gap", "AA", FEB, "all", None, None, 0),
    # what took effect in 2024 lay before the first delivery: nobody could have told it in time
    ("late_correction_rate", "AA", JUNE, "all", 0, 0, None),
    # Aziza's 1 of 4.5
    ("managerial_ratio", "AA", MAR, "all", 1, 4.5, 1 / 4.5),
]

# indicator, unit, kind of period, its first day: numerator, denominator, value; all periods end on 31 March 2026
LONG_CASES = [
    # one came, one left
    ("replacement_ratio", "AA", "quarter", JAN, (1, 1, 1)),
    # January 3 x 31, February 98, March 124
    ("headcount_avg", "AA", "quarter", JAN, (315, 90, 3.5)),
    ("separation_rate_service", "AA", "ytd", JAN, (1, 315 / 365, 365 / 315)),
    # from the three of 31 December to the four of 31 March; the stock is that of the last month
    ("headcount_growth", "AA", "quarter", JAN, (1, 3, 1 / 3)),
    ("headcount_end", "AA", "quarter", JAN, (4, None, 4)),
    # women: Gulnora 365 days, Iroda and Kamola 316; men: Elyor and Hasan 365, Jasur 316; one of either is promoted
    ("promotion_parity_ratio", "BB", "r12", date(2025, 4, 1), (None, None, (1 / 997) / (1 / 1046))),
    ("promotion_rate", "BB", "r12", date(2025, 4, 1), (2, 2043 / 365, 2 * 365 / 2043)),
]


@pytest.mark.parametrize("case", LONG_CASES, ids=lambda c: "-".join(str(part) for part in c[:3]))
def test_an_indicator_of_a_longer_period_is_what_its_card_says(golden: Path, case: tuple) -> None:
    indicator, unit, kind, start, expected = case
    sql = (
        "select numerator, denominator, value from marts.hrm_indicators where indicator_id = ? and org_unit_id = ?"
        " and org_view = 'as_was' and period_kind = ? and period_start = ? and period_end = date '2026-03-31'"
        " and dimension_1 = 'all'"
    )
    rows = query(golden, sql, indicator, unit, kind, start)
    assert [tuple(pytest.approx(part) if part is not None else None for part in expected)] == rows


def test_every_indicator_that_is_computed_has_a_case(golden: Path) -> None:
    computed = {name for (name,) in query(golden, "select distinct indicator_id from marts.hrm_indicators")}
    assert computed - {case[0] for case in (*CASES, *LONG_CASES, *TOPIC_CASES)} == set()


def test_breakdowns_are_given_by_month_for_no_unit_and_below_ministries_by_year(golden: Path) -> None:
    sql = (
        "select distinct period_kind, org_unit_id in ('UZ', 'AA', 'BB') from marts.hrm_indicators"
        " where dimension_1 not in ('all', 'sex') order by all"
    )
    assert query(golden, sql) == [("quarter", True), ("r12", True), ("year", False), ("year", True)]


@pytest.mark.parametrize("case", CASES, ids=lambda c: "-".join(str(part) for part in c[:4]))
def test_an_indicator_is_what_its_card_says(golden: Path, case: tuple) -> None:
    indicator, unit, month, sex, *expected = case
    rows = query(
        golden,
        "select numerator, denominator, value from marts.hrm_indicators where indicator_id = ? and org_unit_id = ?"
        " and org_view = 'as_was' and period_start = ? and category_1 = ? and period_kind = 'month'"
        " and dimension_1 in ('all', 'sex') and dimension_2 = 'all'",
        indicator,
        unit,
        month,
        sex,
    )
    assert [tuple(pytest.approx(part) if part is not None else None for part in expected)] == rows


def test_as_is_counts_a_merged_unit_with_its_successor(golden: Path) -> None:
    sql = (
        "select org_view, org_unit_id, value from marts.hrm_indicators where indicator_id = 'headcount_end'"
        " and category_1 = 'all' and period_kind = 'month' and period_start = date '2026-01-01'"
        " and org_unit_id in ('AA-1', 'AA-2') order by all"
    )
    # January: Aziza in AA-1, Bahrom and Davron in AA-2
    assert query(golden, sql) == [("as_is", "AA-2", 3), ("as_was", "AA-1", 1), ("as_was", "AA-2", 2)]


def test_a_unit_in_the_month_of_its_reorganisation_is_marked_as_a_break(golden: Path) -> None:
    sql = "select org_unit_id, period_start from marts.hrm_overview where obs_status = 'B' order by all"
    assert query(golden, sql) == [("AA-2", FEB)]


# unit, month: opening, hires, transfers in, moves in, exits, transfers out, moves out, unexplained, closing
BRIDGE = [
    # Aziza came with AA-1, Charos was hired into AA-21 below AA-2
    ("as_was", "AA-2", FEB, (2, 1, 0, 1, 0, 0, 0, 0, 4)),
    ("as_was", "AA-1", FEB, (1, 0, 0, 0, 0, 0, 1, 0, 0)),
    # in today's structure Aziza was there all along
    ("as_is", "AA-2", FEB, (3, 1, 0, 0, 0, 0, 0, 0, 4)),
    # Davron moves inside AA-2; Bahrom leaves; Elyor came without an order
    ("as_was", "AA-2", MAR, (4, 0, 0, 0, 1, 0, 0, 1, 4)),
    ("as_was", "AA-21", MAR, (1, 0, 0, 1, 0, 0, 0, 0, 2)),
    ("as_was", "AA", MAR, (4, 0, 0, 0, 1, 0, 0, 1, 4)),
    ("as_was", "BB", FEB, (6, 0, 0, 0, 1, 2, 0, 0, 3)),
    # Elyor was counted in BB before: for the service he is no news
    ("as_was", "UZ", MAR, (7, 0, 0, 0, 1, 0, 0, 0, 6)),
]


@pytest.mark.parametrize("case", BRIDGE, ids=lambda c: f"{c[0]}-{c[1]}-{c[2]}")
def test_the_bridge_explains_who_came_and_went(golden: Path, case: tuple) -> None:
    view, unit, month, expected = case
    sql = (
        "select opening, hires, transfers_in, moves_in, exits, transfers_out, moves_out, unexplained, closing"
        " from marts.hrm_headcount_bridge where org_view = ? and org_unit_id = ? and period_start = ?"
    )
    assert query(golden, sql, view, unit, month) == [expected]


def test_the_overview_holds_the_tidy_values(golden: Path) -> None:
    sql = (
        "select headcount_end, fte_end, vacancy_rate, age_mean, n from marts.hrm_overview"
        " where org_unit_id = 'AA' and org_view = 'as_was' and period_start = date '2026-03-01'"
    )
    assert query(golden, sql) == [(4, 4.5, pytest.approx(2.5 / 4.5), 43.75, 4)]

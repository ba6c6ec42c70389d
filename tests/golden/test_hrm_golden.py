"""The twelve HRM indicators and the headcount bridge of the golden world, worked out by hand from golden/world.py."""

from datetime import date
from pathlib import Path

import pytest

from tests.warehouse.lake import query

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("golden")]
FEB, MAR = date(2026, 2, 1), date(2026, 3, 1)

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
]


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

"""The engagement index of the golden world, worked out by hand from golden/world.py."""

from math import sqrt
from pathlib import Path
from statistics import mean, stdev

import pytest

from tests.warehouse.lake import query

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("golden")]

# e1 (100 + 75 + 100) / 3; e2 50; e3 (0 + 25) / 2; e6 (100 + 50) / 2. e4 answered one of three, e5 was not approved.
SCORES = [275 / 3, 50, 12.5, 75]


def _index(golden: Path, unit: str, sex: str) -> tuple:
    sql = (
        "select value, n, ci_low, ci_high, frame_n, response_rate, evidence_level from marts.survey_indices"
        " where org_unit_id = ? and category_1 = ? and org_view = 'as_was'"
    )
    (row,) = query(golden, sql, unit, sex)
    return row


def test_the_index_is_the_mean_of_respondents_with_a_finite_population_interval(golden: Path) -> None:
    # six heads in the service at the end of March, five valid responses, four of them with a score
    half = 1.96 * stdev(SCORES) / sqrt(4) * sqrt(1 - 4 / 6)
    expected = (mean(SCORES), 4, mean(SCORES) - half, mean(SCORES) + half, 6, 5 / 6, "D")
    assert _index(golden, "UZ", "all") == tuple(pytest.approx(x) if isinstance(x, float) else x for x in expected)


def test_the_index_goes_by_sex_and_up_the_tree(golden: Path) -> None:
    assert _index(golden, "UZ", "female")[:2] == (pytest.approx((275 / 3 + 75) / 2), 2)
    assert _index(golden, "AA-21", "male")[:2] == (12.5, 1)
    assert _index(golden, "AA-2", "all")[:2] == (pytest.approx(mean(SCORES)), 4)


def test_a_census_has_no_interval(golden: Path) -> None:
    # four scores, four heads in AA
    assert _index(golden, "AA", "all")[2:5] == (None, None, 4)


def test_a_group_without_a_score_has_no_value(golden: Path) -> None:
    assert _index(golden, "AA-21", "female")[:2] == (None, 0)


def test_submissions_that_were_not_approved_are_a_row_of_the_rules(golden: Path) -> None:
    sql = (
        "select sum(rows_checked), sum(rows_failed), max(verdict) from marts.dq_rules"
        " where rule = 'submission.approved' and rows_failed > 0"
    )
    assert query(golden, sql) == [(6, 1, "warned")]  # e5 of e1 to e6


# q1: e1, e4 and e6 answered 5, e2 3, e3 1; e5 was not approved
ITEM = "select n, value, neutral_share, negative_share, ci_low, ci_high, conf_status from marts.survey_estimates"


def test_an_item_has_its_distribution_and_an_interval_in_a_finite_population(golden: Path) -> None:
    where = " where measure_id = 'q1' and org_unit_id = 'UZ' and category_1 = 'all' and org_view = 'as_was'"
    (row,) = query(golden, ITEM + where)
    # five of six heads answered: as good as 5 * (6 - 1) / (6 - 5) = 25 of an endless population
    half = 1.959964 / (1 + 3.841459 / 25) * sqrt(0.6 * 0.4 / 25 + 3.841459 / 4 / 625)
    centre = (0.6 + 3.841459 / 50) / (1 + 3.841459 / 25)
    assert row[:4] == (5, pytest.approx(0.6), pytest.approx(0.2), pytest.approx(0.2))
    assert row[4:6] == (pytest.approx(centre - half, abs=1e-6), pytest.approx(centre + half, abs=1e-6))
    assert row[6] == "C"  # one person in the middle, one below


def test_a_scale_of_an_unweighted_instrument_is_its_index(golden: Path) -> None:
    sql = (
        "select count(*) from marts.survey_estimates as estimate inner join marts.survey_indices as index"
        " on estimate.measure_id = index.indicator_id and estimate.org_unit_id = index.org_unit_id"
        " and estimate.org_view = index.org_view and estimate.category_1 = index.category_1"
        " where estimate.n = index.n and abs(estimate.value - index.value) < 1e-9"
    )
    scored = "select count(*) from marts.survey_indices where n > 0"
    assert query(golden, sql) == query(golden, scored)


def test_every_answer_to_an_item_has_its_share(golden: Path) -> None:
    sql = (
        "select answer_points, value, conf_status from marts.survey_answers"
        " where item_id = 'q1' and org_unit_id = 'UZ' order by answer_points"
    )
    assert query(golden, sql) == [
        (points, pytest.approx(share), "C") for points, share in ((1, 0.2), (2, 0), (3, 0.2), (4, 0), (5, 0.6))
    ]
    positive = (
        "select count(*), count(*) filter (where abs(whole - positive_share) < 1e-12) from marts.survey_estimates"
        " inner join (select item_id, org_unit_id, sum(value) as whole from marts.survey_answers"
        " where answer_kind = 'positive' group by all) as chosen"
        " on measure_id = item_id and survey_estimates.org_unit_id = chosen.org_unit_id"
        " where org_view = 'as_was' and category_1 = 'all' and instrument_id = 'engagement'"
    )
    ((cells, alike),) = query(golden, positive)
    assert cells == alike > 0


# response: what became of the invitations

RESPONSE = "select frame_basis, n, invited, ineligible, unknown, rr1, rr2, rr3, rr6, coop1 from marts.survey_response"


def _response(golden: Path, instrument: str, category: str) -> tuple:
    where = " where instrument_id = ? and org_unit_id = 'AA' and category_1 = ? and org_view = 'as_was'"
    where += " order by wave_id desc limit 1"  # of two waves of the questionnaire the later one has a list
    (row,) = query(golden, RESPONSE + where, instrument, category)
    return row


def test_a_delivered_list_has_the_rates_of_its_outcomes(golden: Path) -> None:
    """Five complete, one partial, two refused, one not reached, two unknown; one of twelve was not eligible.

    Of the ten known nine were eligible, so 0.9 of the two unknown are taken to be: 5 / (9 + 1.8).
    """
    row = _response(golden, "bpr", "all")
    assert row[:5] == ("invited_list", 6, 12, 1, 2)
    assert row[5:] == pytest.approx((5 / 11, 6 / 11, 5 / 10.8, 6 / 9, 5 / 8))
    # even numbers: three complete, one refused, one not reached, one unknown
    assert _response(golden, "bpr", "female")[5] == pytest.approx(3 / 6)


def test_without_a_list_the_personnel_file_before_field_work_is_frozen(golden: Path) -> None:
    """Aziza, Bahrom, Charos and Davron were in AA at the end of February; Bahrom left, Elyor came too late.

    e1 and e2 answered all three questions, e3 and e6 two, e4 broke off after one.
    """
    row = _response(golden, "engagement", "all")
    assert row[:5] == ("frozen_extract", 4, 4, 1, 0)
    assert row[5:7] == pytest.approx((2 / 5, 4 / 5))


def test_how_far_forms_were_filled_in_is_counted(golden: Path) -> None:
    sql = (
        "select n, complete, partial, broken_off, screened, timed from marts.survey_quality"
        " where instrument_id = 'engagement' and org_unit_id = 'AA' and org_view = 'as_was'"
    )
    assert query(golden, sql) == [(5, 2, 2, 1, 0, 0)]  # three questions are too few to screen


def test_the_posts_that_work_asks_for(golden: Path) -> None:
    """50 + 20 + 50 hours a month, of which 100 on cases; 12 months, a tenth on top, 2016 hours a year."""
    sql = (
        "select category_1, n, month_hours, fte_demand, fte_per_person from marts.diagnosis_workload"
        " where org_unit_id = 'AA' and org_view = 'as_was' order by category_1"
    )
    whole, cases, reports = query(golden, sql)
    assert (whole[:3], cases[:3], reports[:3]) == (("all", 2, 120), ("casework", 2, 100), ("reporting", 1, 20))
    assert whole[3:] == pytest.approx((120 * 12 * 1.1 / 2016, 120 * 12 * 1.1 / 2016 / 2))

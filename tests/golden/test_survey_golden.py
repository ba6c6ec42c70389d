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

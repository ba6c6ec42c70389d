"""Weights, intervals, comparisons and reliability, against published values and values worked by hand."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from flows.statistics.agreement import intraclass, sped, straight_lined, within_group_agreement
from flows.statistics.comparisons import adjusted, discoveries, mean_against, two_means, two_shares
from flows.statistics.intervals import finite_base, linearised_mean, margin, wilson
from flows.statistics.reliability import heterotrait_ratio, omega, one_factor, reliability
from flows.statistics.weights import NotWeighted, kish, post_stratified, raked, trimmed

ROWS = "4544 3323 5554 2123 4434 1212 3443 5455"
EIGHT_BY_FOUR = [[int(digit) for digit in row] for row in ROWS.split(" ")]


# domain/hrm.md 2.7


def test_alpha_and_its_kin_meet_the_golden_values() -> None:
    found = reliability(EIGHT_BY_FOUR)
    assert found.alpha == pytest.approx(0.941176, abs=5e-7)
    assert found.alpha_standardised == pytest.approx(0.950139, abs=5e-7)
    assert found.item_rest == pytest.approx((0.954270, 0.809435, 0.911365, 0.849662), abs=5e-7)
    assert (found.n, found.items, found.complete_share) == (8, 4, 1.0)


def test_omega_meets_the_golden_value() -> None:
    """(.8 + .7 + .6 + .5)^2 = 6.76; residuals .36 + .51 + .64 + .75 = 2.26; 6.76 / 9.02."""
    assert omega([0.8, 0.7, 0.6, 0.5]) == pytest.approx(0.749446, abs=5e-7)


@pytest.mark.parametrize(("hits", "n", "low", "high"), [(18, 25, 0.524234, 0.857161), (0, 12, 0.0, 0.242494)])
def test_wilson_meets_the_golden_values(hits: int, n: int, low: float, high: float) -> None:
    assert wilson(hits / n, n) == pytest.approx((low, high), abs=5e-7)


def test_margins_in_a_finite_population_meet_the_published_ones() -> None:
    """Cabinet Office, Quality and Methodology Information CSPS 2024."""
    found = margin([0.43, 0.5, 0.3, 0.6], [120, 80, 40, 375], [200, 150, 50, 500])
    assert (found * 100).round(1).tolist() == [5.6, 7.5, 6.4, 2.5]


def test_kish_meets_the_golden_value() -> None:
    found = kish([1, 1, 2, 4])
    assert (found.effect, found.n_effective) == pytest.approx((1.375, 2.909091), abs=5e-7)


def test_two_waves_meet_the_golden_value() -> None:
    assert two_shares([0.62, 0.55], [400, 380]).statistic == pytest.approx(1.983845, abs=5e-7)


def test_raking_meets_the_golden_value() -> None:
    """Cells [[40, 10], [20, 30]] to rows 60/40 and columns 50/50 give [[40, 20], [10, 30]]."""
    rows = ["a"] * 50 + ["b"] * 50
    columns = ["x"] * 40 + ["y"] * 10 + ["x"] * 20 + ["y"] * 30
    found = raked(
        np.ones(100), {"row": rows, "column": columns}, {"row": {"a": 60, "b": 40}, "column": {"x": 50, "y": 50}}
    )
    cells = [found[:40].sum(), found[40:50].sum(), found[50:70].sum(), found[70:].sum()]
    assert cells == pytest.approx([40, 20, 10, 30], abs=1e-4)


# weights


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.floats(0.2, 5)), min_size=6, max_size=60),
    st.floats(0.2, 0.8),
)
def test_raked_weights_meet_every_margin(people: list[tuple[str, str, float]], share: float) -> None:
    rows, columns, base = zip(*people, strict=True)
    # all six cells are filled, so that a solution exists
    assume(len(set(zip(rows, columns, strict=True))) == 6)
    totals = {"row": {"a": 100 * share, "b": 100 * (1 - share)}, "column": {"x": 20.0, "y": 30.0, "z": 50.0}}
    found = raked(base, {"row": rows, "column": columns}, totals)
    for label, total in totals["row"].items():
        assert found[np.array(rows) == label].sum() == pytest.approx(total, rel=1e-4)
    for label, total in totals["column"].items():
        assert found[np.array(columns) == label].sum() == pytest.approx(total, rel=1e-4)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.1, 10)), min_size=1, max_size=40))
def test_post_stratified_weights_add_up_to_the_frame(people: list[tuple[str, float]]) -> None:
    cells, base = zip(*people, strict=True)
    totals = {cell: 10.0 * len(cell) + cells.count(cell) for cell in set(cells)}
    assert post_stratified(base, cells, totals).sum() == pytest.approx(sum(totals.values()))


def test_a_cell_without_answers_is_named() -> None:
    with pytest.raises(NotWeighted, match=r"E-601 cell: nobody answered in b"):
        post_stratified([1, 1], ["a", "a"], {"a": 5, "b": 5})


def test_a_cell_without_a_total_is_named() -> None:
    with pytest.raises(NotWeighted, match=r"E-601 cell: no total for b"):
        post_stratified([1, 1], ["a", "b"], {"a": 5})


def test_margins_of_different_sums_are_refused() -> None:
    totals = {"row": {"a": 60, "b": 40}, "column": {"x": 50, "y": 40}}
    with pytest.raises(NotWeighted, match="column 90, row 100"):
        raked([1, 1], {"row": ["a", "b"], "column": ["x", "y"]}, totals)


def test_a_frame_without_persons_is_refused() -> None:
    with pytest.raises(NotWeighted, match="E-601 the frame holds nobody"):
        raked([1, 1], {"row": ["unknown"] * 2}, {"row": {}}, "unknown")


def test_raking_that_cannot_settle_fails_loudly() -> None:
    """Only the diagonal is filled, so rows 60/40 and columns 50/50 cannot both be met."""
    totals = {"row": {"a": 60, "b": 40}, "column": {"x": 50, "y": 50}}
    with pytest.raises(NotWeighted, match="did not settle within 50 rounds"):
        raked([1, 1], {"row": ["a", "b"], "column": ["x", "y"]}, totals)


def test_a_trimmed_weight_gives_its_surplus_to_the_others_of_its_cell() -> None:
    """Nine weights of 1, 1.5 or 2, one of 20: median 1.5, spread 1, cap 4.5."""
    weights = [1, 1, 1, 1.5, 1.5, 1.5, 2, 2, 2, 20]
    found = trimmed(weights, ["a"] * 10)
    assert found.max() <= 4.5 * (1 + 1e-6)
    assert found.sum() == pytest.approx(sum(weights))


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0.1, 50)), min_size=4, max_size=40))
def test_trimming_keeps_the_sum_of_each_cell(people: list[tuple[str, float]]) -> None:
    cells, weights = zip(*people, strict=True)
    found, labels = trimmed(weights, cells), np.array(cells)
    for cell in set(cells):
        assert found[labels == cell].sum() == pytest.approx(np.array(weights)[labels == cell].sum())


# intervals


def test_a_census_has_no_interval() -> None:
    assert np.isnan(wilson(0.6, 40, 40)).all()
    assert margin(0.6, 40, 40) == 0


def test_nobody_has_no_interval() -> None:
    assert np.isnan(wilson(np.nan, 0)).all()


@given(st.integers(1, 200), st.data())
def test_wilson_holds_its_share_and_shrinks_in_a_finite_population(n: int, data: st.DataObject) -> None:
    share = data.draw(st.integers(0, n)) / n
    low, high = wilson(share, n)
    near_low, near_high = wilson(share, n, population=2 * n)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1
    assert near_high - near_low <= high - low + 1e-12


def test_a_finite_base_is_the_plain_one_for_an_endless_population() -> None:
    assert finite_base(100, 1e12) == pytest.approx(100, rel=1e-6)


def test_equal_weights_give_the_textbook_error() -> None:
    """1 to 5: deviation sqrt(2.5); sqrt(2.5 / 5) = 0.707107; with half of ten persons seen times sqrt(0.5) = 0.5."""
    assert linearised_mean([1, 2, 3, 4, 5]).standard_error == pytest.approx(0.5**0.5)
    assert linearised_mean([1, 2, 3, 4, 5, np.nan], population=10).standard_error == pytest.approx(0.5)


def test_a_weighted_mean_worked_by_hand() -> None:
    """Weights 1, 1, 2 over 0, 4, 8: mean 20 / 4 = 5; residuals -5/4, -1/4, 6/4; sum of squares 62/16; times 3/2."""
    found = linearised_mean([0, 4, 8], [1, 1, 2])
    assert found.value == 5
    assert found.standard_error == pytest.approx((1.5 * 62 / 16) ** 0.5)
    assert found.n_effective == pytest.approx(16 / 6)


def test_one_answer_has_a_mean_and_no_error() -> None:
    found = linearised_mean([7.0])
    assert (found.value, found.n) == (7.0, 1)
    assert np.isnan(found.standard_error)


# comparisons


def test_welch_agrees_with_scipy() -> None:
    rng = np.random.default_rng(1)
    one, other = rng.normal(0, 1, 40), rng.normal(0.5, 2, 25)
    expected = stats.ttest_ind(one, other, equal_var=False)
    found = two_means(linearised_mean(one), linearised_mean(other))
    assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))


def test_a_mean_against_a_benchmark_agrees_with_scipy() -> None:
    sample = np.random.default_rng(2).normal(3, 1, 30)
    expected = stats.ttest_1samp(sample, 3.4)
    found = mean_against(linearised_mean(sample), 3.4)
    assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))


def test_equal_certainties_cannot_be_compared() -> None:
    assert np.isnan(two_shares([1.0, 1.0], [30, 40]).p_value)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_adjusted_probabilities_agree_with_scipy(values: list[float]) -> None:
    assert adjusted(values) == pytest.approx(stats.false_discovery_control(values))


def test_a_missing_test_does_not_count() -> None:
    """0.02 of two tests: 0.02 * 2 / 1 = 0.04 holds; of three it would be 0.06."""
    assert discoveries([0.02, np.nan, 0.8]).tolist() == [True, False, False]


# reliability and agreement


def test_a_forgotten_reversal_shows_as_a_negative_item_rest_correlation() -> None:
    turned = np.array(EIGHT_BY_FOUR, float)
    turned[:, 1] = 6 - turned[:, 1]
    found = reliability(turned)
    assert found.item_rest[1] < 0
    assert found.alpha_without[1] > found.alpha


def test_reliability_and_agreement_meet_those_of_other_packages() -> None:
    """Alpha by pingouin 0.5, omega by factor_analyzer 0.5 (minres), the correlations by statsmodels 0.14 (anova_lm)."""
    chance = np.random.default_rng(8)
    factor = chance.normal(size=(300, 1))
    answers = np.clip(np.round(3 + factor * [0.9, 0.8, 0.7, 0.6] + chance.normal(scale=0.8, size=(300, 4))), 1, 5)
    found, units = reliability(answers), chance.integers(0, 12, 300)
    assert (found.alpha, found.omega) == pytest.approx((0.748507278, 0.75308976), rel=1e-6)
    between = intraclass(answers.mean(axis=1), [str(unit) for unit in units])
    assert (between.icc1, between.icc2) == pytest.approx((0.0233436983, 0.3732708900), rel=1e-8)


def test_blank_rows_are_left_out_and_counted() -> None:
    found = reliability([*EIGHT_BY_FOUR, [np.nan, 1, 2, 3], [1, np.nan, 2, 3]])
    assert found.alpha == pytest.approx(0.941176, abs=5e-7)
    assert (found.n, found.complete_share) == (8, 0.8)


def test_what_is_not_defined_is_nan() -> None:
    assert np.isnan(reliability([[1, 1], [1, 1], [1, 1], [1, 1]]).alpha)
    assert np.isnan(reliability([[1], [2], [3], [4]]).alpha)


@given(st.lists(st.floats(0.3, 0.95), min_size=3, max_size=8))
def test_loadings_of_a_perfect_factor_are_found(loadings: list[float]) -> None:
    known = np.array(loadings)
    correlation = np.outer(known, known)
    np.fill_diagonal(correlation, 1)
    assert one_factor(correlation) == pytest.approx(known, abs=1e-3)


def test_a_heywood_case_has_no_omega() -> None:
    assert np.isnan(omega([1.02, 0.6, 0.5]))


def test_two_scales_that_measure_the_same_thing_have_a_ratio_of_one() -> None:
    correlation = np.full((4, 4), 0.5)
    np.fill_diagonal(correlation, 1)
    assert heterotrait_ratio(correlation, [0, 1], [2, 3]) == pytest.approx(1)


def test_intraclass_correlation_worked_by_hand() -> None:
    """Groups 1, 3 and 5, 7, 9: means 2 and 7, grand mean 5. Between (2 * 9 + 3 * 4) / 1 = 30, within (2 + 8) / 3.

    Adjusted size (5 - 13 / 5) / 1 = 2.4; ICC(1) = 26.6667 / (30 + 1.4 * 3.3333); ICC(2) = 26.6667 / 30.
    """
    found = intraclass([1, 3, 5, 7, 9, np.nan], ["a", "a", "b", "b", "b", "b"])
    assert found.icc1 == pytest.approx((30 - 10 / 3) / (30 + 1.4 * 10 / 3))
    assert found.icc1_plain == pytest.approx((30 - 10 / 3) / (30 + 1.5 * 10 / 3))
    assert found.icc2 == pytest.approx(8 / 9)
    assert (found.groups, found.n) == (2, 5)


def test_agreement_worked_by_hand() -> None:
    """Two items of variance 0.5 on five points: ratio 0.5 / 2 = 0.25; 2 * 0.75 / (2 * 0.75 + 0.25) = 0.857143."""
    assert within_group_agreement([[1, 4], [2, 5]], 5) == pytest.approx(6 / 7)


def test_more_spread_than_chance_is_no_agreement() -> None:
    assert within_group_agreement([[1, 1], [5, 5]], 5) == 0


def test_who_answers_everything_alike_is_flagged() -> None:
    block = [[3] * 6, [3] * 5 + [4], [3] * 5 + [np.nan]]
    assert straight_lined(block).tolist() == [True, False, False]


def test_who_takes_less_than_a_third_of_the_median_is_flagged() -> None:
    assert sped([300, 300, 90, np.nan]).tolist() == [False, False, True, False]
    assert not sped([np.nan, np.nan]).any()

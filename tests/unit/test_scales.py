"""Scales are judged item by item, for the service and each ministry, from a hundred complete answers on."""

import numpy as np
import polars as pl
import pytest
from scipy.special import ndtr

from flows.statistics.agreement import intraclass, within_group_agreement
from flows.statistics.languages import congruence, item_difference
from flows.statistics.reliability import reliability
from flows.statistics.scales import scale_figures, verdict
from tests.unit.sheeted import BOOK, codes, indices, sheets

SEED = 5
ITEMS = ("q0", "q1", "q2")
CODES, INDICES = codes(ITEMS), indices({"x": ("mean_0_100", ITEMS, 0.0)})


def answers(people: int, seed: int = SEED) -> np.ndarray:
    """Return scores of 0 to 100 that share one factor."""
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=(people, 1))
    return np.clip(np.round(2 + factor + rng.normal(scale=0.8, size=(people, 3))), 0, 4) * 25


def figures(scores: np.ndarray, ministries: list[str], language: list[str | None] | None = None) -> pl.DataFrame:
    """Return the figures of these scores; each ministry has two units, and each respondent is a cell."""
    units = [f"{name}-U{person % 2}" for person, name in enumerate(ministries)]
    cells = pl.DataFrame({"cell_no": range(len(scores)), "ministry": ministries, "org_unit_id": units})
    wave = {name: pl.lit(value) for name, value in (BOOK | {"wave_id": "w"}).items()}
    return scale_figures(sheets(scores, language=language), cells.with_columns(**wave), CODES, INDICES)


def test_a_ministry_has_the_figures_of_its_own_answers() -> None:
    scores = answers(120)
    found = figures(scores, ["M1"] * 120).filter(pl.col("scope_id") == "M1").sort("item_id")
    expected = reliability(scores)
    assert found["alpha"].to_list() == pytest.approx([expected.alpha] * 3)
    assert found["item_rest"].to_list() == pytest.approx(expected.item_rest)
    assert found["loading"].to_list() == pytest.approx(expected.loadings)
    assert found["n"].to_list() == [120] * 3
    assert found["groups"].to_list() == [2] * 3
    units = np.arange(120) % 2
    between = intraclass(scores.mean(axis=1), [str(unit) for unit in units])
    icc = tuple(found[name][0] for name in ("icc1", "icc1_plain", "icc2"))
    assert icc == pytest.approx((between.icc1, between.icc1_plain, between.icc2))
    agreed = [within_group_agreement(scores[units == unit] / 25, 5) for unit in (0, 1)]
    assert found["rwg"][0] == pytest.approx(np.median(agreed))


def test_the_service_holds_all_ministries() -> None:
    found = figures(np.vstack([answers(110), answers(130)]), ["M1"] * 110 + ["M2"] * 130)
    assert set(found["scope_id"]) == {"M1", "M2", "UZ"}
    assert found.filter(pl.col("scope_id") == "UZ")["n"].to_list() == [240] * 3


def test_below_a_hundred_complete_answers_there_is_no_figure() -> None:
    """99 people answered all; the hundredth left one item blank."""
    scores = answers(100)
    scores[0, 1] = np.nan
    found = figures(scores, ["M1"] * 100)
    assert found["n"].unique().to_list() == [99]
    shown = found.select("alpha", "omega", "icc1", "rwg", "item_rest", "loading", "blank_share", "verdict", "reason")
    assert shown.null_count().row(0) == (found.height,) * shown.width


def test_the_order_of_rows_changes_nothing() -> None:
    scores, ministries = answers(240), ["M1", "M2"] * 120
    order = np.random.default_rng(1).permutation(240)
    turned = figures(scores[order], [ministries[place] for place in order])
    by_place = {"icc1", "icc1_plain", "icc2", "groups", "rwg"}  # units go by place
    same = [name for name in turned.columns if name not in by_place]
    assert turned.select(same).equals(figures(scores, ministries).select(same))


def in_languages(scores: np.ndarray, second: np.ndarray) -> pl.DataFrame:
    """Return the figures of the service where the second lot answered in Russian."""
    both = np.vstack([scores, second])
    found = figures(both, ["M1"] * len(both), ["uz"] * len(scores) + ["ru"] * len(second))
    return found.filter(pl.col("scope_id") == "UZ").sort("item_id")


def test_an_item_that_one_language_answers_lower_at_equal_scores_is_to_be_mended() -> None:
    """The second question is answered one step lower in Russian, whatever the person thinks."""
    lower = answers(300, 6)
    lower[:, 1] = np.maximum(lower[:, 1] - 25, 0)
    found = in_languages(answers(400), lower)
    assert found["languages"].to_list() == [2] * 3
    assert (found["verdict"][1], found["reason"][1]) == ("mend", "language")
    assert found["language_effect"][1] < -0.25
    assert found["language_p_value"][1] < 0.001


def test_versions_that_mean_the_same_are_congruent_and_keep_their_items() -> None:
    found = in_languages(answers(400), answers(300, 6))
    assert found["verdict"].to_list() == ["keep"] * 3
    assert found["language_congruence"][0] > 0.95
    assert found["language_effect"].abs().max() < 0.2


def test_a_language_of_fewer_than_a_hundred_is_not_compared() -> None:
    found = in_languages(answers(400), answers(99, 6))
    assert found["languages"].to_list() == [0] * 3
    assert found["language_effect"].null_count() == 3


def test_mantels_statistic_agrees_with_mantel_and_haenszel_for_two_options() -> None:
    """For yes and no it is their chi-square without the correction (statsmodels: StratifiedTable.test_null_odds).

    Scores 1 and 2; reference 10 no, 20 yes and 30 no, 30 yes; focal 15 no, 5 yes and 20 no, 20 yes.
    Expected yes of focal 20 * 25 / 50 = 10 and 40 * 50 / 100 = 20, found 25; variances 30 * 20 * 25 * 25 / (2500 * 49)
    and 60 * 40 * 50 * 50 / (10000 * 99); z = -5 / sqrt(3.061224 + 6.060606).
    """
    found = item_difference([[[10, 20], [30, 30]], [[15, 5], [20, 20]]], [0, 1])
    assert found.p_value == pytest.approx(2 * ndtr(-5 / (3.061224 + 6.060606) ** 0.5), rel=1e-6)
    # means 1/4 and 1/2 of the focal group against 2/3 and 1/2: (20 * -5/12 + 40 * 0) / 60
    assert found.effect == pytest.approx(-5 / 36 / (75 * 75 / 150 / 149) ** 0.5)


def test_loadings_in_proportion_are_congruent() -> None:
    assert congruence([0.8, 0.6, 0.4], [0.4, 0.3, 0.2]) == pytest.approx(1)
    assert congruence([1, 0], [0, 1]) == 0


@pytest.mark.parametrize(
    ("item_rest", "gain", "blank", "expected"),
    [
        (0.30, 0.0, 0.20, ("keep", "fits")),
        (0.30, 0.0, 0.21, ("mend", "blank")),
        (0.29, 0.0, 0.0, ("mend", "weak")),
        (0.19, 0.021, 0.0, ("drop", "idle")),
        (0.19, 0.02, 0.0, ("mend", "weak")),
        (-0.01, 0.5, 0.0, ("mend", "negative")),
        (float("nan"), float("nan"), 0.0, ("mend", "undefined")),
    ],
)
def test_the_verdict_on_an_item_at_its_edges(
    item_rest: float, gain: float, blank: float, expected: tuple[str, str]
) -> None:
    assert verdict(item_rest, gain, blank) == expected

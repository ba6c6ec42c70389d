"""Estimates, reliability and agreement are those of R's survey 4.1, psych 2.2.9 and multilevel 2.8 on equal answers.

The answers are made by arithmetic, so that anybody can make them again in R: `i <- 1:90`, `%%` is the remainder and
`%/%` the whole quotient. R's figures were computed in R 4.2.2.
"""

import numpy as np
import polars as pl
import pytest

from flows.statistics.agreement import intraclass, within_group_agreement
from flows.statistics.answer_sums import answer_sums
from flows.statistics.estimates import estimates
from flows.statistics.reliability import reliability
from flows.statistics.weighting import survey_weights
from tests.unit.sheeted import BOOK, codes, indices, sheets

NUMBER = np.arange(1, 91)
MINISTRY = np.array(["A", "B", "C"])[NUMBER * 11 % 7 % 3]
SEX = np.where(NUMBER * 7 % 5 < 2, "female", "male")
ITEMS = ("q1", "q2", "q3")
ANSWERS = np.stack(
    [
        1 + (3 * NUMBER**2 + 5 * NUMBER + NUMBER // 7) % 5,
        1 + (NUMBER**3 + 2 * NUMBER + NUMBER // 9) % 5,
        np.where(NUMBER % 11 == 0, np.nan, 1 + (2 * NUMBER**2 + NUMBER**3 + NUMBER // 5) % 5),
    ],
    axis=1,
)
PERSONS = {"A": (90, 60), "B": (40, 50), "C": (30, 30)}  # women and men asked in each ministry
PLACES = {"UZ": np.ones(90, bool), "A": MINISTRY == "A", "B": MINISTRY == "B", "C": MINISTRY == "C"}


def estimated(method: str) -> pl.DataFrame:
    """Return the estimates of the service, of each ministry and of each sex, weighted by a scheme."""
    wave = BOOK | {"wave_id": "w"}
    people = pl.DataFrame({"ministry": MINISTRY, "sex": SEX}).with_row_index("person")
    cells = people.group_by("ministry", "sex").agg(pl.len().alias("responses")).sort("ministry", "sex")
    cells = cells.with_row_index("cell_no").with_columns(
        base_weight=1.0, **{name: pl.lit(value) for name, value in wave.items()}
    )
    rows = [
        {**wave, "ministry": m, "sex": s, "persons": n}
        for m, pair in PERSONS.items()
        for s, n in zip(("female", "male"), pair, strict=True)
    ]
    scheme = pl.DataFrame({**BOOK, "method": method, "margins": "ministry sex", "is_trimmed": False})
    weighed = cells.join(survey_weights(cells, pl.DataFrame(rows), scheme), on="cell_no")
    units = {"UZ": pl.lit(value=True), **{name: pl.col("ministry") == name for name in PERSONS}}
    units |= {name: pl.col("sex") == name for name in ("female", "male")}
    page = {"org_view": "as_was", "dimension_1": "all", "category_1": "all", "period_end": pl.date(2026, 1, 1)}
    places = pl.concat(
        [weighed.filter(where).with_columns(org_unit_id=pl.lit(unit), **page_of(page)) for unit, where in units.items()]
    )
    places = places.with_columns(period_end=pl.date(2026, 1, 1))
    cell = people.join(cells, on=["ministry", "sex"], maintain_order="left")["cell_no"].to_numpy()
    table = sheets(ANSWERS - 1, 1).set_column(0, "cell_no", [cell.astype(np.int64)])
    scales = indices({"x": ("mean_0_100", ITEMS[:2], 0.0), "p": ("percent_positive", ITEMS, 0.0)})
    sums = answer_sums(table, weighed, places, codes(ITEMS, (1, 2, 3, 4, 5)), scales)
    frames = places.select(*BOOK, "wave_id", "org_view", "org_unit_id", "dimension_1", "category_1").unique()
    return estimates(sums, frames.with_columns(frame_n=pl.when(pl.col("org_unit_id") == "UZ").then(300)), ())


def page_of(page: dict) -> dict:
    """Return the columns of a place that are alike everywhere."""
    return {name: pl.lit(value) for name, value in page.items() if isinstance(value, str)}


def figures(found: pl.DataFrame, unit: str, measure: str) -> tuple[float, float]:
    """Return value and standard error as R counts it: over all 90 answers and a share of 0.3 of those asked."""
    (row,) = found.filter(org_unit_id=unit, measure_id=measure).to_dicts()
    if unit == "UZ":
        return row["value"], row["standard_error"]
    n = row["n"]  # a unit is an inquiry of its own here; svyby takes the factor of the whole
    return row["value"], row["standard_error"] * np.sqrt((n - 1) / n * 90 / 89 * 0.7)


# rake(..., epsilon = 1e-12) and postStratify, then svymean, svyby(~x, ~m), svyby(~p1, ~s), and svycontrast of totals
R_RAKED = {
    ("UZ", "q1"): (0.380608344894, 0.0438345188456),
    ("UZ", "x"): (46.4321876005, 2.16560010401),
    ("UZ", "p"): (0.390102767952, 0.0255060069745),
    ("A", "x"): (40.0505314694, 3.26695276787),
    ("B", "x"): (51.5754085334, 4.02459906219),
    ("C", "x"): (54.6714965291, 3.72904184963),
    ("female", "q1"): (0.341198368813, 0.0654591642766),
    ("male", "q1"): (0.425648317559, 0.0576177063279),
}
R_POST_STRATIFIED = {
    ("UZ", "q1"): (0.372882081686, 0.0429909102788),
    ("UZ", "x"): (46.2370512187, 2.16520117058),
    ("UZ", "p"): (0.386953697124, 0.0258143795638),
    ("A", "x"): (39.6739130435, 3.41557202835),
    ("B", "x"): (51.2326388889, 3.72246069262),
    ("C", "x"): (55.1515151515, 3.62097643655),
    ("female", "q1"): (0.322727272727, 0.0636867197922),
    ("male", "q1"): (0.430201863354, 0.0564719982444),
}


@pytest.mark.parametrize(("method", "by_r"), [("raking", R_RAKED), ("post_stratification", R_POST_STRATIFIED)])
def test_means_and_errors_of_weighted_answers_are_those_of_survey(method: str, by_r: dict) -> None:
    found = estimated(method)
    for (unit, measure), expected in by_r.items():
        assert figures(found, unit, measure) == pytest.approx(expected, rel=1e-6), (unit, measure)


def test_totals_that_hold_take_chance_away() -> None:
    """The plain error with the same weights held fixed is greater: svydesign(weights = weights(rk)) gives 2.3."""
    (row,) = estimated("raking").filter(org_unit_id="UZ", measure_id="x").to_dicts()
    assert row["standard_error"] < 2.17


# four items of four points that share a factor

FOUR = np.stack([1 + (NUMBER * 7 % 11 + (NUMBER * k + NUMBER // k) % 6) // 4 for k in (1, 5, 3, 11)], axis=1)


def test_reliability_is_that_of_psych() -> None:
    """alpha(x)$total, $item.stats$r.drop, $alpha.drop; fa(x, 1, fm = "minres"), whose search stops after four places.

    Omega is McDonald's of the loadings; psych's omega.tot puts the observed variance of the sum below it (0.9055006).
    """
    found = reliability(FOUR)
    assert (found.alpha, found.alpha_standardised) == pytest.approx((0.905061597701, 0.905362012216), rel=1e-10)
    assert found.item_rest == pytest.approx((0.811397135832, 0.773980753067, 0.781260531152, 0.779844802696), rel=1e-10)
    assert found.alpha_without == pytest.approx(
        (0.868506493506, 0.881633383722, 0.879069767442, 0.879986075846), rel=1e-10
    )
    assert found.loadings == pytest.approx((0.8705784, 0.8252777, 0.8322469, 0.8311035), abs=2e-5)
    assert found.omega == pytest.approx(0.905500681861, rel=1e-6)


def test_agreement_is_that_of_multilevel() -> None:
    """ICC1 and ICC2 of aov(rowMeans(x) ~ group), rwg.j(x, m, ranvar = 15 / 12)."""
    groups = (NUMBER * 7 % 11 + NUMBER % 4) // 4
    between = intraclass(FOUR.mean(axis=1), [str(group) for group in groups])
    assert (between.icc1_plain, between.icc2) == pytest.approx((0.759048683074, 0.986087897028), rel=1e-10)
    agreed = [within_group_agreement(FOUR[np.isin(MINISTRY, name)], 4) for name in "ABC"]
    assert agreed == pytest.approx([0.669170268547, 0.683365831708, 0.479810911956], rel=1e-10)

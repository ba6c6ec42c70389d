"""Figures of public data sets are those of R's survey, psych and multilevel; `by_r/public.R` holds data and R code."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from flows.statistics.agreement import intraclass, within_group_agreement
from flows.statistics.answer_sums import answer_sums
from flows.statistics.estimates import estimates
from flows.statistics.intervals import wilson
from flows.statistics.reliability import Reliability, reliability
from flows.statistics.weighting import survey_weights
from flows.statistics.weights import trimmed
from tests.unit.sheeted import BOOK, codes, indices, sheets

HERE = Path(__file__).parent / "by_r"
WAVE = BOOK | {"wave_id": "w"}
PLACE = {"org_view": "as_was", "org_unit_id": "UZ", "dimension_1": "all", "category_1": "all"}
SCHOOLS = 6194
TYPES = {"E": 4421, "H": 755, "M": 1018}
WIDE = {"No": 1072, "Yes": 5122}
ITEMS = ("api00", "awards", "comp_imp")
SCHEMES = {
    "plain": None,
    "sent": None,
    "raked": ("raking", "ministry sex"),
    "stratified": ("post_stratification", "ministry"),
}

BY_SURVEY = {
    ("plain", "api00"): (656.585, 9.24972203928),
    ("plain", "comp_imp"): (0.665, 0.0329139084458),
    ("plain", "both"): (0.6425, 0.0325923775309),
    ("raked", "api00"): (657.79154633211, 8.82567854389),
    ("raked", "comp_imp"): (0.673829646931, 0.025559219683),
    ("raked", "both"): (0.6514056313163, 0.0252515294343),
    ("sent", "api00"): (662.28736315932, 9.58542887637),
    ("sent", "comp_imp"): (0.6556490119440, 0.0354208336632),
    ("sent", "both"): (0.6472925379973, 0.0353387221276),
    ("stratified", "api00"): (656.78158095253, 9.15653816165),
    ("stratified", "comp_imp"): (0.6662139961421, 0.0311815874908),
    ("stratified", "both"): (0.6437457510890, 0.0309310387325),
}
KISH = {"plain": 1, "sent": 1.18637098474, "raked": 1.00094659752, "stratified": 1.00009967164}


def schools(scheme: str) -> dict[str, dict]:
    """Return the estimates of the service of schools by measure: types are its ministries, reach its sexes."""
    table = pl.read_csv(HERE / ("api_weighted.csv" if scheme == "sent" else "api.csv"))
    table = table.rename({"stype": "ministry", "sch.wide": "sex"}).with_columns(base_weight=pl.lit(1.0))
    table = table.with_columns(base_weight="pw") if scheme == "sent" else table
    key = ["ministry", "sex", "base_weight"]
    cells = table.group_by(key).agg(responses=pl.len()).sort(key).with_row_index("cell_no")
    named = {name: pl.lit(value) for name, value in WAVE.items()}
    cells = cells.with_columns(pl.col("cell_no").cast(pl.Int64), **named)
    weighed = cells.join(survey_weights(cells, frame(), scheme_of(scheme)), on="cell_no")
    places = cells.select("cell_no", *WAVE).with_columns(
        **{name: pl.lit(value) for name, value in PLACE.items()}, period_end=pl.date(2026, 1, 1)
    )
    points = sorted(table["api00"].unique())
    options = pl.concat([codes(("api00",), tuple(points)), codes(ITEMS, (0, 1)).filter(pl.col("item_id") != "api00")])
    answers = np.stack(
        [np.searchsorted(points, table["api00"]), table["awards"] == "Yes", table["comp.imp"] == "Yes"], axis=1
    )
    cell = table.join(cells, on=key, maintain_order="left")["cell_no"].to_numpy()
    sheet = sheets(answers.astype(float), 1).set_column(0, "cell_no", [cell])
    scales = indices({"api00": ("mean_native", ITEMS[:1], 0.0), "both": ("percent_positive", ITEMS[1:], 0.0)})
    frames = pl.DataFrame(WAVE | PLACE | {"frame_n": None if scheme == "sent" else SCHOOLS})
    found = estimates(answer_sums(sheet, weighed, places, options, scales), frames, ())
    return {row["measure_id"]: row for row in found.sort("measure_kind").to_dicts()}


def frame() -> pl.DataFrame:
    """Return a frame with the two margins; no figure here asks for how they cross."""
    rows = [
        {**WAVE, "ministry": school, "sex": reach, "persons": n * m / SCHOOLS}
        for school, n in TYPES.items()
        for reach, m in WIDE.items()
    ]
    return pl.DataFrame(rows)


def scheme_of(name: str) -> pl.DataFrame:
    """Return the weighting of that name, which is none for `plain`."""
    method, margins = SCHEMES[name] or ("", "")
    found = pl.DataFrame({**BOOK, "method": method, "margins": margins, "is_trimmed": False})
    return found if SCHEMES[name] else found.clear()


@pytest.mark.parametrize("scheme", list(SCHEMES))
def test_schools_of_california_have_the_figures_of_survey(scheme: str) -> None:
    found = schools(scheme)
    for (of, measure), expected in BY_SURVEY.items():
        if of == scheme:
            row = found[measure]
            assert (row["value"], row["standard_error"]) == pytest.approx(expected, rel=1e-6), measure
            assert row["design_effect"] == pytest.approx(KISH[scheme], rel=1e-6)


def test_the_interval_of_an_item_is_that_of_prop_test_and_close_to_those_of_svyciprop() -> None:
    """R's survey 4.1 knows logit, likelihood, asin, beta, mean, xlogit; ours is Wilson's score interval.

    Without a finite population it is `prop.test(correct = FALSE)`; with one it follows the logit most closely.
    """
    assert np.ravel(wilson(0.665, 200)) == pytest.approx((0.597021912080, 0.726759130216), rel=1e-9)
    row = schools("plain")["comp_imp"]
    ours = (row["ci_low"], row["ci_high"])
    assert ours == pytest.approx((0.597319727148, 0.726513215102), abs=0.001)  # logit, xlogit
    for bounds in ((0.598741963323, 0.728142831835), (0.596027505512, 0.729135262948)):  # asin, beta
        assert ours == pytest.approx(bounds, abs=0.004)


@pytest.mark.parametrize("scheme", list(SCHEMES))
def test_the_interval_of_an_item_is_as_wide_as_its_error_says(scheme: str) -> None:
    """Raking takes a fifth off the error of this item; an interval by Kish's effective answers would not know."""
    row = schools(scheme)["comp_imp"]
    assert row["ci_high"] - row["ci_low"] == pytest.approx(2 * 1.959964 * row["standard_error"], rel=0.02)


def test_weights_are_cut_like_trim_weights_where_the_rest_weigh_alike() -> None:
    """trimWeights(upper = 5) shares what it cut evenly; ours keeps the proportions of the rest, and each cell's sum."""
    found = trimmed([1, 1, 1, 9, 2, 2, 2, 2], ["a"] * 4 + ["b"] * 4)
    assert found == pytest.approx([7 / 3, 7 / 3, 7 / 3, 5, 2, 2, 2, 2], rel=1e-6)


def table_of(name: str) -> np.ndarray:
    """Return one of the tables, its heading left out."""
    return np.loadtxt(HERE / name, delimiter=",", skiprows=1)


def agreeable() -> Reliability:
    """Return the reliability of agreeableness, its first item turned."""
    answers = table_of("bfi.csv")[:, :5]
    answers[:, 0] = 7 - answers[:, 0]
    return reliability(answers)


def test_agreeableness_is_as_reliable_as_psych_says() -> None:
    found = agreeable()
    assert (found.alpha, found.alpha_standardised) == pytest.approx((0.704390538617, 0.712398613331), rel=1e-9)
    assert found.item_rest == pytest.approx(
        (0.287281009418, 0.600910530253, 0.546062326410, 0.399118609828, 0.513210755052), rel=1e-9
    )
    assert found.alpha_without == pytest.approx(
        (0.725381932333, 0.606044635648, 0.618597832812, 0.684948369540, 0.634231833998), rel=1e-9
    )


def test_the_loadings_of_agreeableness_end_where_the_search_of_psych_would() -> None:
    """fa(fm = "minres") stops after five places; R's optim on the same criterion goes on to the end."""
    found = agreeable()
    assert found.loadings == pytest.approx(
        (0.357974375855, 0.721896206479, 0.696590855079, 0.494063421209, 0.632795122261), rel=1e-6
    )
    assert found.omega == pytest.approx(0.723528562545, rel=1e-6)
    assert found.omega == pytest.approx(0.722945762738, abs=1e-3)  # omega.tot, over the observed variance of the sum
    assert found.variance_extracted == pytest.approx(0.355809387402, rel=1e-6)


def test_soldiers_agree_as_far_as_multilevel_says() -> None:
    table = table_of("lead.csv")
    company, answers = table[:, 0].astype(int), table[:, 1:]
    assert reliability(answers).alpha == pytest.approx(0.888175578273, rel=1e-9)
    between = intraclass(answers.mean(axis=1), [str(one) for one in company])
    assert (between.icc1_plain, between.icc2) == pytest.approx((0.0365610805602, 0.6487318450565), rel=1e-9)
    agreed = [within_group_agreement(answers[company == one], 5) for one in (2, 3, 4, 5, 10, 13)]
    by_rwg_j = [0.807527258396, 0.895938315059, 0.860012020435, 0.863558450463, 0.849497730865, 0.882588033973]
    assert agreed == pytest.approx(by_rwg_j, rel=1e-9)

"""Figures from sums agree with the same figures from persons, and keep what every such figure must keep."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.statistics.answer_sums import answer_sums
from flows.statistics.comparisons import adjusted, two_means, two_shares
from flows.statistics.estimates import adjusted_by_page, estimates
from flows.statistics.intervals import linearised_mean
from flows.statistics.weighting import survey_weights, with_unknown
from flows.statistics.weights import NotWeighted, trimmed
from flows.warehouse.build import _failure
from tests.unit.sheeted import codes, indices, sheets

ITEMS = ("q1", "q2", "q3")
PAGE = {"wave_id": "1", "org_view": "as_was", "org_unit_id": "UZ", "dimension_1": "all", "category_1": "all"}
CODES = codes(ITEMS)
INDICES = indices({"s": ("mean_0_100", ITEMS, 0.0), "p": ("percent_positive", ITEMS, 0.0)})


def people(n: int, seed: int, shift: float = 0.0) -> pl.DataFrame:
    """Persons with a weight and three answers of 0 to 100, some missing."""
    chance = np.random.default_rng(seed)
    answers = np.clip(np.round(chance.normal(2.2 + shift, 1.1, (n, 3))), 0, 4) * 25.0
    answers[chance.random((n, 3)) < 0.1] = np.nan
    answers[:, 0] = np.where(np.isnan(answers).all(axis=1), 50, answers[:, 0])
    columns = {item: answers[:, place] for place, item in enumerate(ITEMS)}
    return pl.DataFrame(columns | {"weight": np.round(chance.uniform(0.5, 3, n), 6)})


def mean_of(persons: pl.DataFrame) -> np.ndarray:
    """The mean of what each person answered."""
    return np.nanmean(persons.select(ITEMS).to_numpy(), axis=1)


def sums_of(
    persons: pl.DataFrame, unit: str = "UZ", wave: str = "1", frame_n: int | None = None
) -> list[tuple[pl.DataFrame, pl.DataFrame]]:
    """The sums of one place as the models of the warehouse make them, and its frame; each person is a cell."""
    page = {**PAGE, "org_unit_id": unit, "wave_id": wave, "instrument_id": "i", "instrument_version": "1"}
    cells = pl.DataFrame({"cell_no": range(persons.height)}).with_columns(
        weight=persons["weight"],
        responses=1,
        strata=pl.lit(None, pl.String),
        ministry=pl.lit(None, pl.String),
        **{name: pl.lit(value) for name, value in page.items()},
    )
    places = cells.with_columns(period_end=pl.date(2026, int(wave), 1))
    sums = answer_sums(sheets(persons.select(ITEMS).to_numpy()), cells, places, CODES, INDICES)
    return [(sums, pl.DataFrame({**page, "frame_n": frame_n}, schema_overrides={"frame_n": pl.Int64}))]


def found(pairs: list[tuple[pl.DataFrame, pl.DataFrame]], ministries: tuple[str, ...] = ()) -> pl.DataFrame:
    """The estimates of these sums."""
    sums, frames = zip(*pairs, strict=True)
    return estimates(pl.concat(sums), pl.concat(frames), ministries)


def one(frame: pl.DataFrame, measure: str, **where: str) -> dict:
    """The only row of a measure."""
    (row,) = frame.filter(measure_id=measure, **where).to_dicts()
    return row


def test_an_item_from_sums_is_the_item_from_persons() -> None:
    persons = people(80, 1)
    row = one(found(sums_of(persons, frame_n=200)), "q1")
    x, w = persons["q1"].to_numpy(), persons["weight"].to_numpy()
    wanted = linearised_mean(np.where(np.isnan(x), np.nan, x > 50), w, 200)
    assert (row["value"], row["standard_error"], row["n"]) == pytest.approx(
        (wanted.value, wanted.standard_error, wanted.n)
    )
    assert row["positive_share"] + row["neutral_share"] + row["negative_share"] == pytest.approx(1)
    assert row["design_effect"] * row["n_effective"] == pytest.approx(row["n"])
    assert row["interval_method"] == "wilson"


def test_a_scale_from_sums_is_the_scale_from_persons() -> None:
    persons = people(60, 2)
    row = one(found(sums_of(persons, frame_n=90)), "s")
    wanted = linearised_mean(mean_of(persons), persons["weight"].to_numpy(), 90)
    assert (row["value"], row["standard_error"], row["ci_low"], row["ci_high"]) == pytest.approx(
        (wanted.value, wanted.standard_error, *wanted.interval())
    )


def test_the_error_of_a_composite_adds_up_the_residuals_of_each_person() -> None:
    """The value is the mean of three shares; the error is that of one residual a person (domain/hrm.md 2.5)."""
    persons = people(70, 3)
    row = one(found(sums_of(persons)), "p")
    w, residual, shares = persons["weight"].to_numpy(), np.zeros(70), []
    for item in ITEMS:
        x = persons[item].to_numpy()
        answered = ~np.isnan(x)
        shares.append(w[x > 50].sum() / w[answered].sum())
        residual += np.where(answered, w * ((x > 50) - shares[-1]) / w[answered].sum(), 0) / 3
    assert row["value"] == pytest.approx(np.mean(shares))
    assert row["standard_error"] == pytest.approx(np.sqrt(70 / 69 * (residual**2).sum()))


@pytest.mark.slow
def test_the_error_of_a_composite_is_what_drawing_persons_again_gives() -> None:
    persons = people(400, 4)
    row = one(found(sums_of(persons)), "p")
    table, chance, draws = persons.to_numpy(), np.random.default_rng(7), []
    for _ in range(1000):
        drawn = table[chance.integers(0, 400, 400)]
        w = drawn[:, 3]
        draws.append(np.mean([w[drawn[:, k] > 50].sum() / w[~np.isnan(drawn[:, k])].sum() for k in range(3)]))
    assert np.std(draws) == pytest.approx(row["standard_error"], rel=0.1)


def test_estimates_meet_those_of_another_package() -> None:
    """Mean and error by samplics 0.4 (TaylorEstimator) times sqrt(1 - n / 400); the mean by statsmodels 0.14 too."""
    frame = found(sums_of(people(120, 3), frame_n=400))
    share, mean = one(frame, "q1"), one(frame, "s")
    assert (share["value"], share["standard_error"]) == pytest.approx((0.375779173553, 0.042519343541), rel=1e-9)
    assert (mean["value"], mean["standard_error"]) == pytest.approx((53.439227770017, 1.397359014158), rel=1e-9)


def test_everybody_asked_answered_leaves_no_interval() -> None:
    row = one(found(sums_of(people(40, 5).fill_nan(50), frame_n=40)), "q1")
    assert (row["interval_method"], row["ci_low"], row["standard_error"]) == ("census", None, 0)


def test_a_change_is_tested_as_two_waves_are() -> None:
    before, now = people(120, 6), people(150, 7, shift=0.5)
    frame = found(sums_of(before, wave="1", frame_n=300) + sums_of(now, wave="2", frame_n=310))
    old, new = one(frame, "q1", wave_id="1"), one(frame, "q1", wave_id="2")
    assert (old["change"], new["previous_wave_id"]) == (None, "1")
    # n_effective answers of a unit of which n persons were seen
    bases = [e["n_effective"] * (e["frame_n"] - 1) / (e["frame_n"] - e["n"]) for e in (new, old)]
    shares = [new["value"], old["value"]]
    pooled = np.average(shares, weights=[new["n_effective"], old["n_effective"]])
    z = (shares[0] - shares[1]) / np.sqrt(pooled * (1 - pooled) * (1 / bases[0] + 1 / bases[1]))
    plain = two_shares(shares, [new["n_effective"], old["n_effective"]])
    assert abs(z) >= abs(plain.statistic)
    assert new["change_p_value"] < plain.p_value
    means = [linearised_mean(mean_of(p), p["weight"].to_numpy(), n) for p, n in ((now, 310), (before, 300))]
    assert one(frame, "s", wave_id="2")["change_p_value"] == pytest.approx(two_means(*means).p_value)


def test_too_few_answers_are_not_tested_and_a_small_change_is_not_notable() -> None:
    few = found(sums_of(people(25, 8), wave="1") + sums_of(people(25, 9, shift=1.0), wave="2"))
    assert one(few, "q1", wave_id="2")["change_p_value"] is None  # thirty for an item
    assert one(few, "p", wave_id="2")["change_p_value"] is not None  # twenty for a mean of shares
    many = people(20000, 10)
    # one in twenty-five answers all questions one step lower: about 1 of 100 points
    lower = [(pl.col(item) - pl.when(pl.int_range(pl.len()) % 25 == 0).then(25).otherwise(0)).clip(0) for item in ITEMS]
    same = found(sums_of(many, wave="1") + sums_of(many.with_columns(lower), wave="2"))
    scale = one(same, "s", wave_id="2")
    assert (scale["is_significant"], scale["is_notable"]) == (True, False)


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=1, max_size=12))
def test_adjustment_over_a_page_is_that_of_benjamini_and_hochberg(values: list[float | None]) -> None:
    page = dict.fromkeys(("instrument_id", "instrument_version", *PAGE), "x")
    frame = pl.DataFrame(
        {"change_p_value": values, "place": range(len(values))}, schema_overrides={"change_p_value": pl.Float64}
    )
    got = adjusted_by_page(frame.with_columns(**{name: pl.lit(value) for name, value in page.items()})).sort("place")
    wanted = adjusted(np.array([np.nan if value is None else value for value in values]))
    assert got["change_p_adjusted"].fill_null(np.nan).to_numpy() == pytest.approx(wanted, nan_ok=True)


def test_the_median_organisation_and_the_mean_are_two_benchmarks() -> None:
    parts = {name: people(40, seed) for seed, name in enumerate(("A", "B", "C"), 20)}
    rows = [row for name, persons in parts.items() for row in sums_of(persons, unit=name)]
    rows += sums_of(pl.concat(parts.values())) + sums_of(people(9, 30), unit="D")
    frame = found(rows, ("A", "B", "C", "D", "UZ"))
    values = [one(frame, "s", org_unit_id=name)["value"] for name in parts]
    row = one(frame, "s", org_unit_id="A")
    assert row["benchmark_median"] == pytest.approx(np.median(values))  # D is too small to be one of them
    assert row["benchmark_mean"] == one(frame, "s", org_unit_id="UZ")["value"]
    assert row["difference_to_median"] == pytest.approx(values[0] - np.median(values))
    assert one(found(rows, ("A", "B")), "s", org_unit_id="A")["benchmark_median"] is None


@given(st.integers(0, 10_000), st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_a_merged_unit_lies_between_its_parts(first: int, second: int) -> None:
    one_unit, other = people(12, first), people(17, second, shift=0.7)
    frame = found(sums_of(one_unit, "A") + sums_of(other, "B") + sums_of(pl.concat([one_unit, other])))
    for measure in ("q1", "q2", "s"):
        low, high = sorted(one(frame, measure, org_unit_id=name)["value"] for name in ("A", "B"))
        assert low - 1e-9 <= one(frame, measure, org_unit_id="UZ")["value"] <= high + 1e-9
    shares = frame.filter(pl.col("score_family") == "percent_positive")["value"]
    assert shares.is_between(-1e-12, 1 + 1e-12).all()


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_reversing_swaps_the_ends_and_twice_is_as_before(seed: int) -> None:
    persons = people(20, seed)
    turned = persons.with_columns(*((100 - pl.col(item)).alias(item) for item in ITEMS))
    back = turned.with_columns(*((100 - pl.col(item)).alias(item) for item in ITEMS))
    before, after, again = (one(found(sums_of(frame)), "q1") for frame in (persons, turned, back))
    assert (after["positive_share"], after["negative_share"]) == pytest.approx(
        (before["negative_share"], before["positive_share"])
    )
    assert again == before


# weights of a wave

FRAME = pl.DataFrame(
    {
        "instrument_id": "i",
        "instrument_version": "1",
        "wave_id": "1",
        "ministry": ["A", "A", "B", "B"],
        "sex": ["female", "male", "female", "male"],
        "persons": [30, 70, 60, 90],
    }
)


def cells_of(sexes: list[str], ministries: list[str | None]) -> pl.DataFrame:
    """The cells of the responses of one wave."""
    people = pl.DataFrame({"ministry": ministries, "sex": sexes}, schema_overrides={"ministry": pl.String})
    counted = people.group_by("ministry", "sex").agg(responses=pl.len()).sort("ministry", "sex", nulls_last=True)
    wave = {"instrument_id": "i", "instrument_version": "1", "wave_id": "1", "base_weight": 1.0}
    return counted.with_row_index("cell_no").with_columns(**{name: pl.lit(value) for name, value in wave.items()})


def weighed(cells: pl.DataFrame, scheme: pl.DataFrame) -> pl.DataFrame:
    """The cells with their weights."""
    return cells.join(survey_weights(cells, FRAME, scheme), on="cell_no").sort("cell_no")


def scheme(method: str, *, is_trimmed: bool = False) -> pl.DataFrame:
    """The scheme of the instrument."""
    names = {"instrument_id": "i", "instrument_version": "1", "method": method, "margins": "ministry sex"}
    return pl.DataFrame(names | {"is_trimmed": is_trimmed})


PEOPLE = st.lists(
    st.tuples(st.sampled_from(["female", "male", "unknown"]), st.sampled_from(["A", "B", None])), max_size=60
)
ALL = [(sex, ministry) for sex in ("female", "male") for ministry in ("A", "B")]


@pytest.mark.parametrize("method", ["raking", "post_stratification"])
@given(more=PEOPLE)
@settings(max_examples=40)
def test_weights_of_a_wave_sum_to_its_frame(method: str, more: list[tuple[str, str | None]]) -> None:
    sexes, ministries = zip(*(ALL * 3 + more), strict=True)
    weights = weighed(cells_of(list(sexes), list(ministries)), scheme(method))
    assert (weights["weight"] * weights["responses"]).sum() == pytest.approx(250, rel=1e-4)


def test_crossed_cells_of_ten_are_met_and_smaller_ones_are_merged() -> None:
    sexes = ["female"] * 10 + ["male"] * 20 + ["female"] * 9 + ["male"] * 21
    weights = weighed(cells_of(sexes, ["A"] * 30 + ["B"] * 30), scheme("post_stratification"))
    assert weights["responses"].to_list() == [10, 20, 9, 21]
    assert weights["weight"].to_list() == pytest.approx([3.0, 3.5, 5.0, 5.0])


def test_who_did_not_say_weighs_as_the_average() -> None:
    labels, counts = np.array(["a", "b", "unknown"]), np.array([2.0, 1.0, 1.0])
    assert with_unknown(labels, {"a": 60, "b": 40}, counts) == {"a": 45, "b": 30, "unknown": 25}


def test_a_ministry_in_which_nobody_said_their_sex_is_weighted_all_the_same() -> None:
    """Most answers come from A, which has fewer persons: the silent weigh by their ministry, the others by both."""
    cells = cells_of(["unknown"] * 40 + ["female"] * 2 + ["male"] * 6, ["A"] * 40 + ["B"] * 8)
    found = weighed(cells, scheme("raking")).with_columns(persons=pl.col("weight") * pl.col("responses"))
    persons = dict(zip(found["sex"], found["persons"], strict=True))
    assert persons["unknown"] == pytest.approx(100)  # of A
    assert persons["female"] / persons["male"] == pytest.approx(90 / 160)  # of B, as in the frame
    assert found["persons"].sum() == pytest.approx(250)


def test_trimming_groups_is_trimming_their_persons() -> None:
    weights, counts = np.array([1, 1.5, 2, 20.0]), np.array([30, 20, 25, 2])
    each = trimmed(np.repeat(weights, counts), ["a"] * counts.sum())
    assert np.repeat(trimmed(weights, ["a"] * 4, counts), counts) == pytest.approx(each)


def test_an_instrument_without_a_scheme_weighs_nobody() -> None:
    none = scheme("raking").clear()
    assert survey_weights(cells_of(["male"], ["A"]), FRAME, none)["weight"].to_list() == [1]


def test_weights_that_cannot_be_found_name_their_wave() -> None:
    with pytest.raises(NotWeighted, match="E-601 i/1/1, ministry: nobody answered in B"):
        survey_weights(cells_of(["male", "female"], ["A", "A"]), FRAME, scheme("raking"))


def test_a_build_says_why_weights_were_not_found_and_of_which_wave() -> None:
    chain = (
        "Python model failed:\n  flows.statistics.weights.NotWeighted: E-601 sex: no total for male; add it\n"
        "  flows.statistics.weights.NotWeighted: E-601 i/1/2026-05, sex: no total for male; add it\n"
    )
    results = SimpleNamespace(results=[SimpleNamespace(message=None), SimpleNamespace(message=chain)])
    error = _failure(SimpleNamespace(exception=None, result=results))
    assert str(error) == "E-601 i/1/2026-05, sex: no total for male; add it"

"""Scales are judged item by item, for the service and each ministry, from a hundred complete answers on."""

import numpy as np
import polars as pl
import pytest

from flows.statistics.reliability import reliability
from flows.statistics.scales import scale_figures, verdict

SEED = 5


def answers(people: int, ministry: str = "M1", items: int = 3) -> tuple[np.ndarray, pl.DataFrame]:
    """Return scores that share one factor, and the same as rows."""
    rng = np.random.default_rng(SEED)
    factor = rng.normal(size=(people, 1))
    scores = np.clip(np.round(2 + factor + rng.normal(scale=0.8, size=(people, items))), 0, 4) * 25
    rows = [
        {
            "instrument_id": "i",
            "instrument_version": "1",
            "wave_id": "w",
            "index_id": "x",
            "response_key": f"{ministry}{person:04}",
            "org_unit_id": f"{ministry}-U{person % 2}",
            "ministry_id": ministry,
            "item_id": f"q{item}",
            "item_score": float(scores[person, item]),
        }
        for person in range(people)
        for item in range(items)
    ]
    return scores, pl.DataFrame(rows)


def test_a_ministry_has_the_figures_of_its_own_answers() -> None:
    scores, rows = answers(120)
    found = scale_figures(rows).filter(pl.col("scope_id") == "M1").sort("item_id")
    expected = reliability(scores)
    assert found["alpha"].to_list() == pytest.approx([expected.alpha] * 3)
    assert found["item_rest"].to_list() == pytest.approx(expected.item_rest)
    assert found["loading"].to_list() == pytest.approx(expected.loadings)
    assert found["n"].to_list() == [120] * 3
    assert found["groups"].to_list() == [2] * 3


def test_the_service_holds_all_ministries() -> None:
    rows = pl.concat([answers(110, "M1")[1], answers(130, "M2")[1]])
    found = scale_figures(rows)
    assert set(found["scope_id"]) == {"M1", "M2", "UZ"}
    assert found.filter(pl.col("scope_id") == "UZ")["n"].to_list() == [240] * 3


def test_below_a_hundred_complete_answers_there_is_no_figure() -> None:
    """99 people answered all; the hundredth left one item blank."""
    rows = answers(100)[1].with_columns(
        item_score=pl.when((pl.col("response_key") == "M10000") & (pl.col("item_id") == "q1"))
        .then(None)
        .otherwise("item_score")
    )
    found = scale_figures(rows)
    assert found["n"].unique().to_list() == [99]
    figures = found.select("alpha", "omega", "icc1", "item_rest", "loading", "blank_share", "verdict", "reason")
    assert figures.null_count().row(0) == (found.height,) * figures.width


def test_the_order_of_rows_changes_nothing() -> None:
    rows = answers(120)[1]
    assert scale_figures(rows.sample(fraction=1, shuffle=True, seed=1)).equals(scale_figures(rows))


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

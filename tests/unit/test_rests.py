"""Scores, recommendations and links are withheld with the figures that they rest on."""

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from flows.release.protection.rests import reasons_of_rest
from flows.release.protection.rules import Rest, Special, Total, load_rules

SOURCE = pl.DataFrame({"org": ["A", "A", "B"], "name": ["x", "y", "x"], "value": [1.0, 2.0, 3.0]})
MASK = pl.DataFrame({"value": ["C", None, None]})  # A's x is withheld
REST = Rest("source", {"unit": "org", "indicator": "name"}, when={"table": "source"}, figure="value")


@dataclass(frozen=True)
class Draft:
    """Two tables and the rules of one."""

    frames: dict[str, pl.DataFrame]
    specials: dict[str, Special] = field(default_factory=dict)

    def special(self, name: str) -> Special:
        """Return the rules of a table."""
        return self.specials.get(name, Special())


def reasons(rows: list[dict[str, Any]], totals: tuple[Total, ...] = ()) -> list[str | None]:
    draft = Draft({"source": SOURCE, "own": pl.DataFrame(rows)}, {"own": Special(rests_on=(REST,), totals=totals)})
    found = reasons_of_rest(draft, "own", {"source": MASK})
    assert found is not None
    return found.to_list()


def row(
    unit: str, indicator: str, value: float | None = 1.0, table: str = "source", kind: str = "input"
) -> dict[str, Any]:
    return {"unit": unit, "indicator": indicator, "value": value, "table": table, "kind": kind}


def test_a_row_is_withheld_with_the_figure_that_it_rests_on() -> None:
    assert reasons([row("A", "x"), row("A", "y"), row("B", "x"), row("C", "x")]) == ["C", None, None, None]


def test_a_row_that_shows_no_figure_or_rests_on_another_table_stays() -> None:
    assert reasons([row("A", "x", None), row("A", "x", table="checklist")]) == [None, None]


def test_what_sums_up_a_withheld_row_goes_with_it_and_its_other_parts_stay() -> None:
    totals = (Total({"kind": "domain"}, ("unit",)),)
    rows = [row("A", "x"), row("A", "y"), row("A", "all", None, "", "domain"), row("B", "all", None, "", "domain")]
    assert reasons(rows, totals) == ["C", None, "C", None]


def test_a_table_that_rests_on_nothing_is_not_touched() -> None:
    assert reasons_of_rest(Draft({"own": SOURCE}), "own", {"own": MASK}) is None


def test_each_table_of_the_model_that_shows_figures_follows_its_sources() -> None:
    rules = load_rules()
    follow = {name for name, special in rules.tables.items() if special.rests_on}
    assert {"model_scores", "model_gaps", "model_links", "recommendations", "recommendation_evidence"} <= follow
    names = list(rules.tables)
    assert names.index("recommendation_evidence") < names.index("recommendations")  # in the order of the file


def test_the_distribution_of_a_ministry_goes_with_its_estimate_and_takes_that_of_the_service_along() -> None:
    key = {"instrument_id": "i", "instrument_version": "1", "wave_id": "w", "measure_id": "q"}
    page = {"measure_kind": "item", "org_view": "as_was", "category_1": "all", "value": 0.5}
    units = ("UZ", "A", "B")
    estimates = pl.DataFrame([key | page | {"org_unit_id": unit} for unit in units])
    answers = estimates.select(*list(key)[:3], pl.col("measure_id").alias("item_id"), "org_unit_id", "value")
    draft = Draft({"survey_estimates": estimates, "survey_answers": answers}, dict(load_rules().tables))
    found = reasons_of_rest(draft, "survey_answers", {"survey_estimates": pl.DataFrame({"value": [None, "C", None]})})
    assert found is not None
    assert dict(zip(units, found, strict=True)) == {"UZ": "C", "A": "C", "B": None}

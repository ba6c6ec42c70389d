"""No score and no recommendation of the sample rests on a figure that its release withholds."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from flows.statistics.recommendations import recommendation_rows

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sample"), pytest.mark.timeout(600)]


def withheld_behind(folder: Path, table: str, end: str) -> int:
    """Count rows of a table whose figure the release withholds in hrm_indicators or survey_estimates."""
    with duckdb.connect(str(folder / "marts.duckdb"), read_only=True) as connection:
        counts = [
            connection.execute(
                f"""select count(*) from {table} as used inner join {source} as figure
                on used.org_unit_id = figure.org_unit_id and used.indicator_id = figure.{name}
                and used.figure_start = figure.period_start and used.figure_end = figure.period_end
                where used.source_table = '{source}' and figure.org_view = 'as_was' and figure.category_1 = 'all'
                and {end} and figure.conf_status in ('C', 'N')"""
            ).fetchone()
            for source, name in (("hrm_indicators", "indicator_id"), ("survey_estimates", "measure_id"))
        ]
    return sum(row[0] for row in counts if row)


def test_no_score_and_no_recommendation_rests_on_a_withheld_figure(folder: Path) -> None:
    assert withheld_behind(folder, "model_scores", "used.state = 'rated'") == 0
    assert withheld_behind(folder, "recommendation_evidence", "used.value is not null") == 0


def test_the_ministries_are_rated_and_a_withheld_input_is_said_to_be_withheld(folder: Path) -> None:
    scores = pl.read_parquet(folder / "model_scores.parquet")
    overall = scores.filter((pl.col("row_kind") == "overall") & pl.col("score").is_not_null())
    assert set(overall["org_unit_id"]) == {"MOA", "MOC", "MHE"}
    assert (overall["ci_low"] <= overall["score"]).all()
    assert (overall["score"] <= overall["ci_high"]).all()
    assert scores.filter(pl.col("state") == "withheld").select("score", "value").null_count().row(0) == (8, 8)


def test_the_recommendations_of_the_sample_come_again_byte_for_byte(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        figures = connection.sql("select * from intermediate.int_model__figures order by random()").pl()
        rules = connection.sql("select * from seeds.recommendation_rules order by random()").pl()
        conditions = connection.sql("select * from seeds.recommendation_conditions order by random()").pl()
        built = connection.sql("select * from intermediate.int_model__recommendations").pl()
    ministries = figures.filter(pl.col("org_unit_id") != "UZ")
    assert recommendation_rows(ministries, rules, conditions).equals(built)

"""No score and no recommendation of the sample rests on a figure that its release withholds."""

import io
from pathlib import Path

import duckdb
import numpy as np
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
    assert withheld_behind(folder, "model_scores", "used.state = 'rated' and used.conf_status = 'F'") == 0
    assert withheld_behind(folder, "recommendation_evidence", "used.value is not null") == 0
    assert withheld_behind(folder, "model_gaps", "used.value is not null") == 0
    assert withheld_behind(folder, "model_links", "used.value is not null") == 0


def test_the_ministries_are_rated_and_a_withheld_input_is_said_to_be_withheld(folder: Path) -> None:
    scores = pl.read_parquet(folder / "model_scores.parquet")
    overall = scores.filter((pl.col("row_kind") == "overall") & pl.col("score").is_not_null())
    assert set(overall["org_unit_id"]) == {"MOA", "MOC", "MHE"}
    assert (overall["ci_low"] <= overall["score"]).all()
    assert (overall["score"] <= overall["ci_high"]).all()
    hidden = scores.filter(pl.col("state") == "withheld")
    assert hidden.height > 0
    assert hidden.select("score", "value").null_count().row(0) == (hidden.height, hidden.height)


def test_the_recommendations_of_the_sample_come_again_byte_for_byte(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        figures = connection.sql("select * from intermediate.int_model__figures order by random()").pl()
        rules = connection.sql("select * from seeds.recommendation_rules order by random()").pl()
        conditions = connection.sql("select * from seeds.recommendation_conditions order by random()").pl()
        built = connection.sql("select * from intermediate.int_model__recommendations").pl()
    ministries = figures.filter(pl.col("org_unit_id") != "UZ")
    assert recommendation_rows(ministries, rules, conditions).equals(built)


def test_the_same_release_gives_the_same_recommendations_byte_for_byte(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        figures = connection.sql("select * from intermediate.int_model__figures where org_unit_id <> 'UZ'").pl()
        rules = connection.sql("select * from seeds.recommendation_rules").pl()
        conditions = connection.sql("select * from seeds.recommendation_conditions").pl()
    files = []
    for seed in (1, 2):
        shuffled = [frame.sample(fraction=1, shuffle=True, seed=seed) for frame in (figures, rules, conditions)]
        files.append(io.BytesIO())
        recommendation_rows(*shuffled).write_parquet(files[-1])
    assert files[0].getvalue() == files[1].getvalue()


def test_recommendations_of_the_sample_name_their_rivals_and_the_effect_that_a_scenario_tells(folder: Path) -> None:
    rows = pl.read_parquet(folder / "recommendations.parquet")
    for row in rows.filter(pl.col("conflicts") != "").to_dicts():
        scope = [pl.col(name) == row[name] for name in ("org_unit_id", "period_end", "process_id")]
        for rival in row["conflicts"].split():
            (other,) = rows.filter(*scope, pl.col("rule_id") == rival).to_dicts()
            assert row["rule_id"] in other["conflicts"].split()
    found = rows.filter(pl.col("place").is_not_null())  # the place of what rests on a withheld figure is withheld too
    told = found.filter(pl.col("scenario_id").is_not_null())
    assert "correspondence" in set(told["process_id"])
    assert (told["expected_effect_low"] <= told["expected_effect"]).all()
    assert (told["expected_effect"] <= told["expected_effect_high"]).all()
    assert {"new", "continuing", "solved"} <= set(rows["state"])


def test_links_of_the_sample_stand_above_their_thresholds_and_go_together_as_computed_here(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        links = connection.sql("select * from marts.model_links").pl()
    pairs, over_units = (links.filter(pl.col("row_kind") == kind) for kind in ("pair", "association"))
    surveys = pairs.filter(pl.col("measure_table") == "survey_estimates")
    assert surveys["measure_n"].min() >= 10
    assert pairs.filter(pl.col("source_table") == "survey_estimates")["n"].min() >= 10
    assert pairs["least_n"].min() >= 5
    costs = pairs.filter(pl.col("link_id") == "cost_by_grade")
    assert np.allclose(costs["cost_year_uzs"], costs["measure_value"] * costs["value"] / 2016)
    for row in over_units.to_dicts():
        names = ("link_id", "process_id", "measure_id", "measure_table", "period_end")
        own = pairs.filter(
            pl.col("org_unit_id").str.starts_with(f"{row['org_unit_id']}-"), *(pl.col(n) == row[n] for n in names)
        )
        ranks = [own[side].rank("average").to_numpy() for side in ("measure_value", "value")]
        assert row["units"] == own.height
        assert row["rank_correlation"] == pytest.approx(float(np.corrcoef(*ranks)[0, 1]))


def test_the_method_report_of_the_sample_says_in_four_languages_what_held(folder: Path) -> None:
    report = pl.read_parquet(folder / "model_method.parquet")
    newest = report.filter(pl.col("period_end") == report["period_end"].max())
    assert newest.height == 12
    for language in ("uz", "ru", "en", "ko"):
        texts = report[f"finding_{language}"].to_list()
        assert all(text and "{" not in text for text in texts)
    assert set(newest["verdict"]) <= {"held", "not_held", "told", "not_judged"}
    assert (
        newest.filter(pl.col("verdict").is_in(["held", "not_held"])).height >= 6
    )  # enough is known of three ministries

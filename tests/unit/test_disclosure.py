"""Disclosure control: no published figure rests on fewer persons, respondents or cases than the rules ask for."""

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.errors import QdeepError
from flows.release.protection.protect import Protected, protect
from flows.release.protection.rounding import averaged, rounded
from flows.release.protection.rules import Group, Special, load_rules
from flows.release.tables import Field, Table

SHIPPED = load_rules()
TRUST = ("numerator", "denominator", "value", "n", "ci_low", "ci_high")
MOVES = ("opening", "hires", "exits", "unexplained", "closing")
LOG = ("log_cases", "log_evidence_level", "log_wait_p50", "wait_ratio")
SURVEY = ("survey_respondents", "survey_evidence_level", "survey_wait_p50_wh", "wait_ratio")
STEP_COLUMNS = tuple(dict.fromkeys(LOG + SURVEY))

WAY_COLUMNS = ("cases", "times", "share_of_from")
WAYS = (
    *(Field(name, kind, name) for name, kind in zip(WAY_COLUMNS, ("BIGINT", "BIGINT", "DOUBLE"), strict=True)),
    Field("evidence_level", "VARCHAR", "evidence_level"),
)


def test_headcount_of_four_is_withheld_and_five_is_shown() -> None:
    shown = protect_indicators([_row(value=4, n=4), _row(value=5, n=5)])
    assert shown["conf_status"].to_list() == ["C", "F"]
    assert shown["value"].to_list() == [None, 5]


def test_headcount_of_zero_is_shown() -> None:
    shown = protect_indicators([_row(value=0, n=0)])
    assert shown["conf_status"].to_list() == ["F"]
    assert shown["value"].to_list() == [0]


@pytest.mark.parametrize(("n", "status"), [(0, "C"), (9, "C"), (10, "F")])
def test_survey_of_nine_is_withheld_and_ten_is_shown(n: int, status: str) -> None:
    shown = protect_one("survey", [_row(value=61.5, numerator=61.5 * n, n=n, indicator_id="engagement")])
    assert shown["conf_status"].to_list() == [status]


@pytest.mark.parametrize(("n", "level", "status"), [(4, "B", "C"), (5, "B", "F"), (30, "D", "N"), (30, "E", "N")])
def test_few_cases_and_weak_evidence_are_withheld(n: int, level: str, status: str) -> None:
    shown = protect_one("process", [_row(value=7.5, numerator=None, n=n, evidence_level=level)])
    assert shown["conf_status"].to_list() == [status]
    assert (shown["evidence_level"][0] is None) == (status != "F")


def test_an_empty_base_is_told_only_where_the_base_is_shown() -> None:
    """A sign of an empty base (O) beside a withheld row says that the base is 0; signs of time stay."""
    rows = [
        _row(value=None, n=3, obs_status="O"),
        _row(value=None, n=3, obs_status="P"),
        _row(value=None, n=0, obs_status="O"),
    ]
    shown = protect_one("headcount", rows)
    assert shown.select("conf_status", "obs_status").rows() == [("C", "A"), ("C", "P"), ("F", "O")]


def test_nothing_withheld_leaves_a_value_in_any_column_of_the_row() -> None:
    row = _row(value=0.5, numerator=2, denominator=4, n=4, ci_low=0.1, ci_high=0.9)
    shown = protect_indicators([row])
    assert shown.select(TRUST).row(0) == (None,) * len(TRUST)
    assert shown["indicator_id"][0] == row["indicator_id"]
    assert shown["method_version"][0] == 1


def test_a_number_that_nobody_listed_is_withheld_too() -> None:
    table = _tidy("survey", "frame_n")
    shown = protect({"t": table}, {"t": _frame(table, [{**_row(n=3), "frame_n": 6}])}, SHIPPED).frames["t"]
    assert shown["frame_n"].to_list() == [None]


def test_a_figure_without_any_base_is_withheld() -> None:
    shown = protect_one("survey", [_row(value=50, n=None, numerator=None), _row(value=None, n=None, numerator=None)])
    assert shown["conf_status"].to_list() == ["C", "F"]


@pytest.mark.parametrize(("leavers", "status"), [(0, "F"), (1, "C"), (4, "C"), (5, "F")])
def test_a_numerator_that_counts_persons_is_a_base(leavers: int, status: str) -> None:
    row = _row("separation_rate_service", value=leavers / 300, numerator=leavers, denominator=300, n=300)
    assert protect_indicators([row])["conf_status"].to_list() == [status]


@pytest.mark.parametrize(("women", "status"), [(0, "F"), (4, "C"), (5, "F"), (95, "F"), (96, "C"), (100, "F")])
def test_the_rest_of_a_share_of_persons_is_a_base(women: int, status: str) -> None:
    row = _row("women_share", value=women / 100, numerator=women, denominator=100, n=100)
    assert protect_indicators([row])["conf_status"].to_list() == [status]


def test_a_numerator_that_sums_years_or_posts_is_no_base() -> None:
    rows = [
        _row("vacancy_rate", value=0.01, numerator=3, denominator=300, n=300),
        _row("age_mean", value=0.5, numerator=3, denominator=6, n=6),
    ]
    assert protect_indicators(rows)["conf_status"].to_list() == ["F", "F"]


@pytest.mark.parametrize(("n", "status"), [(19, "C"), (20, "F"), (0, "F")])
def test_the_card_of_an_indicator_may_ask_for_more_persons(n: int, status: str) -> None:
    cards = Table(
        "dim_indicators", "", "One card.", (Field("indicator_id", "VARCHAR", "I."), Field("n_min", "BIGINT", "N."))
    )
    table = _tidy("headcount")
    frames = {
        "hrm_indicators": _frame(table, [_row("age_mean", value=41.5, numerator=None, n=n)]),
        "dim_indicators": pl.DataFrame({"indicator_id": ["age_mean"], "n_min": [20]}),
    }
    shown = protect({"hrm_indicators": table, "dim_indicators": cards}, frames, SHIPPED).frames["hrm_indicators"]
    assert shown["conf_status"].to_list() == [status]


@pytest.mark.parametrize(("share", "status"), [(0.05, "F"), (0.42, "F"), (0.43, "C"), (None, "C")])
def test_a_sum_of_pay_that_one_person_dominates_is_withheld(share: float | None, status: str) -> None:
    table = replace(_tidy("headcount", "largest_share"), inner=("largest_share",))
    row = _row("pay_per_fte", value=5.1e6, numerator=2.04e8, denominator=40, n=40, largest_share=share)
    once = protect({"hrm_indicators": table}, {"hrm_indicators": _frame(table, [row])}, SHIPPED)
    assert once.frames["hrm_indicators"]["conf_status"].to_list() == [status]
    assert "largest_share" not in once.frames["hrm_indicators"].columns
    assert protect(once.tables, once.frames, SHIPPED).frames["hrm_indicators"].equals(once.frames["hrm_indicators"])


@pytest.mark.parametrize(("n", "value", "shown_n"), [(97, 5_400_000, 95), (99, 5_400_000, 100), (102, 5_430_000, 100)])
def test_pay_is_shown_with_few_figures(n: int, value: int, shown_n: int) -> None:
    table = _tidy("headcount", "largest_share")
    row = _row("pay_per_fte", value=5_432_101.5, numerator=127_987_654_321.7, n=n, largest_share=0.1)
    shown = protect({"hrm_indicators": table}, {"hrm_indicators": _frame(table, [row])}, SHIPPED)
    assert shown.frames["hrm_indicators"].select("value", "n").rows() == [(value, shown_n)]


@pytest.mark.parametrize(("part", "shown"), [("all", (7, 33.3, 7 / 33.3, 33)), ("sex", (7, 35, 0.2, 35))])
def test_a_rate_of_a_part_is_what_its_rounded_persons_give(part: str, shown: tuple[float, ...]) -> None:
    row = _row("voluntary_rate", value=7 / 33.3, numerator=7, denominator=33.3, n=33)
    dated = {"dimension_1": part, "period_start": date(2025, 1, 1), "period_end": date(2025, 12, 31)}
    frame = pl.DataFrame([row | dated])
    once = averaged(frame, SHIPPED.tables["hrm_indicators"].averaged)
    assert once.select("numerator", "denominator", "value", "n").row(0) == pytest.approx(shown)
    assert averaged(once, SHIPPED.tables["hrm_indicators"].averaged).equals(once)


QUOTIENT = SHIPPED.tables["bpr_metrics"].rounded


@pytest.mark.parametrize(
    ("step", "source", "shown"),
    [
        ("s1", "log", (9170.0, 655.0, 14.0, 655)),  # 9,019 minutes of 656 cases: no two of the three tell the third
        ("all", "log", (9019.0, 656.0, 9019 / 656, 656)),
        ("s1", "survey", (9019.0, 656.0, 9019 / 656, 656)),
    ],
)
def test_counts_of_a_step_are_told_no_closer_than_its_ways(step: str, source: str, shown: tuple[float, ...]) -> None:
    row = {"numerator": 9019.0, "denominator": 656.0, "value": 9019 / 656, "n": 656}
    frame = rounded(pl.DataFrame([{"step_id": step, "evidence_source": source, **row}]), QUOTIENT)
    assert frame.select(*row).row(0) == shown
    assert rounded(frame, QUOTIENT).equals(frame)


@pytest.mark.parametrize("hidden", [1, 2, 3, 4])
def test_a_way_that_is_withheld_does_not_follow_from_the_others(hidden: int) -> None:
    """Of 657 cases all but few go the same way: what is shown of them is the same, however few the others are."""
    rows = [("a", "b", 657 - hidden), ("a", "c", hidden)]
    fields = (*(Field(name, "VARCHAR", name) for name in ("from_step_id", "to_step_id")), *WAYS)
    table = Table("bpr_flows", "", "One row per way.", fields, family="process", base=("cases",), hide=WAY_COLUMNS)
    frame = pl.DataFrame(
        [(*ends, n, n, n / 657, "A") for *ends, n in rows], [field.name for field in fields], orient="row"
    )
    shown = protect({"bpr_flows": table}, {"bpr_flows": frame}, SHIPPED).frames["bpr_flows"]
    assert shown.select(WAY_COLUMNS).rows() == [(655, 655, 1.0), (None, None, None)]


def test_a_wide_table_withholds_the_cell_that_the_tidy_table_withholds() -> None:
    tidy = [
        _row("headcount_end", value=40, n=40),
        _row("hires_new", value=2, numerator=2, n=40),
        _row("hires_new", value=9, numerator=9, n=40, org_unit_id="B"),
        _row("hires_new", value=1, numerator=1, n=40, org_unit_id="B", category_1="male"),
    ]
    wide = [_wide("A", headcount_end=40.0, hires_new=2.0), _wide("B", headcount_end=40.0, hires_new=9.0)]
    shown = _protect_overview(tidy, wide).frames["hrm_overview"]
    assert shown.select("headcount_end", "hires_new").rows() == [(40.0, None), (40.0, 9.0)]
    assert shown["withheld"].to_list() == ["hires_new", None]
    assert shown["conf_status"].to_list() == ["C", "F"]


def test_a_column_withholds_the_figure_that_the_rules_say_it_takes() -> None:
    band = {"dimension_1": "sex", "dimension_2": "age_band", "category_2": "u30", "period_end": "2026-09"}
    tidy = [_row(value=n, n=n, category_1=sex, **band) for sex, n in (("female", 4), ("male", 5))]
    table = _tidy("headcount")
    more = tuple(Field(name, "VARCHAR", name) for name in ("dimension_1", "dimension_2", "period_end"))
    table = replace(table, fields=(*table.fields, *more))
    key = ("org_unit_id", "org_view", "period_kind", "period_start", "period_end", "age_band")
    numbers = ("women", "men", "sex_unknown")
    fields = (*(Field(name, "VARCHAR", name) for name in key), *(Field(name, "DOUBLE", name) for name in numbers))
    wide = Table("hrm_age_pyramid", "", "One row.", fields, key, "headcount", numbers, numbers)
    row = dict(zip(key, ("A", "as_was", "month", "2026-09", "2026-09", "u30"), strict=True))
    frames = {
        "hrm_indicators": _frame(table, tidy),
        "hrm_age_pyramid": _frame(wide, [{**row, "women": 40.0, "men": 5.0, "sex_unknown": None}]),
    }
    shown = protect({"hrm_indicators": table, "hrm_age_pyramid": wide}, frames, SHIPPED).frames["hrm_age_pyramid"]
    assert shown.select("women", "men").rows() == [(None, 5.0)]  # whatever the wide row says itself


def test_the_bridge_withholds_every_count_from_one_to_four_in_either_direction() -> None:
    rows = [{"opening": 100, "hires": 4, "exits": 5, "unexplained": -1, "closing": 0}]
    shown = protect_bridge(rows)
    assert shown.select(MOVES).row(0) == (100, None, 5, None, 0)
    assert shown["withheld"].to_list() == ["hires unexplained"]


@pytest.mark.parametrize(
    ("cases", "respondents", "withheld"),
    [(5, 5, ()), (4, 5, LOG), (5, 4, SURVEY), (4, 4, LOG + SURVEY), (0, 5, ())],
)
def test_log_and_questionnaire_are_withheld_apart(cases: int, respondents: int, withheld: tuple[str, ...]) -> None:
    shown = protect_steps(cases, respondents, "A", "C").row(0, named=True)
    assert {name for name in STEP_COLUMNS if shown[name] is None} == set(withheld)


def test_weak_answers_do_not_withhold_the_log() -> None:
    shown = protect_steps(50, 50, "A", "D").row(0, named=True)
    assert {name for name in STEP_COLUMNS if shown[name] is None} == set(SURVEY)
    assert shown["conf_status"] == "N"


def test_reference_tables_pass_untouched() -> None:
    table = Table("dim_x", "", "One row per x.", (Field("x", "BIGINT", "X."),), family="none")
    done = protect({"dim_x": table}, {"dim_x": pl.DataFrame({"x": [1, 2, 3]})}, SHIPPED)
    assert done.frames["dim_x"].columns == ["x"]
    assert done.hidden["dim_x"].withheld == 0


def test_withheld_figures_are_counted_by_row_where_tidy_and_by_cell_where_wide() -> None:
    done = _protect_overview(
        [_row("headcount_end", value=3, n=3), _row("hires_new", value=2, numerator=2, n=3)],
        [_wide("A", headcount_end=3.0, hires_new=2.0)],
    )
    assert {name: hidden.withheld for name, hidden in done.hidden.items()} == {"hrm_indicators": 2, "hrm_overview": 3}


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(QdeepError, match="E-501"):
        protect_one("secret", [_row()])


def test_a_number_without_a_rule_in_a_grouped_table_is_refused() -> None:
    table = Table("t", "", "One row per t.", (Field("a", "BIGINT", "A."), Field("b", "DOUBLE", "B.")), family="process")
    rules = replace(SHIPPED, tables={"t": Special(groups=(Group(("a",), ("a",)),))})
    with pytest.raises(QdeepError, match="names b of t"):
        protect({"t": table}, {"t": pl.DataFrame({"a": [1], "b": [2.0]})}, rules)


counts = st.integers(0, 12)
indicator = st.sampled_from(["headcount_end", "hires_new", "separation_rate_service", "women_share", "age_mean"])


@st.composite
def tidy_rows(draw: st.DrawFn) -> dict[str, Any]:
    base = draw(counts)
    numerator = draw(st.integers(0, base))
    value = numerator / base if base else None
    return _row(draw(indicator), value=value, numerator=numerator, denominator=base, n=base)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(tidy_rows(), min_size=1, max_size=12))
def test_no_published_person_count_is_in_one_to_four(rows: list[dict[str, Any]]) -> None:
    shown = protect_indicators(rows)
    persons = SHIPPED.tables["hrm_indicators"].person_numerators
    assert not _few(shown["n"])
    assert not _few(shown.filter(pl.col("indicator_id").is_in(list(persons)))["numerator"])
    withheld = shown.filter(pl.col("conf_status") != "F")
    assert all(withheld[name].null_count() == withheld.height for name in TRUST)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(MOVES, st.integers(-9, 12))), min_size=1, max_size=8))
def test_no_published_move_is_of_one_to_four_persons(rows: list[dict[str, int]]) -> None:
    shown = protect_bridge(rows)
    assert not any(_few(shown[name].abs()) for name in MOVES)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(tidy_rows(), min_size=1, max_size=12))
def test_protecting_twice_is_protecting_once(rows: list[dict[str, Any]]) -> None:
    table = _tidy("headcount")
    once = protect({"hrm_indicators": table}, {"hrm_indicators": _frame(table, rows)}, SHIPPED)
    twice = protect(once.tables, once.frames, SHIPPED)
    assert twice.frames["hrm_indicators"].equals(once.frames["hrm_indicators"])
    assert twice.hidden == once.hidden


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(tidy_rows(), min_size=1, max_size=12))
def test_a_figure_that_is_shown_is_shown_unchanged(rows: list[dict[str, Any]]) -> None:
    table = _tidy("headcount")
    before, after = _frame(table, rows), protect_indicators(rows)
    free = after["conf_status"] == "F"
    assert after.filter(free).select(TRUST).equals(before.filter(free).select(TRUST))


def protect_indicators(rows: list[dict[str, Any]]) -> pl.DataFrame:
    table = _tidy("headcount")
    return protect({"hrm_indicators": table}, {"hrm_indicators": _frame(table, rows)}, SHIPPED).frames["hrm_indicators"]


def protect_one(family: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    table = _tidy(family)
    return protect({"t": table}, {"t": _frame(table, rows)}, SHIPPED).frames["t"]


def protect_bridge(rows: list[dict[str, int]]) -> pl.DataFrame:
    fields = tuple(Field(name, "BIGINT", name) for name in MOVES)
    table = Table("hrm_headcount_bridge", "", "One row.", fields, family="headcount", base=("opening",), hide=MOVES)
    return protect({table.name: table}, {table.name: pl.DataFrame(rows)}, SHIPPED).frames[table.name]


def protect_steps(cases: int, respondents: int, log: str, survey: str) -> pl.DataFrame:
    values: dict[str, Any] = {
        "log_cases": cases,
        "log_evidence_level": log,
        "log_wait_p50": 7.5,
        "survey_respondents": respondents,
        "survey_evidence_level": survey,
        "survey_wait_p50_wh": 6.5,
        "wait_ratio": 1.1,
    }
    kinds = {int: "BIGINT", float: "DOUBLE", str: "VARCHAR"}
    fields = tuple(Field(name, kinds[type(value)], name) for name, value in values.items())
    rules = SHIPPED
    named = [replace(g, hide=tuple(c for c in g.hide if c in values)) for g in rules.tables["bpr_steps"].groups]
    rules = replace(rules, tables={"bpr_steps": Special(groups=tuple(named))})
    table = Table("bpr_steps", "", "One row per step.", fields, family="process")
    return protect({"bpr_steps": table}, {"bpr_steps": pl.DataFrame([values])}, rules).frames["bpr_steps"]


def _protect_overview(tidy: list[dict[str, Any]], wide: list[dict[str, Any]]) -> Protected:
    table = _tidy("headcount")
    key = ("org_unit_id", "org_view", "period_kind", "period_start")
    columns = {"headcount_end": "DOUBLE", "hires_new": "DOUBLE", "n": "BIGINT"}
    fields = tuple(Field(name, columns.get(name, "VARCHAR"), name) for name in (*key, *columns))
    overview = Table("hrm_overview", "", "One row.", fields, key, "headcount", ("n",), tuple(columns))
    tables = {"hrm_indicators": table, "hrm_overview": overview}
    frames = {"hrm_indicators": _frame(table, tidy), "hrm_overview": pl.DataFrame(wide)}
    return protect(tables, frames, SHIPPED)


def _tidy(family: str, *more: str) -> Table:
    grain = ("indicator_id", "org_unit_id", "org_view", "period_kind", "period_start", "category_1", "category_2")
    keys = (*grain, "evidence_level", "obs_status")
    kinds = {**dict.fromkeys(keys, "VARCHAR"), "method_version": "INTEGER"}
    kinds |= {name: "BIGINT" if name == "n" else "DOUBLE" for name in (*TRUST, *more)}
    fields = tuple(Field(name, kind, name) for name, kind in kinds.items())
    return Table("t", "", "One row per figure.", fields, grain[:6], family, base=("n",), hide=TRUST)


def _row(indicator_id: str = "headcount_end", **values: Any) -> dict[str, Any]:
    usual = {
        "org_unit_id": "A",
        "org_view": "as_was",
        "period_kind": "month",
        "period_start": "2026-09",
        "category_1": "all",
        "category_2": "all",
        "evidence_level": "B",
        "obs_status": "A",
        "method_version": 1,
        "numerator": values.get("value"),
    }
    return {"indicator_id": indicator_id, **usual, **values}


def _wide(unit: str, **values: float) -> dict[str, Any]:
    return {
        "org_unit_id": unit,
        "org_view": "as_was",
        "period_kind": "month",
        "period_start": "2026-09",
        **values,
        "n": int(values["headcount_end"]),
    }


def _frame(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    kinds = {"VARCHAR": pl.String, "BIGINT": pl.Int64, "INTEGER": pl.Int32, "DOUBLE": pl.Float64}
    return pl.DataFrame(rows, schema={column.name: kinds[column.type] for column in table.fields})


def _few(counts: pl.Series) -> bool:
    return bool(((counts > 0) & (counts < 5)).any())

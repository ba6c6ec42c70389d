"""What pages say of the HRM model: levels and what holds them, gaps, recommendations with their figures, its tests."""

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from flows.report.figures.base import Figure, View
from flows.report.figures.gaps import gaps
from flows.report.figures.maturity import maturity, standings
from flows.report.figures.mobility import mobility
from flows.report.figures.model_checks import model_checks
from flows.report.figures.recommendations import common, recommendations
from flows.report.figures.workload import workload
from flows.report.marts import Marts
from flows.report.pages.method import _model
from flows.report.texts import LANGUAGES, languages

UZ, RU, EN, KO = languages()
PERIOD = {"period_kind": "r12", "period_start": date(2025, 10, 1), "period_end": date(2026, 9, 30)}
UNITS = [
    {"org_unit_id": "UZ", "parent_id": None, "level": "service"},
    {"org_unit_id": "A", "parent_id": "UZ", "level": "ministry"},
    {"org_unit_id": "B", "parent_id": "UZ", "level": "ministry"},
]


def _named(name: str) -> dict[str, str]:
    return {f"name_{code}": f"{name} {code}" for code in LANGUAGES}


MODEL = [
    {"row_kind": "domain", "domain_id": "d1", "input_id": "all", "weight": 50.0, **_named("Planning")},
    {"row_kind": "domain", "domain_id": "d2", "input_id": "all", "weight": 50.0, **_named("Hiring")},
    {"row_kind": "input", "domain_id": "d2", "input_id": "gate", "weight": 1.0, **_named("Competition.")},
    {"row_kind": "input", "domain_id": "d1", "input_id": "plan", "weight": 1.0, **_named("A plan exists.")},
    *(
        {"row_kind": "level", "domain_id": "all", "input_id": str(level), "weight": weight, **_named(f"L{level}")}
        for level, weight in enumerate((0.0, 25.0, 45.0, 65.0, 85.0), 1)
    ),
]


def _view(unit: str = "UZ", **tables: list[dict[str, Any]]) -> View:
    rows = {"dim_org_units": UNITS, "dim_model": MODEL, **tables}
    return View(Marts({}, {name: pl.DataFrame(one, infer_schema_length=None) for name, one in rows.items()}), EN, unit)


def _texts(figure: Figure | None) -> list[list[str]]:
    assert figure is not None
    assert figure.table is not None
    return [[one.text for one in row] for row in figure.table.rows]


def _score(domain: str, score: float | None, level: int | None = None, **changed: Any) -> dict[str, Any]:
    ends = {"ci_low": None, "ci_high": None} if score is None else {"ci_low": score - 2, "ci_high": score + 2}
    levels = dict.fromkeys(("level", "level_low", "level_high", "level_by_score"), level)
    row = {"org_unit_id": "A", **PERIOD, "goalpost_version": 1, "domain_id": domain, "score": score, **ends, **levels}
    kind = "overall" if domain == "all" else "domain"
    more = {"row_kind": kind, "capped_by": "", "evidence_share": 0.8, "least_n": 12, "conf_status": "F"}
    return {**row, **more, **changed}


SCORES = [
    _score("all", 60.0, 3),
    _score("d1", 50.0, 3),
    _score("d2", 70.0, 2, level_by_score=4, capped_by="gate"),
    _score("d1", 40.0, 2, period_end=date(2025, 9, 30)),
]


def test_a_level_that_a_gate_holds_down_says_which_condition_is_not_met() -> None:
    figure = maturity(_view("A", model_scores=SCORES))
    assert _texts(figure)[2] == ["Hiring en", "70.0", "68.0–72.0", "2", "4", "80%", "Competition. en"]
    assert figure is not None
    assert figure.finding == "Overall 60.0 points (95% interval 58.0–62.0), level 3. Lowest: Planning en (50.0)."
    assert "Hiring en: level 4 by its score, 2 in fact. Condition not met: Competition. en." in figure.notes
    assert figure.picture is not None
    assert figure.picture.wide.content.count('class="tick last"') == 1  # the one domain that was rated before
    assert figure.picture.wide.content.count('class="zone"') == 2  # every second level


def test_what_is_not_rated_is_no_zero_and_what_is_withheld_is_hatched() -> None:
    hidden = _score("d2", None, conf_status="C")
    figure = maturity(_view("A", model_scores=[_score("all", None), _score("d1", 50.0, 3), hidden]))
    assert [row[1] for row in _texts(figure)] == ["not rated", "50.0", "[c]"]
    assert figure is not None
    assert figure.finding == "1 of 2 domains are rated, too few for an overall score. Lowest: Planning en (50.0)."
    assert figure.picture is not None
    assert figure.picture.wide.content.count('class="hatch"') == 1


def test_a_ministry_has_the_colour_of_its_level_only_where_its_interval_leaves_no_doubt() -> None:
    sure, unsure = _score("d1", 50.0, 3), _score("d1", 64.0, 3, level_high=4, org_unit_id="B")
    whole = [_score("all", 60.0, 3, org_unit_id=unit) for unit in ("A", "B")]
    figure = standings(_view(model_scores=[*whole, sure, unsure]))
    assert figure is not None
    assert str(figure.body).count('class="l3"') == 3
    assert str(figure.body).count('class="l3 u"') == 1
    assert "●●●○○" in figure.body


def _gap(indicator: str, value: float | None, other: float | None, likeness: str, **changed: Any) -> dict[str, Any]:
    row = {"org_unit_id": "A", **PERIOD, "indicator_id": indicator, "reference": "KR", "reference_year": 2024}
    texts = dict.fromkeys(("definition", "population", "note", "source"), "Told.")
    return {
        **row, **texts, "comparability": likeness, "value": value, "reference_value": other, "unit": "share",
        "conf_status": "F", **changed,
    }  # fmt: skip


def test_a_gap_tells_how_like_its_reference_is_and_takes_no_side() -> None:
    rows = [
        _gap("gate", 0.3, 0.6, "A"),
        _gap("plan", None, None, "C", reference="OECD"),
        _gap("gate", 0.3, 0.2, "A", reference="previous"),
    ]
    figure = gaps(_view("A", model_gaps=rows))
    assert _texts(figure) == [
        ["Competition. en", "Korea, 2024", "A same definition", "30.0%", "60.0%"],
        ["A plan exists. en", "the OECD (average), 2024", "C context only, no number", *["not comparable"] * 2],
    ]
    assert figure is not None
    assert figure.finding == "The widest gap: Competition. en, 30.0% here and 60.0% in Korea."
    assert figure.picture is not None
    assert not [name for name in ("dot above", "dot below") if name in figure.picture.wide.content]
    assert '<span lang="en">Told. Told. Told. Told</span>' in figure.body


def _advice(rule: str, place: int | None, state: str = "new", **changed: Any) -> dict[str, Any]:
    titles = {f"title_{code}": f"Do {rule} {code}." for code in LANGUAGES}
    row = {"org_unit_id": "A", **PERIOD, "rule_id": rule, "process_id": "all", "state": state, "place": place, **titles}
    judged = {"priority": 1.5, "confidence": "high", "effect": 3, "effort": 1, "horizon_months": 3}
    more = {"legal_basis": "Art. 1", "owner": "minister", "conflicts": "", "expected_effect": None, "conf_status": "F"}
    return {**row, **judged, **more, **changed}


def _proof(rule: str, indicator: str, value: float | None, **changed: Any) -> dict[str, Any]:
    row = {"org_unit_id": "A", "period_end": PERIOD["period_end"], "rule_id": rule, "process_id": "all"}
    figures = {"indicator_id": indicator, "comparison": "below", "threshold": 0.8, "value": value, "unit": "share"}
    more = {"ci_low": None, "ci_high": None, "source_table": "hrm_indicators", "conf_status": "F"}
    return {**row, **figures, **more, **changed}


def test_a_recommendation_stands_with_the_figures_that_ask_for_it() -> None:
    advice = [_advice("r1", 1, conflicts="r2"), _advice("r2", 2, "continuing"), _advice("r3", None, "solved")]
    proofs = [
        _proof("r1", "gate", 0.5, ci_low=0.45, ci_high=0.55),
        _proof("r1", "plan", 0.5, source_table="checklist"),
        _proof("r2", "gate", None, conf_status="C"),
    ]
    figure = recommendations(_view("A", recommendations=advice, recommendation_evidence=proofs))
    assert [row[:5] for row in _texts(figure)] == [
        ["1", "Do r1 en", "minister", "Art. 1",
         "Competition. en: 50.0% (45.0%–55.0%); threshold < 80.0%; A plan exists. en: partly"],
        ["2", "Do r2 en", "minister", "Art. 1", "Competition. en: [c]; threshold < 80.0%"],
    ]  # fmt: skip
    assert figure is not None
    assert figure.finding == "2 recommendations, 1 of them new. The first: Do r1 en."
    assert "Does not go with: <b>№ 2</b>" in figure.body
    assert "Solved since the last assessment" in figure.body


def test_ministries_share_recommendations() -> None:
    advice = [_advice("r1", 4), _advice("r1", 1, org_unit_id="B"), _advice("r2", 2, org_unit_id="B")]
    figure = common(_view(recommendations=advice))
    assert _texts(figure) == [["Do r1 en", "4", "1"], ["Do r2 en", "–", "2"]]
    assert figure is not None
    assert figure.finding == "In 2 of 2 ministries: Do r1 en."


def test_the_tests_of_the_model_are_counted_with_those_that_failed() -> None:
    test = {"period_end": date(2026, 9, 30), "goalpost_version": 1, "statistic": "greatest_change_points"}
    rows = [
        {**test, "test_id": "left_out", "subject": "gate", "value": 1.9, "threshold": 5.0, "verdict": "held", "n": 3},
        {**test, "test_id": "left_out", "subject": "d1", "value": 6.0, "threshold": 5.0, "verdict": "not_held", "n": 3},
        {**test, "test_id": "consistency", "statistic": "cronbach_alpha", "subject": "d2", "value": None,
         "threshold": 0.6, "verdict": "not_judged", "n": 2},
        {**test, "test_id": "waves_change", "statistic": "clear_change_share", "subject": "all", "value": 0.25,
         "threshold": None, "verdict": "told", "n": 4},
    ]  # fmt: skip
    figure = model_checks(_view(model_tests=rows))
    assert figure is not None
    assert figure.finding == "Of 3 tests, 1 held, 1 did not, and 1 could not be judged."
    assert [row[:3] for row in _texts(figure)] == [
        ["one input left out", "Planning en", "6.0"],
        ["one input left out", "Competition. en", "1.9"],
        ["consistency within a domain (alpha)", "Hiring en", "–"],
        ["domains that clearly changed since the last wave", "all", "0.25"],
    ]
    assert figure.picture is not None
    assert "6.0 · 1/2" in figure.picture.wide.content


def test_workload_tells_the_posts_that_the_work_would_need() -> None:
    def row(function: str, demand: float | None, **changed: Any) -> dict[str, Any]:
        counts = {"n": 12, "respondents": 20, "month_hours": 160.0, "fte_demand": demand, "fte_per_person": 1.1}
        wave = {"wave_id": "2026-05", "org_unit_id": "A", "org_view": "as_was", "category_1": function, **PERIOD}
        return {**wave, **counts, "conf_status": "F", **changed}

    hidden = row("meetings", None, n=None, month_hours=None, fte_per_person=None, conf_status="C")
    figure = workload(_view("A", diagnosis_workload=[row("all", 22.0), row("policy", 14.0), hidden]))
    assert [row[0] for row in _texts(figure)] == ["Policy and drafting of rules", "Meetings", "Total"]
    assert figure is not None
    assert figure.finding == "The work of 20 people asks for 22.0 posts: 1.10 each."
    assert figure.picture is not None
    assert figure.picture.wide.content.count('class="hatch"') == 1


def test_the_page_on_method_says_in_the_language_of_the_page_what_held() -> None:
    row = {"period_end": date(2026, 9, 30), "goalpost_version": 1, "test_id": "left_out", "verdict": "held"}
    words = {f"title_{code}": f"Title {code}" for code in LANGUAGES}
    words |= {f"finding_{code}": f"Finding {code}" for code in LANGUAGES}
    older = row | words | {"period_end": date(2025, 12, 31), "test_order": 1, "title_ru": "Old"}
    view = _view(model_method=[row | words | {"test_order": 2}, older])
    (section,) = _model(replace(view, t=RU))
    assert "<b>Title ru.</b> Finding ru" in section.body
    assert "Old" not in section.body
    assert _model(_view()) == []


def test_moves_stand_from_row_to_column_and_hidden_ones_are_no_zero() -> None:
    def move(start: str, end: str, n: int | None, status: str = "F") -> dict[str, Any]:
        return {"org_unit_id": "UZ", **PERIOD, "from_unit_id": start, "to_unit_id": end, "n": n, "conf_status": status}

    before = {**move("A", "B", 50), "period_end": date(2025, 9, 30)}
    figure = mobility(_view(hrm_mobility=[before, move("A", "B", 7), move("B", "A", None, "C")]))
    assert _texts(figure) == [["A", "B", "7"], ["B", "A", "[c]"]]
    assert figure is not None
    assert figure.finding == "Most often: A → B, 7 moves."
    assert str(figure.body).count('<td class="own">') == 2
    assert ">0<" not in figure.body
    all_hidden = mobility(_view(hrm_mobility=[move("B", "A", None, "C")]))
    assert all_hidden is not None
    assert "too few in each" in all_hidden.finding
    assert "<b>0–4</b>" in all_hidden.body  # from A to B nobody moved, or too few to be told of

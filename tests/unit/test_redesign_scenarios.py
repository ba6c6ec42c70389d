"""Scenario files, evidence and comparison: what is refused on which line, what is shown without validation."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from flows.contracts.check import scenario_document_faults
from flows.contracts.marked import read_document
from flows.redesign.asis import LogEvidence, as_is, survey_evidence, typical
from flows.redesign.compare import Measured, compare
from flows.redesign.process import Pool, Process, Spread
from flows.redesign.run import checked
from flows.redesign.scenario import Scenario, scenario_faults
from flows.redesign.simulate import Draws, simulate
from flows.redesign.tables import scenario_results
from flows.settings import ROOT, load_settings

HEAD = """\
scenario: s
process: letters
name: {uz: aa, ru: bb, en: cc, ko: 시험}
one_off_cost_uzs: 1000
edits:
"""
STEPS = {"letters": ["a", "b", "c"]}


def _faults(folder: Path, edits: str, head: str = HEAD) -> list[tuple[int | None, str]]:
    file = folder / "s.yml"
    file.write_text(head + edits, encoding="utf-8")
    document = read_document(file)
    found = list(scenario_document_faults(document)) or list(scenario_faults(document, STEPS, ["clerk"]))
    assert {fault.code for fault in found} <= {"E-409"}
    return [(fault.where.line, fault.text) for fault in found]


WRONG = {
    "an edit of no known kind": ("  - edit: explode\n", 6, "explode"),
    "a word that the file does not know": ("  - edit: eliminate\n    step: a\n    colour: red\n", 8, "colour"),
    "a word of another edit": ("  - edit: eliminate\n    step: a\n    share: 0.5\n", 8, "share"),
    "a word that is missing": ("  - edit: set_role\n    step: a\n", 6, "role"),
    "an edit that says nothing": ("  - edit: simplify\n    step: a\n", 6, "says nothing"),
    "before and after at once": ("  - edit: move\n    step: a\n    before: c\n    after: b\n", 9, "both"),
    "a role without a price": ("  - edit: set_role\n    step: a\n    role: wizard\n", 8, "wizard"),
    "a share above one": ("  - edit: set_reach\n    step: a\n    share: 1.5\n", 8, "1.5"),
    "every case returns": ("  - edit: set_return\n    step: a\n    share: 1\n", 8, "never left"),
    "a step that is not there": ("  - edit: eliminate\n    step: zz\n", 6, "zz"),
    "a step that is gone": ("  - {edit: eliminate, step: a}\n  - {edit: eliminate, step: a}\n", 7, "`a`"),
    "steps that are no neighbours": ("  - edit: combine\n    steps: [a, c]\n", 6, "one after another"),
    "one step to combine": ("  - edit: combine\n    steps: [a]\n", 7, "less than 2"),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_a_wrong_edit_is_named_with_its_line(case: str, tmp_path: Path) -> None:
    edits, line, word = WRONG[case]
    found = _faults(tmp_path, edits)
    assert found
    assert found[0][0] == line
    assert word in found[0][1]


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("process: letters", "process: nowhere", 2),
        ("scenario: s", "scenario: other", 1),
        ("one_off_cost_uzs: 1000", "one_off_cost_uzs: -1", 4),
        ("one_off_cost_uzs: 1000", "replications: 3\none_off_cost_uzs: 1", 4),
        (", ko: 시험", "", 3),
    ],
)
def test_a_wrong_head_is_named_with_its_line(before: str, after: str, line: int, tmp_path: Path) -> None:
    assert line in [
        line for line, _ in _faults(tmp_path, "  - {edit: eliminate, step: a}\n", HEAD.replace(before, after))
    ]


def test_a_right_file_has_no_faults(tmp_path: Path) -> None:
    assert not _faults(tmp_path, "  - {edit: eliminate, step: a, because: nobody reads it}\n")


def test_the_scenarios_of_the_project_are_right() -> None:
    assert not checked(load_settings(ROOT / "qdeep.toml"))


ROWS = tuple(
    {
        "step_id": step,
        "role": "clerk",
        "n": 200,
        "touch_h": 0.5,
        "touch_cv": 0.5,
        "wait_h": 4.0,
        "wait_cv": 0.5,
        "reach": 1.0,
        "returned": 0.1,
        "signoffs": 1,
        "rekeyed": 2,
    }
    for step in "abc"
)
BARE = Process("letters", (), {"clerk": Pool(2)}, cases_year=1000, hour_uzs={"clerk": 100.0}, deadline_wh=20)
SCENARIO = Scenario(
    "s", "letters", {}, [{"edit": "eliminate", "step": "b"}], 1000.0, seed=1, replications=30, cases=100
)


def _measured(process: Process) -> Measured:
    """What a log would measure of the process itself."""
    seen = simulate(process, Draws(99, 0, 3000))
    places = [float(np.quantile(seen.leads, share)) for share in (0.1, 0.5, 0.9)]
    return Measured(200, *places, seen.in_process)


@pytest.fixture(scope="module")
def measured() -> Measured:
    return _measured(as_is(BARE, LogEvidence(ROWS).base(), None, None))


def _by_measure(rows: list[dict], part: str) -> dict[str, dict]:
    return {row["measure_id"]: row for row in rows if row["part"] == part}


def test_a_process_that_is_reproduced_shows_benefits(measured: Measured) -> None:
    rows = compare(SCENARIO, BARE, LogEvidence(ROWS), measured)
    assert all(row["is_passed"] for row in rows if row["part"] == "check")
    benefits = _by_measure(rows, "benefit")
    lead = benefits["lead_p50_wh"]
    assert lead["difference_low"] <= lead["difference"] <= lead["difference_high"] < 0
    # a third of the work is gone: half an hour, 1.11 times, of 1000 cases at 100 an hour
    assert benefits["net_saving_year_uzs"]["difference"] == pytest.approx(0.5 / 0.9 * 1000 * 100, rel=0.02)
    saved = benefits["net_saving_year_uzs"]
    payback = benefits["payback_months"]
    assert payback["difference_low"] == pytest.approx(1000 / (saved["difference_high"] / 12))


def test_a_process_that_is_not_reproduced_shows_none(measured: Measured) -> None:
    far = replace(measured, lead_p50=measured.lead_p50 * 2)
    rows = compare(replace(SCENARIO, replications=3), BARE, LogEvidence(ROWS), far)
    assert not _by_measure(rows, "check")["lead_p50_wh"]["is_passed"]
    shown = [row[name] for row in rows for name in ("to_be", "difference", "difference_low", "difference_high")]
    assert shown == [None] * len(shown)


def test_without_edits_tomorrow_is_today_exactly(measured: Measured) -> None:
    rows = compare(replace(SCENARIO, edits=[], replications=5), BARE, LogEvidence(ROWS), measured)
    for row in _by_measure(rows, "benefit").values():
        if row["as_is"] is not None:
            assert row["to_be"] == row["as_is"]
            assert row["difference"] == row["difference_low"] == row["difference_high"] == 0
    assert _by_measure(rows, "benefit")["payback_months"]["difference"] is None


def test_a_change_that_costs_more_than_it_saves_never_pays_back(measured: Measured) -> None:
    dear = replace(SCENARIO, replications=3, running_cost_year_uzs=1e9)
    assert (
        _by_measure(compare(dear, BARE, LogEvidence(ROWS), measured), "benefit")["payback_months"]["difference"] is None
    )


def test_queues_are_taken_off_the_measured_wait() -> None:
    busy = replace(BARE, cases_year=2016.0, pools={"clerk": Pool(2)})
    process = as_is(busy, LogEvidence(ROWS).base(), None, None)
    assert 0 < process.steps[0].wait.mean < 4


def _answers(touch: list[float | None]) -> pl.DataFrame:
    rows = [
        {"response_key": f"k{who}", "step_id": "a", "touch_mean_min": minutes, "wait_p50_wh": 2.0, "reach_share": 1.0}
        | {"return_share": 0.0}
        for who, minutes in enumerate(touch)
    ]
    return pl.DataFrame(rows)


def test_respondents_are_pooled_as_in_the_step_table() -> None:
    """From five on a fifth is cut at each end; below, the median speaks; blanks do not count."""
    five = survey_evidence(ROWS[:1], _answers([10.0, 20.0, 30.0, 40.0, 500.0])).base()
    three = survey_evidence(ROWS[:1], _answers([10.0, 20.0, 600.0, None])).base()
    assert five[0].touch.mean == pytest.approx(0.5)
    assert three[0].touch.mean == pytest.approx(20 / 60)


def test_the_order_of_answers_changes_nothing() -> None:
    answers = _answers([10.0, 20.0, 30.0, 40.0, 500.0])
    keys = answers.with_columns(response_key=pl.Series(["z", "q", "x", "a", "b"]))
    one, two = (survey_evidence(ROWS[:1], frame) for frame in (answers, keys.reverse()))
    assert one.drawn(np.random.default_rng(1)) == two.drawn(np.random.default_rng(1))


def test_respondents_who_agree_leave_nothing_open() -> None:
    evidence = survey_evidence(ROWS[:1], _answers([10.0] * 6))
    assert {evidence.drawn(np.random.default_rng(seed)) for seed in range(5)} == {evidence.base()}


def test_typical_waits_have_the_typical_case() -> None:
    process = replace(Process("p", (replace(LogEvidence(ROWS).base()[0], wait=Spread(8.0)),)), case_log_sd=0.6)
    assert typical(process).steps[0].wait.mean == pytest.approx(8 * np.exp(0.18))


def test_a_scenario_without_evidence_says_so() -> None:
    document = json.dumps({"scenario": "s", "process": "x", "name": {}, "edits": [], "one_off_cost_uzs": 0})
    empty = pl.DataFrame(schema={"process_id": pl.String, "evidence_source": pl.String})
    rows = scenario_results({"scenarios": pl.DataFrame({"document": [document]}), "processes": empty})
    assert rows.select("scenario_id", "part", "measure_id", "is_passed").rows() == [("s", "check", "evidence", False)]

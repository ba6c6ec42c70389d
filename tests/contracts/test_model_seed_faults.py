"""A wrong seed of the HRM model is told with its file and its line."""

from dataclasses import replace
from pathlib import Path

import pytest

from flows.contracts.folders import Folders, read_folders
from flows.contracts.hrm_model import NAMES, model_faults
from flows.settings import ROOT, load_settings

# seed, text replaced, replacement, text of the line at fault (after the replacement; none: the header), word said
FAULTS = {
    "an unknown domain": ("model_inputs", "merit,d2,survey", "merit,d0,survey", "merit,d0", "d0"),
    "an input without goalposts": ("model_inputs", "\nmerit,d2", "\nmerits,d2", "merits,d2", "merits"),
    "a part from the wrong source": (
        "model_inputs",
        "merit,d2,survey,survey",
        "merit,d2,survey,hrm",
        "merit,d2",
        "hrm",
    ),
    "a measure that nothing measures": ("model_inputs", "hrm,vacancy_rate", "hrm,vacancies", "vacancies", "vacancies"),
    "a weight of nought": (
        "model_inputs",
        "merit,management,mean_0_100,1",
        "merit,management,mean_0_100,0",
        "merit,d2",
        "weight",
    ),
    "goalposts of no input": ("model_goalposts", "\nmerit,1", "\nmerits,1", "merits,1", "merits"),
    "goalposts out of order": ("model_goalposts", "0:0 0.4:25 0.7:50", "0:0 0.7:25 0.4:50", "0.7:25", "ascend"),
    "goalposts that are none": ("model_goalposts", "0:0 0.4:25 0.7:50", "0:0 0.4 0.7:50", "0:0 0.4 ", "pairs"),
    "goalposts against their direction": (
        "model_goalposts",
        "rotation_compliance,1,higher",
        "rotation_compliance,1,lower",
        "rotation",
        "lower",
    ),
    "a logarithm of nought": ("model_goalposts", "log,1:0", "log,0:0", "log,0:0", "log"),
    "goalposts without a basis": (
        "model_goalposts",
        "0.98:100,domain_proposal",
        "0.98:100,hearsay",
        "hearsay",
        "hearsay",
    ),
    "weights of domains that do not add up": ("model_domains", "d1,1,12", "d1,1,13", "", "101"),
    "a domain without weight": ("model_domains", "d1,1,12", "d1,1,x", "d1,1,x", "number"),
    "a domain without a name": ("model_domains", "Workforce planning and establishment", "", "d1,1", "en"),
    "a level without a meaning": ("model_levels", '"No rules, no data."', "", "1,0", "meaning"),
    "a gate on an unknown figure": (
        "model_gates",
        "d3,3,appraisal_coverage",
        "d3,3,appraisals",
        "appraisals",
        "appraisals",
    ),
    "a gate with no comparison": ("model_gates", "rating_entropy,at_least", "rating_entropy,more", "more", "more"),
    "a gate without a number": (
        "model_gates",
        "rating_entropy,at_least,0.5",
        "rating_entropy,at_least,half",
        "half",
        "half",
    ),
    "a gate of an unknown domain": ("model_gates", "d3,3,", "d33,3,", "d33", "d33"),
    "a gate to the first level": ("model_gates", "d3,3,", "d3,1,", "d3,1,", "level"),
    "a gate without a basis": ("model_gates", "0.98,stricter_than_text", "0.98,so", "0.98,so", "so"),
    "a condition on an unknown figure": ("recommendation_conditions", "c303_use,below", "c999,below", "c999", "c999"),
    "a condition of no rule": ("recommendation_conditions", "r09_train,", "r99_train,", "r99_train", "r99_train"),
    "a condition that compares nothing": (
        "recommendation_conditions",
        "rework_case_share,above",
        "rework_case_share,over",
        "over",
        "over",
    ),
    "a rule that always speaks": (
        "recommendation_conditions",
        "r09_train,training",
        "r10_pay_gap,training",
        "r09_train",
        "always",
    ),
    "a conflict with nobody": ("recommendation_rules", ",r04_compete,", ",r44,", "r16_reserve", "r44"),
    "an effect that no scenario tells": ("recommendation_rules", "lead_mean_wh", "lead_mean", "lead_mean", "lead_mean"),
    "an effect beyond the scale": (
        "recommendation_rules",
        "spread_ratings,d3,2,2",
        "spread_ratings,d3,4,2",
        "spread",
        "effect",
    ),
    "a recommendation without a text": (
        "recommendation_rules",
        "Discuss the survey results in the units and carry out the action plan.",
        "",
        "r13_engage",
        "en",
    ),
    "a benchmark of nothing": ("benchmarks", "age_mean,KR", "age,KR", "age,KR", "age"),
    "a benchmark without a population": (
        "benchmarks",
        "Central administration,Women among",
        ",Women among",
        "women_share,KR",
        "population",
    ),
    "a benchmark of comparability D": (
        "benchmarks",
        'read_source,B,mean,"Middle',
        'read_source,D,mean,"Middle',
        "Middle managers",
        "D",
    ),
    "a benchmark without a year": ("benchmarks", "age_mean,KR,42.2,2023", "age_mean,KR,42.2,then", "then", "year"),
    "a source read on no day": (
        "benchmarks",
        "ours is under-reported,,2026-11-29",
        "ours is under-reported,,",
        "disability",
        "read",
    ),
    "a day for a source that nobody read": (
        "benchmarks",
        "not computed again since,,",
        "not computed again since,,2026-11-29",
        "not computed",
        "read",
    ),
    "a note that is missing": (
        "benchmarks",
        "Pilot ministries with their regional offices here",
        "",
        "women_share,KR",
        "differs",
    ),
    "an unknown factor": ("diagnosis_lens", "sixbox_change,culture", "sixbox_change,cult", "cult", "cult"),
    "a lens on nothing": (
        "diagnosis_lens",
        "sixbox_change,culture",
        "sixbox_chang,culture",
        "sixbox_chang",
        "sixbox_chang",
    ),
    "a link to an unknown figure": ("link_kinds", "step_wait,red_tape", "step_wait,red", "red,1", "red"),
    "a role of an unknown grade": (
        "role_grades",
        "clerk,specialist",
        "clerk,specialists",
        "specialists",
        "specialists",
    ),
    "groups split by nothing": ("known_groups", "engagement,voluntary_rate", "engagement,quits", "quits", "quits"),
    "groups without a direction": ("known_groups", "vacancy_rate,-1", "vacancy_rate,down", "down", "down"),
    "a test without words": ("model_test_findings", "order,held", "orders,held", "waves_order", "held"),
    "a column that is missing": ("benchmarks", "source_url,basis", "source_url,bases", "", "basis"),
    "a row of another length": ("model_gates", "at_least,0.5,", "at_least,0.5,0.6,", "0.5,0.6", "cells"),
}
TOLD_ELSEWHERE = {"a rule that always speaks": "recommendation_rules", "a test without words": "model_test_kinds"}


@pytest.fixture(scope="module")
def folders() -> Folders:
    return read_folders(load_settings(ROOT / "qdeep.toml"))


def test_the_seeds_of_the_project_are_right(folders: Folders) -> None:
    assert [finding.text for finding in model_faults(folders)] == []


def test_a_project_without_the_model_has_nothing_to_be_told(folders: Folders) -> None:
    assert list(model_faults(replace(folders, seeds={}))) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_seed_is_told_with_its_line(fault: str, folders: Folders, tmp_path: Path) -> None:
    name, old, new, marked, word = FAULTS[fault]
    assert name in NAMES
    text = folders.seeds[name].read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / f"{name}.csv"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = list(model_faults(replace(folders, seeds={**folders.seeds, name: path})))
    at = folders.seeds[TOLD_ELSEWHERE[fault]] if fault in TOLD_ELSEWHERE else path
    lines = [n for n, line in enumerate(at.read_text(encoding="utf-8").splitlines(), 1) if marked and marked in line]
    told = [f for f in found if word in f.text and f.where.file == str(at) and f.where.line in (lines or [1])]
    assert told, [(f.text, f.where) for f in found]
    assert {f.code for f in found} == {"E-409"}

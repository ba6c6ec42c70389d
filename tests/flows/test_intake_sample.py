"""Every file of the invented sample gets the verdict that its generator planned, and no planted defect is missed."""

import json
from functools import cache
from pathlib import Path

import pytest

from flows.contracts.load import load_contracts
from flows.contracts.model import Contracts
from flows.intake.deliver import check_file
from flows.settings import ROOT, load_settings

SAMPLE = ROOT / "data" / "sample"
TRUTHS = json.loads((SAMPLE / "truths.json").read_text("utf-8"))
LINES_KEPT = 20


@cache
def contracts() -> Contracts:
    return load_contracts(load_settings(ROOT / "qdeep.toml"))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TRUTHS["files"]))
def test_a_sample_file_gets_the_verdict_that_was_planned(tmp_path: Path, name: str) -> None:
    source, file = name.split("/")
    settings = load_settings(workspace=tmp_path)
    outcome = check_file(SAMPLE / "inbox" / name, contracts().sources[source], contracts(), settings)
    planned = TRUTHS["files"][name]
    assert [outcome.status, outcome.read, outcome.landed, outcome.refused] == [
        planned[part] for part in ("verdict", "read", "landed", "refused")
    ]
    found = {code: [] for code in (finding.code for finding in outcome.findings)}
    for finding in outcome.findings:
        found[finding.code] += finding.lines
    for defect in TRUTHS["defects"]:
        is_row_defect = defect["source"] == source and Path(defect["file"]).name == file and defect["code"] != "I-390"
        if is_row_defect:
            assert defect["code"] in found, defect["code"]
            assert set(defect["lines"][:LINES_KEPT]) <= set(found[defect["code"]]), defect["code"]

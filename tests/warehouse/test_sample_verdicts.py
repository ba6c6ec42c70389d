"""Every defect planted in the sample is found at its lines, and none is invented."""

import json
from pathlib import Path
from typing import Any

import pytest

from flows.settings import ROOT
from tests.warehouse.conftest import Sample

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sample"), pytest.mark.timeout(600)]
SAMPLE = ROOT / "data" / "sample"
TRUTHS: dict[str, Any] = json.loads((SAMPLE / "truths.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", TRUTHS["files"])
def test_the_verdict_is_the_one_that_was_planted(file: str, sample: Sample) -> None:
    outcome = sample.outcomes[file]
    counts = {"read": outcome.read, "landed": outcome.landed, "refused": outcome.refused}
    assert {"verdict": outcome.status} | counts == TRUTHS["files"][file]
    found: dict[str, set[int]] = {}
    for finding in outcome.findings:
        found.setdefault(finding.code, set()).update(finding.lines)
    assert found == planted(Path(file))


def test_intake_build_and_release_ask_for_nothing_beyond_this_machine(sample: Sample, folder: Path) -> None:
    assert (folder / "report" / "index.html").is_file()
    assert sample.asked == set()


def planted(path: Path) -> dict[str, set[int]]:
    """Return code -> lines of the defects planted in a file."""
    defects: dict[str, set[int]] = {}
    for one in TRUTHS["defects"]:
        if (one["source"], one["file"]) == (path.parent.name, path.name):
            defects.setdefault(one["code"], set()).update(one["lines"])
    return defects

"""After `python -m data.generator` data/sample holds all deliveries of the sample and the truths about them."""

import json
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from data.generator import hrm_truths, surveys, topic_truths
from data.generator.appraisal_files import appraisal_files
from data.generator.competition_files import competition_files
from data.generator.histories import History, live
from data.generator.house_styles import SampleFile
from data.generator.integrity_files import integrity_files
from data.generator.leave_files import leave_files
from data.generator.orders_files import never_sent, orders_files
from data.generator.organisation import read_successors, read_units
from data.generator.pay_files import pay_files
from data.generator.personnel_files import personnel_files
from data.generator.reserve_files import reserve_files
from data.generator.rotations import rotate
from data.generator.staffing_files import staffing_files
from data.generator.training_files import training_files

SEED = 20260930
SAMPLE = Path(__file__).resolve().parents[1] / "sample"
FIELDWORK_END = date(2026, 5, 31)
FILES = (
    personnel_files,
    staffing_files,
    orders_files,
    pay_files,
    training_files,
    appraisal_files,
    leave_files,
    competition_files,
    integrity_files,
    reserve_files,
)


def generate(target: Path) -> None:
    """Write `inbox/` and `truths.json` below a folder; what stood in `inbox/` goes."""
    inbox = target / "inbox"
    shutil.rmtree(inbox, ignore_errors=True)
    history = make_history()
    files = [file for make in FILES for file in make(history)]
    for file in files:
        file.write(inbox)
    landed = landed_rows(files)
    headcounts = hrm_truths.headcounts(landed, FIELDWORK_END)
    truths = merged(people_truths(files, history, landed), surveys.write(inbox, headcounts, SEED))
    (target / "truths.json").write_text(as_text(truths), encoding="utf-8")


def make_history() -> History:
    """Return what happened in the three ministries; always the same."""
    history = live(Random(SEED), read_units())
    rotate(history)
    return history


def landed_rows(files: Sequence[SampleFile]) -> hrm_truths.Landed:
    """Return the rows that land from the newest good delivery of each source."""
    newest: dict[str, SampleFile] = {}
    for file in sorted(files, key=lambda one: one.known_from):
        if not file.refused_for:
            newest[file.style.source] = file
    rows = {
        kind: [row for source, file in newest.items() if source.startswith(kind) for row in file.landed]
        for kind in ("personnel", "staffing", "orders")
    }
    return hrm_truths.Landed(rows["personnel"], rows["staffing"], rows["orders"], read_units(), read_successors())


def people_truths(files: Sequence[SampleFile], history: History, landed: hrm_truths.Landed) -> dict[str, Any]:
    """Return the truths about the files of people, and the figures that follow from them."""
    return {
        "files": {file.key: file.counts() for file in files},
        "defects": [defect for file in files for defect in file.defects()],
        "missing_orders": [
            {
                "movement_class": order.movement_class,
                "org_unit_id": order.org_unit_id,
                "to_org_unit_id": order.to_org_unit_id,
                "effective_date": order.effective.isoformat(),
            }
            for order in never_sent(history)
        ],
        "hrm": {"indicators": hrm_truths.indicators(landed), "groups": hrm_truths.groups(landed)},
        "bridge": hrm_truths.bridge(landed),
        "topics": topic_truths.figures(files, landed),
    }


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return both halves of the truths: files and defects stand together, all else is the part of one half."""
    files, defects = one["files"] | other.get("files", {}), [*one["defects"], *other.get("defects", [])]
    return {**other, **one, "files": dict(sorted(files.items())), "defects": defects}


def as_text(truths: dict[str, Any]) -> str:
    """Return the truths as JSON, one row of a table a line, so that a change shows where it is."""
    return json.dumps(truths, ensure_ascii=False, indent=0, sort_keys=False) + "\n"


if __name__ == "__main__":
    generate(SAMPLE)

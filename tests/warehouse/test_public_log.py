"""The metrics of a public event log are those that were published for it (shared/fixtures/README.md)."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from flows.settings import ROOT
from flows.warehouse.build import build
from tests.warehouse.lake import Lake, query, settings

LOG = ROOT.parent / "shared" / "fixtures" / "eventlogs" / "PurchasingExample.csv.gz"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.fixtures,
    pytest.mark.xdist_group("warehouse"),
    pytest.mark.usefixtures("project"),
    pytest.mark.skipif(not LOG.exists(), reason="the folder of real files is not beside the project"),
]
# metric: published value, digits published
PUBLISHED = {
    "lead_time_cal_p50": (286.1417, 4),
    "lead_time_cal_mean": (515.0189, 4),
    "touch_time_cal_mean": (28.5755, 4),
    "waiting_time_cal_mean": (486.4434, 4),
    "activity_ratio_case_mean": (0.08796, 5),
    "activity_ratio": (0.05548, 5),
}


def _events() -> list[dict]:
    frame = duckdb.execute(
        """
        select 'purchasing' as process_id, "case:concept:name" as case_id, "concept:name" as activity,
            cast(start_timestamp as timestamp) as started_at, cast("time:timestamp" as timestamp) as completed_at,
            "org:resource" as resource_key
        from read_csv(?, types = {'case:concept:name': 'VARCHAR'})
        where "concept:name" not in ('Start', 'End')
        """,
        [str(LOG)],
    )
    names = [column[0] for column in frame.description]
    return [dict(zip(names, row, strict=True)) for row in frame.fetchall()]


def test_the_published_figures_of_the_purchasing_log_are_met_to_their_digits(tmp_path: Path) -> None:
    lake = Lake(settings(tmp_path, as_of=date(2012, 12, 31)))
    lake.source("purchasing", "event_log")
    events = _events()
    lake.deliver("purchasing", events)
    built = build(lake.settings, lake.contracts)
    sql = "select indicator_id, value, numerator, n, evidence_level from marts.bpr_metrics where step_id = 'all'"
    found = {name: rest for name, *rest in query(built.path, sql)}
    assert len(events) == 9119
    assert {name: round(found[name][0], digits) for name, (_, digits) in PUBLISHED.items()} == {
        name: value for name, (value, _) in PUBLISHED.items()
    }
    assert found["handoff_count"][1:] == [7308, 608, "A"]

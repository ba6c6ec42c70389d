"""What pm4py takes for those figures of a log that it works out as we do, in CPU seconds, as JSON.

It is run by a Python that has pm4py (2.7.23), pandas and pyarrow. pm4py is under the AGPL: it is no dependency, stands
in no lock and is asked for nothing but these times; whoever has it in an environment of his own names that Python.
"""

import json
import resource
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

# Five days of four hours, lunch, four hours, as `uz_5day`; without its holidays, which spares pm4py work.
SLOTS = [((day * 24 + start) * 3600, (day * 24 + start + 4) * 3600) for day in range(5) for start in (9, 14)]
OFFICE = {"business_hours": True, "business_hour_slots": SLOTS}
COLUMNS = {
    "case_id": "case:concept:name",
    "activity": "concept:name",
    "started_at": "start_timestamp",
    "completed_at": "time:timestamp",
    "resource_key": "org:resource",
}


def main(rows: str) -> None:
    """Time each figure on closed cases; reading the file is not counted, putting the frame in order is."""
    pandas, pm4py = import_module("pandas"), import_module("pm4py")
    frame = pandas.read_parquet(rows)
    frame = frame[frame["is_case_closed"]][list(COLUMNS)].rename(columns=COLUMNS)
    took: dict[str, float] = {}
    ordered = _timed(took, "order", lambda: pm4py.format_dataframe(frame, start_timestamp_key=""))
    for name, figure in _figures(pm4py, ordered).items():
        _timed(took, name, figure)
    print(json.dumps({"seconds": took, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def _figures(pm4py: Any, frame: Any) -> dict[str, Callable[[], Any]]:
    service = import_module("pm4py.statistics.service_time.pandas.get")
    starts = {"pm4py:param:start_timestamp_key": "start_timestamp"}
    return {
        "variants": lambda: pm4py.get_variants(frame),
        "pairs": lambda: pm4py.discover_dfg(frame),
        "waits of pairs": lambda: pm4py.discover_performance_dfg(frame),
        "waits of pairs, office hours": lambda: pm4py.discover_performance_dfg(frame, **OFFICE),
        "lead times": lambda: pm4py.get_all_case_durations(frame),
        "lead times, office hours": lambda: pm4py.get_all_case_durations(frame, **OFFICE),
        "work of steps": lambda: service.apply(frame.copy(), parameters=starts),
        "work of steps, office hours": lambda: service.apply(frame.copy(), parameters={**starts, **OFFICE}),
        "rework": lambda: pm4py.get_rework_cases_per_activity(frame),
        "handovers": lambda: pm4py.discover_handover_of_work_network(frame),
    }


def _timed(took: dict[str, float], name: str, figure: Callable[[], Any]) -> Any:
    before = _cpu()
    found = figure()
    took[name] = round(_cpu() - before, 2)
    return found


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(*sys.argv[1:])

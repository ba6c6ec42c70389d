"""AS-IS and TO-BE are simulated side by side, the AS-IS is held against what was measured, and only then compared."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from flows.redesign.asis import Evidence, as_is, typical
from flows.redesign.edits import apply
from flows.redesign.flow import analyse, pool_queues
from flows.redesign.process import Process
from flows.redesign.queueing import Queue
from flows.redesign.scenario import Scenario
from flows.redesign.simulate import WARM_UP, Draws, Outcome, simulate

LEADS = 6  # a replication lasts six lead times, of which the first is warm-up
FEWEST, MOST = 200, 3000
LEAD_TOLERANCE, OPEN_TOLERANCE, LITTLE_TOLERANCE = 0.2, 0.3, 0.1  # domain/bpr.md 4.3
QUEUE_TOLERANCE, SHORT_WAIT = 0.3, 0.1  # share of the closed form; hours that nobody would call a wait
BAND = (0.05, 0.95)
MONTHS = 12


@dataclass(frozen=True)
class Measured:
    """What log or questionnaire say of the whole process; hours of working time, None where they say nothing."""

    n: int
    lead_p10: float | None = None
    lead_p50: float | None = None
    lead_p90: float | None = None
    in_process: float | None = None
    is_typical: bool = False  # waits were told as typical ones, not measured as means


@dataclass(frozen=True)
class Pair:
    """One replication: figures of AS-IS and TO-BE by measure."""

    as_is: dict[str, float]
    to_be: dict[str, float]


def compare(scenario: Scenario, bare: Process, evidence: Evidence, measured: Measured) -> list[dict[str, Any]]:
    """Return the rows of a scenario: checks of the AS-IS, queues by role, and benefits.

    Args:
        scenario: The edits, costs, seed and size.
        bare: Process without steps: people, prices, volume.
        evidence: Steps, and how they may be drawn.
        measured: What the AS-IS is held against.

    Returns:
        Rows with part (`check`, `queue`, `benefit`), measure_id, role, measured, as_is, to_be, difference,
        difference_low, difference_high (90 % band over replications) and is_passed. Without a validated AS-IS the
        benefits carry no TO-BE.

    Raises:
        EditError: An edit names a step of which there is no evidence.
    """
    before = _process(bare, evidence.base(), measured)
    after = apply(before, scenario.edits)
    cases = scenario.cases or _cases(before)
    pairs, outcomes = [], []
    for number in range(scenario.replications):
        rng = np.random.default_rng([scenario.seed, number])
        drawn = _process(bare, evidence.drawn(rng), measured)
        draws = Draws(scenario.seed, number, cases)
        changed = apply(drawn, scenario.edits)
        seen = simulate(drawn, draws)
        outcomes.append(seen)
        pairs.append(Pair(figures(drawn, seen), figures(changed, simulate(changed, draws))))
    checks = list(_checks(outcomes, measured, before))
    valid = all(check["is_passed"] for check in checks)
    queues = _queue_rows(before, after if valid else None, outcomes, measured.n)
    return [*checks, *queues, *_benefits(pairs, scenario, measured, is_valid=valid)]


def figures(process: Process, outcome: Outcome) -> dict[str, float]:
    """Return what one simulated process takes, by measure."""
    flow = analyse(process)
    year = process.cases_year
    hours = flow.touch_hours * year
    on_time = float((outcome.leads <= process.deadline_wh).mean()) if process.deadline_wh else np.nan
    return {
        "lead_mean_wh": float(outcome.leads.mean()),
        "lead_p50_wh": float(np.quantile(outcome.leads, 0.5)),
        "lead_p90_wh": float(np.quantile(outcome.leads, 0.9)),
        "on_time_share": on_time,
        "in_process": outcome.in_process,
        "touch_min": flow.touch_hours * 60,
        "signoffs": flow.signoffs,
        "rekeyed_fields": flow.rekeyed,
        "cost_per_case_uzs": flow.cost_uzs,
        "cost_year_uzs": flow.cost_uzs * year,
        "work_hours_year": hours,
        "fte": hours / process.fte_hours,
        "citizen_hours_year": process.applicant_hours * year,
        "citizen_cost_year_uzs": (process.applicant_hours * process.citizen_hour_uzs + process.applicant_uzs) * year,
    }


def _process(bare: Process, steps: Any, measured: Measured) -> Process:
    process = as_is(bare, steps, measured.lead_p10, measured.lead_p50)
    return typical(process) if measured.is_typical else process


def _cases(process: Process) -> int:
    """Return as many cases as arrive in six lead times, within bounds."""
    wanted = LEADS * analyse(process).lead_hours * process.arrivals / (1 - WARM_UP)
    return int(min(max(wanted, FEWEST), MOST))


def _checks(outcomes: Sequence[Outcome], measured: Measured, process: Process) -> Iterator[dict[str, Any]]:
    """Hold the replay against lead times and open cases that were measured apart from the steps."""
    seen = {
        "lead_p50_wh": _middle(float(np.quantile(one.leads, 0.5)) for one in outcomes),
        "lead_p90_wh": _middle(float(np.quantile(one.leads, 0.9)) for one in outcomes),
        "in_process": _middle(one.in_process for one in outcomes),
    }
    asked = (
        ("lead_p50_wh", measured.lead_p50, LEAD_TOLERANCE, True),
        ("lead_p90_wh", measured.lead_p90, LEAD_TOLERANCE, True),
        ("in_process", measured.in_process, OPEN_TOLERANCE, False),
    )
    for measure, told, tolerance, needed in asked:
        close = bool(told) and abs(seen[measure] / told - 1) <= tolerance if told else not needed
        yield _row(
            "check", measure, measured=told, as_is=seen[measure], tolerance=tolerance, is_passed=close, n=measured.n
        )
    gap = _middle(one.little_gap for one in outcomes)
    small = abs(gap) <= LITTLE_TOLERANCE
    yield _row("check", "little_gap", as_is=gap, tolerance=LITTLE_TOLERANCE, is_passed=small, n=measured.n)
    busiest = max((queue.utilisation for queue in pool_queues(process).values()), default=0.0)
    yield _row("check", "utilisation", as_is=busiest, tolerance=1.0, is_passed=busiest < 1, n=measured.n)


def _queue_rows(
    before: Process, after: Process | None, outcomes: Sequence[Outcome], n: int
) -> Iterator[dict[str, Any]]:
    """Put the wait for each role by closed form beside the simulated one, and what the change would make of it."""
    later = pool_queues(after) if after else {}
    for role, queue in pool_queues(before).items():
        simulated = float(np.mean([one.waits.get(role, 0.0) for one in outcomes]))
        near = abs(simulated - queue.wait) <= max(QUEUE_TOLERANCE * queue.wait, SHORT_WAIT)
        told = {"measured": _finite(queue.wait), "as_is": simulated, "to_be": _later(later, role, "wait", after)}
        yield _row("queue", "queue_wait_wh", role=role, **told, tolerance=QUEUE_TOLERANCE, is_passed=near, n=n)
        busy = {"as_is": queue.utilisation, "to_be": _later(later, role, "utilisation", after)}
        yield _row("queue", "utilisation", role=role, **busy, tolerance=1.0, is_passed=queue.utilisation < 1, n=n)


def _later(queues: Mapping[str, Queue], role: str, name: str, after: Process | None) -> float | None:
    """Return a figure of a queue after the change; 0 where the role is asked no more, None without a TO-BE."""
    if after is None:
        return None
    return _finite(getattr(queues[role], name)) if role in queues else 0.0


def _benefits(
    pairs: Sequence[Pair], scenario: Scenario, measured: Measured, *, is_valid: bool
) -> Iterator[dict[str, Any]]:
    """Compare measure by measure; differences are those of the same draws."""
    told = {"lead_p50_wh": measured.lead_p50, "lead_p90_wh": measured.lead_p90, "in_process": measured.in_process}
    for measure in pairs[0].as_is:
        before = np.array([pair.as_is[measure] for pair in pairs])
        after = np.array([pair.to_be[measure] for pair in pairs])
        yield _row(
            "benefit",
            measure,
            measured=told.get(measure),
            as_is=_finite(float(np.median(before))),
            is_passed=is_valid,
            n=measured.n,
            **(_difference(before, after) if is_valid else {}),
        )
    saved = np.array([pair.as_is["cost_year_uzs"] - pair.to_be["cost_year_uzs"] for pair in pairs])
    yield from _returns(saved - scenario.running_cost_year_uzs, scenario, measured.n, is_valid=is_valid)


def _difference(before: np.ndarray, after: np.ndarray) -> dict[str, float | None]:
    low, high = np.quantile(after - before, BAND)
    return {
        "to_be": _finite(float(np.median(after))),
        "difference": _finite(float(np.median(after - before))),
        "difference_low": _finite(float(low)),
        "difference_high": _finite(float(high)),
    }


def _returns(saved: np.ndarray, scenario: Scenario, n: int, *, is_valid: bool) -> Iterator[dict[str, Any]]:
    """Return the net saving of a year, and after how many months it has paid for the change."""
    low, high = (float(one) for one in np.quantile(saved, BAND))
    middle = float(np.median(saved))
    cost = scenario.one_off_cost_uzs
    years = {"difference": middle, "difference_low": low, "difference_high": high}
    yield _row("benefit", "net_saving_year_uzs", is_passed=is_valid, n=n, **(years if is_valid else {}))
    months = {
        "difference": _months(cost, middle),
        "difference_low": _months(cost, high),
        "difference_high": _months(cost, low),
    }
    yield _row("benefit", "payback_months", is_passed=is_valid, n=n, **(months if is_valid else {}))
    yield _row("benefit", "one_off_cost_uzs", is_passed=is_valid, n=n, **({"difference": cost} if is_valid else {}))


def _months(cost: float, saved: float) -> float | None:
    """Return months until a saving has paid a cost; None where it never does."""
    return cost / (saved / MONTHS) if saved > 0 else None


def _middle(values: Any) -> float:
    return float(np.median(list(values)))


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _row(part: str, measure: str, **values: Any) -> dict[str, Any]:
    empty = dict.fromkeys(
        ("measured", "as_is", "to_be", "difference", "difference_low", "difference_high", "tolerance", "n")
    )
    return {"part": part, "measure_id": measure, "role": "all", **empty, **values}

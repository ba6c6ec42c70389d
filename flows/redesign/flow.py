"""Expected work, waiting, lead time and cost of a case follow from the step list without drawing a number."""

from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

import numpy as np

from flows.redesign.process import NOBODY, Process, Spread, Step
from flows.redesign.queueing import Queue, pool_queue

MINUTES = 60
GRID = 4000  # points on which the slower of two branches is integrated


@dataclass(frozen=True)
class Flow:
    """What a case takes on average.

    Attributes:
        visits: Mean visits of each step by a case.
        touch_hours: Work of the body's own people, hours.
        wait_hours: Waits of all steps, parallel ones counted each, hours.
        lead_hours: From start to end, hours; of parallel steps the slowest counts.
        lead_cv: Standard deviation by mean of the lead time, where blocks are independent.
        cost_uzs: Work by its price.
        signoffs: Signatures and visas.
        rekeyed: Fields typed again.
    """

    visits: dict[str, float]
    touch_hours: float
    wait_hours: float
    lead_hours: float
    lead_cv: float
    cost_uzs: float
    signoffs: float
    rekeyed: float


def analyse(process: Process, queues: dict[str, Queue] | None = None) -> Flow:
    """Return the expected case of a process.

    Args:
        process: The step list.
        queues: Queues by role whose mean wait comes on top of the waits of the steps; none where not given.
    """
    queued = {role: queue.wait for role, queue in (queues or {}).items()}
    rounds = block_visits(process)
    visits, lead, variance = {}, 0.0, 0.0
    for block, times in zip(process.blocks, rounds, strict=True):
        visits |= {step.step_id: times * _own_visits(step) for step in block}
        parts = [_stay(step, queued.get(step.role, 0.0)) for step in block]
        mean, spread = _slowest(parts)
        lead += times * mean
        variance += times * spread**2
    worked = [step for step in process.steps if step.role not in NOBODY]
    return Flow(
        visits,
        sum(visits[step.step_id] * step.touch.mean for step in worked),
        sum(visits[step.step_id] * (step.wait.mean + queued.get(step.role, 0.0)) for step in process.steps),
        lead,
        sqrt(variance) / lead if lead else 0.0,
        sum(visits[step.step_id] * step.touch.mean * process.hour_uzs.get(step.role, 0.0) for step in worked),
        sum(visits[step.step_id] * step.signoffs for step in process.steps),
        sum(visits[step.step_id] * step.rekeyed for step in process.steps),
    )


def block_visits(process: Process) -> list[float]:
    """Return how often a case enters each block; more than once where a later step returns to an earlier one.

    The blocks are an absorbing Markov chain: visits solve v = e + v P, e being the first block. A step that returns to
    itself repeats within its block (`t / (1 - r)`).
    """
    blocks = process.blocks
    place = {step.step_id: number for number, block in enumerate(blocks) for step in block}
    chain = np.zeros((len(blocks), len(blocks)))
    for number, block in enumerate(blocks):
        back = _back(block)
        if back:
            chain[number, place[block[0].return_to]] += back
        if number + 1 < len(blocks):
            chain[number, number + 1] += 1 - back
    start = np.zeros(len(blocks))
    start[0] = 1
    return [float(one) for one in np.linalg.solve(np.eye(len(blocks)) - chain.T, start)]


def pool_queues(process: Process) -> dict[str, Queue]:
    """Return the queue of each pool that the process calls on: closed form, Poisson arrivals."""
    visits = {step.step_id: 0.0 for step in process.steps}
    for block, times in zip(process.blocks, block_visits(process), strict=True):
        visits |= {step.step_id: times * _own_visits(step) for step in block}
    queues = {}
    for role, pool in sorted(process.pools.items()):
        mine = [(visits[step.step_id], step.touch) for step in process.steps if step.role == role]
        total = sum(share for share, _ in mine)
        if role in NOBODY or not total:
            continue
        service = sum(share * touch.mean for share, touch in mine) / total
        square = sum(share * touch.mean**2 * (1 + touch.cv**2) for share, touch in mine) / total
        spread = sqrt(max(square / service**2 - 1, 0.0)) if service else 0.0
        queues[role] = pool_queue(process.arrivals * total, service, pool.servers, service_cv=spread)
    return queues


def _back(block: list[Step]) -> float:
    """Return the chance that a block sends the case back to an earlier block."""
    only = block[0]
    return only.reach * only.returned if len(block) == 1 and only.return_to not in {"", only.step_id} else 0.0


def _own_visits(step: Step) -> float:
    repeats = 1 / (1 - step.returned) if step.return_to in {"", step.step_id} else 1.0
    return step.reach * repeats


def _stay(step: Step, queued: float) -> tuple[float, Spread]:
    """Return the chance to come to a step, and wait and work until it is left; repeats are added up."""
    own = _own_visits(step) / step.reach if step.reach else 1.0
    mean = step.wait.mean + queued + step.touch.mean
    once = (step.wait.mean * step.wait.cv) ** 2 + (step.touch.mean * step.touch.cv) ** 2
    variance = own * once + own * (own - 1) * mean**2  # a geometric number of equal stays
    total = own * mean
    return step.reach, Spread(total, sqrt(variance) / total if total else 0.0)


def _slowest(parts: list[tuple[float, Spread]]) -> tuple[float, float]:
    """Return mean and standard deviation of the longest of independent stays, each reached by its own chance."""
    if len(parts) == 1:
        reach, stay = parts[0]
        second = reach * stay.mean**2 * (1 + stay.cv**2)
        return reach * stay.mean, sqrt(max(second - (reach * stay.mean) ** 2, 0.0))
    if all(stay.cv == 0 for _, stay in parts):
        return _slowest_constant(parts)
    top = max(stay.mean * np.exp(4 * stay.log_sd) for _, stay in parts)
    times = np.linspace(0, top, GRID)
    below = np.prod([1 - reach + reach * _share_below(stay, times) for reach, stay in parts], axis=0)
    mean = float(np.trapezoid(1 - below, times))
    second = float(np.trapezoid(2 * times * (1 - below), times))
    return mean, sqrt(max(second - mean**2, 0.0))


def _slowest_constant(parts: list[tuple[float, Spread]]) -> tuple[float, float]:
    """Return the same for stays without spread: exact, by their order."""
    ordered = sorted([(0.0, 1.0), *((stay.mean, reach) for reach, stay in parts)])
    below = [float(np.prod([1 - reach for _, reach in ordered[place + 1 :]])) for place in range(len(ordered))]
    steps = list(pairwise(time for time, _ in ordered))
    mean = sum((after - before) * (1 - below[place]) for place, (before, after) in enumerate(steps))
    second = sum((after**2 - before**2) * (1 - below[place]) for place, (before, after) in enumerate(steps))
    return mean, sqrt(max(second - mean**2, 0.0))


def _share_below(stay: Spread, times: np.ndarray) -> np.ndarray:
    """Return the share of lognormal stays that end before each time."""
    if stay.mean <= 0:
        return np.ones_like(times)
    if stay.cv <= 0:
        return (times >= stay.mean).astype(float)
    from scipy.special import ndtr

    with np.errstate(divide="ignore"):
        return ndtr((np.log(times) - np.log(stay.mean) + stay.log_sd**2 / 2) / stay.log_sd)

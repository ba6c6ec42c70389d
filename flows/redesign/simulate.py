"""Cases pass through a process by SimPy; what decides each case is drawn before, so two processes share it."""

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field
from functools import cached_property
from math import expm1, sqrt
from typing import Any
from zlib import crc32

import numpy as np

from flows.redesign.process import NOBODY, Process, Spread, Step

ROUNDS = 4  # visits of a case to a step that have numbers of their own; later ones take those of the next case
WARM_UP = 0.2  # of the cases; the first ones meet an empty office


@dataclass(frozen=True)
class Draws:
    """Common random numbers of one replication: what a case meets at a step hangs on case, step and visit alone.

    Attributes:
        seed: Seed of the scenario.
        replication: Number of the replication.
        cases: How many cases arrive.
    """

    seed: int
    replication: int
    cases: int

    @cached_property
    def gaps(self) -> list[float]:
        """Times between arrivals by their mean: exponential."""
        return self._rng("arrivals").exponential(size=self.cases).tolist()

    @cached_property
    def pace(self) -> np.ndarray:
        """What makes all waits of a case long or short: standard normal."""
        return self._rng("pace").standard_normal(self.cases)

    def step(self, name: str) -> "StepDraws":
        """Return the numbers of a step."""
        rng = self._rng(f"step {name}")
        normals = rng.standard_normal((2, ROUNDS, self.cases))
        chances = rng.random((2, ROUNDS, self.cases))
        return StepDraws(normals[0], normals[1], chances[0], chances[1])

    def _rng(self, what: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, self.replication, crc32(what.encode())])


@dataclass(frozen=True)
class StepDraws:
    """Numbers of one step, shape (ROUNDS, cases): normals of work and wait, chances of reach and return."""

    touch: np.ndarray
    wait: np.ndarray
    reach: np.ndarray
    back: np.ndarray


@dataclass(frozen=True)
class Outcome:
    """What was seen after the warm-up.

    Attributes:
        leads: Hours from start to end of each case, in the order of arrival.
        in_process: Mean number of open cases.
        waits: Mean wait for a free person by role, hours.
        utilisations: Part of the time at work by role.
        little_gap: Open cases by arrivals times lead, less one.
    """

    leads: np.ndarray
    in_process: float
    waits: dict[str, float] = field(default_factory=dict)
    utilisations: dict[str, float] = field(default_factory=dict)
    little_gap: float = 0.0


def simulate(process: Process, draws: Draws) -> Outcome:
    """Simulate a process until every case is done.

    Args:
        process: The step list; times in working hours, so nights and holidays lie outside the clock.
        draws: The random numbers; the same draws give the same outcome, byte by byte.
    """
    return _Office(process, draws).run()


@dataclass(frozen=True)
class _Desk:
    """A step as its cases meet it, by visit and case: times in hours, whether the case comes, whether it goes back."""

    step: Step
    touch: list[list[float]]
    wait: list[list[float]]
    comes: list[list[bool]]
    returns: list[list[bool]]


def _desk(step: Step, numbers: StepDraws, factors: np.ndarray) -> _Desk:
    return _Desk(
        step,
        step.touch.at(numbers.touch).tolist(),
        (step.wait.at(numbers.wait) * factors).tolist(),
        (numbers.reach < step.reach).tolist(),
        (numbers.back < step.returned).tolist(),
    )


@dataclass
class _People:
    """Persons of one role and who waits for them, first come first served.

    What `simpy.Resource` does by two events of its own for each turn, free or not, costs none where somebody is free.
    """

    persons: int
    busy: int = 0
    line: deque[Any] = field(default_factory=deque)

    def ask(self, environment: Any) -> Any:
        """Return the event to wait for; None where somebody is free, who then works."""
        if self.busy < self.persons:
            self.busy += 1
            return None
        self.line.append(environment.event())
        return self.line[-1]

    def leave(self) -> None:
        """Hand the person over to whoever waits longest."""
        if self.line:
            self.line.popleft().succeed()
        else:
            self.busy -= 1


class _Office:
    """One simulated office: an environment, its pools and its books."""

    def __init__(self, process: Process, draws: Draws) -> None:
        import simpy

        self.environment: Any = simpy.Environment()
        self.blocks = process.blocks
        self.draws = draws
        self.rate = process.arrivals
        self.pools = {role: _People(pool.servers) for role, pool in process.pools.items() if role not in NOBODY}
        factors = Spread(1.0, sqrt(expm1(process.case_log_sd**2))).at(draws.pace)
        self.desks = {step.step_id: _desk(step, draws.step(step.step_id), factors) for step in process.steps}
        self.places = {step.step_id: place for place, block in enumerate(self.blocks) for step in block}
        self.first = int(WARM_UP * draws.cases)
        self.started: list[float] = []
        self.ended = [0.0] * draws.cases
        self.queued: dict[str, list[float]] = {role: [] for role in self.pools}
        self.worked = dict.fromkeys(self.pools, 0.0)

    def run(self) -> Outcome:
        """Let all cases through and add up."""
        self.environment.process(self._arrive())
        self.environment.run()
        starts, ends = np.array(self.started), np.array(self.ended)
        leads = (ends - starts)[self.first :]
        in_process = _open_between(starts, ends, starts[self.first], starts[-1])
        span = starts[-1] - starts[self.first]
        arrived = (len(starts) - 1 - self.first) / span if span else 0.0
        expected = arrived * float(leads.mean())
        whole = float(ends.max())
        return Outcome(
            leads,
            in_process,
            {role: float(np.mean(waits)) if waits else 0.0 for role, waits in self.queued.items()},
            {role: self.worked[role] / (whole * pool.persons) for role, pool in self.pools.items()},
            in_process / expected - 1 if expected else 0.0,
        )

    def _arrive(self) -> Generator[Any]:
        for case, gap in enumerate(self.draws.gaps):
            yield self.environment.timeout(gap / self.rate)
            self.started.append(self.environment.now)
            self.environment.process(self._case(case))

    def _case(self, case: int) -> Generator[Any]:
        """Take a case from block to block; a return leads back."""
        visits: dict[str, int] = {}
        place = 0
        while place < len(self.blocks):
            block = self.blocks[place]
            if len(block) == 1:
                back = yield from self._step(case, block[0], visits)
                place = self.places[block[0].return_to] if back else place + 1
                continue
            sides = [self.environment.process(self._step(case, step, visits)) for step in block]
            yield self.environment.all_of(sides)
            place += 1
        self.ended[case] = self.environment.now

    def _step(self, case: int, step: Step, visits: dict[str, int]) -> Generator[Any, Any, bool]:
        """Wait, queue and work; repeat what comes back to the step itself; say whether the case goes back further."""
        desk, name = self.desks[step.step_id], step.step_id
        visit = visits.get(name, 0)
        further, turn = divmod(visit, ROUNDS)
        if not desk.comes[turn][(case + further) % self.draws.cases]:
            visits[name] = visit + 1
            return False
        while True:
            further, turn = divmod(visit, ROUNDS)
            drawn = (case + further) % self.draws.cases
            visit += 1
            visits[name] = visit
            yield from self._work(step.role, desk.wait[turn][drawn], desk.touch[turn][drawn])
            if not desk.returns[turn][drawn]:
                return False
            if step.return_to:
                return True

    def _work(self, role: str, wait: float, touch: float) -> Generator[Any]:
        pool = self.pools.get(role)
        if pool is None:
            if wait + touch > 0:
                yield self.environment.timeout(wait + touch)
            return
        if wait > 0:
            yield self.environment.timeout(wait)
        asked = self.environment.now
        turn = pool.ask(self.environment)
        if turn is not None:
            yield turn
        self.queued[role].append(self.environment.now - asked)
        yield self.environment.timeout(touch)
        self.worked[role] += touch
        pool.leave()


def _open_between(starts: np.ndarray, ends: np.ndarray, opens: float, closes: float) -> float:
    """Return the mean number of cases open between two moments."""
    if closes <= opens:
        return 0.0
    return float(np.clip(np.minimum(ends, closes) - np.maximum(starts, opens), 0, None).sum() / (closes - opens))

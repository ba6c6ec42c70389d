"""A process is a list of steps with times, chances and roles, the people who carry them out, and what an hour costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log, sqrt

import numpy as np

NOBODY = frozenset({"", "none", "external", "applicant"})  # roles for which no one of the body queues


@dataclass(frozen=True)
class Spread:
    """A time in working hours: mean, and standard deviation by mean (cv)."""

    mean: float
    cv: float = 0.0

    def times(self, factor: float) -> "Spread":
        """Return the time stretched by a factor; its shape stays."""
        return Spread(self.mean * factor, self.cv)

    @property
    def log_sd(self) -> float:
        """Standard deviation of the logarithm, where the time is lognormal."""
        return sqrt(log(1 + self.cv**2))

    def at(self, normals: np.ndarray) -> np.ndarray:
        """Return lognormal times for standard normal numbers; their mean is the mean of the time."""
        if self.mean <= 0 or self.cv <= 0:
            return np.full_like(normals, max(self.mean, 0.0))
        return self.mean * np.exp(self.log_sd * normals - self.log_sd**2 / 2)


@dataclass(frozen=True)
class Step:
    """One step of a process.

    Attributes:
        step_id: Code of the step.
        role: Who does it; `none` where a machine does.
        touch: Working time of one visit, hours.
        wait: Waiting before the work begins that is not queueing for the role (another body, a batch, absence), hours.
        reach: Share of cases that come to the step (0 to 1).
        returned: Chance that a visit ends with a return (0 to below 1).
        return_to: Step to which it returns; the step itself where empty.
        group: Steps of one group stand side by side and run in parallel; empty: one after another.
        signoffs: Signatures and visas of one visit.
        rekeyed: Fields typed again in one visit.
    """

    step_id: str
    role: str
    touch: Spread
    wait: Spread
    reach: float = 1.0
    returned: float = 0.0
    return_to: str = ""
    group: str = ""
    signoffs: float = 0.0
    rekeyed: float = 0.0


@dataclass(frozen=True)
class Pool:
    """People of one role: persons, and which part of their time the process has."""

    persons: float
    time_share: float = 1.0

    @property
    def servers(self) -> int:
        """How many can be at work on the process at once."""
        return max(1, round(self.persons * self.time_share))


@dataclass(frozen=True)
class Process:
    """What is simulated: a step list with its people, volume, prices and applicants.

    Attributes:
        process_id: Code of the process.
        steps: Steps in their order.
        pools: People by role; a role without a pool never queues.
        cases_year: Cases a year.
        hours_year: Working hours of the office in a year.
        hour_uzs: Price of an hour by role.
        case_log_sd: Spread of what makes all waits of one case long or short (log scale).
        deadline_wh: Time within which a case must be done, working hours; None where there is none.
        applicant_hours: Applicant's own time for a case.
        applicant_uzs: Applicant's money for a case.
        citizen_hour_uzs: Price of an hour of an applicant.
        fte_hours: Working hours that one full-time equivalent has for cases in a year.
    """

    process_id: str
    steps: tuple[Step, ...]
    pools: Mapping[str, Pool] = field(default_factory=dict)
    cases_year: float = 0.0
    hours_year: float = 2016.0
    hour_uzs: Mapping[str, float] = field(default_factory=dict)
    case_log_sd: float = 0.0
    deadline_wh: float | None = None
    applicant_hours: float = 0.0
    applicant_uzs: float = 0.0
    citizen_hour_uzs: float = 0.0
    fte_hours: float = 1466.0

    @property
    def arrivals(self) -> float:
        """Cases that arrive in a working hour."""
        return self.cases_year / self.hours_year

    @property
    def places(self) -> dict[str, int]:
        """Place of each step in the list."""
        return {step.step_id: place for place, step in enumerate(self.steps)}

    @property
    def blocks(self) -> list[list[Step]]:
        """Return the steps as blocks: neighbours of one group form one, every other step is its own."""
        blocks: list[list[Step]] = []
        for step in self.steps:
            if step.group and blocks and blocks[-1][0].group == step.group:
                blocks[-1].append(step)
            else:
                blocks.append([step])
        return blocks

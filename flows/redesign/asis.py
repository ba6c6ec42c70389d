"""The process as it is comes from the step table: one base estimate, and draws from what the evidence leaves open."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import exp, log, sqrt
from typing import Any, Protocol

import numpy as np
import polars as pl

from flows.redesign.flow import analyse, pool_queues
from flows.redesign.process import Pool, Process, Spread, Step
from flows.statistics.bootstrap import pooled

NORMAL_P90 = 1.2816
RETURNED_MAX = 0.9  # a drawn chance of return stays below 1
TIMES = ("touch_mean_min", "wait_p50_wh", "reach_share", "return_share")
UNSAID = (0.0, 0.0, 1.0, 0.0)  # by TIMES, where nobody answered: no time, every case, nothing comes back


class Evidence(Protocol):
    """What is known of a process, and how surely."""

    def base(self) -> tuple[Step, ...]:
        """Return the steps with the best estimates."""
        ...

    def drawn(self, rng: np.random.Generator) -> tuple[Step, ...]:
        """Return the steps as another sample of the same size might have told them."""
        ...


@dataclass(frozen=True)
class LogEvidence:
    """Steps of an event log; a row of `rows` has step_id, role, n, instances, reach, returned and times in hours."""

    rows: tuple[Mapping[str, Any], ...]

    def base(self) -> tuple[Step, ...]:
        """Return the steps with the means of the log."""
        return tuple(_step(row) for row in self.rows)

    def drawn(self, rng: np.random.Generator) -> tuple[Step, ...]:
        """Draw means of lognormal times and shares of cases from their sampling distributions."""
        return tuple(_shaken(_step(row), int(row["n"]), rng) for row in self.rows)


@dataclass(frozen=True)
class SurveyEvidence:
    """Steps of a questionnaire.

    Attributes:
        rows: One row for each step, with role, signoffs, rekeyed and the shapes of its times.
        answers: Estimates by respondent, step and time (TIMES), nan where not given; shape (respondents, steps, 4).
    """

    rows: tuple[Mapping[str, Any], ...]
    answers: np.ndarray

    def base(self) -> tuple[Step, ...]:
        """Return the steps pooled over all respondents."""
        return self._pooled(self.answers)

    def drawn(self, rng: np.random.Generator) -> tuple[Step, ...]:
        """Pool respondents drawn with replacement."""
        chosen = rng.integers(len(self.answers), size=len(self.answers))
        return self._pooled(self.answers[chosen])

    def _pooled(self, answers: np.ndarray) -> tuple[Step, ...]:
        drawn, whole = (pooled(np.moveaxis(given, 0, -1)) for given in (answers, self.answers))
        known = np.where(np.isnan(drawn), whole, drawn)
        values = np.where(np.isnan(known), UNSAID, known).tolist()
        return tuple(
            _step({**row, "touch_h": touch / 60, "wait_h": wait, "reach": reach, "returned": returned})
            for row, (touch, wait, reach, returned) in zip(self.rows, values, strict=True)
        )


def survey_evidence(rows: tuple[Mapping[str, Any], ...], answers: pl.DataFrame) -> SurveyEvidence:
    """Return the evidence of a questionnaire.

    Args:
        rows: One row for each step, in order.
        answers: response_key, step_id and TIMES, one row for each respondent and step described; a step described twice
            counts once, by its mean.
    """
    order = {row["step_id"]: place for place, row in enumerate(rows)}
    found = answers.filter(pl.col("step_id").is_in(list(order)))
    found = found.group_by("response_key", "step_id").agg(pl.col(TIMES).cast(pl.Float64).sort().mean())
    keys = sorted(found["response_key"].unique().to_list())
    cube = np.full((len(keys), len(rows), len(TIMES)), np.nan)
    places = {key: place for place, key in enumerate(keys)}
    for key, step, *times in found.select("response_key", "step_id", *TIMES).iter_rows():
        cube[places[key], order[step]] = [np.nan if time is None else time for time in times]
    # the order of respondents hangs on what they said, not on keys, which differ from workspace to workspace
    ranked = np.lexsort(np.nan_to_num(cube, nan=-1).reshape(len(cube), -1).T)
    return SurveyEvidence(rows, cube[ranked])


def as_is(bare: Process, steps: tuple[Step, ...], lead_p10: float | None, lead_p50: float | None) -> Process:
    """Return the process that is replayed.

    What pools of people make their cases wait (closed form) is taken off the waits of the steps, so that the sum stays
    as measured and moves with the load. How far fast cases are from typical ones says how much of the waiting is
    common to all steps of a case.

    Args:
        bare: Volume, people and prices; its steps are not read.
        steps: Steps with the waits as measured.
        lead_p10: Lead time that one case in ten stays below, working hours.
        lead_p50: Typical lead time, working hours.
    """
    process = replace(bare, steps=steps)
    queues = pool_queues(process)
    process = replace(
        process, steps=tuple(_freed(step, queues[step.role].wait if step.role in queues else 0.0) for step in steps)
    )
    if not lead_p10 or not lead_p50 or lead_p10 >= lead_p50:
        return process
    seen = log(lead_p50 / lead_p10) / NORMAL_P90
    own = sqrt(log(1 + analyse(process).lead_cv ** 2))
    return replace(process, case_log_sd=sqrt(max(seen**2 - own**2, 0.0)))


def typical(process: Process) -> Process:
    """Return the process with waits that were told as typical (medians) turned into means.

    Medians of steps that are slow together add up to the median of the case, so the common factor has median 1.
    """
    factor = exp(process.case_log_sd**2 / 2)
    steps = tuple(replace(step, wait=step.wait.times(factor)) for step in process.steps)
    return replace(process, steps=steps)


def _step(row: Mapping[str, Any]) -> Step:
    return Step(
        row["step_id"],
        row["role"] or "",
        Spread(row["touch_h"], row["touch_cv"] or 0.0),
        Spread(row["wait_h"], row["wait_cv"] or 0.0),
        min(row["reach"], 1.0),
        min(row["returned"], RETURNED_MAX),
        signoffs=row["signoffs"] or 0.0,
        rekeyed=row["rekeyed"] or 0.0,
    )


def _shaken(step: Step, n: int, rng: np.random.Generator) -> Step:
    touch, wait = (_shaken_time(time, n, rng) for time in (step.touch, step.wait))
    reach = rng.beta(step.reach * n + 0.5, (1 - step.reach) * n + 0.5) if step.reach < 1 else 1.0
    returned = rng.beta(step.returned * n + 0.5, (1 - step.returned) * n + 0.5) if step.returned > 0 else 0.0
    return replace(step, touch=touch, wait=wait, reach=float(reach), returned=min(float(returned), RETURNED_MAX))


def _shaken_time(time: Spread, n: int, rng: np.random.Generator) -> Spread:
    """Draw the mean of a lognormal time from n cases (standard error of the logarithm)."""
    error = time.log_sd / sqrt(n)
    return time.times(exp(error * rng.standard_normal() - error**2 / 2))


def _freed(step: Step, queued: float) -> Step:
    """Take the queue off the wait of a step, as far as it goes."""
    left = max(step.wait.mean - queued, 0.0)
    return replace(step, wait=Spread(left, step.wait.cv))


def pools_of(people: Mapping[str, tuple[float, float]], named: Mapping[str, Pool]) -> dict[str, Pool]:
    """Return people by role; what a scenario says counts before what is known."""
    return {role: Pool(persons, share) for role, (persons, share) in sorted(people.items())} | dict(named)

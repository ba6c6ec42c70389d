"""A recommendation stands where all conditions of its rule hold on figures that may be shown, and nowhere else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from typing import Any

import polars as pl

CONFIDENCE = {"high": 1.0, "medium": 0.8, "low": 0.5}  # by which the priority is multiplied
SURE_EVIDENCE = ("A", "B")
SURE_MARGIN = 0.1  # share of the threshold by which a figure without an interval must be beyond it
STRONG_MARGIN = 0.5  # share of the threshold beyond which a figure does not count for more
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Condition:
    """A figure above or below a threshold."""

    measure_id: str
    comparison: str
    threshold: float

    def holds(self, value: float) -> bool:
        """Return whether a figure is beyond the threshold; at the threshold it is not."""
        return value > self.threshold if self.comparison == "above" else value < self.threshold

    def margin(self, value: float) -> float:
        """Return by which share of the threshold a figure is beyond it."""
        return abs(value - self.threshold) / (abs(self.threshold) or 1.0)

    def confidence(self, row: Row) -> str:
        """Return how sure it is that the condition holds of all persons, and not of those who answered only."""
        near = row["ci_high"] if self.comparison == "below" else row["ci_low"]
        if near is not None:
            return "high" if self.holds(near) else "low"
        if row["evidence_level"] not in SURE_EVIDENCE:
            return "low"
        return "high" if self.margin(row["value"]) >= SURE_MARGIN else "medium"


@dataclass(frozen=True)
class Rule:
    """When to say what; all conditions must hold of the same organisation and process."""

    rule_id: str
    action_id: str
    effect: int
    effort: int
    conflicts_with: tuple[str, ...]
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Case:
    """What a rule finds in one organisation, process and assessment.

    Attributes:
        verdict: holds, does_not_hold, or unknown where a figure is missing or withheld.
        evidence: A figure for each condition, in their order.
        state: new, continuing, solved (it held before, its figures now say no) or unknown (they say nothing now).
    """

    org_unit_id: str
    assessed_on: date
    subject: str
    rule: Rule
    verdict: str
    evidence: tuple[Row, ...] = ()
    priority: float = 0.0
    confidence: str = ""
    state: str = ""
    place: int | None = None
    conflicts: tuple[str, ...] = field(default=())


def rules_of(rules: Sequence[Row], conditions: Sequence[Row]) -> list[Rule]:
    """Return the rules of the seeds; one without conditions would always speak and is left out."""
    found = [
        Rule(
            row["rule_id"],
            row["action_id"],
            int(row["effect"]),
            int(row["effort"]),
            tuple((row["conflicts_with"] or "").split()),
            tuple(
                Condition(one["measure_id"], one["comparison"], float(one["threshold"]))
                for one in sorted(conditions, key=lambda one: one["measure_id"])
                if one["rule_id"] == row["rule_id"]
            ),
        )
        for row in sorted(rules, key=lambda row: row["rule_id"])
    ]
    return [rule for rule in found if rule.conditions]


def judge(rule: Rule, figures: Mapping[str, Row], scope: tuple[str, date, str]) -> Case:
    """Hold a rule against the figures of one organisation, assessment and process."""
    organisation, day, subject = scope
    blank = Case(organisation, day, subject, rule, "unknown")
    known = [figures.get(condition.measure_id) for condition in rule.conditions]
    evidence = tuple(row for row in known if row is not None and row["value"] is not None)
    pairs = list(zip(rule.conditions, evidence, strict=False))
    if len(evidence) < len(rule.conditions):
        return blank
    if not all(condition.holds(row["value"]) for condition, row in pairs):
        return replace(blank, verdict="does_not_hold", evidence=evidence)
    confidence = min((condition.confidence(row) for condition, row in pairs), key=lambda name: CONFIDENCE[name])
    strength = sum(min(c.margin(r["value"]), STRONG_MARGIN) / STRONG_MARGIN for c, r in pairs) / len(pairs)
    priority = rule.effect / rule.effort * (0.5 + 0.5 * strength) * CONFIDENCE[confidence]
    return replace(blank, verdict="holds", evidence=evidence, confidence=confidence, priority=round(priority, 4))


def recommend(figures: Sequence[Row], rules: Sequence[Rule]) -> list[Case]:
    """Return what is recommended now or was before, ranked within organisation and assessment.

    Of several rules that ask for the same action in the same process, the one with the highest priority speaks.
    """
    scopes: dict[tuple[str, date, str], dict[str, Row]] = {}
    for row in sorted(figures, key=_source):
        scope = scopes.setdefault((row["org_unit_id"], row["assessed_on"], row["subject"]), {})
        scope.setdefault(row["measure_id"], row)
    cases = [judge(rule, own, scope) for scope, own in sorted(scopes.items()) for rule in rules]
    return sorted(_ranked(_with_states(cases)), key=_order)


def _source(row: Row) -> tuple[str, str, str]:
    """Return by what figures of one name are told apart; of several the first in this order counts."""
    return row["source_table"], row.get("instrument_id") or "", row.get("score_family") or ""


def _with_states(cases: Sequence[Case]) -> Iterator[Case]:
    """Compare each assessment with the one before of the organisation; what never held is left out."""
    days = {
        org: sorted({c.assessed_on for c in cases if c.org_unit_id == org}) for org in {c.org_unit_id for c in cases}
    }
    known = {(c.org_unit_id, c.rule.rule_id, c.subject, c.assessed_on): c.verdict for c in cases}
    for case in cases:
        place = days[case.org_unit_id].index(case.assessed_on)
        day_before = days[case.org_unit_id][place - 1] if place else None
        before = known.get((case.org_unit_id, case.rule.rule_id, case.subject, day_before)) if day_before else None
        if case.verdict == "holds":
            yield replace(case, state="continuing" if before == "holds" else "new")
        elif before == "holds":
            yield replace(case, state="solved" if case.verdict == "does_not_hold" else "unknown")


def _ranked(cases: Iterator[Case]) -> Iterator[Case]:
    def by_scope(case: Case) -> tuple[str, date]:
        return case.org_unit_id, case.assessed_on

    for _, group in groupby(sorted(cases, key=by_scope), key=by_scope):
        own = list(group)
        standing = _one_of_each_action([case for case in own if case.verdict == "holds"])
        for place, case in enumerate(standing, start=1):
            rivals = [other.rule.rule_id for other in standing if _conflict(case, other)]
            yield replace(case, place=place, conflicts=tuple(sorted(set(rivals))))
        yield from (case for case in own if case.verdict != "holds")


def _one_of_each_action(cases: Sequence[Case]) -> list[Case]:
    ordered = sorted(cases, key=lambda case: (-case.priority, case.rule.rule_id, case.subject))
    first: dict[tuple[str, str], Case] = {}
    for case in ordered:
        first.setdefault((case.rule.action_id, case.subject), case)
    return [case for case in ordered if first[(case.rule.action_id, case.subject)] is case]


def _conflict(one: Case, other: Case) -> bool:
    names = one.rule.rule_id in other.rule.conflicts_with or other.rule.rule_id in one.rule.conflicts_with
    return names and one.subject == other.subject


def _order(case: Case) -> tuple[str, date, int, str, str]:
    return case.org_unit_id, case.assessed_on, case.place or 10**6, case.rule.rule_id, case.subject


EVIDENCE_SCHEMA: dict[str, Any] = {
    "org_unit_id": pl.String,
    "assessed_on": pl.Date,
    "rule_id": pl.String,
    "subject": pl.String,
    "state": pl.String,
    "place": pl.Int32,
    "priority": pl.Float64,
    "confidence": pl.String,
    "conflicts": pl.String,
    "measure_id": pl.String,
    "comparison": pl.String,
    "threshold": pl.Float64,
    "value": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "unit": pl.String,
    "source_table": pl.String,
    "evidence_level": pl.String,
    "figure_start": pl.Date,
    "figure_end": pl.Date,
    "least_n": pl.Int64,
}


def recommendation_rows(figures: pl.DataFrame, rules: pl.DataFrame, conditions: pl.DataFrame) -> pl.DataFrame:
    """Return one row per recommendation and condition, with the figure that meets it.

    Args:
        figures: Rows of `int_model__figures`.
        rules: Seed recommendation_rules.
        conditions: Seed recommendation_conditions.
    """
    cases = recommend(figures.to_dicts(), rules_of(rules.to_dicts(), conditions.to_dicts()))
    return pl.DataFrame([row for case in cases for row in _rows(case)], schema=EVIDENCE_SCHEMA)


def _rows(case: Case) -> Iterator[dict[str, Any]]:
    shared = {
        "org_unit_id": case.org_unit_id,
        "assessed_on": case.assessed_on,
        "rule_id": case.rule.rule_id,
        "subject": case.subject,
        "state": case.state,
        "place": case.place,
        "priority": case.priority if case.place else None,
        "confidence": case.confidence or None,
        "conflicts": " ".join(case.conflicts),
    }
    known = {row["measure_id"]: row for row in case.evidence}
    copied = ("value", "ci_low", "ci_high", "unit", "source_table", "evidence_level", "least_n")
    for condition in case.rule.conditions:
        row = known.get(condition.measure_id, {})
        figure = {name: row.get(name) for name in copied}
        figure |= {"figure_start": row.get("period_start"), "figure_end": row.get("period_end")}
        asked = {"measure_id": condition.measure_id, "comparison": condition.comparison}
        yield {**shared, **asked, "threshold": condition.threshold, **figure}

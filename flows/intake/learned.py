"""What earlier deliveries of a source teach has been compared with a new one: volume, codes, gaps; counts, no rows.

Everything here is computed from the statistics in manifests. A rule knows its verdict from them, and carries the
same test as SQL over the stage table for Great Expectations.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist, median
from typing import Any, Literal

from flows.contracts.load import allowed_codes
from flows.contracts.model import Column, Contract, Contracts, Learned
from flows.intake.normalise import literal
from flows.intake.rules import RowRule

Verdict = Literal["passed", "warned", "failed", "learning", "not_judged"]
Statistics = Mapping[str, Any]

SPREADS = 5.0  # a change within so many robust standard deviations of the history is usual
MAD_TO_SIGMA = 1.4826  # makes the median absolute deviation of a normal distribution its standard deviation
CHANCE_SIGMAS = 4.0  # sampling error of a share: one false alarm in some 16,000
CHANCE_QUANTILE = 0.999  # of the index under no change, which is chi-square times (1/n + 1/N) (Yurdakul 2018)
SMALLEST = 0.5  # added to each category, so that an empty one has a logarithm
CODES = {
    "volume": ("E-421", "W-351"),
    "drift": ("E-422", "W-352"),
    "unknown": ("E-423", "W-353"),
    "missing": ("E-424", "W-354"),
}
SAYS = {
    "volume": "The delivery has about as many rows as those before it.",
    "drift": "The codes of {} are spread as in the deliveries before.",
    "unknown": "The share of unknown codes in {} is that of the deliveries before.",
    "missing": "The share of empty cells in {} is that of the deliveries before.",
}


@dataclass(frozen=True)
class LearnedRule:
    """An expectation of a contract about a whole delivery, with its verdict.

    Attributes:
        kind: `volume`, `drift`, `unknown` or `missing`.
        column: Column judged; empty for the volume.
        broken: SQL over the stage table, true where the rule is broken; empty where it was not judged.
        text: What was found, for a finding; no value of a row.
    """

    id: str
    kind: str
    code: str
    column: str
    severity: str
    verdict: Verdict
    broken: str = ""
    text: str = ""
    expected: str = ""

    @property
    def description(self) -> str:
        """What the rule demands, in one sentence."""
        return SAYS[self.kind].format(self.column)

    def row_rule(self, stage: str) -> RowRule:
        """Return the rule as one over rows: the first row stands for all where it is broken."""
        bad = f"_row = (select min(_row) from {stage}) and ({self.broken})"
        return RowRule(self.id, self.code, self.column, bad, "", self.severity, self.description)


def judge_learned(  # noqa: PLR0913 - severities and stage by name
    contract: Contract,
    contracts: Contracts,
    now: Statistics | None,
    past: Sequence[Statistics],
    *,
    stage: str = "",
    severities: Sequence[str] = ("refuse", "warn"),
) -> tuple[LearnedRule, ...]:
    """Judge a delivery by those before it.

    Args:
        contract: Says which rules there are and how strict they are.
        contracts: Code lists.
        now: Statistics of the delivery; None where it was not judged by its rows.
        past: Statistics of the deliveries that it is compared with, as `flows.intake.history` chooses them;
            empty while the history is still being learned.
        stage: Stage table for the SQL of the rules.
        severities: Rules to judge.

    Returns:
        One rule for each expectation of the contract, whatever the delivery holds.
    """
    return tuple(
        _judged(Compared(kind, column.name if column else "", learned, codes, now, past, stage))
        for kind, column, learned, codes in _expectations(contract, contracts)
        if learned.severity in severities
    )


@dataclass(frozen=True)
class Compared:
    """One expectation with what it compares; `name` is empty for the volume."""

    kind: str
    name: str
    learned: Learned
    codes: tuple[str, ...]
    now: Statistics | None
    past: Sequence[Statistics]
    stage: str

    @property
    def here(self) -> Mapping[str, Any]:
        """Statistics of the column in the delivery."""
        return self.now["columns"][self.name] if self.now else {}

    @property
    def staged(self) -> int:
        """Rows of the delivery that came to the stage."""
        return self.now["staged"] if self.now else 0


@dataclass(frozen=True)
class Answer:
    """What a comparison found, and the same test as SQL."""

    is_broken: bool
    broken: str
    text: str
    expected: str


def _expectations(
    contract: Contract, contracts: Contracts
) -> Iterator[tuple[str, Column | None, Learned, tuple[str, ...]]]:
    history = contract.history
    yield "volume", None, history.volume, ()
    for column in contract.kind.tables[0].columns:
        if column.type == "code" and column.privacy == "none":
            codes = allowed_codes(column, contracts.codes)
            yield "drift", column, history.drift, codes
            yield "unknown", column, history.unknown, codes
        yield "missing", column, history.missing, ()


def _judged(one: Compared) -> LearnedRule:
    code = CODES[one.kind][0 if one.learned.severity == "refuse" else 1]
    blank = (f"{one.name or 'delivery'}.{one.kind}", one.kind, code, one.name, one.learned.severity)
    if one.now is None or (one.name and one.name not in one.now["columns"]):
        return LearnedRule(*blank, "not_judged")
    known = [past for past in one.past if not one.name or one.name in past["columns"]]
    if not known:
        return LearnedRule(*blank, "learning")
    tests = {"volume": _volume, "drift": _drift, "unknown": _unknown, "missing": _missing}
    found = tests[one.kind](replace(one, past=known))
    bad: Verdict = "failed" if one.learned.severity == "refuse" else "warned"
    return LearnedRule(*blank, bad if found.is_broken else "passed", found.broken, found.text, found.expected)


def _volume(one: Compared) -> Answer:
    middle, give = _usual([float(past["rows"]) for past in one.past])
    give = max(give, one.learned.limit * middle)
    least, most = math.ceil(middle - give), math.floor(middle + give)
    rows = one.now["rows"] if one.now else 0
    outside = rows - one.staged  # records that never came to the stage
    broken = f"(select count(*) from {one.stage}) + {outside} not between {least} and {most}"
    text = f"The delivery has {rows} rows; the last {len(one.past)} had about {round(middle)}."
    return Answer(not least <= rows <= most, broken, text, f"{max(least, 1)} to {most} rows")


def _missing(one: Compared) -> Answer:
    shares = [_share(past["staged"] - past["columns"][one.name]["filled"], past["staged"]) for past in one.past]
    share = _share(one.staged - one.here["filled"], one.staged)
    sql = f"(select coalesce(1 - count({one.name}__text) / nullif(count(*), 0), 0) from {one.stage})"
    return _share_answer(one, "empty cells", (share, one.staged), shares, sql)


def _unknown(one: Compared) -> Answer:
    columns = [past["columns"][one.name] for past in one.past]
    shares = [_share(column["unknown"], column["filled"]) for column in columns]
    codes = ", ".join(literal(code) for code in one.codes)
    strange = f"count(*) filter (where {one.name} not in ({codes}))"
    sql = f"(select coalesce({strange} / nullif(count({one.name}__text), 0), 0) from {one.stage})"
    share = _share(one.here["unknown"], one.here["filled"])
    return _share_answer(one, "unknown codes", (share, one.here["filled"]), shares, sql)


def _share_answer(one: Compared, what: str, found: tuple[float, int], shares: Sequence[float], sql: str) -> Answer:
    """Compare a share and its base with earlier shares; a billionth more is given for the rounding of a double."""
    share, base = found
    middle, give = _usual(shares)
    give = max(give, one.learned.limit, _chance(middle, base)) + 1e-9
    low, high = middle - give, middle + give
    text = f"{share:.1%} {what} in {one.name}; before it were about {middle:.1%}."
    expected = f"{max(low, 0):.1%} to {min(high, 1):.1%}"
    return Answer(not low <= share <= high, f"{sql} not between {low!r} and {high!r}", text, expected)


def _drift(one: Compared) -> Answer:
    pooled = {code: sum(past["columns"][one.name]["codes"].get(code, 0) for past in one.past) for code in one.codes}
    here = {code: one.here["codes"].get(code, 0) for code in one.codes}
    count, before = sum(here.values()), sum(pooled.values())
    give = max(one.learned.limit, _chance_index(len(one.codes), count, before))
    expected = f"an index of at most {give:.2f}"
    if not count or not before:
        return Answer(is_broken=False, broken="false", text="", expected=expected)
    index = stability_index(here, pooled)
    broken = f"{_index_sql(one.name, _shares(pooled), one.stage)} > {give!r}"
    text = f"The codes of {one.name} are spread otherwise than before: stability index {index:.2f}."
    return Answer(index > give, broken, text, expected)


def stability_index(here: Mapping[str, int], before: Mapping[str, int]) -> float:
    """Return the population stability index of two counts of the same codes: 0 equal, 0.1 a shift, 0.25 another mix."""
    first, second = _shares(here), _shares(before)
    return sum((first[code] - second[code]) * math.log(first[code] / second[code]) for code in first)


def _shares(counts: Mapping[str, int]) -> dict[str, float]:
    whole = sum(counts.values()) + SMALLEST * len(counts)
    return {code: (count + SMALLEST) / whole for code, count in counts.items()}


def _index_sql(name: str, before: Mapping[str, float], stage: str) -> str:
    values = ", ".join(f"({literal(code)}, cast({share!r} as double))" for code, share in before.items())
    counted = f"select {name} as code, count(*) as filled from {stage} where {name} is not null group by {name}"
    smooth = f"coalesce(filled, 0) + {SMALLEST}"
    here = f"cast({smooth} as double) / sum({smooth}) over ()"
    shares = (
        f"select {here} as here, share as before from (values {values}) as known(code, share) "
        f"left join ({counted}) as counted using (code)"
    )
    return f"(select sum((here - before) * ln(here / before)) from ({shares}) as shares)"


def _chance_index(categories: int, count: int, pooled: int) -> float:
    """Return the index that chance alone reaches once in a thousand (Wilson and Hilferty's chi-square quantile)."""
    if categories <= 1 or not count or not pooled:
        return 0.0
    freedom = categories - 1
    tail = 2 / (9 * freedom)
    quantile = freedom * (1 - tail + NormalDist().inv_cdf(CHANCE_QUANTILE) * math.sqrt(tail)) ** 3
    return quantile * (1 / count + 1 / pooled)


def _usual(values: Sequence[float]) -> tuple[float, float]:
    """Return the median, and the distance from it that is usual."""
    middle = median(values)
    return middle, SPREADS * MAD_TO_SIGMA * median(abs(value - middle) for value in values)


def _chance(share: float, count: int) -> float:
    return CHANCE_SIGMAS * math.sqrt(share * (1 - share) / count) if count else 1.0


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0

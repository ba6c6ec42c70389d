"""An outsider with the published parquet files alone bounds withheld counts; shares no code with the release."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
import scipy.sparse as sp
from scipy.optimize import linprog

Cell = tuple[str, ...]
COUNTS = {
    "headcount_end": "headcount",
    "hires_new": "hires",
    "separation_rate_service": "exits",
    "turnover_rate_ministry": "leavers",
    "voluntary_rate": "quits",
}
IN, OUT = ("hires", "transfers_in", "moves_in", "unexplained"), ("exits", "transfers_out", "moves_out")


@dataclass
class Stranger:
    """What the outsider knows: counts that are shown (None where withheld or rounded), and sums of terms that are 0.

    `within` holds the least and the most that a rounded count can be.
    """

    known: dict[Cell, float | None] = field(default_factory=dict)
    sums: list[dict[Cell, float]] = field(default_factory=list)
    more: list[dict[Cell, float]] = field(default_factory=list)
    within: dict[Cell, tuple[float, float | None]] = field(default_factory=dict)

    def see(self, cell: Cell, value: float | None) -> None:
        """Remember a count; what is shown in one place is known in all."""
        if self.known.get(cell) is None:
            self.known[cell] = value

    def bounds(self, cells: list[Cell]) -> Iterator[tuple[Cell, float, float]]:
        """Yield the lowest and highest value that each withheld count can have."""
        open_ = [cell for cell, value in self.known.items() if value is None]
        at = {cell: number for number, cell in enumerate(open_)}
        equal, equal_right = self._lines(self.sums, at)
        under, under_right = self._lines(self.more, at)
        sides = [self.within.get(cell, (None if cell[0] == "unexplained" else 0, None)) for cell in open_]
        for cell in cells:
            cost = np.zeros(len(open_))
            cost[at[cell]] = 1
            ends = [linprog(sign * cost, under, under_right, equal, equal_right, sides) for sign in (1, -1)]
            assert {end.status for end in ends} <= {0, 3}
            low, high = (np.inf if end.status == 3 else end.fun for end in ends)
            yield cell, -np.inf if low == np.inf else low, high if high == np.inf else -high

    def _lines(self, sums: list[dict[Cell, float]], at: dict[Cell, int]) -> tuple[sp.csr_matrix, np.ndarray]:
        rows, columns, terms, right = [], [], [], []
        for line in sums:
            left = {cell: sign for cell, sign in line.items() if self.known[cell] is None}
            if left:
                rows += [len(right)] * len(left)
                columns += [at[cell] for cell in left]
                terms += left.values()
                right.append(-sum(sign * (self.known[cell] or 0) for cell, sign in line.items()))
        return sp.csr_matrix((terms, (rows, columns)), (len(right), len(at))), np.array(right)


def read(folder: Path, month: str) -> Stranger:
    """Read what a release says about one month, units of the day, by what the dictionary says about the columns."""
    day = pl.lit(month).str.to_date()
    at = (pl.col("period_start") == day) & (pl.col("org_view") == "as_was") & (pl.col("period_kind") == "month")
    tidy = pl.col("dimension_1").is_in(["all", "sex"]) & (pl.col("dimension_2") == "all")
    stranger = Stranger()
    rows = pl.read_parquet(folder / "hrm_indicators.parquet").filter(at, tidy)
    for row in rows.iter_rows(named=True):
        unit, sex = row["org_unit_id"], row["category_1"]
        if row["indicator_id"] in COUNTS:
            stranger.see((COUNTS[row["indicator_id"]], unit, sex), row["numerator"])
        if row["indicator_id"] == "women_share":
            stranger.see(("headcount", unit, "female"), row["numerator"])
            stranger.see(("headcount", unit, "all"), row["denominator"])
    for row in pl.read_parquet(folder / "hrm_headcount_bridge.parquet").filter(at).iter_rows(named=True):
        unit = row["org_unit_id"]
        stranger.see(("headcount", unit, "all"), row["closing"])
        for name in ("opening", *IN, *OUT):
            stranger.see((name, unit, "all"), row[name])
        signs = {"opening": 1.0, "headcount": -1.0, **dict.fromkeys(IN, 1.0), **dict.fromkeys(OUT, -1.0)}
        stranger.sums.append({(name, unit, "all"): sign for name, sign in signs.items()})
    _round(stranger)
    _add_up(stranger, pl.read_parquet(folder / "dim_org_units.parquet"))
    return stranger


def _round(stranger: Stranger) -> None:
    """Movements of a month are told to the nearest ten; nobody shows one to four."""
    for cell, told in list(stranger.known.items()):
        if cell[0] not in {"headcount", "opening"} and told:
            ends = max(abs(told) - 5, 5), abs(told) + 4
            stranger.within[cell] = ends if told > 0 else (-ends[1], -ends[0])
            stranger.known[cell] = None


def _add_up(stranger: Stranger, units: pl.DataFrame) -> None:
    """Sum over sexes and over the tree; quits are among exits, exits among those who left the ministry."""
    below = defaultdict(list)
    for unit, parent in units.select("org_unit_id", "parent_id").rows():
        below[parent].append(unit)
    for name, unit, sex in list(stranger.known):
        cell = (name, unit, sex)
        if sex == "all" and name in COUNTS.values():
            _sum(stranger, cell, [(name, unit, part) for part in ("male", "female")])
        children = [(name, child, sex) for child in below[unit] if (name, child, sex) in stranger.known]
        if children and name == "headcount":
            # whoever heads a ministry sits in none of its units
            stranger.see((f"own {name}", unit, sex), None)
            children.append((f"own {name}", unit, sex))
        if name not in ("opening", "moves_in", "moves_out", "unexplained"):
            _sum(stranger, cell, children)
        for part, whole in (("quits", "exits"), ("exits", "leavers")):
            if name == part and (whole, unit, sex) in stranger.known:
                stranger.more.append({cell: 1.0, (whole, unit, sex): -1.0})
    for name, unit, sex in list(stranger.known):
        if name.startswith("own ") and sex == "all":
            _sum(stranger, (name, unit, sex), [(name, unit, part) for part in ("male", "female")])


def _sum(stranger: Stranger, whole: Cell, parts: list[Cell]) -> None:
    if parts and set(parts) <= set(stranger.known) and _may_hold(stranger, whole, parts):
        stranger.sums.append({whole: -1.0, **dict.fromkeys(parts, 1.0)})


def _may_hold(stranger: Stranger, whole: Cell, parts: list[Cell]) -> bool:
    """Tell whether the sum is not refuted by what is shown (persons with two posts, units that nobody knows)."""
    values = [stranger.known[cell] for cell in (whole, *parts)]
    shown = [value for value in values if value is not None]
    return len(shown) < len(values) or values[0] == sum(shown[1:])

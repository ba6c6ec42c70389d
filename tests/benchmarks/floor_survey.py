"""The floor of the survey: what a careful analyst writes by hand with DuckDB and NumPy for the same figures.

Raked and trimmed weights; of sixty items and twelve scales by unit, ministry and service, and there by sex and position
group: n, weighted value, distribution, design effect, linearised error in a finite population, interval, benchmarks;
for each scale alpha, omega, item-rest correlations, ICC and r_wg by ministry. One view of the organisation; no second
wave, no languages, no tests, no catalogue.
"""

import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ITEMS, OF_SCALE, Z = 60, 5, 1.959964
Array = np.ndarray


@dataclass
class Design:
    """Weights of the cells, which place holds which cell, and the persons asked in each place."""

    w: Array
    tree: Array
    asked: Array

    def up(self, counts: Array) -> tuple[Array, ...]:
        """Return counts by place: plain, weighted, and by squared weights."""
        return self.tree @ counts, self.tree @ (self.w * counts), self.tree @ (self.w**2 * counts)


def main(lake: str, warehouse: str, out: str) -> None:
    """Make the figures."""
    base = duckdb.connect(config={"memory_limit": "500MB", "temp_directory": f"{out}/floor_spill"})
    people = base.execute(
        "select dense_rank() over (order by ministry_id) - 1 as m, dense_rank() over (order by org_unit_id) - 1 as u,"
        " (sex = 'male')::int as s, (position_group = 'managerial')::int as g"
        f" from read_parquet('{lake}/opinions/*/rows.parquet') order by _row"
    ).fetchnumpy()
    m, u, s, g = (people[name].astype(np.int64) for name in "musg")
    answers = np.zeros((m.size, ITEMS), np.uint8)
    batches = base.execute(
        "select _row - 1, cast(substr(item_id, 2) as utinyint) - 1, cast(value as utinyint)"
        f" from read_parquet('{lake}/opinions/*/answers.parquet')"
        " where repeat = 'none' and choice = 'value' and value is not null"
    ).to_arrow_reader(1_000_000)
    for batch in batches:
        row, item, value = (column.to_numpy() for column in batch.columns)
        answers[row, item] = value
    with duckdb.connect(warehouse, read_only=True) as file:
        frame = file.execute(
            "select dense_rank() over (order by ministry_id) - 1, dense_rank() over (order by org_unit_id) - 1,"
            " (sex = 'male')::int, (position_group = 'managerial')::int, count(*)"
            " from intermediate.int_hrm__person_months where period_start = date '2026-05-01'"
            " group by ministry_id, org_unit_id, sex, position_group"
        ).fetchnumpy()
    fm, fu, fs, fg, persons = (np.asarray(column) for column in frame.values())
    cell = (u * 2 + s) * 2 + g
    cells = int(u.max() + 1) * 4
    counts = np.bincount(cell, minlength=cells).astype(float)
    ministry = np.zeros(cells, np.int64)
    ministry[cell] = m
    sex = np.arange(cells) // 2 % 2
    weight = weights(counts, ministry, sex, np.bincount(fm, persons), np.bincount(fs, persons))
    tree = places(cells, ministry, sex)
    asked = tree @ np.bincount((fu * 2 + fs) * 2 + fg, persons, cells)
    tables = estimates(answers, cell, Design(weight, tree, asked))
    pq.write_table(pa.concat_tables(tables), f"{out}/floor_estimates.parquet")
    np.save(Path(out) / "floor_scales.npy", np.array(reliabilities(answers, m, u)))


def weights(counts: Array, ministry: Array, sex: Array, by_m: Array, by_s: Array) -> Array:
    """Rake cells to ministries and sexes, then trim."""
    w = np.ones(counts.size)
    for _ in range(50):
        w = w * (by_m / np.bincount(ministry, w * counts))[ministry]
        w = w * (by_s / np.bincount(sex, w * counts))[sex]
    low, half, high = np.quantile(np.repeat(w, counts.astype(int)), [0.25, 0.5, 0.75])
    return np.minimum(w, half + 3 * (high - low))


def places(cells: int, ministry: Array, sex: Array) -> Array:
    """Return which place holds which cell: units, ministries, service; each whole, by sex and by group."""
    unit, group = np.arange(cells) // 4, np.arange(cells) % 2
    rows = [unit == place for place in range(cells // 4)]
    rows += [ministry == place for place in range(ministry.max() + 1)] + [np.ones(cells, bool)]
    cuts = [np.ones(cells, bool), sex == 0, sex == 1, group == 0, group == 1]
    return np.array([row & cut for row in rows for cut in cuts], float)


def estimates(answers: Array, cell: Array, design: Design) -> list[pa.Table]:
    """Return one table a measure."""
    cells, done = design.w.size, []
    by_item = np.ascontiguousarray(answers.T)
    for item in range(ITEMS):
        table = np.bincount(cell * 6 + by_item[item], minlength=cells * 6).reshape(cells, 6)
        n, good, bad = table[:, 1:].sum(1), table[:, 4:].sum(1), table[:, 1:3].sum(1)
        done.append(figures(f"q{item}", design, (n, good, good), bad))
    order = np.argsort(cell, kind="stable")
    ends = np.searchsorted(cell[order], np.arange(cells + 1))
    for scale in range(ITEMS // OF_SCALE):
        own = by_item[scale * OF_SCALE : (scale + 1) * OF_SCALE]
        given = (own > 0).sum(0)
        if scale % 2 == 0:
            with np.errstate(divide="ignore", invalid="ignore"):
                x = np.where(given >= 0.665 * OF_SCALE, (own.sum(0) - given) * 25.0 / given, np.nan)
            known = ~np.isnan(x)
            n, total, squares = (np.bincount(cell[known], part, cells) for part in (None, x[known], x[known] ** 2))
            done.append(figures(f"scale{scale}", design, (n, total, squares)))
        else:
            table = np.concatenate([own > 0, own > 3]).T[order].astype(np.float32)
            pairs = np.array([table[a:b].T @ table[a:b] for a, b in pairwise(ends)])
            done.append(shares(f"scale{scale}", design, np.bincount(cell, given > 0, cells), pairs))
    return done


def figures(name: str, design: Design, sums: tuple[Array, Array, Array], bad: Array | None = None) -> pa.Table:
    """Value, error and interval of a mean."""
    (n_, sw, sw2), (_, wx, w2x), (_, _, w2xx) = (design.up(part) for part in sums)
    asked = design.asked
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = wx / sw
        spread = (w2xx - 2 * mean * w2x + mean**2 * sw2) / sw**2
        error = np.sqrt(np.clip(spread, 0, None) * n_ / (n_ - 1) * (1 - n_ / asked))
        base = sw**2 / sw2 * (asked - 1) / (asked - n_)
        if bad is None:
            low, high = mean - Z * error, mean + Z * error
        else:
            centre = (mean + Z**2 / 2 / base) / (1 + Z**2 / base)
            half = Z / (1 + Z**2 / base) * np.sqrt(mean * (1 - mean) / base + Z**2 / 4 / base**2)
            low, high = centre - half, centre + half
        negative = mean * np.nan if bad is None else design.up(bad)[1] / sw
        return table_of(name, (n_, sw, sw2), mean, error, low, high, negative)


def shares(name: str, design: Design, n: Array, pairs: Array) -> pa.Table:
    """Value, error and interval of a mean of shares."""
    k, (n_, sw, sw2), asked = OF_SCALE, design.up(n), design.asked
    once, twice = (np.tensordot(design.tree, part[:, None, None] * pairs, 1) for part in (design.w, design.w**2))
    with np.errstate(divide="ignore", invalid="ignore"):
        total = once[:, range(k), range(k)]
        p = once[:, range(k, 2 * k), range(k, 2 * k)] / total
        a, b = p[:, :, None], p[:, None, :]
        left = twice[:, k:, k:] - b * twice[:, k:, :k] - a * twice[:, :k, k:] + a * b * twice[:, :k, :k]
        spread = (left / (total[:, :, None] * total[:, None, :])).sum((1, 2)) / k**2
        mean, error = p.mean(1), np.sqrt(np.clip(spread, 0, None) * n_ / (n_ - 1) * (1 - n_ / asked))
    return table_of(name, (n_, sw, sw2), mean, error, mean - Z * error, mean + Z * error, mean * np.nan)


def table_of(name: str, sums: tuple[Array, ...], mean: Array, *rest: Array) -> pa.Table:
    """Put the figures of one measure beside their places and benchmarks."""
    n, sw, sw2 = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        columns = {"n": n, "w": sw, "deff": n * sw2 / sw**2, "value": mean}
    columns |= dict(zip(("error", "low", "high", "negative"), rest, strict=True))
    size = len(mean) // 5
    whole = mean.reshape(size, 5)
    columns["median"] = np.tile(np.median(whole[-11:-1], 0), size)
    columns["mean"] = np.tile(whole[-1], size)
    return pa.table({"measure": [name] * len(mean), "place": np.arange(len(mean))} | columns)


def reliabilities(answers: Array, m: Array, u: Array) -> list[Array]:
    """Alpha, omega, item-rest, ICC and r_wg of each scale, for the service and each ministry."""
    found = []
    for scale in range(ITEMS // OF_SCALE):
        own = answers[:, scale * OF_SCALE : (scale + 1) * OF_SCALE]
        whole = (own > 0).all(1)
        for scope in range(-1, int(m.max()) + 1):
            chosen = whole if scope < 0 else whole & (m == scope)
            found.append(reliability(own[chosen].astype(float), u[chosen]))
    return found


def reliability(x: Array, u: Array) -> Array:
    """Return the figures of one scale and scope."""
    k, c = x.shape[1], np.cov(x.T)
    alpha = k / (k - 1) * (1 - np.trace(c) / c.sum())
    rest = [(c[i].sum() - c[i, i]) / np.sqrt(c[i, i] * np.delete(np.delete(c, i, 0), i, 1).sum()) for i in range(k)]
    r = np.corrcoef(x.T)
    values, vectors = np.linalg.eigh(r)
    load = np.abs(vectors[:, -1]) * np.sqrt(values[-1])
    for _ in range(200):
        for i in range(k):
            others = np.arange(k) != i
            load[i] = (r[i, others] @ load[others]) / (load[others] @ load[others])
    omega = load.sum() ** 2 / (load.sum() ** 2 + (1 - load**2).sum())
    mean = x.mean(1)
    size = np.bincount(u)
    size, at = size[size > 0], np.unique(u, return_inverse=True)[1]
    centre = np.bincount(at, mean) / size
    between = (size * (centre - mean.mean()) ** 2).sum() / (size.size - 1)
    within = ((mean - centre[at]) ** 2).sum() / (mean.size - size.size)
    part = np.mean([np.bincount(at, x[:, i] ** 2) / size - (np.bincount(at, x[:, i]) / size) ** 2 for i in range(k)], 0)
    ratio = part / 2
    return np.array(
        [alpha, omega, *rest, (between - within) / between, np.median(k * (1 - ratio) / (k * (1 - ratio) + ratio))]
    )


main(*sys.argv[1:])

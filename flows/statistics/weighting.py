"""Each answer to a survey weighs as many persons as it stands for, by the scheme that its instrument names."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from flows.statistics.calibration import BETWEEN
from flows.statistics.weights import NotWeighted, post_stratified, raked, trimmed

WAVE = ("instrument_id", "instrument_version", "wave_id")
UNKNOWN = "unknown"
FEWEST = 10  # domain/hrm.md 2.4: a cell of fewer answers is merged with the rest of its first margin
DECIMALS = 6

Labels = NDArray[np.str_]
Totals = dict[str, float]


def survey_weights(cells: pl.DataFrame, frame: pl.DataFrame, schemes: pl.DataFrame) -> pl.DataFrame:
    """Return one weight a cell of respondents, with six decimals; the sender's where the instrument names no scheme.

    Args:
        cells: One row a cell: the columns of `WAVE`, cell_no, responses (their number), base_weight (what
            each weighs before, 1 where nobody weighted), and the margins.
        frame: Persons invited: the columns of `WAVE`, the margins, persons. It covers the ministries that took part.
        schemes: instrument_id, instrument_version, method (`raking` or `post_stratification`), margins (names,
            separated by blanks), is_trimmed.

    Returns:
        cell_no, weight, strata (the strata whose totals a cell's weight helps to meet, by margin; null where it has
        none); sorted. Weights times responses of a wave sum to its frame.

    Raises:
        NotWeighted: E-601, the answers cannot be weighted to the frame.
    """
    rules = {(row["instrument_id"], row["instrument_version"]): row for row in schemes.iter_rows(named=True)}
    parts = []
    for key, part in cells.sort("cell_no").group_by(*WAVE, maintain_order=True):
        rule = rules.get((str(key[0]), str(key[1])))
        persons = frame.filter(*(pl.col(name) == value for name, value in zip(WAVE, key, strict=True)))
        weights, strata = (
            _weights_of_wave(key, part, persons, rule)
            if rule
            else (part["base_weight"].to_numpy(), [None] * part.height)
        )
        weighed = {"weight": pl.Series(weights, dtype=pl.Float64), "strata": pl.Series(strata, dtype=pl.String)}
        parts.append(part.select("cell_no").with_columns(**weighed))
    empty = pl.DataFrame(schema={"cell_no": pl.Int64, "weight": pl.Float64, "strata": pl.String})
    found = pl.concat(parts) if parts else empty
    return found.with_columns(pl.col("weight").round(DECIMALS)).sort("cell_no")


def _weights_of_wave(
    key: tuple[object, ...], cells: pl.DataFrame, frame: pl.DataFrame, rule: Mapping[str, object]
) -> tuple[NDArray[np.float64], list[str]]:
    try:
        return weights_of(cells, frame, rule)
    except NotWeighted as error:
        raise NotWeighted(error.finding.code, f"{'/'.join(map(str, key))}, {error.finding.text}") from error


def weights_of(
    cells: pl.DataFrame, frame: pl.DataFrame, rule: Mapping[str, object]
) -> tuple[NDArray[np.float64], list[str]]:
    """Return the weights of the cells of one wave by one scheme, and their strata; see `survey_weights`."""
    margins = str(rule["margins"]).split()
    labels = {name: cells[name].fill_null(UNKNOWN).to_numpy().astype(str) for name in margins}
    counts = cells["responses"].to_numpy().astype(float)
    before = counts * cells["base_weight"].to_numpy()
    if rule["method"] == "raking":
        totals = {name: _totals(frame, [name]) for name in margins}
        persons = raked(before, {name: list(values) for name, values in labels.items()}, totals, UNKNOWN)
        strata = [BETWEEN.join(each) for each in zip(*labels.values(), strict=True)]
    else:
        groups, totals = _cells(labels, frame, margins, counts)
        persons = post_stratified(before, list(groups), totals)
        strata = list(groups)
    weights = persons / counts
    return trimmed(weights, list(labels[margins[0]]), counts) if rule["is_trimmed"] else weights, strata


def with_unknown(labels: Labels, totals: Mapping[str, float], counts: NDArray[np.float64]) -> Totals:
    """Give those who did not say their part of the persons, so that they weigh as the average of all answers.

    Args:
        labels: Category of each cell.
        totals: Persons in each category.
        counts: Answers in each cell.
    """
    share = float(counts[labels == UNKNOWN].sum() / counts.sum())
    persons = sum(totals.values())
    known = {name: count * (1 - share) for name, count in totals.items() if name != UNKNOWN}
    return known | ({UNKNOWN: share * persons} if share else {})


def _totals(frame: pl.DataFrame, names: list[str]) -> Totals:
    sums = frame.group_by(names).agg(pl.col("persons").sum()).sort(names)
    return {" ".join(map(str, row[:-1])): float(row[-1]) for row in sums.iter_rows()}


def _cells(
    labels: Mapping[str, Labels], frame: pl.DataFrame, margins: list[str], counts: NDArray[np.float64]
) -> tuple[Labels, Totals]:
    """Return the stratum of each cell and the persons of each; a first margin with a small stratum is one stratum."""
    first, *rest = margins
    fine = np.array([" ".join(parts) for parts in zip(*(labels[name] for name in margins), strict=True)])
    whole = with_unknown(labels[first], _totals(frame, [first]), counts)
    cells, totals = labels[first].copy().astype(object), {}
    for group, persons in whole.items():
        inside = labels[first] == group
        within = _totals(frame.filter(pl.col(first) == group), rest) if rest else {}
        second = np.array([name.removeprefix(f"{group} ") for name in fine[inside]])
        own = counts[inside]
        parts = _scaled(with_unknown(second, within, own), persons) if within and group != UNKNOWN else {}
        if parts and all(own[second == name].sum() >= FEWEST for name in parts):
            cells[inside] = fine[inside]
            totals |= {f"{group} {name}": count for name, count in parts.items()}
        else:
            totals[group] = persons
    return cells.astype(str), totals


def _scaled(totals: Totals, persons: float) -> Totals:
    whole = sum(totals.values())
    return {name: count * persons / whole for name, count in totals.items()} if whole else {}

"""Earlier releases are not forgotten: what they showed is known for good, what they withheld must not come out now.

A release keeps the true figures that it withheld in the workspace, where readers cannot come (`secrets`), so that the
next one can tell whether a figure is still the same: the unchanged would tell what was withheld then. They are written
before the release is put in its place, marked as `UNSEEN` until readers have been led to it: a release that broke off
before that showed nothing to anybody.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from flows.errors import Place, QdeepError
from flows.release.protection.rules import Rules
from flows.release.tables import Table
from flows.release.write import sync

# Folder of the workspace with one folder of secrets for each release.
LEDGER = "ledger"
# Stands beside the secrets of a release to which readers have not been led yet.
UNSEEN, DRAFT = "unseen", ".draft"
# Figures that are equal but for the order in which they were summed.
CLOSE = 1e-6


@dataclass(frozen=True)
class Past:
    """An earlier release.

    Attributes:
        folder: Its files, as readers have them.
        secrets: Its withheld figures, table by table; a folder that may be missing.
        same_rules: Whether it was made under the thresholds of today.
    """

    release_id: str
    folder: Path
    secrets: Path
    same_rules: bool = True

    def shown(self, name: str, columns: Sequence[str]) -> pl.DataFrame | None:
        """Return columns of a table as published; None where it had no such table or columns, or cannot be read."""
        return _columns(self.folder / f"{name}.parquet", columns)

    def withheld(self, name: str, columns: Sequence[str]) -> pl.DataFrame | None:
        """Return the true figures of the rows that withhold something; None where nobody kept them.

        Raises:
            QdeepError: E-513 where they were kept and cannot be read: nobody knows then what must not come out.
        """
        file = self.secrets / f"{name}.parquet"
        if not (self.same_rules and file.exists()):
            return None
        try:
            is_known = set(columns) <= set(pl.read_parquet_schema(file))
            return pl.read_parquet(file, columns=list(columns), glob=False) if is_known else None
        except (OSError, pl.exceptions.PolarsError) as error:
            where = Place(file=f"{LEDGER}/{self.release_id}/{file.name}")
            raise QdeepError("E-513", "What an earlier release withheld cannot be read.", where) from error


@dataclass(frozen=True)
class Memory:
    """What earlier releases said of the counts of a table, one row per row of it and one column per count.

    Attributes:
        told: Whether one of them shows the very same.
        kept: Whether one of them withholds the very same.
        step: By how much the count differs from that of an earlier release; the smallest such step, null for none.
    """

    told: pl.DataFrame
    kept: pl.DataFrame
    step: pl.DataFrame


def counts_of(rules: Rules, table: Table) -> tuple[str, ...]:
    """Return the columns of a table that count the persons, respondents or cases behind a figure."""
    cube = rules.cube
    series = cube.series if cube else None
    found = list(table.base)
    if cube:
        found += [shown.column for count in cube.counts.values() for shown in count.shown if shown.table == table.name]
    if series:
        found += [*series.shown.get(table.name, {})]
        found += ["numerator", "denominator", "n"] if table.name == series.table else []
    return tuple(dict.fromkeys(column for column in found if table.column(column)))


def remember(table: Table, frame: pl.DataFrame, columns: Sequence[str], past: Iterable[Past]) -> Memory:
    """Hold the counts of a table against all earlier releases.

    Args:
        table: Description of the table.
        frame: Its rows as they would be shown if nothing was withheld.
        columns: Columns that count persons, respondents or cases.
        past: Earlier releases.
    """
    no = _filled(frame, columns, value=False)
    memory = Memory(no, no, _filled(frame, columns, value=None))
    for one in past:
        memory = _with(memory, table, frame, columns, one)
    return memory


def secrets_of(table: Table, frame: pl.DataFrame, mask: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return the rows that withhold a count, with the true counts that they withhold.

    Args:
        table: Description of the table.
        frame: Rows with nothing withheld.
        mask: Why each figure is withheld, null where it is not.
        columns: Columns that count persons, respondents or cases.
    """
    gone = {name: mask[name].is_not_null() if name in mask.columns else False for name in columns}
    true = [pl.when(flag).then(pl.col(name)).alias(name) for name, flag in gone.items() if name not in table.grain]
    rows = frame.select(*table.grain, *true)
    if not (table.grain and true):  # rows without a name cannot be found again
        return rows.clear()
    return rows.filter(pl.any_horizontal(pl.all().exclude(*table.grain).is_not_null()))


def keep(folder: Path, secrets: Mapping[str, pl.DataFrame], *, seen: bool = False) -> None:
    """Write withheld counts for nobody but the next release; each file is whole, and all survive a power cut.

    Args:
        folder: Folder of the secrets of one release; what else stands there goes.
        secrets: Withheld counts by table.
        seen: Whether readers have been led to a release of this name before.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not seen:
        _put(folder / UNSEEN, lambda draft: draft.write_text(""))
    for name, rows in secrets.items():
        _put(folder / f"{name}.parquet", partial(pq.write_table, rows.to_arrow()))  # a full disk is an OSError there
    for stale in folder.glob("*.parquet"):
        if stale.stem not in secrets:
            stale.unlink()
    for place in (folder, folder.parent, folder.parent.parent):
        sync(place)


def is_unseen(folder: Path) -> bool:
    """Return whether readers have never been led to the release whose secrets these are."""
    return (folder / UNSEEN).exists()


def see(folder: Path) -> None:
    """Take note that readers have been led to a release."""
    if is_unseen(folder):
        (folder / UNSEEN).unlink()
        sync(folder)


def _put(file: Path, write: Callable[[Path], object]) -> None:
    draft = file.with_name(DRAFT)
    try:
        write(draft)
        draft.chmod(0o600)
        sync(draft)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _filled(frame: pl.DataFrame, columns: Sequence[str], *, value: bool | None) -> pl.DataFrame:
    kind = pl.Float64 if value is None else pl.Boolean
    return pl.select(pl.repeat(value, frame.height, dtype=kind).alias(name) for name in columns)


def _columns(file: Path, columns: Sequence[str]) -> pl.DataFrame | None:
    try:
        return pl.read_parquet(file, columns=list(columns), glob=False)
    except (OSError, pl.exceptions.PolarsError):
        return None


def _with(memory: Memory, table: Table, frame: pl.DataFrame, columns: Sequence[str], one: Past) -> Memory:
    """Take one more release into account; what it withheld or did not have it did not show."""
    shown = _beside(table, frame, columns, one.shown(table.name, [*table.grain, *columns]))
    kept = _beside(table, frame, columns, one.withheld(table.name, [*table.grain, *columns]))
    told, held, step = {}, {}, {}
    for name in columns:
        change = (frame[name].cast(pl.Float64) - shown[name]).abs()
        told[name] = memory.told[name] | (change < CLOSE).fill_null(value=False)
        held[name] = memory.kept[name] | ((frame[name] - kept[name]).abs() < CLOSE).fill_null(value=False)
        step[name] = pl.select(pl.min_horizontal(memory.step[name], pl.when(change >= CLOSE).then(change))).to_series()
    return Memory(pl.DataFrame(told), pl.DataFrame(held), pl.DataFrame(step))


def _beside(table: Table, frame: pl.DataFrame, columns: Sequence[str], old: pl.DataFrame | None) -> pl.DataFrame:
    """Return the old figures of each row, null where there are none."""
    grain = list(table.grain)
    if old is None or not grain or any(old.schema[name] != frame.schema[name] for name in grain):
        return _filled(frame, columns, value=None)
    numbers = old.select(*grain, *(pl.col(name).cast(pl.Float64) for name in columns if name not in grain))
    numbers = numbers.unique(grain, keep="first", maintain_order=True)
    joined = frame.select(grain).join(numbers, on=grain, how="left", maintain_order="left", nulls_equal=True)
    return joined.select(pl.col(name).cast(pl.Float64) for name in columns)

"""Persons who may stand twice are on a review list: pseudonyms and places, never a name or a number.

At the door the vault keeps for each landed row a keyed hash of name and birth date, of a purpose of its own, so that it
joins nothing else. Names never join persons: the list is read by people, who write what they found into
`expectations/merges/`.
"""

import csv
import importlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from flows.contracts.model import Contract
from flows.intake.match import Layout
from flows.intake.matchkeys import match_keys
from flows.intake.pseudonym import Key
from flows.intake.store import deliveries
from flows.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

REVIEW = Path("review") / "duplicates.csv"
PURPOSE = "duplicate-review"
NEEDED = ("full_name", "birth_date", "sex")
FIELDS = (
    *("reason", "person_key", "other_key", "source", "delivery_id", "line"),
    *("other_source", "other_delivery_id", "other_line"),
)


def persons_name(key_id: str) -> str:
    """Return the name of the file of persons made with a key; each key has its own, so that a lake has its match."""
    return f"persons.{key_id}.parquet"


def is_reviewed(layout: Layout, contract: Contract) -> bool:
    """Return whether a delivery tells of persons by number, name and birth date, so that the vault keeps their file."""
    return _has_person(contract) and set(NEEDED) <= {feed.column.name for feed in layout.feeds}


def persons_of(contract: Contract, key: Key, folder: Path) -> "Persons | None":
    """Return what makes the file of persons; None for kinds without a personal number."""
    return Persons(contract, key, folder) if _has_person(contract) else None


def _has_person(contract: Contract) -> bool:
    return any(column.type == "pinfl" for column in contract.kind.tables[0].columns)


class Persons:
    """Makes the file of persons of the rows that land: pseudonym, hash of name and birth date, month, sex, line.

    Attributes:
        path: The file in the vault.
        column: Landed column whose pseudonym names the person.
    """

    def __init__(self, contract: Contract, key: Key, folder: Path) -> None:
        """Derive the key of the review."""
        self.path = folder / persons_name(key.id)
        self.column = next(one.lake_name for one in contract.kind.tables[0].columns if one.type == "pinfl")
        self._names = NameKeys(key)

    def of_rows(self, rows: "pa.RecordBatch", person_keys: Any) -> "pa.RecordBatch":
        """Return the persons of rows with `name`, `born`, `birth_month`, `sex` and `line`; without a key nobody is."""
        import pyarrow as pa

        known = person_keys.is_valid()
        keys, told = person_keys.filter(known), rows.filter(known)
        names = self._names.of_columns(told["name"], told["born"])
        columns = [keys, names, *(told[name] for name in ("birth_month", "sex", "line"))]
        return pa.record_batch(columns, ["person_key", "name_key", "birth_month", "sex", "line"])


class NameKeys:
    """Makes the keyed hashes of names and birth dates; where either is missing there is none."""

    def __init__(self, key: Key) -> None:
        """Derive the key of the review."""
        self._hasher = key.hasher(PURPOSE)

    def of_columns(self, names: "pa.Array", born: "pa.Array") -> "pa.Array":
        """Return the hash of each pair of two columns, of texts and of days."""
        import numpy as np
        import pyarrow as pa

        is_whole = np.logical_and(names.is_valid(), born.is_valid())
        chosen = pa.array(is_whole)
        compute = cast("Any", importlib.import_module("pyarrow.compute"))  # made at import: unknown to type checkers
        keys = _keys(names.filter(chosen))
        days = born.filter(chosen).dictionary_encode()  # a few thousand
        days = days.dictionary.cast(pa.string()).cast(pa.binary()).take(days.indices)
        pairs = compute.binary_join_element_wise(keys, days, b"|")
        tokens = self._hasher.of_octets(pairs)
        return tokens if is_whole.all() else tokens.take(pa.array(np.cumsum(is_whole) - 1, mask=~is_whole))


def _keys(names: "pa.Array") -> "pa.BinaryArray":
    """Return the match key of each name; where names repeat, each is looked at once."""
    import pyarrow as pa

    is_coded = isinstance(names, pa.DictionaryArray)
    return match_keys(names.dictionary).take(names.indices) if is_coded else match_keys(names)


def persons_file(settings: Settings, manifest: dict[str, Any], key_id: str) -> Path:
    """Return where the persons of a delivery stand, made with a key; kinds without names have no such file."""
    return settings.vault / manifest["source"] / manifest["delivery_id"] / persons_name(key_id)


def purposes_of(contract: Contract) -> dict[str, str]:
    """Return the columns of the file of persons that a key made, each with the purpose of its key."""
    person = next((column for column in contract.kind.tables[0].columns if column.type == "pinfl"), None)
    return {"person_key": person.purpose, "name_key": PURPOSE} if person else {}


def remove_others(settings: Settings, key_id: str) -> None:
    """Remove what was made with another key: nobody could use it, and beside the new it would tell who is who."""
    for path in settings.vault.glob("*/*/persons*.parquet"):
        if path.name != persons_name(key_id):
            path.unlink()
    (settings.vault / REVIEW).unlink(missing_ok=True)


def find_duplicates(settings: Settings, merges: dict[str, str]) -> list[dict[str, Any]]:
    """Return pairs of places that may be one person under two numbers, or two persons under one.

    Reasons: `same_name` (two pseudonyms, one hash of name and birth date), `birth_month` and `sex` (one pseudonym,
    two values). One row for each pair and reason, with the first place of either. Merged pairs are left out, and so is
    what was refused.
    """
    import duckdb

    files = _files(settings)
    if not files:
        return []
    with duckdb.connect() as connection:
        connection.execute("create table persons as select * from read_parquet(?, filename = true)", [files])
        connection.execute("create table merges (gone varchar, stays varchar)")
        if merges:
            connection.executemany("insert into merges values (?, ?)", sorted(merges.items()))
        found = connection.execute(_PAIRS).fetchall()
    return [dict(zip(FIELDS, row, strict=True)) for row in found]


def _files(settings: Settings) -> list[str]:
    """Return the files of the deliveries that landed, each made with the key of its landed rows."""
    landed = (one for one in deliveries(settings) if one["verdict"] == "landed")
    paths = (persons_file(settings, one, one["key_id"]) for one in landed)
    return sorted(path.as_posix() for path in paths if path.is_file())


_PAIRS = """
with places as (
    select
        coalesce(merges.stays, persons.person_key) as person_key, name_key, birth_month, sex, line,
        parse_path(filename)[-3] as source, parse_path(filename)[-2] as delivery_id
    from persons left join merges on persons.person_key = merges.gone
),
firsts as (
    select reason, label, person_key, arg_min((source, delivery_id, line), (source, delivery_id, line)) as place
    from (
        select 'same_name' as reason, name_key as label, * from places where name_key is not null
        union all
        select 'birth_month', cast(birth_month as varchar), * from places where birth_month is not null
        union all
        select 'sex', sex, * from places where sex is not null
    ) as told
    group by reason, label, person_key
)
select distinct
    one.reason, one.person_key, other.person_key,
    struct_extract(one.place, 1), struct_extract(one.place, 2), struct_extract(one.place, 3),
    struct_extract(other.place, 1), struct_extract(other.place, 2), struct_extract(other.place, 3)
from firsts as one join firsts as other on one.reason = other.reason and (
    (one.reason = 'same_name' and one.label = other.label and one.person_key < other.person_key)
    or (one.reason <> 'same_name' and one.person_key = other.person_key and one.label < other.label)
)
order by all
"""


def write_review(settings: Settings, pairs: Sequence[dict[str, Any]]) -> Path:
    """Write the review list, for its owner alone; return its path.

    Raises:
        QdeepError: E-405 where the disk is full or the folder cannot be written.
    """
    from flows.intake.filegate import make_folder

    path = settings.vault / REVIEW
    fresh = make_folder(path.parent) / f"{path.name}.new"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(pairs)
    fresh.replace(path)
    return path

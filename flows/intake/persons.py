"""Persons who may stand twice are on a review list: pseudonyms and places, never a name or a number.

At the door the vault keeps for each landed row a keyed hash of name and birth date, of a purpose of its own, so that it
joins nothing else. Names never join persons: the list is read by people, who write what they found into
`expectations/merges/`.
"""

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.contracts.model import Contract
from flows.intake.match import match_table
from flows.intake.matchkeys import match_keys
from flows.intake.normalise import literal
from flows.intake.pseudonym import Key, placed, teach_columns
from flows.intake.raw import RawFile
from flows.intake.store import deliveries
from flows.settings import Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

REVIEW = Path("review") / "duplicates.csv"
PURPOSE = "duplicate-review"
NAME_KEY = "qd_name_key"  # function of the engine, while the file is written
NEEDED = ("full_name", "birth_date", "sex")
FIELDS = (
    *("reason", "person_key", "other_key", "source", "delivery_id", "line"),
    *("other_source", "other_delivery_id", "other_line"),
)


def persons_name(key_id: str) -> str:
    """Return the name of the file of persons made with a key; each key has its own, so that a lake has its match."""
    return f"persons.{key_id}.parquet"


def write_persons(  # noqa: PLR0913 - a judged file, its landed rows, and where the persons go
    connection: "DuckDBPyConnection", raw: RawFile, contract: Contract, key: Key, folder: Path, *, lake: Path
) -> Path | None:
    """Write the file of persons: pseudonym, keyed hash of name and birth date, month, sex, line.

    Args:
        connection: Connection to the stage database.
        raw: The file as read.
        contract: Contract of its source.
        key: Key of the hashes.
        folder: Where the file goes.
        lake: File of the landed rows, whose pseudonyms were made with the same key.

    Returns:
        The file; None for kinds without names and birth dates, which have none.
    """
    person = next((column for column in contract.kind.tables[0].columns if column.type == "pinfl"), None)
    layout, _ = match_table(raw.tables["rows"], contract)
    feeds = {feed.column.name: feed for feed in layout.feeds} if layout else {}
    if person is None or layout is None or not set(NEEDED) <= set(feeds):
        return None
    landed = f"select _row, {person.lake_name} as person_key from read_parquet({literal(lake.as_posix())})"
    path = folder / persons_name(key.id)
    teach_columns(connection, NAME_KEY, NameKeys(key).of_columns, 2)
    try:
        # Hashes cannot be made smaller; the order is that of the file.
        connection.execute(f"copy ({_query(landed)}) to {literal(path.as_posix())} (format parquet, compression lz4)")
    finally:
        connection.remove_function(NAME_KEY)
    return path


def _query(landed: str) -> str:
    """Return the query of the persons, in the order of the file."""
    return (
        f"select person_key, {NAME_KEY}(text, born) as name_key, cast(date_trunc('month', born_on) as date) "
        "as birth_month, sex, line from ("
        "select landed.person_key, one.full_name__text as text, cast(one.birth_date as varchar) as born, "
        f"one.birth_date as born_on, one.sex, one._line as line from ({landed}) as landed "
        "join stage_rows as one using (_row) "
        "where landed.person_key is not null order by landed._row) as person"
    )


class NameKeys:
    """Makes the keyed hashes of names and birth dates; where either is missing there is none."""

    def __init__(self, key: Key) -> None:
        """Derive the key of the review."""
        self._hasher = key.hasher(PURPOSE)

    def of_columns(self, names: Any, born: Any) -> Any:
        """Return the hash of each pair of two columns of pyarrow."""
        pairs = zip(names.to_pylist(), born.to_pylist(), strict=True)
        whole = [(place, name, day) for place, (name, day) in enumerate(pairs) if name and day]
        keys = match_keys([name for _, name, _ in whole])
        tokens = self._hasher.tokens([f"{key}|{day}" for key, (_, _, day) in zip(keys, whole, strict=True)])
        return placed(tokens, [place for place, _, _ in whole], len(names))


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

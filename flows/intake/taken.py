"""Rows that add to a delivery are compared with what of it has landed: a key that stands there already is a twin."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flows.contracts.model import Contract
from flows.intake.normalise import literal
from flows.intake.pseudonym import Key

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

IDENTIFIERS = 50_000  # identifiers held in memory at a time


@dataclass(frozen=True)
class Taken:
    """Where the landed rows stand, and how their keys are named there.

    Attributes:
        files: Landed rows of the delivery and of all that was added to it.
        lake_names: Column of the stage -> its name in the lake.
        purposes: Column of the stage that holds identifiers -> purpose of its pseudonym.
    """

    files: tuple[Path, ...]
    lake_names: Mapping[str, str]
    purposes: Mapping[str, str]
    key: Key

    def add_twins(self, connection: "DuckDBPyConnection", table: str, key: tuple[str, ...]) -> None:
        """Add to `twins_<table>` the rows whose key has landed."""
        if not self.files:
            return
        names = [self._landed_name(connection, table, name) for name in key]
        paths = ", ".join(literal(path.as_posix()) for path in self.files)
        same = " and ".join(f"landed.{self.lake_names[name]} = {own}" for name, own in zip(key, names, strict=True))
        joins = " ".join(
            f"left join taken_{name} on stage.{name} = taken_{name}.identifier" for name in key if name in self.purposes
        )
        connection.execute(
            f"insert into twins_{table} select distinct stage._row from stage_{table} as stage {joins} "
            f"join read_parquet([{paths}], union_by_name = true) as landed on {same} "
            f"where stage._row not in (select _row from twins_{table})"
        )

    def _landed_name(self, connection: "DuckDBPyConnection", table: str, name: str) -> str:
        """Return what a key column is called beside the landed rows; identifiers become pseudonyms first."""
        if name not in self.purposes:
            return f"stage.{name}"
        import pyarrow as pa

        connection.execute(f"create or replace temp table taken_{name} (identifier varchar, token varchar)")
        found = connection.cursor().execute(f"select distinct {name} from stage_{table} where {name} is not null")
        while batch := [text for (text,) in found.fetchmany(IDENTIFIERS)]:
            tokens = pa.table({"identifier": batch, "token": self.key.tokens(self.purposes[name], batch)})
            connection.register("taken_tokens", tokens)
            connection.execute(f"insert into taken_{name} select identifier, token from taken_tokens")
            connection.unregister("taken_tokens")
        return f"taken_{name}.token"


def taken(contract: Contract, files: tuple[Path, ...], key: Key) -> Taken:
    """Return the landed rows of a contract's main table as keys to compare with."""
    columns = contract.kind.tables[0].columns
    return Taken(
        files,
        {column.name: column.lake_name for column in columns if column.lake_name},
        {column.name: column.purpose for column in columns if column.privacy == "person"},
        key,
    )

"""What a judged file lands, to be asked in SQL as `landed_rows` and, of a survey, `landed_answers`."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from flows.intake.gate import Judged


@contextmanager
def stage_of(judged: Judged) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the stage database of a delivery that was not refused, with the rows that land as `landed_rows`."""
    assert judged.landing
    with duckdb.connect(str(judged.database), read_only=True) as connection:
        connection.register("landed_rows", pa.Table.from_batches(lake for lake, _ in judged.landing.groups()))
        yield connection

"""The log models of the project work out any log: their compiled SQL runs again over rows that a test invents."""

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from flows.warehouse.build import Build

EVENTS, DAYS = "stg_event_log__activities", "int_bpr__work_days"
MODELS = (
    "int_bpr__processes",
    "int_bpr__lifecycle_events",
    "int_bpr__paired_executions",
    "int_bpr__executions",
    "int_bpr__suspensions",
    "int_bpr__case_keys",
    "int_bpr__activities",
    "int_bpr__instances",
    "int_bpr__clocked_instances",
    "int_bpr__cases",
    "int_bpr__cases_by_org",
    "int_bpr__selfloops",
    "int_bpr__log_windows",
    "int_bpr__variants",
    "int_bpr__flows",
    "int_bpr__log_steps",
)
FIGURES = ("int_bpr__backlogs", "int_bpr__log_sums", "int_bpr__log_figures")  # worked out where a test asks for them
BLANK = {
    "source": "log_aa",
    "delivery_id": "0001",
    "lifecycle": "complete",
    "is_case_closed": True,
}


class AnyLog:
    """A copy of a warehouse in which the log can be another one.

    Attributes:
        connection: The copy; tables of the log stand there only within `of`.
    """

    def __init__(self, build: Build, folder: Path) -> None:
        """Copy the file and read what dbt made of the models."""
        file = folder / build.path.name
        shutil.copy(build.path, file)
        self.connection = duckdb.connect(str(file), config={"threads": 1})
        manifest = build.path.parent / "dbt" / "target" / "manifest.json"
        nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
        self.sql = {name: nodes[f"model.qdeep.{name}"]["compiled_code"] for name in (*MODELS, *FIGURES, DAYS)}
        self.columns = self._kept_empty()

    def _kept_empty(self) -> list[str]:
        """Put empty tables in the places of the models, and return the columns of the events."""
        run = self.connection.execute
        for schema, name in (("staging", EVENTS), *(("intermediate", model) for model in MODELS)):
            run(f"create table kept as from {schema}.{name} limit 0")
            kind = "view" if self._is_view(name) else "table"
            run(f"drop {kind} {schema}.{name} cascade; create table {schema}.{name} as from kept; drop table kept")
        return [name for name, *_ in run(f"describe staging.{EVENTS}").fetchall()]

    def figures(self) -> duckdb.DuckDBPyConnection:
        """Work out the figures of the log, within `of`; staff, rules and model stay those of the warehouse."""
        for model in FIGURES:
            self.connection.execute(f"delete from intermediate.{model}")
            self.connection.execute(f"insert into intermediate.{model} by name {self.sql[model]}")
        return self.connection

    def _is_view(self, name: str) -> bool:
        sql = "select table_type = 'VIEW' from information_schema.tables where table_name = ?"
        return bool(self.connection.execute(sql, [name]).fetchall()[0][0])

    @contextmanager
    def of(self, rows: Iterable[dict[str, Any]]) -> Iterator[duckdb.DuckDBPyConnection]:
        """Work out the log; its rows have the columns of the staged events, in this order of the file."""
        filled = [{"sequence": number} | BLANK | row for number, row in enumerate(rows, 1)]
        values = [[row.get(column) for column in self.columns] for row in filled]
        run = self.connection.execute
        run("begin")
        try:
            self.connection.executemany(
                f"insert into staging.{EVENTS} values ({', '.join('?' * len(self.columns))})", values
            )
            for model in MODELS:
                run(f"insert into intermediate.{model} by name {self.sql[model]}")
            yield self.connection
        finally:
            run("rollback")

"""Compiled rules have been judged by Great Expectations on DuckDB; only counts of rows come back, never a value."""

import logging
import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flows.errors import QdeepError

if TYPE_CHECKING:
    from flows.intake.rules import RowRule

# Values stay out of results: privacy.md 2.5 shows which other settings leak them.
AT_A_TIME = 400  # rules of one validation
RESULT_FORMAT = {"result_format": "BASIC", "exclude_unexpected_values": True, "partial_unexpected_count": 0}


def judge_suites(
    database: Path, suites: Mapping[str, Sequence["RowRule"]], memory_limit: str = "2GB"
) -> dict[tuple[str, str], int]:
    """Judge every row of the stage tables; a form of thousands of questions in parts, since one query of all explodes.

    Args:
        database: DuckDB file with the stage tables; no connection to it may be open in this process.
        suites: Stage table -> its rules.
        memory_limit: What the library's own connection may use; beyond that it spills beside the file.

    Returns:
        Number of rows that break a rule, by stage table and rule id.

    Raises:
        QdeepError: E-408 where an expectation could not be evaluated.
    """
    counts: dict[tuple[str, str], int] = {}
    with _datasource(database, memory_limit) as datasource:
        for table, rules in suites.items():
            batch = datasource.add_table_asset(table, table_name=table).add_batch_definition_whole_table("all")
            for part in (rules[start : start + AT_A_TIME] for start in range(0, len(rules), AT_A_TIME)):
                result = _validated(batch, build_suite(table, part))
                counts |= {(table, name): count for name, count in _counts(table, result)}
    return counts


def prepare() -> None:
    """Load the library, which takes seconds once a run."""
    _context()


def build_suite(name: str, rules: Sequence["RowRule"]) -> Any:
    """Return the suite of compiled rules: a built-in expectation where one says the same, else the rule's SQL."""
    gx = _great_expectations()
    return gx.ExpectationSuite(name=name, expectations=[_expectation(rule) for rule in rules])


def _validated(batch: Any, suite: Any) -> Any:
    try:
        return batch.get_batch().validate(suite, result_format=dict(RESULT_FORMAT))
    except Exception as error:  # noqa: BLE001  # whatever it is: its message may hold a value
        text = f"The suite of {suite.name} could not be evaluated ({type(error).__name__})."
        raise QdeepError("E-408", text, expected="an answer for every rule") from None


def _expectation(rule: "RowRule") -> Any:
    from expectations.one_scan import BUILTINS, ExpectNoRowToBreak

    meta, severity = {"rule": rule.id}, "warning" if rule.severity == "warn" else "critical"
    if rule.builtin:
        return BUILTINS[rule.builtin](**rule.arguments, meta=meta, severity=severity)
    return ExpectNoRowToBreak(bad=rule.bad, meta=meta, severity=severity)


def _counts(table: str, result: Any) -> Iterator[tuple[str, int]]:
    for one in result.results:
        rule = one.expectation_config.meta["rule"]
        if _has_raised(one.exception_info):
            text = f"The rule {rule} could not be evaluated on {table}."
            raise QdeepError("E-408", text, expected="an answer for every rule")
        # A table without rows has no count.
        yield rule, int(one.result.get("unexpected_count", one.result.get("observed_value")) or 0)


def _has_raised(info: dict[str, Any] | None) -> bool:
    """Return whether an expectation raised: the library tells it flat or by metric."""
    if not info:
        return False
    if "raised_exception" in info:
        return bool(info["raised_exception"])
    return any(isinstance(one, dict) and one.get("raised_exception") for one in info.values())


@contextmanager
def _datasource(database: Path, memory_limit: str) -> Generator[Any]:
    context = _context()
    bounds = urlencode({"memory_limit": memory_limit, "temp_directory": database.with_name("spill").as_posix()})
    datasource = context.data_sources.add_sql(
        "stage", connection_string=f"duckdb:///{database.as_posix()}?{bounds}", create_temp_table=False
    )
    try:
        yield datasource
    finally:
        _close(datasource)
        context.data_sources.delete("stage")


@cache
def _context() -> Any:
    """Return the library's context, made once: a run judges dozens of deliveries."""
    gx = _great_expectations()
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    # Without this the library leaves an empty folder for its pages in the system's temporary one, each time.
    in_memory = DataContextConfig(store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False))
    context = gx.get_context(mode="ephemeral", project_config=in_memory)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def _close(datasource: Any) -> None:
    """Close what the library leaves open: the connection that it persists, then both engines."""
    engine = datasource.get_execution_engine()
    if engine._connection is not None:  # its own close() forgets this one
        engine._connection.close()
    engine.engine.dispose()
    datasource.get_engine().dispose()


def _great_expectations() -> Any:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    import great_expectations as gx

    _teach_duckdb()
    return gx


def _teach_duckdb() -> None:
    """Make Great Expectations 1.24.1 evaluate metrics on DuckDB.

    It returns a connection before it has fetched, and duckdb-engine then yields nothing; and it knows no
    regular expressions for this dialect. Both are private names: the pin is exact and tests guard it.
    """
    import great_expectations.execution_engine.sqlalchemy_execution_engine as engine
    import great_expectations.expectations.metrics  # noqa: F401  # loads all metric modules
    from great_expectations.expectations.metrics import util

    if "duckdb" in engine._PERSISTED_CONNECTION_DIALECTS:
        return
    persisted: Any = (*engine._PERSISTED_CONNECTION_DIALECTS, _DialectName("duckdb"))
    engine._PERSISTED_CONNECTION_DIALECTS = persisted
    _teach_regex(util.get_dialect_regex_expression)
    _teach_columns()
    _teach_names()


class _DialectName(str):
    """A dialect's name that also answers to `.value`, as members of the library's enumeration do."""

    __slots__ = ()

    @property
    def value(self) -> str:
        """Return the name itself."""
        return str(self)


def _teach_columns() -> None:
    """Let the engine name the columns of a table: SQLAlchemy asks a catalogue of PostgreSQL, imitated at high cost."""
    import sqlalchemy as sa
    from great_expectations.expectations.metrics.table_metrics import table_column_types

    original = table_column_types.get_sqlalchemy_column_metadata

    def columns(execution_engine: Any, table_selectable: Any, schema_name: str | None = None) -> Any:
        if execution_engine.dialect.name != "duckdb":
            return original(execution_engine, table_selectable, schema_name)
        described = execution_engine.execute_query(sa.text(f'describe "{table_selectable}"')).fetchall()
        return [{"name": row[0], "type": sa.types.NullType(), "primary_key": False} for row in described]

    table_column_types.get_sqlalchemy_column_metadata = columns  # ty: ignore[invalid-assignment] - wider than theirs


def _teach_names() -> None:
    """Let a column be known by its very name at once: the library folds all names of the table for each metric."""
    from great_expectations.expectations.metrics import util

    original = util._verify_column_names_exist_and_get_normalized_typed_column_names_map

    def named(column_names: Any, batch_columns_list: Any, *rest: Any, **more: Any) -> Any:
        if isinstance(column_names, str) and column_names in batch_columns_list:
            return [(column_names, column_names)]
        return original(column_names, batch_columns_list, *rest, **more)

    util._verify_column_names_exist_and_get_normalized_typed_column_names_map = named  # ty: ignore[invalid-assignment] - wider


def _teach_regex(original: Any) -> None:
    import sys

    import sqlalchemy as sa

    def regex(column: Any, pattern: str, dialect: Any, positive: bool = True) -> Any:  # noqa: FBT001, FBT002  # the signature is theirs
        if "duckdb" in (getattr(dialect, "name", None) or str(dialect)):
            match = sa.func.regexp_matches(column, pattern)
            return match if positive else sa.not_(match)
        return original(column, pattern, dialect, positive)

    for module in list(sys.modules.values()):
        is_theirs = getattr(module, "__name__", "").startswith("great_expectations")
        if is_theirs and getattr(module, "get_dialect_regex_expression", None) is original:
            module.get_dialect_regex_expression = regex  # ty: ignore[missing-attribute] - asked for above

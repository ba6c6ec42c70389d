"""Every row of a stage table carries a mark for each rule that it breaks, and each rule its counts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flows.contracts.model import Contract, Contracts
from flows.intake.match import Layout
from flows.intake.normalise import literal
from flows.intake.raw import RawTable
from flows.intake.rules import RowRule, compile_rules, reference_table
from flows.intake.shape import Stage, build_stage

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from flows.intake.taken import Taken

SORTED_AT_ONCE = 8_000_000  # hashes: 64 MB


@dataclass(frozen=True)
class MarkedTable:
    """A stage table with its rules and what they counted.

    Attributes:
        checked: Rule -> rows looked at.
        failed: Rule -> rows that break it.
        refused: Rows that break a refusing rule.
        further: What else was asked of all rows.
    """

    table: RawTable
    stage: Stage
    rules: tuple[RowRule, ...]
    checked: dict[str, int]
    failed: dict[str, int]
    refused: int
    further: tuple[Any, ...] = ()

    @property
    def rows(self) -> int:
        """Rows that are data: all records but excluded ones."""
        return self.stage.rows + len(self.table.bad_rows)


def mark_rows(  # noqa: PLR0913 - a table and all that it is judged by
    connection: "DuckDBPyConnection",
    table: RawTable,
    layout: Layout,
    contract: Contract,
    contracts: Contracts,
    *,
    taken: "Taken | None" = None,
    further: tuple[str, ...] = (),
) -> MarkedTable:
    """Stage a raw table; create `marks_<table>`, `verdict_<table>` and, where repeats follow, `landed_keys_<table>`.

    What else is asked of all rows (`further`, aggregates in SQL) is answered in the pass that counts for the rules.
    """
    stage = build_stage(connection, table, layout, contract)
    _create_references(connection, layout, contracts)
    _create_twins(connection, stage, contract)
    if taken and layout.key:
        taken.add_twins(connection, layout.table, layout.key)
    rules = compile_rules(layout, contract, contracts)
    checked, failed, told = _counted(connection, stage, rules, further)
    _create_marks(connection, stage, rules, failed)
    if layout.key and contract.file.repeats:
        _create_landed_keys(connection, stage)
    return MarkedTable(table, stage, rules, checked, failed, count(connection, f"verdict_{layout.table}"), told)


def first(connection: "DuckDBPyConnection", query: str) -> tuple[Any, ...]:
    """Return the first row of a query, fetched to its end."""
    return connection.execute(query).fetchall()[0]


def count(connection: "DuckDBPyConnection", table: str) -> int:
    """Return the number of rows of a table."""
    return first(connection, f"select count(*) from {table}")[0]


def _create_references(connection: "DuckDBPyConnection", layout: Layout, contracts: Contracts) -> None:
    import pyarrow as pa

    for name in sorted({feed.column.references for feed in layout.feeds} - {""}):
        values = pa.table({"value": pa.array(sorted(contracts.references[name]), pa.string())})
        connection.register("reference_values", values)
        connection.execute(f"create table if not exists {reference_table(name)} as select * from reference_values")
        connection.unregister("reference_values")


def _create_twins(connection: "DuckDBPyConnection", stage: Stage, contract: Contract) -> None:
    """Create `twins_<table>`: rows whose key another row has.

    The first of equal keys stays; of one survey submission the latest stays. Rows are compared by the hash
    of their key first, so that a table without twins costs one pass.
    """
    layout = stage.layout
    if not layout.key:
        return
    keys, names = ", ".join(layout.key), {feed.column.name for feed in layout.feeds}
    latest = contract.kind.name == "survey" and "submitted_at" in names
    order = "submitted_at desc nulls last, _row desc" if latest else "_row"
    keyed = f"from {stage.name} where {' and '.join(f'{key} is not null' for key in layout.key)}"
    _create_doubled(connection, f"select hash({keys}) as key_hash {keyed}", stage.rows)
    connection.execute(
        f"create table twins_{layout.table} as "
        f"with ranked as (select _row, row_number() over (partition by {keys} order by {order}) as place "
        f"{keyed} and hash({keys}) in (select key_hash from doubled)) "
        "select _row from ranked where place > 1"
    )
    connection.execute("drop table doubled")


def _create_doubled(connection: "DuckDBPyConnection", hashes: str, rows: int) -> None:
    """Create `doubled`: hashes that stand twice or more. They are sorted, of a long table a part at a time."""
    import numpy as np
    import pyarrow as pa

    parts, found = 1 + rows // SORTED_AT_ONCE, []
    for part in range(parts):
        query = f"from ({hashes}) where key_hash % {parts} = {part}" if parts > 1 else hashes
        one = np.sort(connection.execute(query).fetchnumpy()["key_hash"])
        found.append(np.unique(one[1:][one[1:] == one[:-1]]))
    connection.register("found", pa.table({"key_hash": np.concatenate(found)}))
    connection.execute("create temp table doubled as from found")
    connection.unregister("found")


def _counted(
    connection: "DuckDBPyConnection", stage: Stage, rules: tuple[RowRule, ...], further: tuple[str, ...]
) -> tuple[dict[str, int], dict[str, int], tuple[Any, ...]]:
    """Return for each rule the rows looked at and those that break it, and what else was asked, in one pass."""
    bases = sorted({rule.base for rule in rules} - {""})
    bases_asked = ["count(*)", *(f"count({base})" for base in bases)]
    found = iter(
        first(
            connection,
            f"select {', '.join([*bases_asked, *(f'count({_broken(rule)})' for rule in rules), *further])} "
            f"from {stage.name}",
        )
    )
    by_base = {base: next(found) for base in ["", *bases]}
    failed = {rule.id: next(found) for rule in rules}
    return {rule.id: by_base[rule.base] for rule in rules}, failed, tuple(found)


def _broken(rule: RowRule) -> str:
    """Return SQL that is true where a row breaks a rule, else null."""
    return f"case when {rule.bad} then true end"


def _create_marks(
    connection: "DuckDBPyConnection", stage: Stage, rules: tuple[RowRule, ...], failed: dict[str, int]
) -> None:
    """Create `marks_<table>` (a flag per rule, for rows with any) and `verdict_<table>` (reasons of refused rows).

    Rules that no row breaks, nearly all, are not looked at again.
    """
    table = stage.layout.table
    flags = [
        f"coalesce({rule.bad}, false) as r{i}" if failed[rule.id] else f"false as r{i}" for i, rule in enumerate(rules)
    ]
    any_bad = " or ".join(f"({rule.bad})" for rule in rules if failed[rule.id]) or "false"
    marks = f"select {', '.join(['_row', '_line', *flags])} from {stage.name} where {any_bad}"
    connection.execute(f"create table marks_{table} as {marks}")
    refusing = [(i, rule) for i, rule in enumerate(rules) if rule.severity == "refuse" and failed[rule.id]]
    codes = ", ".join(f"case when r{i} then {literal(rule.code)} end" for i, rule in refusing)
    names = ", ".join(f"case when r{i} then {literal(rule.id)} end" for i, rule in refusing)
    any_refusing = " or ".join(f"r{i}" for i, _ in refusing) or "false"
    connection.execute(
        f"create table verdict_{table} as select _row, "
        f"list_sort(list_distinct(cast([{codes}] as varchar[]))) as codes, "
        f"list_filter(cast([{names}] as varchar[]), lambda name: name is not null) as rules "
        f"from marks_{table} where {any_refusing}"
    )


def _create_landed_keys(connection: "DuckDBPyConnection", stage: Stage) -> None:
    """Create `landed_keys_<table>`: the submissions that rows of repeat groups may belong to, by what names them."""
    table, layout = stage.layout.table, stage.layout
    kept = f"from {stage.name} where _row not in (select _row from verdict_{table})"
    links = f"select distinct {layout.link} as parent, {layout.key[0]} as response {kept}"
    connection.execute(f"create table landed_keys_{table} as {links}")

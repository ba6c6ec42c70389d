"""Before dbt reads them, rows replaced by later partial deliveries are left out and known errors are mended.

Both act on the views of the schema `lake`; the files of the lake stay as they are. A correction ends the build where
the error that it corrects is no longer there, so that no mended value is mended again.
"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from flows.contracts.model import Contract, Contracts, Correction
from flows.errors import Place, QdeepError
from flows.intake.normalise import literal
from flows.warehouse.choose import Delivery

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def narrow_to_slices(connection: "DuckDBPyConnection", contracts: Contracts, deliveries: Sequence[Delivery]) -> None:
    """Leave out the rows of full deliveries whose slice a later partial delivery has replaced."""
    for kind in contracts.kinds.values():
        tests = [
            f"(_delivery_id = {literal(one.delivery_id)} and {contract.slice_column} in ({_list(one.replaced)}))"
            for one in deliveries
            if one.is_current
            and one.replaced
            and (contract := contracts.sources[one.manifest["source"]]).kind.name == kind.name
        ]
        if tests:
            _redefine(connection, kind.tables[0].lake_table, f"where coalesce(not ({' or '.join(tests)}), true)")


def apply_corrections(
    connection: "DuckDBPyConnection", contracts: Contracts, deliveries: Sequence[Delivery], known_on: date
) -> list[dict[str, Any]]:
    """Apply the registers of all sources, in the order of their entries.

    Returns:
        One row per correction and delivery: source, correction_id, delivery_id, action, status, known_from,
        rows_addressed, rows_changed.

    Raises:
        QdeepError: E-428 names the entry that no row needs any more.
    """
    applied = []
    for source, corrections in contracts.corrections.items():
        contract = contracts.sources.get(source)
        current = [one for one in deliveries if one.is_current and one.manifest["source"] == source]
        for correction in corrections:
            if contract and is_applied(correction, known_on) and _is_known(correction, deliveries):
                applied += _apply(connection, contract, correction, current)
    return applied


def is_applied(correction: Correction, known_on: date) -> bool:
    """Return whether a correction was known on a day and had not ended."""
    return correction.date <= known_on and (correction.until is None or known_on < correction.until)


def selection(contract: Contract, correction: Correction) -> str:
    """Return SQL that is true on the rows that a correction addresses."""
    tests = [f"_source = {literal(contract.source)}", f"({correction.where})"]
    if correction.deliveries:
        tests.append(f"_delivery_id in ({_list(correction.deliveries)})")
    if correction.rows:
        tests.append(f"_row in ({', '.join(str(row) for row in correction.rows)})")
    return f"coalesce({' and '.join(tests)}, false)"


def changed(contract: Contract, correction: Correction) -> str:
    """Return what follows `from <view>` or replaces its columns once a correction is applied, as a whole query part."""
    wrong = f"({selection(contract, correction)} and coalesce({correction.expect}, false))"
    if not correction.values:
        return f"where not {wrong}"
    cases = [
        f"case when {wrong} then {_value(value)} else {name} end as {name}" for name, value in correction.values.items()
    ]
    return f"replace ({', '.join(cases)})"


def _is_known(correction: Correction, deliveries: Sequence[Delivery]) -> bool:
    """Return whether a delivery that a correction names is known yet; before that there is nothing to correct."""
    known = {one.delivery_id for one in deliveries}
    return not correction.deliveries or bool(known & set(correction.deliveries))


def _apply(
    connection: "DuckDBPyConnection", contract: Contract, correction: Correction, current: Sequence[Delivery]
) -> list[dict[str, Any]]:
    view = contract.kind.tables[0].lake_table
    counts = (
        f"select _delivery_id, count(*), count(*) filter (where coalesce({correction.expect}, false)) "
        f"from lake.{view} where {selection(contract, correction)} group by _delivery_id order by _delivery_id"
    )
    found = connection.execute(counts).fetchall()
    if not any(wrong for _, _, wrong in found):
        raise _out_of_date(contract, correction, has_rows=bool(current))
    _redefine(connection, view, changed(contract, correction))
    known_from = {one.delivery_id: one.manifest["known_from"] for one in current}
    action = "set" if correction.values else "drop"
    return [
        {
            "source": contract.source,
            "correction_id": correction.id,
            "delivery_id": delivery,
            "action": action,
            "status": correction.status,
            "known_from": known_from[delivery],
            "rows_addressed": addressed,
            "rows_changed": wrong,
        }
        for delivery, addressed, wrong in found
    ]


def _out_of_date(contract: Contract, correction: Correction, *, has_rows: bool) -> QdeepError:
    where = Place(contract.source, file=correction.path.name, line=correction.line)
    why = "no row needs it any more" if has_rows else "no delivery of the source counts"
    text = f"The correction {correction.id} is out of date: {why}. Delete this entry."
    return QdeepError("E-428", text, where, "an entry whose `expect` is true on a row, or no entry")


def _redefine(connection: "DuckDBPyConnection", view: str, change: str) -> None:
    """Put a view over a view: `change` is a `where` clause, or a `replace (...)` of columns."""
    ((count,),) = connection.execute(
        "select count(*) from duckdb_views() where schema_name = 'lake' and view_name like ?", [f"{view}__before_%"]
    ).fetchall()
    before = f"{view}__before_{count + 1}"
    connection.execute(f"alter view lake.{view} rename to {before}")
    columns, rows = ("", change) if change.startswith("where") else (change, "")
    connection.execute(f"create view lake.{view} as select * {columns} from lake.{before} {rows}")


def _list(texts: Sequence[str]) -> str:
    return ", ".join(literal(text) for text in texts)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return literal(value) if isinstance(value, str) else repr(value)

"""The totals that a sender has signed have been compared with what its file holds; a file cut short does not pass.

The file of totals stands beside the file that it is of and is named like it, with a suffix: a text file with the
header `measure`, `unit`, `value`. Three lines sign it: `signed_by`, `signed_on` (a day) and `sha256` (of the file).
"""

import csv
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.contracts.model import Contract, ControlTotals, Measure
from flows.errors import Finding, Place, QdeepError
from flows.intake.filegate import open_plain
from flows.intake.marks import MarkedTable
from flows.intake.normalise import literal
from flows.intake.rules import RowRule
from flows.intake.store import sha256
from flows.pull.received import Received

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

KEPT = "totals.csv"  # in the vault folder of a delivery
HEADER = ["measure", "unit", "value"]
SIGNATURE = ("signed_by", "signed_on", "sha256")
MOST_BYTES = 1_000_000
ROUNDING = 1e-6
DIGITS = 1e-14  # of a sum that are sure: a third of a trillion, three times, is not a trillion to the last penny


@dataclass(frozen=True)
class Totals:
    """What came as totals: values by measure and unit, or a finding that says why there are none.

    Attributes:
        sha256: Of the file of totals; empty where none came.
        signed_on: Day of the signature. Who signed stays in the vault.
    """

    sha256: str = ""
    signed_on: str = ""
    values: dict[str, dict[str, float]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class TotalRule:
    """One control total with its verdict: `passed`, `failed`, `warned` or `not_judged`."""

    id: str
    code: str
    severity: str
    column: str
    verdict: str
    broken: str = ""
    text: str = ""

    @property
    def description(self) -> str:
        """What the rule demands, in one sentence."""
        return f"The signed total {self.id.removesuffix('.total')} holds."

    def row_rule(self, stage: str) -> RowRule:
        """Return the rule as one over rows: the first row stands for all where it is broken."""
        bad = f"_row = (select min(_row) from {stage}) and ({self.broken})"
        return RowRule(self.id, self.code, self.column, bad, "", self.severity, self.description)


def totals_path(received: Received, contract: Contract) -> Path | None:
    """Return where the totals of a file stand; None where none were agreed or none came."""
    if contract.control_totals is None:
        return None
    is_kept = received.path.parent.name == received.delivery_id  # by the vault, together with the original
    path = received.path.with_name(KEPT if is_kept else received.path.name + contract.control_totals.suffix)
    return path if path.is_file() or path.is_symlink() else None


def totals_digest(received: Received, contract: Contract) -> str:
    """Return the SHA-256 of the totals that stand beside a file, empty where there are none that can be read."""
    path = totals_path(received, contract)
    try:
        return sha256(path) if path and not path.is_symlink() else ""
    except OSError:
        return ""


def totals_changed(manifest: dict[str, Any], received: Received, contract: Contract) -> tuple[str, ...]:
    """Return what has changed since a delivery was refused, if other signed totals stand there now."""
    if contract.control_totals is None or manifest["verdict"] != "refused":
        return ()
    is_same = manifest.get("control_totals", {}).get("sha256", "") == totals_digest(received, contract)
    return () if is_same else ("its signed totals",)


def read_totals(path: Path | None, received: Received, contract: Contract) -> Totals:
    """Read signed totals; what is wrong with them is a finding (E-426 none came, E-427 not to be relied on)."""
    agreed = contract.control_totals
    where = Place(contract.source, file=received.name + (agreed.suffix if agreed else ""))
    if agreed is None:
        return Totals()
    if path is None:
        expected = f"{received.name}{agreed.suffix}"
        missing = Finding("E-426", "The signed totals of the file did not come.", where, expected=expected)
        return Totals(findings=(missing,) if agreed.required else ())
    try:
        digest, rows = _rows(path, agreed)
        signed_on, values = _signed(rows, received), _values(rows, agreed)
    except (ValueError, OSError, csv.Error, QdeepError) as error:
        text = str(error) if isinstance(error, _UnsignedError) else "The file of totals cannot be read."
        finding = Finding("E-427", text, where, expected="measure, unit, value; signed")
        return Totals(totals_digest(received, contract), findings=(finding,))
    return Totals(digest, signed_on, values)


class _UnsignedError(ValueError):
    """The totals are not signed, or are those of another file; its text holds no value."""


def _rows(path: Path, agreed: ControlTotals) -> tuple[str, list[list[str]]]:
    import hashlib

    with open_plain(path) as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise _UnsignedError("The file of totals is too large to be one.")
    text = data.decode("utf-8-sig" if agreed.encoding.lower() in ("utf-8", "utf8") else agreed.encoding)
    lines = csv.reader(text.splitlines(), delimiter=agreed.delimiter, strict=True)
    rows = [[cell.strip() for cell in line] for line in lines if any(cell.strip() for cell in line)]
    if not rows or rows[0] != HEADER or any(len(row) != len(HEADER) for row in rows):
        raise _UnsignedError("The file of totals does not have the columns measure, unit, value.")
    return hashlib.sha256(data).hexdigest(), rows[1:]


def _signed(rows: list[list[str]], received: Received) -> str:
    """Return the day of the signature."""
    signature = {measure: value for measure, _, value in rows if measure in SIGNATURE}
    missing = [name for name in SIGNATURE if not signature.get(name)]
    if missing:
        raise _UnsignedError(f"The totals are not signed: {', '.join(missing)} is missing.")
    if signature["sha256"].lower() != received.sha256:
        raise _UnsignedError("The totals are signed for another file: the SHA-256 differs.")
    try:
        return date.fromisoformat(signature["signed_on"]).isoformat()
    except ValueError:
        raise _UnsignedError("The totals are signed on no day: signed_on is not YYYY-MM-DD.") from None


def _values(rows: list[list[str]], agreed: ControlTotals) -> dict[str, dict[str, float]]:
    values: dict[str, dict[str, float]] = {}
    for measure, unit, text in rows:
        if measure in SIGNATURE:
            continue
        number = float(text.replace(",", "."))
        if not math.isfinite(number) or unit in values.get(measure, {}):
            raise _UnsignedError("A total stands twice or is no number.")
        values.setdefault(measure, {})[unit] = number
    missing = [one.name for one in agreed.measures if one.name not in values]
    if missing:
        raise _UnsignedError(f"Totals are missing: {', '.join(missing)}.")
    return values


def judge_totals(
    connection: "DuckDBPyConnection", main: MarkedTable, contract: Contract, totals: Totals
) -> tuple[TotalRule, ...]:
    """Compare each agreed total with what the stage table holds, rows that will be refused included."""
    agreed = contract.control_totals
    if agreed is None or not totals.values:
        return unjudged_totals(contract)
    return tuple(_judged(connection, main, agreed, one, totals.values[one.name]) for one in agreed.measures)


def unjudged_totals(contract: Contract) -> tuple[TotalRule, ...]:
    """Return the rules of the agreed totals for a delivery that was not judged by them."""
    agreed = contract.control_totals
    measures = agreed.measures if agreed else ()
    return tuple(_rule(agreed, one, "not_judged") for one in measures if agreed)


def _rule(agreed: ControlTotals, measure: Measure, verdict: str, broken: str = "", text: str = "") -> TotalRule:
    code = "E-425" if agreed.severity == "refuse" else "W-355"
    return TotalRule(f"{measure.name}.total", code, agreed.severity, measure.column, verdict, broken, text)


def _judged(
    connection: "DuckDBPyConnection",
    main: MarkedTable,
    agreed: ControlTotals,
    measure: Measure,
    signed: dict[str, float],
) -> TotalRule:
    outside = len(main.table.bad_rows) if measure.how == "rows" and not measure.by else 0
    counted = _query(measure, main.stage.name, _divisor(measure, main))
    found = {unit: float(value or 0) + outside for unit, value in connection.execute(counted).fetchall()}
    units = sorted(set(found) | set(signed))
    wrong = [unit for unit in units if _differ(found.get(unit, 0.0), signed.get(unit, 0.0), agreed)]
    verdict = ("failed" if agreed.severity == "refuse" else "warned") if wrong else "passed"
    broken = _broken(counted, outside, agreed, signed)
    return _rule(agreed, measure, verdict, broken, _text(measure, wrong, found, signed) if wrong else "")


def _divisor(measure: Measure, main: MarkedTable) -> float:
    """Return what the cells of a column were divided by: senders sign what they sent, the year and not the month."""
    columns = (feed.column for feed in main.stage.layout.feeds)
    return next((float(one.divided_by) for one in columns if one.name == measure.column), 1.0)


def _query(measure: Measure, stage: str, divisor: float) -> str:
    total = f"sum({measure.column})" if divisor == 1 else f"fsum({measure.column} * {divisor!r}::double)"
    what = {"rows": "count(*)", "sum": total, "distinct": f"count(distinct {measure.column})"}
    if not measure.by:
        return f"select '' as unit, cast({what[measure.how]} as double) as value from {stage}"
    unit = f"coalesce(cast({measure.by} as varchar), '')"
    return f"select {unit} as unit, cast({what[measure.how]} as double) as value from {stage} group by 1"


def _differ(found: float, signed: float, agreed: ControlTotals) -> bool:
    return abs(found - signed) > (agreed.tolerance + DIGITS) * abs(signed) + ROUNDING


def _broken(counted: str, outside: int, agreed: ControlTotals, signed: dict[str, float]) -> str:
    values = ", ".join(f"({literal(unit)}, cast({value!r} as double))" for unit, value in signed.items())
    value = "coalesce(signed.value, 0)"
    return (
        f"exists (select 1 from ({counted}) as counted full join (values {values}) as signed(unit, value) "
        f"using (unit) where abs(coalesce(counted.value + {outside}, 0) - {value}) "
        f"> {agreed.tolerance + DIGITS!r} * abs({value}) + {ROUNDING!r})"
    )


def _text(measure: Measure, wrong: list[str], found: dict[str, float], signed: dict[str, float]) -> str:
    """Name the total; of totals by unit only how many differ, for each of them may be of few persons."""
    if measure.by:
        return f"The signed total {measure.name} does not hold for {len(wrong)} values of {measure.by}."
    return f"The signed total {measure.name} is {signed.get('', 0.0):g}; the file holds {found.get('', 0.0):g}."


def total_findings(rules: Iterable[TotalRule], source: str) -> Iterator[Finding]:
    """Yield a finding for each total that does not hold."""
    for rule in rules:
        where = Place(source, column=rule.column)
        yield Finding(rule.code, rule.text, where, expected="the totals that the sender has signed")


def as_dict(totals: Totals, rules: tuple[TotalRule, ...]) -> dict[str, Any]:
    """Return what the manifest says of the totals: no total, and nobody's name."""
    judged = [
        {"rule": one.id, "code": one.code, "severity": one.severity, "column": one.column, "verdict": one.verdict}
        for one in rules
    ]
    return {"sha256": totals.sha256, "signed_on": totals.signed_on, "rules": judged}

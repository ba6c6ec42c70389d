"""What a contract is, as values: kinds of table, sources that send them, codebooks and code lists."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

TYPES = ("text", "code", "integer", "decimal", "date", "timestamp", "boolean", "pinfl")
Privacy = Literal["none", "person", "identifier", "free_text", "month"]
Severity = Literal["refuse", "warn"]


@dataclass(frozen=True)
class Column:
    """One canonical column of a table.

    Attributes:
        name: Canonical name; what senders call it stands in the column map.
        type: One of `TYPES`. `code` needs `codes`; `pinfl` is a 14-digit personal number.
        required: Whether an empty cell refuses the row.
        codes: Code list in `dbt_project/seeds/codes/<codes>.csv`, or a tuple of the codes themselves.
        min, max: Bounds of numbers and dates, inclusive.
        pattern: Regular expression that the whole value matches.
        references: `seed.column` whose values are allowed.
        privacy: `person`: only the keyed hash `becomes` is landed; `month`: landed as first day of
            the month under the name `becomes`; `identifier` and `free_text`: never landed.
        becomes: Name in the lake where it differs.
        purpose: Key purpose of a pseudonym (`hr`, `survey`, `resource`); two purposes never match.
        divided_by: What a sender's number holds so many of: 12 where the pay of a month comes as that of a year.
        description: One sentence in English; goes to dbt docs and dictionary.
    """

    name: str
    type: str
    required: bool = False
    codes: str | tuple[str, ...] = ""
    min: float | date | None = None
    max: float | date | None = None
    pattern: str = ""
    references: str = ""
    privacy: Privacy = "none"
    becomes: str = ""
    purpose: str = "hr"
    divided_by: float = 1
    description: str = ""

    @property
    def lake_name(self) -> str:
        """Name in the lake; empty where the column is never landed."""
        return "" if self.privacy in ("identifier", "free_text") else (self.becomes or self.name)


@dataclass(frozen=True)
class Rule:
    """A rule over one row: `check` is SQL over canonical columns, true (or null) where the row is right."""

    id: str
    code: str
    columns: tuple[str, ...]
    check: str
    severity: Severity = "refuse"
    description: str = ""


@dataclass(frozen=True)
class Table:
    """A table of a kind: its columns, its key, and its name in the lake."""

    name: str
    lake_table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    derived: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of delivery, the same for every sender."""

    name: str
    title: dict[str, str]
    grain: str
    tables: tuple[Table, ...]
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class FileStyle:
    """How one sender writes a file.

    Attributes:
        name: Regular expression for the file name; groups `known_from`, `period` (YYYY-MM,
            YYYY-MM-DD, and YYYY for a period) and `organisation` are read where present.
        format: One of `flows.intake.formats.FORMATS`.
        packing: `zip` where the file comes in an archive; a gzipped text needs no word.
        member: Pattern of the member's name in the archive; empty where only one can be meant.
        records: Name of the list of records in a JSON; empty where it is the text itself or has a usual name.
        case: Type of object that is a case in an object-centric event log.
        value_labels: Whether SPSS values are landed as `codes` or as their `labels`.
        user_missing: Whether user-missing SPSS values are `empty` or `keep` their code.
        encoding, delimiter, quote: Of a text file.
        sheet: Name of the sheet, or empty for the first.
        title_rows: Rows above the header.
        header_rows: Rows of the header; several are joined with ` / ` after merged cells are filled.
        header_row: Which of the header rows names the columns where they are not to be joined (1-based;
            0 joins them).
        date_formats, timestamp_formats: strptime formats, tried in order; `unix_seconds` and `unix_milliseconds` count
            since 1970.
        decimal, thousands: Signs in numbers.
        units: Words and signs that may stand before or behind a number (`%`); they are dropped.
        timezone: Zone of timestamps that carry none.
        missing: Words that mean an empty cell.
        exclude: Column and regular expressions of rows that are not data (totals); landed nowhere,
            counted as refused with code I-390.
        repeats: Repeat group -> sheet, parent and order columns of a survey export. In an archive `sheet` is the
            member, in JSON the name of the list, and `parent` the name in the submission.
    """

    name: str = ".*"
    format: str = "csv"
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    packing: str = ""
    member: str = ""
    records: str = ""
    case: str = ""
    value_labels: str = "codes"
    user_missing: str = "empty"
    sheet: str = ""
    title_rows: int = 0
    header_rows: int = 1
    header_row: int = 0
    date_formats: tuple[str, ...] = ("%Y-%m-%d",)
    timestamp_formats: tuple[str, ...] = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
    decimal: str = "."
    thousands: str = ""
    units: tuple[str, ...] = ()
    timezone: str = "Asia/Tashkent"
    missing: tuple[str, ...] = ()
    exclude: tuple[tuple[str, str], ...] = ()
    repeats: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class ColumnMap:
    """One row of a column map: what a delivery version calls each canonical column; optional ones may be missing."""

    version: int
    headers: dict[str, str]
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Item:
    """One question of a codebook version.

    Attributes:
        relevant: Conditions of its section and its own; it is asked where all of them hold.
    """

    item_id: str
    column: str
    type: Literal["select_one", "select_multiple", "integer", "decimal", "text", "calculated"]
    choices: str = ""
    repeat: str = "none"
    min: float | None = None
    max: float | None = None
    required: bool = False
    privacy: Privacy = "none"
    relevant: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name in the form, the last part of its column."""
        return self.column.rpartition("/")[2]


@dataclass(frozen=True)
class Codebook:
    """One version of an instrument: its items and the codes of their choice lists.

    Attributes:
        labels: Choice list -> label in any language -> code.
        texts: Item -> language -> wording of the question.
        named: Choice list -> language -> code -> label.
    """

    instrument: str
    version: str
    items: tuple[Item, ...]
    choices: dict[str, tuple[str, ...]]
    labels: dict[str, dict[str, str]]
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    named: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True)
class AnswerStyle:
    """How a survey tool heads the columns of questions and options and how it writes answers.

    Headings are templates; in braces may stand `column` (of the codebook), `path` (the same within its repeat group),
    `name` (its last part), `short` (its letters and digits, at most 20 with the `x` and number of a copy), `item`,
    `text` (the wording), `n` (place in a repeat group that lies in one row); for options also `code`, `short_code`,
    `label`, `number`.

    Attributes:
        tool: File of `expectations/tools/` that the style comes from.
        column, option: Heading of a question's column, and of the column that an option has of its own.
        group_sep: Sign that the tool writes between groups in `{column}`; the codebook writes `/`.
        language: Language of `{text}` and `{label}`.
        cells: Whether cells hold codes or labels.
        option_codes: `own`, or `short` where the tool's codes have at most five letters and digits: one that is no
            such code is `A` and its place in the list.
        separator: Sign between the options in one cell.
        chosen, unchosen: Words in an option's own column, `{code}` and `{label}` included; an empty word means
            that the cell is left empty.
        other: Option that stands for a text of the respondent's own.
        heading: Regular expression; where it matches a heading, its first group is what names the column.
        own: Regular expressions of headings of columns that the tool adds by itself.
        drop: Headings of questions that are knowingly not taken.
        columns: Item or (item, option) -> its headings in this source; several for renamed columns.
        codes: Choice list or item -> what the tool writes -> code.
    """

    tool: str = ""
    column: str = "{column}"
    option: str = "{column}/{code}"
    group_sep: str = "/"
    language: str = ""
    cells: Literal["codes", "labels"] = "codes"
    option_codes: Literal["own", "short"] = "own"
    separator: str = " "
    chosen: tuple[str, ...] = ("1", "true")
    unchosen: tuple[str, ...] = ("0", "false")
    other: str = ""
    heading: str = ""
    own: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    columns: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Learned:
    """One expectation whose thresholds come from earlier deliveries.

    Attributes:
        severity: `refuse` holds the delivery back, `warn` tells of it, `off` does not judge.
        limit: Least change that counts: volume, a share of the median; drift, a population stability index;
            unknown and missing, a difference of shares (0 to 1).
    """

    severity: Literal["refuse", "warn", "off"]
    limit: float


@dataclass(frozen=True)
class History:
    """What a delivery is compared with, and how strictly.

    Attributes:
        window: Number of earlier deliveries that count.
        learn: Deliveries that must stand before one is judged.
        accepted: Ids of deliveries that a person has found right; history begins anew with each.
    """

    window: int = 8
    learn: int = 3
    volume: Learned = Learned("refuse", 0.3)
    drift: Learned = Learned("warn", 0.25)
    unknown: Learned = Learned("warn", 0.02)
    missing: Learned = Learned("warn", 0.1)
    accepted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measure:
    """One control total: `rows`, the `sum` of a column, or the number of `distinct` values, of all or by a column."""

    name: str
    how: Literal["rows", "sum", "distinct"]
    column: str = ""
    by: str = ""


@dataclass(frozen=True)
class ControlTotals:
    """The file of signed totals that comes with each file of a source.

    Attributes:
        suffix: Stands behind the name of the file whose totals it holds.
        required: Whether a file without it is refused.
        severity: What a total that does not hold does.
        tolerance: Difference of a sum that is rounding, as a share of the signed total.
    """

    measures: tuple[Measure, ...]
    suffix: str = ".totals.csv"
    required: bool = True
    severity: Severity = "refuse"
    tolerance: float = 0.0001
    encoding: str = "utf-8"
    delimiter: str = ","


@dataclass(frozen=True)
class Panel:
    """Files that tell who was there on a day, and not from when to when; the warehouse makes stays of them.

    Attributes:
        of: A row tells of the last day of this span, the one in which `seen_on` or the period of its file lies.
        bridges: In how many snapshots one after another a person may be missing and is taken not to have left.
    """

    of: Literal["day", "month", "quarter", "year"]
    bridges: int = 0


@dataclass(frozen=True)
class Correction:
    """A known error of a source, mended in the warehouse; rows of the lake stay as they are.

    Attributes:
        date: Day from which it is known; builds of an earlier `known_on` do not apply it.
        until: Day from which it is not applied any more; None where it still is.
        where: SQL over lake columns that addresses rows.
        expect: SQL that is true on an addressed row while the error is there.
        values: Column -> right value; empty where rows are dropped.
        deliveries: Ids of the deliveries concerned; all that count where empty.
        rows: Row numbers (`_row`) within the one delivery named; all rows where empty.
    """

    id: str
    reason: str
    who: str
    date: date
    status: Literal["reported", "acknowledged", "fixed"]
    where: str
    expect: str
    values: dict[str, str | float | bool] = field(default_factory=dict)
    deliveries: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    until: date | None = None
    path: Path = Path()
    line: int = 1


@dataclass(frozen=True)
class Contract:
    """The contract of one source.

    Attributes:
        path: File that it was read from.
        scope: `whole`: the newest delivery replaces all before it; `period`: per period; `rows`: mended rows,
            which add to the delivery that they come from (no contract file says so).
        required: Whether a release without this source says so.
        constants: Canonical columns that the file does not hold, with their one value.
        values: Canonical column -> what the sender writes -> canonical code.
        others: What happens to columns that no map names: `refuse` or `drop`.
        overrides: Canonical column -> attributes that differ from the kind's.
        pull: Connector and its settings; `{connector: folder, folder: <source>}` by default.
        volume: Least and most rows expected.
        refused_share_max: Share of refused rows above which the whole delivery is refused.
        due_day: Day of the month (daily ones: unused; weekly: of the week, 1 is Monday) by which the delivery of
            the period before is due; 0 where no day was agreed.
        slice_column: Lake column by which a delivery may be partial: where the file name has the group
            `organisation`, only rows with that value are replaced.
        history: How deliveries are compared with those before.
        control_totals: Totals signed by the sender; None where none were agreed.
        panel: Of which days the rows tell; None where they tell of stays.
    """

    source: str
    kind: Kind
    version: int
    path: Path
    title: dict[str, str]
    organisation: str = ""
    scope: Literal["whole", "period", "rows"] = "whole"
    cadence: Literal["hourly", "daily", "weekly", "monthly", "yearly"] = "monthly"
    due_day: int = 0
    required: bool = False
    pull: dict[str, Any] = field(default_factory=dict)
    file: FileStyle = field(default_factory=FileStyle)
    maps: tuple[ColumnMap, ...] = ()
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    others: Literal["refuse", "drop"] = "refuse"
    overrides: dict[str, dict[str, object]] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    volume: tuple[int, int] = (1, 50_000_000)
    refused_share_max: float = 0.1
    codebook: Codebook | None = None
    answers: AnswerStyle = field(default_factory=AnswerStyle)

    @property
    def wide(self) -> dict[str, dict[str, str]]:
        """Repeat groups that lie in one row of the main table, `{n}` after `{n}`."""
        return {name: repeat for name, repeat in self.file.repeats.items() if "column" in repeat}

    slice_column: str = ""
    history: History = field(default_factory=History)
    control_totals: ControlTotals | None = None
    panel: Panel | None = None


@dataclass(frozen=True)
class Contracts:
    """All that stands under `expectations/`, checked and linked.

    Attributes:
        merges: A person's further key -> the key that stays.
    """

    kinds: dict[str, Kind]
    sources: dict[str, Contract]
    codebooks: dict[tuple[str, str], Codebook]
    codes: dict[str, tuple[str, ...]]
    references: dict[str, frozenset[str]]
    merges: dict[str, str] = field(default_factory=dict)
    corrections: dict[str, tuple[Correction, ...]] = field(default_factory=dict)

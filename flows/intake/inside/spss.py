"""SPSS files become text: ReadStat decodes the cases, a walk over the bytes counts them, and both must agree."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from flows.intake.inside.common import RefusedError, Row, cell_text, damaged, number_text, span_text, write_table
from flows.intake.inside.savwalk import count_cases

EPOCH = datetime(1582, 10, 14)  # SPSS counts seconds from the first day of the Gregorian calendar
CHUNK_CELLS = 4_000_000
DAYS = ("DATE", "ADATE", "EDATE", "JDATE", "SDATE", "QYR", "MOYR", "WKYR")
MOMENTS = ("DATETIME", "YMDHMS")
SPANS = ("TIME", "DTIME", "MTIME")


def read(job: dict[str, Any]) -> dict[str, Any]:
    """Read a .sav or .zsav file: codes or value labels, user-missing values empty or kept."""
    import pyreadstat

    table, counted = job["tables"][0], count_cases(job["path"], job["limits"])
    try:
        _, meta = pyreadstat.read_sav(job["path"], metadataonly=True)
    except Exception as error:
        raise damaged("The file is no complete SPSS file.") from error
    if len(meta.column_names) > job["limits"]["columns"]:
        raise RefusedError("E-113", "The file has too many columns.", expected=f"at most {job['limits']['columns']}")
    found = write_table(table["target"], meta.column_names, _rows(job, meta), job["limits"])
    blank = counted - found["rows"] if 0 <= counted - found["rows"] == job.pop("blank", 0) else 0
    return {table["name"]: found | {"counted": counted - blank}}


def _rows(job: dict[str, Any], meta: Any) -> Iterator[Row]:
    import pyreadstat

    size = max(1, CHUNK_CELLS // max(1, len(meta.column_names)))
    texts = [_Texts(name, meta, job) for name in meta.column_names]
    job["blank"] = start = 0
    while True:
        try:
            data, _ = pyreadstat.read_sav(
                job["path"],
                row_offset=start,
                row_limit=size,
                output_format="dict",
                disable_datetime_conversion=True,
                user_missing=job["user_missing"] == "keep",
            )
        except Exception as error:
            raise damaged("The cases of the SPSS file cannot be decoded.", start + 1) from error
        columns = [[one.text(value) for value in data[one.name]] for one in texts]
        for number, cells in enumerate(zip(*columns, strict=True), start=start + 1):
            job["blank"] += all(cell is None for cell in cells)
            yield number, cells
        read = len(columns[0]) if columns else 0
        if read < size:
            return
        start += read


class _Texts:
    """Writes the values of one variable as text, by its format and its labels."""

    def __init__(self, name: str, meta: Any, job: dict[str, Any]) -> None:
        self.name = name
        kind = str(meta.original_variable_types.get(name, "")).rstrip("0123456789.").upper()
        self.base = "day" if kind in DAYS else "moment" if kind in MOMENTS else "span" if kind in SPANS else ""
        labels = meta.variable_value_labels.get(name, {}) if job["value_labels"] == "labels" else {}
        self.labels = {_key(code): text for code, text in labels.items()}

    def text(self, value: Any) -> str | None:
        if value is None or value != value:  # noqa: PLR0124 - not a number is how a missing value comes
            return None
        if isinstance(value, str):
            value = value.rstrip(" ")
        if self.labels:
            return self.labels.get(_key(value)) or cell_text(value)
        return _by_base(value, self.base) if isinstance(value, float | int) and self.base else cell_text(value)


def _key(code: Any) -> str:
    return (number_text(float(code)) or "") if isinstance(code, float | int) else str(code).rstrip(" ")


def _by_base(value: float, base: str) -> str | None:
    if base == "span":
        return span_text(timedelta(seconds=value))
    try:
        moment = EPOCH + timedelta(seconds=round(value))
    except OverflowError:
        return number_text(float(value))
    return cell_text(moment.date() if base == "day" else moment)

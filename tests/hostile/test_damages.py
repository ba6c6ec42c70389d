"""Thousands of damaged files with known clean answers: what is read is right, what is not is refused with a place.

The suite draws few of them; QDEEP_FUZZ=1000 draws a thousand of each format, QDEEP_FUZZ_SEED others than the usual.
"""

import os
import random
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from flows.errors import QdeepError
from tests.hostile.damage import BYTES, TEXT, Judge, Rows, counted, delimited, of_json, of_xes, same
from tests.unit.reading import places, read, rows
from tests.unit.writing import WRITERS, gzipped, zipped
from tests.warm_reader import WarmReader

DRAWN = int(os.environ.get("QDEEP_FUZZ", "0")) or 25
SEED = int(os.environ.get("QDEEP_FUZZ_SEED", "20261124"))
HEADER = ("code", "name", "unit", "note")
NAMES = ("Каримов Анвар", "Oʻktamov Gʻayrat", "김, 철수", 'МЧЖ "А"', "a\nb", "Ўткир; Қ", "x" * 40)
CLEAN: Rows = [
    [f"K{n:04d}", NAMES[n % len(NAMES)], f"MOA-{n % 7}", None if n % 5 == 0 else f"izoh {n}"] for n in range(60)
]
# Format -> what is done to it, and how the rows are judged.
FORMATS: dict[str, tuple[tuple, Judge]] = {
    ".csv": (TEXT, delimited),
    ".csv.gz": (BYTES, same),
    ".csv.zip": (BYTES, same),
    ".xlsx": (BYTES, same),
    ".xlsb": (BYTES, same),
    ".ods": (BYTES, same),
    ".xls": (BYTES, counted),
    ".sav": (BYTES, counted),
    ".zsav": (BYTES, counted),
    ".parquet": (BYTES, counted),
    ".json": (BYTES, of_json),
    ".jsonl": (BYTES, of_json),
    ".xes": (BYTES, of_xes),
}


@pytest.mark.slow
@pytest.mark.timeout(36_000 if DRAWN > 100 else 300)
@pytest.mark.parametrize("suffix", FORMATS)
def test_what_is_read_of_a_damaged_file_is_right_or_refused(
    suffix: str, warm_reader: WarmReader, tmp_path: Path
) -> None:
    clean, style = clean_file(suffix, tmp_path)
    damages, judge = FORMATS[suffix]
    outcomes, wrong = Counter(), {}
    for number in range(DRAWN):
        seed = f"{SEED}/{suffix}/{number}"
        dice = random.Random(seed)
        damage = damages[number % len(damages)]
        told, fault = verdict(damage(clean, dice), style, judge)
        outcomes[told] += 1
        if fault:
            wrong[f"{seed} {damage.__name__}"] = fault
    assert not wrong
    assert warm_reader.process.poll() is None
    assert sum(count for told, count in outcomes.items() if told != "read") > 0, outcomes


def clean_file(suffix: str, folder: Path) -> tuple[bytes, dict]:
    """Return a clean file and its style; what is read of it is the clean answer."""
    plain, _, packing = suffix[1:].partition(".")
    write, style = WRITERS[f".{plain}"]
    path = folder / f"clean.{plain}"
    write(path, (HEADER, CLEAN))
    if packing:
        packed = folder / f"clean{suffix}"
        (gzipped if packing == "gz" else zipped)(packed, path)
        path = packed
    style = style | {"packing": "zip"} if packing == "zip" else style
    assert rows(read(path, folder, **style).tables["rows"]) == CLEAN, suffix
    return path.read_bytes(), style


def verdict(data: bytes, style: dict, judge: Judge) -> tuple[str, str]:
    """Return `read` or the code of the refusal, and what is wrong with it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file.bin"
        path.write_bytes(data)
        try:
            table = read(path, Path(folder), **style).tables["rows"]
        except QdeepError as error:
            quoted = [name for name in NAMES if name in f"{error} {error.finding}"]
            return error.finding.code, f"quotes {quoted}" if quoted else ""
        found = places(table)
        if len(found) + len(table.bad_rows) != table.rows or any(
            not bad.line or not bad.code for bad in table.bad_rows
        ):
            return "read", f"{table.rows} records, {len(found)} read, {len(table.bad_rows)} broken"
        return "read", judge(CLEAN, table, data)


def test_the_judges_tell_a_lost_row_and_one_that_was_made_up(tmp_path: Path, warm_reader: WarmReader) -> None:
    """The judges of the damages can fail."""
    clean, style = clean_file(".csv", tmp_path)
    path = tmp_path / "other.csv"
    path.write_bytes(clean.replace(b"K0008", b"K9999"))
    table = read(path, tmp_path, **style).tables["rows"]
    assert "nowhere" in delimited(CLEAN, table, clean)
    assert "8" in same(CLEAN, table, clean)
    path.write_bytes(clean[: clean.index(b"K0050")])
    assert "lost" in delimited(CLEAN, read(path, tmp_path, **style).tables["rows"], clean)
    assert warm_reader.process.poll() is None

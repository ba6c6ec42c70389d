"""The same table gives the same rows, whatever the format in which it comes."""

import tempfile
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.reading import places, read, rows
from tests.unit.writing import WRITERS, Table, gzipped, text, write_csv, zipped

HEADER = ("code", "units", "rate", "day", "moment", "note")
WORDS = st.sampled_from(["0012", "00", "31234567890123", "Oʻktamov", "Ўзбек", "a;b,c", 'say "x"', "강", "1e5", "-"])
MOMENTS = st.datetimes(datetime(1930, 1, 1), datetime(2080, 1, 1)).map(lambda one: one.replace(microsecond=0))
ROWS = st.tuples(
    WORDS,
    st.none() | st.integers(-(10**15) + 1, 10**15 - 1),
    st.none() | st.integers(-(10**7), 10**7).map(lambda one: one / 1000).filter(lambda one: one % 1),
    st.none() | st.dates(date(1930, 1, 1), date(2080, 1, 1)),
    st.none() | MOMENTS.filter(lambda one: one.time() != datetime.min.time()),
    st.none() | WORDS,
)
FULL = ("0001", 12345678901234, 0.125, date(2024, 2, 29), datetime(2024, 2, 29, 13, 5, 7), "x")


@pytest.mark.slow
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(ROWS, min_size=1, max_size=40))
def test_the_same_table_in_every_format_gives_the_same_rows(made: list[tuple]) -> None:
    table: Table = (HEADER, [FULL, *made])
    expected = [[text(value) or None for value in row] for row in table[1]]
    with tempfile.TemporaryDirectory() as folder:
        for suffix, (write, style) in WRITERS.items():
            path = Path(folder) / f"table{suffix}"
            write(path, table)
            found = read(path, Path(folder), **style)
            assert found.tables["rows"].header == HEADER, suffix
            assert rows(found.tables["rows"]) == expected, suffix
            assert found.rows_counted == {"rows": len(expected)}, suffix
            assert [row for row, _ in places(found.tables["rows"])] == list(range(1, len(expected) + 1)), suffix


# Text is cut at its delimiters after it has become UTF-8, so each of both is tried, not each pair; in cp949 the second
# octet of a letter may be that of `|`.
@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [
        ("utf-8", ";"),
        ("utf-8-sig", ","),
        ("utf-16", "\t"),
        ("utf-16-be", "|"),
        ("cp1251", ";"),
        ("cp1252", "\t"),
        ("koi8-r", ","),
        ("cp949", "|"),
    ],
)
def test_a_text_gives_the_same_rows_in_every_encoding(tmp_path: Path, encoding: str, delimiter: str) -> None:
    words = {"cp1252": "Größe", "cp949": "인사혁신처", "koi8-r": "Министерство", "cp1251": "Министерство"}
    table: Table = (
        ("id", "name"),
        [("001", words.get(encoding, "Oʻzbekiston Вазирлик 인사")), ("002", "a|b;c,d\te\nf")],
    )
    write_csv(tmp_path / "t.csv", table, encoding, delimiter)
    found = read(tmp_path / "t.csv", tmp_path, format="csv", encoding=encoding, delimiter=delimiter).tables["rows"]
    assert rows(found) == [list(row) for row in table[1]]


@pytest.mark.slow
@pytest.mark.parametrize("suffix", sorted(WRITERS))
def test_a_packed_file_gives_the_same_rows(tmp_path: Path, suffix: str) -> None:
    write, style = WRITERS[suffix]
    write(tmp_path / f"t{suffix}", (HEADER, [FULL]))
    zipped(tmp_path / "t.zip", tmp_path / f"t{suffix}")
    found = read(tmp_path / "t.zip", tmp_path, packing="zip", **style).tables["rows"]
    assert rows(found) == [[text(value) for value in FULL]]


@pytest.mark.parametrize("suffix", [".csv", ".json", ".xes"])
def test_a_gzipped_text_gives_the_same_rows(tmp_path: Path, suffix: str) -> None:
    write, style = WRITERS[suffix]
    write(tmp_path / f"t{suffix}", (HEADER, [FULL]))
    gzipped(tmp_path / f"t{suffix}.gz", tmp_path / f"t{suffix}")
    found = read(tmp_path / f"t{suffix}.gz", tmp_path, **style).tables["rows"]
    assert rows(found) == [[text(value) for value in FULL]]

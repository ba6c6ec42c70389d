"""What is read at once, as a column of octets, is what SQL reads of each cell; nothing more is claimed."""

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from flows.contracts.model import Column, FileStyle
from flows.intake.normalise import is_plain, trimmed
from flows.intake.pinfl import create_macros
from flows.intake.quick import Texts, quick_text, quick_typed
from flows.intake.values import typed_value

STYLES = (
    FileStyle(),
    FileStyle(date_formats=("%d.%m.%Y", "%m.%d.%Y"), timestamp_formats=("%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M:%S")),
    FileStyle(date_formats=("%d%m%Y", "%Y%m%d"), timestamp_formats=("%d/%m/%Y %H:%M:%S", "%Y%m%d %H:%M:%S")),
)
TYPES = ("integer", "decimal", "date", "timestamp", "boolean", "pinfl")
FAST = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LETTERS = "аРСрсЎўЁёҒА\u040bE\u0301\u00a0- '`aZ~\x00\n9–€𝄞"
DIGITS = st.text("0123456789", min_size=13, max_size=15) | st.from_regex(r"[2-7]\d{13}", fullmatch=True)
DAYS = st.from_regex(r"[0-3]\d[./-]?[01]\d[./-]?(1[678]|19|20|22)\d\d( [0-2]\d:[0-6]\d)?", fullmatch=True)
ISO = st.from_regex(r"(0000|1799|1900|20\d\d|2201)-?[01]\d-?[0-3]\d([T ][0-2]\d:[0-6]\d:[0-6]\d)?", fullmatch=True)
CLOCKS = st.from_regex(r"[0-3]\d/[01]\d/20\d\d [0-2]\d:[0-5]\d:[0-5]\d", fullmatch=True)
NUMBERS = st.text("0123456789.-+e", max_size=20)
WORDS_READ = ("1", "true", "True", "ha", "ҳа", "да", "no", "yoʻq", " 0", "")
WORDS = st.sampled_from(WORDS_READ)
CELLS = st.lists(st.none() | DIGITS | DAYS | ISO | CLOCKS | NUMBERS | WORDS | st.text(max_size=6), max_size=40)


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'Asia/Tashkent'")
        create_macros(connection)
        yield connection


def texts_of(cells: list[str | None]) -> Texts:
    """Return cells as a column that begins and ends within a longer one."""
    whole = pa.array(["РЁ x", None, *cells, " ", "29.02.2001"], pa.string())
    return Texts(whole.slice(2, len(cells)))


EDGES = (
    *("29.02.2000", "29.02.1900", "31.04.2001", "20121201", "20121799", "00000000", "01.01.2201", "01.13.2001"),
    *("-", "-.", ".", "5.", "-.5", "1-2", "1.2.3", "007", "-0", "9" * 18, "9" * 19, "-" + "9" * 17, "1e5", "+1"),
    *("2024-02-29 23:59:59", "2024-02-29 24:00:00", "2024-02-29 23:59:60", "2023-02-29 00:00:00"),
    *("30101900010017", "61312000010017", "30102900000017", "30102900010007", "32902010010017", "32902000010017"),
)


@given(CELLS, st.sampled_from(TYPES), st.sampled_from(STYLES))
@FAST
def test_a_value_read_at_once_is_the_one_that_sql_reads(
    db: duckdb.DuckDBPyConnection, cells: list[str | None], kind: str, style: FileStyle
) -> None:
    assert wrong_values(db, cells, kind, style) == []


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("style", STYLES)
def test_values_at_the_edges_are_those_that_sql_reads(
    db: duckdb.DuckDBPyConnection, kind: str, style: FileStyle
) -> None:
    assert wrong_values(db, [None, *EDGES, *WORDS_READ, *EDGES], kind, style) == []


def wrong_values(db: duckdb.DuckDBPyConnection, cells: list[str | None], kind: str, style: FileStyle) -> list[object]:
    """Return the cells that were read otherwise than SQL reads them, or left open without need to say so."""
    texts, column = texts_of(cells), Column("x", kind)
    quick = quick_typed(texts, column, style)
    assert quick is not None
    db.register("cells", pa.table({"x": texts.column, "quick": quick.value, "is_open": quick.is_open}))
    slow = typed_value(column, "t", style)
    wrong = "is_open <> (x is not null and quick is null) or not is_open and quick is distinct from slow"
    both = f"select *, {slow} as slow from (select *, {trimmed('x')} as t from cells)"
    return db.execute(f"select * from ({both}) where {wrong}").fetchall()


@given(st.lists(st.none() | st.text(LETTERS, max_size=7) | st.text(max_size=5), max_size=40), st.booleans())
@FAST
@example(["Ғуломова Ўктам", "РЎРЎРЎ", "СССР РР", "РС", "a  b", "a b ", " a", "a", "", "Р", "Ё", None], True)  # noqa: FBT003 - hypothesis
def test_a_text_is_open_where_sql_finds_it_not_plain(
    db: duckdb.DuckDBPyConnection,
    cells: list[str | None],
    is_word: bool,  # noqa: FBT001 - hypothesis hands it over by place
) -> None:
    texts = texts_of(cells)
    alone = [bool(quick_text(Texts(pa.array([cell], pa.string())), is_word=is_word).is_open[0]) for cell in cells]
    is_open = quick_text(texts, is_word=is_word).is_open
    db.register("cells", pa.table({"x": texts.column, "is_open": is_open, "alone": pa.array(alone, pa.bool_())}))
    # Beside others a plain text may be left open, for the first sign of the next one; never the other way.
    is_tidy = f"coalesce({is_plain('x', is_word=is_word)}, true) or x = ''"
    assert db.execute(f"select x from cells where alone = ({is_tidy}) or alone and not is_open").fetchall() == []


@pytest.mark.parametrize(
    ("kind", "style"),
    [
        ("decimal", FileStyle(decimal=",")),
        ("integer", FileStyle(thousands=" ")),
        ("date", FileStyle(date_formats=("%d.%m.%y",))),
        ("date", FileStyle(date_formats=("%d %B %Y",))),
        ("timestamp", FileStyle(timestamp_formats=("%Y-%m-%dT%H:%M:%S%z",))),
        ("timestamp", FileStyle(timestamp_formats=("%Y-%m-%d %H:%M",), timezone="UTC")),
        ("timestamp", FileStyle(timestamp_formats=("%d.%m.%Y",))),
        ("timestamp", FileStyle(timestamp_formats=())),
    ],
)
def test_a_form_without_fixed_places_is_left_to_sql(kind: str, style: FileStyle) -> None:
    assert quick_typed(texts_of(["1", "01.02.2020"]), Column("x", kind), style) is None

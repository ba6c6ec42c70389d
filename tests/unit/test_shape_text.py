"""Text has one spelling and every type is read as the contract says, in SQL."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from flows.contracts.model import Column, FileStyle
from flows.intake.match import _joined
from flows.intake.normalise import clean, folded, has_mojibake, header_key, is_plain, trimmed, unified_apostrophes
from flows.intake.pinfl import create_macros
from flows.intake.values import quick_value, typed_value


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'Asia/Tashkent'")
        create_macros(connection)
        yield connection


def value(db: duckdb.DuckDBPyConnection, sql: str, text: str) -> object:
    return db.execute(f"select {sql} from (select cast(? as varchar) as x)", [text]).fetchall()[0][0]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("  a  b ", "a b"),
        ("a\u00a0\u00a0b\u202f", "a b"),
        ("a\tb\r\nc", "a b c"),
        ("\ufeffa\u200bb\u00ad", "ab"),
        ("Жами\u00a0", "Жами"),
        ("\u00a0", ""),
        ("a\x08b\x1f", "a b"),
        ("Жами\x0bолди", "Жами олди"),
        ("a\x08", "a"),
        ("a\x0bb", "a b"),  # the line end inside a cell of old office files
        ("\x1fʻ\x7f", "ʻ"),
        ("Ўзбекистон  Республикаси", "Ўзбекистон Республикаси"),
    ],
)
def test_blanks_are_single_and_invisible_signs_are_gone(db: duckdb.DuckDBPyConnection, raw: str, text: str) -> None:
    assert value(db, trimmed("x"), raw) == text


@pytest.mark.parametrize("sign", "'`´‘’ʻʼ′")
def test_every_apostrophe_becomes_the_canonical_one(db: duckdb.DuckDBPyConnection, sign: str) -> None:
    typed = f"O{sign}zbek san{sign}ati, g{sign}oya"
    assert value(db, unified_apostrophes("x"), typed) == "Oʻzbek sanʼati, gʻoya"


@pytest.mark.parametrize(
    ("raw", "code", "id_"),
    [
        ("MОA-12", "MOA-12", "MOA-12"),  # Cyrillic О in a Latin word
        ("МОА-12", "МОА-12", "MOA-12"),  # wholly Cyrillic look-alikes: only an id is ASCII by nature
        ("мутaхассис", "мутахассис", "мутахассис"),  # Latin a in a Cyrillic word
        ("IT-департамент", "IT-департамент", "IT-департамент"),  # two words, each of one script
        ("Эркaк", "Эркак", "Эркак"),
        ("zаvоd ж", "zavod ж", "zavod ж"),
        ("zжz", "zжz", "zжz"),  # no twin: stays, and the code list refuses it
    ],
)
def test_a_word_does_not_mix_scripts(db: duckdb.DuckDBPyConnection, raw: str, code: str, id_: str) -> None:
    assert value(db, folded("x", is_id=False), raw) == code
    assert value(db, folded("x", is_id=True), raw) == id_


TEXTS = st.text(max_size=30) | st.text("'`aоО \x08\x0c\u200b\u0301\u0312", max_size=8)


@pytest.mark.slow
@given(st.lists(TEXTS.map(lambda text: text.replace("\x00", "")), min_size=40, max_size=160))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(["'\x08", "A\u041e\u0300"])
def test_spelling_twice_changes_nothing(db: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    once, twice = (unified_apostrophes(folded(trimmed(name), is_id=False)) for name in ("x", "once"))
    spelled = f"select {once} as once from (select unnest(cast(? as varchar[])) as x)"
    rows = db.execute(f"select once, {twice} from ({spelled})", [texts]).fetchall()
    assert len(rows) == len(texts)
    assert [again for _, again in rows] == [first for first, _ in rows]


def test_wrongly_decoded_text_is_seen(db: duckdb.DuckDBPyConnection) -> None:
    for text in ("Министерство", "Ўзбекистон", "Бўлим бошлиғи"):
        for wrong in ("cp1251", "latin-1"):
            assert value(db, has_mojibake("x"), text.encode().decode(wrong, errors="replace"))
        assert not value(db, has_mojibake("x"), text)
    for text in ("СССР Россия", "Côte d’Ivoire", "Ñandú", "Рё", "김민수", "Oʻzbekiston"):
        assert not value(db, has_mojibake("x"), text)


def test_headers_compare_without_blanks_apostrophes_and_case() -> None:
    assert header_key(" Tugʻilgan\u00a0 sana ") == header_key("tug'ilgan sana") == header_key("TUG`ILGAN SANA\ufeff")
    assert header_key("Tugilgan sana") != header_key("tug'ilgan sana")


CSV = FileStyle(date_formats=("%d.%m.%Y",), timestamp_formats=("%d.%m.%Y %H:%M",), decimal=",", thousands=" ")
BOOK = FileStyle(format="xlsx", decimal=",", thousands=".")
COMMA, COMMAS = FileStyle(decimal=","), FileStyle(thousands=",")
UNITS = FileStyle(decimal=",", thousands=" ", units=("%", "сўм", "$"))
SECONDS = FileStyle(date_formats=("%Y%m%d", "unix_seconds"), timestamp_formats=("unix_seconds",), timezone="UTC")
MILLIS = FileStyle(date_formats=("unix_milliseconds",), timestamp_formats=("%Y-%m-%d %H:%M", "unix_milliseconds"))
POINT = FileStyle(timezone="Europe/Moscow", timestamp_formats=("%Y-%m-%d %H:%M:%S %z", "%d/%m/%Y %H:%M"))


@pytest.mark.parametrize(
    ("type_", "style", "text", "expected"),
    [
        ("integer", CSV, "1 234", 1234),
        ("integer", CSV, "-7", -7),
        ("integer", CSV, "1.5", None),
        ("integer", CSV, "1e3", None),
        ("integer", CSV, "12345678901234567890", None),
        ("decimal", CSV, "0,5", 0.5),
        ("decimal", CSV, "1 234,25", 1234.25),
        ("decimal", CSV, "1 234.250", 1234.25),
        ("decimal", CSV, "12 34", None),
        ("integer", CSV, "1 2345", None),
        ("decimal", COMMAS, "1,234.5", 1234.5),
        ("decimal", COMMAS, "1,5", None),
        ("decimal", COMMA, "1.234", None),
        ("decimal", COMMA, "-174.379", None),
        ("decimal", COMMA, "0.234", 0.234),
        ("decimal", COMMA, "1.25", 1.25),
        ("decimal", COMMA, "1234.567", 1234.567),
        ("decimal", CSV, "nan", None),
        ("decimal", CSV, "1e400", None),
        ("decimal", CSV, "-1e999", None),
        ("decimal", CSV, "9" * 400, None),
        ("decimal", CSV, "1e-400", 0.0),
        ("decimal", CSV, "1_0", None),
        ("decimal", CSV, "0,5,1", None),
        ("decimal", CSV, "\u22127,5", -7.5),
        ("integer", CSV, "\u22121 234", -1234),
        ("decimal", CSV, "26%", None),
        ("decimal", UNITS, "26,5 %", 26.5),
        ("decimal", UNITS, "-5%", -5.0),
        ("decimal", UNITS, "$1 234,5", 1234.5),
        ("integer", UNITS, "1 234 567 сўм", 1234567),
        ("decimal", UNITS, "26", 26.0),
        ("decimal", UNITS, "26 % %", None),
        ("decimal", UNITS, "%", None),
        ("decimal", UNITS, "26 сум", None),
        ("decimal", BOOK, "1234.5", 1234.5),
        ("decimal", BOOK, "1.234,5", 1234.5),
        ("date", CSV, "01.02.2024", "2024-02-01"),
        ("date", CSV, "1.2.2024", "2024-02-01"),
        ("date", CSV, "2024-02-01", "2024-02-01"),
        ("date", CSV, "2024-02-01 00:00:00", "2024-02-01"),
        ("date", CSV, "2024-02-01 10:00:00", None),
        ("date", CSV, "31.02.2024", None),
        ("date", CSV, "01.02.24", None),
        ("date", CSV, "45323", None),
        ("timestamp", CSV, "01.02.2024 09:30", "2024-02-01 09:30:00"),
        ("timestamp", CSV, "2024-02-01T09:30:00+03:00", "2024-02-01 11:30:00"),
        ("timestamp", CSV, "2024-02-01T09:30:00.500Z", "2024-02-01 14:30:00.5"),
        ("timestamp", CSV, "2024-02-01 09:30:00", "2024-02-01 09:30:00"),
        ("timestamp", CSV, "2024-02-01", "2024-02-01 00:00:00"),
        ("timestamp", CSV, "2024-02-30 09:30:00", None),
        ("timestamp", CSV, "yesterday", None),
        ("timestamp", POINT, "01/02/2024 09:30", "2024-02-01 11:30:00"),
        ("timestamp", POINT, "2024-02-01 09:30:00 +0000", "2024-02-01 14:30:00"),
        ("timestamp", POINT, "2024-02-01T09:30:00", "2024-02-01 11:30:00"),
        ("timestamp", SECONDS, "1706779800", "2024-02-01 14:30:00"),
        ("timestamp", SECONDS, "1706779800.5", "2024-02-01 14:30:00.5"),
        ("timestamp", SECONDS, "1706779800000", None),
        ("timestamp", SECONDS, "1.7e9", None),
        ("timestamp", SECONDS, "2024-02-01T09:30:00Z", "2024-02-01 14:30:00"),
        ("timestamp", MILLIS, "1706779800250", "2024-02-01 14:30:00.25"),
        ("timestamp", MILLIS, "1706779801", None),
        ("timestamp", MILLIS, "-1", None),
        ("timestamp", MILLIS, "2024-02-01 09:30", "2024-02-01 09:30:00"),
        ("date", SECONDS, "20240201", "2024-02-01"),
        ("date", SECONDS, "1706727600", "2024-02-01"),
        ("date", SECONDS, "-157766400", "1965-01-01"),
        ("date", MILLIS, "0", "1970-01-01"),
        ("date", MILLIS, "-18000000", "1970-01-01"),
        ("date", MILLIS, "1706745600", None),
        ("date", MILLIS, "1706727600000", "2024-02-01"),
        ("date", MILLIS, "12.5.5", None),
        ("boolean", CSV, "ҲА", True),
        ("boolean", CSV, "Yo`q", False),
        ("boolean", CSV, "да", True),
        ("boolean", CSV, "0", False),
        ("boolean", CSV, "maybe", None),
        ("pinfl", CSV, "30101900150017", "30101900150017"),
        ("pinfl", CSV, "3.01019E+13", None),
        ("pinfl", CSV, "33102900150017", None),
        ("pinfl", CSV, "30101900000017", None),
        ("pinfl", CSV, "30101900150018", "30101900150018"),
        ("pinfl", CSV, "90101900150017", None),
        ("pinfl", CSV, "3010190015001", None),
    ],
)
def test_a_type_is_read(
    db: duckdb.DuckDBPyConnection, type_: str, style: FileStyle, text: str, expected: object
) -> None:
    read = value(db, f"({typed_value(Column('x', type_), 'x', style)})", text)
    if type_ in ("date", "timestamp") and expected is not None:
        assert str(read).rstrip("0").rstrip(".:") == str(expected).rstrip("0").rstrip(".:")
    else:
        assert read == expected
        assert type(read) is type(expected)


@pytest.mark.parametrize("number", ["30101900150017", "41506850420175", "52301019990010", "63105041201236"])
def test_the_check_digit_of_published_examples_holds(db: duckdb.DuckDBPyConnection, number: str) -> None:
    assert value(db, "qd_pinfl_check_digit(x)", number)
    assert not value(db, "qd_pinfl_check_digit(x)", number[:-1] + str((int(number[-1]) + 1) % 10))


@given(st.lists(st.integers(0, 10**14 - 1), min_size=1, max_size=50))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_check_digit_is_the_weighted_sum_of_the_digits_before_it(
    db: duckdb.DuckDBPyConnection, numbers: list[int]
) -> None:
    texts = [f"{number:014}" for number in numbers]
    told = db.execute("select qd_pinfl_check_digit(x) from (select unnest(?::varchar[]) as x)", [texts]).fetchall()
    sums = [sum(int(digit) * (7, 3, 1)[place % 3] for place, digit in enumerate(text[:13])) for text in texts]
    assert [one for (one,) in told] == [total % 10 == int(text[13]) for total, text in zip(sums, texts, strict=True)]


SIGNS = st.text(" \t\x0b\u00a00123456789.,+-:eTZxhatruе'ʻ", max_size=20)
DATED = st.from_regex(r"[ \t]{0,2}[0-3]?\d[./-][01]?\d[./-](19|20)?\d\d( [0-2]?\d:[0-5]\d)?[ \n]{0,2}", fullmatch=True)
ISO = st.from_regex(r" ?20\d\d-[01]\d-[0-3]\d([ T][0-2]\d:[0-5]\d(:[0-5]\d(\.\d)?)?(Z|[+-]05:00)?)? ?", fullmatch=True)
COUNTS = st.from_regex(r" ?[+-]?[01]\d{7,12}([.]\d{0,3})? ?", fullmatch=True)
WORDS = st.sampled_from(
    ["1", " 0", "true", "True", "ha", "Ha ", "yoʻq", "yo'q", "да", "30101900150017", "1 000", "1e3"]
)


@given(st.lists(SIGNS | DATED | ISO | COUNTS | WORDS | st.text(max_size=8), min_size=40, max_size=160))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_quick_reading_of_a_cell_is_the_slow_one(db: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    cells = "(select unnest(cast(? as varchar[])) as x)"
    for style in (CSV, BOOK, POINT, SECONDS, MILLIS, FileStyle()):
        for type_ in ("integer", "decimal", "date", "timestamp", "boolean", "pinfl"):
            column = Column("x", type_)
            quick, slow = quick_value(column, "x", style), typed_value(column, "t", style)
            both = f"select x, {quick} as quick, {slow} as slow from (select x, {trimmed('x')} as t from {cells})"
            wrong = f"select * from ({both}) where quick is not null and quick is distinct from slow"
            assert db.execute(wrong, [texts]).fetchall() == []


@given(
    st.lists(
        st.text("aоo'` ~\x00\x1f\x7f\x0b\u00adE\u0301ʻ9-", max_size=6) | st.text(max_size=6), min_size=40, max_size=160
    )
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(["\x00\u043e`E"])
def test_plain_text_needs_no_tidying(db: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    spelled = unified_apostrophes(folded(trimmed("x"), is_id=True))
    query = f"select {is_plain('x')}, {spelled}, {trimmed('x')} from (select unnest(cast(? as varchar[])) as x)"
    for text, (plain, whole, tidy) in zip(texts, db.execute(query, [texts]).fetchall(), strict=True):
        assert tidy == clean(text)
        if plain:
            assert whole == text


@given(st.lists(st.text("аРСрсЎўЁҒ\u040bE\u0301\u00a0- '", max_size=9) | st.text(max_size=6), max_size=60))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(["Ғуломова Ўктам", "РЎРЎРЎ", "СССР РР", "РС"])
def test_plain_words_need_no_tidying_and_are_no_mojibake(db: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    spelled = unified_apostrophes(trimmed("x"))
    query = (
        f"select {is_plain('x', is_word=True)}, {spelled}, {has_mojibake('x')} "
        "from (select unnest(cast(? as varchar[])) as x)"
    )
    for text, (plain, whole, is_spoilt) in zip(texts, db.execute(query, [texts]).fetchall(), strict=True):
        if plain:
            assert whole == text
            assert not is_spoilt


def test_names_in_cyrillic_are_plain_words(db: duckdb.DuckDBPyConnection) -> None:
    for text in ("Ғуломова Ўктам 12", "СССР", "Раҳимов Сардор", "Қодиров А.Р."):
        assert value(db, is_plain("x", is_word=True), text)
    assert not value(db, is_plain("x"), "Ғуломова")


@pytest.mark.parametrize(
    ("text", "day"), [("01/02/51", "1951-01-02"), ("01/02/83", "1983-01-02"), ("01/02/1951", "1951-01-02")]
)
def test_a_birth_date_with_two_digits_of_the_year_is_no_later_than_it_may_be(
    db: duckdb.DuckDBPyConnection, text: str, day: str
) -> None:
    column = Column("birth_date", "date", max=date(2019, 12, 31))
    style = FileStyle(date_formats=("%m/%d/%y", "%m/%d/%Y"))
    assert str(value(db, typed_value(column, "x", style), text)) == day


@pytest.mark.parametrize(("text", "pay"), [("62 506,00", 5208.833333333333), ("60000", 5000.0), ("-", None)])
def test_the_pay_of_a_month_may_come_as_that_of_a_year(
    db: duckdb.DuckDBPyConnection, text: str, pay: float | None
) -> None:
    style = FileStyle(decimal=",", thousands=" ")
    assert value(db, typed_value(Column("base_pay", "decimal", divided_by=12), "x", style), text) == pay


def test_a_person_is_named_by_several_columns_in_any_case(db: duckdb.DuckDBPyConnection) -> None:
    feed = _joined(Column("pinfl", "text"), [[0], [1, 2]])
    rows = "(values ('Lee ', 'Ann', null), ('LEE', null, 'ANN'), ('Lee', null, ' ')) as rows (c0, c1, c2)"
    assert db.execute(f"select {feed.raw} from {rows}").fetchall() == [("lee ann",), ("lee ann",), ("lee",)]

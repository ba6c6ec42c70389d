"""Canonical text has a typed value: SQL expressions for numbers, dates, moments, truth values and personal numbers."""

import re
from collections.abc import Sequence

from flows.contracts.model import Column, FileStyle
from flows.intake import counted
from flows.intake.normalise import literal, unified_apostrophes

SQL_TYPES = {
    "text": "VARCHAR",
    "code": "VARCHAR",
    "pinfl": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
}
TRUE_WORDS = ("1", "true", "yes", "ha", "ҳа", "да")
FALSE_WORDS = ("0", "false", "no", "yoʻq", "йўқ", "нет")
LOCAL_ZONE = "Asia/Tashkent"
# Workbook cells arrive as ISO text whatever the sender's format; midnight is how Excel writes a day.
ISO_DATES = ("%Y-%m-%d", "%Y-%m-%d 00:00:00")
MINUS = "\u2212"  # as typesetters and some spreadsheets write it
INTEGER = r"[+-]?\d{1,18}([.]0*)?"
DECIMAL = r"[+-]?(\d+([.]\d*)?|[.]\d+)([eE][+-]?\d{1,3})?"
WITH_OFFSET = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.]\d+)?)? ?(Z|[+-]\d\d(:?\d\d)?)"
# With a decimal comma 1.234 may be a thousand or a fraction; 0.234 and 1.23 are fractions.
ONE_GROUP = r"[+-]?[1-9]\d{0,2}[.]\d{3}"
# A format that ends with a time of day in digits: no text with an offset fits it.
WITHOUT_ZONE = r"[^%]*(%[Ymdy][^%]*)*%H:%M(:%S([.]%f)?)?"
WITHOUT_OFFSET = r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.]\d+)?)?)?"


def typed_value(column: Column, text: str, style: FileStyle) -> str:
    """Return SQL of the typed value of canonical text; null where the text is not of the type."""
    match column.type:
        case "integer" | "decimal":
            return _divided(_number(column.type, _bare(text, style), style), column)
        case "date":
            return _date(column, text, style)
        case "timestamp":
            return _timestamp(text, style)
        case "boolean":
            return _boolean(text)
        case "pinfl":
            return f"case when qd_pinfl_is_wellformed({text}) then {text} end"
        case _:
            return text


def quick_value(column: Column, raw: str, style: FileStyle) -> str:
    """Return SQL of the typed value of raw text in its most frequent spelling; null for all others.

    Where it gives a value, `typed_value` of the tidied text gives the same one.
    """
    if column.type == "boolean":
        return f"case when {raw} in {words(TRUE_WORDS)} then true when {raw} in {words(FALSE_WORDS)} then false end"
    if column.type == "timestamp":
        return _quick_moment(raw, style)
    if column.type in ("integer", "decimal"):
        return _divided(_number(column.type, raw, style), column)
    return typed_value(column, raw, style)


def _quick_moment(raw: str, style: FileStyle) -> str:
    counts = counted.moments(raw, style.timestamp_formats, LOCAL_ZONE)
    if counts and len(counts) == len(style.timestamp_formats):
        return _first(counts)
    if counts or any("%z" in one for one in style.timestamp_formats) or not style.timestamp_formats:
        return "null"
    moment = _to_local(parsed(raw, style.timestamp_formats), style)
    if all(re.fullmatch(WITHOUT_ZONE, one) for one in style.timestamp_formats):
        return moment
    return f"case when not regexp_full_match({raw}, '{WITH_OFFSET}') then {moment} end"


def _divided(number: str, column: Column) -> str:
    return number if column.divided_by == 1 else f"({number}) / {float(column.divided_by)!r}::double"


def _bare(text: str, style: FileStyle) -> str:
    """Return SQL of a number without the units beside it, its minus as keyboards have it."""
    plain = f"replace({text}, '{MINUS}', '-')"
    either = "|".join(re.escape(one) for one in sorted(style.units, key=len, reverse=True))
    beside = f"^(?:{either}) ?([-+]?[0-9.,].*)$|^(.*[0-9.,]) ?(?:{either})$"
    return f"regexp_replace({plain}, {literal(beside)}, '\\1\\2')" if either else plain


def _number(kind: str, text: str, style: FileStyle) -> str:
    number, pattern = _plain_number(text, style), INTEGER if kind == "integer" else DECIMAL
    value = f"case when regexp_full_match({number}, '{pattern}') then try_cast({number} as {SQL_TYPES[kind]}) end"
    # 1e400 has the form of a number, and no double holds it.
    return value if kind == "integer" else f"nullif(nullif({value}, 'inf'::double), '-inf'::double)"


def _plain_number(text: str, style: FileStyle) -> str:
    """Return SQL of a number with a decimal point: a text that already is one stays (workbooks hold such)."""
    bare = text
    if style.thousands:
        bare = f"replace({_in_groups(text, style)}, {literal(style.thousands)}, '')"
    elif style.decimal != "." and style.format in ("csv", "tsv"):
        bare = f"case when not (contains({text}, '.') and regexp_full_match({text}, '{ONE_GROUP}')) then {text} end"
    if style.decimal != ".":
        bare = f"replace({bare}, {literal(style.decimal)}, '.')"
    if bare == text or style.format in ("csv", "tsv"):
        return bare
    return f"case when regexp_full_match({text}, '{DECIMAL}') then {text} else {bare} end"


def _in_groups(text: str, style: FileStyle) -> str:
    """Return SQL of a number whose signs of thousands part groups of three; null for others: 1,5 is not 15."""
    sign = re.escape(style.thousands)
    grouped = literal(rf"[+-]?\d{{1,3}}({sign}\d{{3}})+([.,]\d*)?")
    apart = f"contains({text}, {literal(style.thousands)})"
    return f"case when not ({apart} and not regexp_full_match({text}, {grouped})) then {text} end"


def _date(column: Column, text: str, style: FileStyle) -> str:
    """Return SQL of a date; one whose year has two digits lies in the hundred years up to the last day allowed."""
    spelled = counted.spelled(style.date_formats)
    short = tuple(one for one in spelled if "%y" in one) if column.max is not None else ()
    whole = tuple(one for one in spelled if one not in short)
    counts = counted.moments(text, style.date_formats, LOCAL_ZONE)
    value = f"cast({_first((parsed(text, (*whole, *ISO_DATES)), *counts))} as date)"
    if not short:
        return value
    last, day = f"date '{column.max}'", f"cast({parsed(text, short)} as date)"
    in_time = f"case when {day} > {last} then cast({day} - interval 100 year as date) else {day} end"
    return f"coalesce({value}, {in_time})"


def _first(values: Sequence[str]) -> str:
    return f"coalesce({', '.join(values)})" if len(values) > 1 else values[0]


def parsed(text: str, formats: Sequence[str]) -> str:
    """Return SQL of a date or moment; a year outside 1800 to 2200 is a slip, not a date."""
    read = f"try_strptime({text}, [{', '.join(literal(one) for one in dict.fromkeys(formats))}])"
    return f"case when year({read}) between 1800 and 2200 then {read} end"


def _timestamp(text: str, style: FileStyle) -> str:
    naive = [one for one in counted.spelled(style.timestamp_formats) if "%z" not in one]
    has_offset = f"regexp_full_match({text}, '{WITH_OFFSET}')"
    moments = [f"case when {has_offset} then try_cast({text} as timestamptz) at time zone '{LOCAL_ZONE}' end"]
    moments += [
        f"try_strptime({_whole_offset(text, one)}, {literal(one)}) at time zone '{LOCAL_ZONE}'"
        for one in style.timestamp_formats
        if "%z" in one
    ]
    if naive:
        moments.append(_to_local(parsed(text, tuple(naive)), style))
    iso = f"case when regexp_full_match({text}, '{WITHOUT_OFFSET}') then try_cast({text} as timestamp) end"
    moments += [_to_local(iso, style), *counted.moments(text, style.timestamp_formats, LOCAL_ZONE)]
    return f"coalesce({', '.join(moments)})"


def _whole_offset(text: str, one: str) -> str:
    """Return SQL of a text whose zone has two digits: Google Forms writes GMT+5."""
    return rf"regexp_replace({text}, 'GMT([+-])(\d)(:|$)', 'GMT\1' || '0\2\3')" if "GMT%z" in one else text


def _to_local(moment: str, style: FileStyle) -> str:
    if style.timezone == LOCAL_ZONE:
        return moment
    return f"({moment}) at time zone {literal(style.timezone)} at time zone '{LOCAL_ZONE}'"


def _boolean(text: str) -> str:
    word = f"lower({unified_apostrophes(text)})"
    return f"case when {word} in {words(TRUE_WORDS)} then true when {word} in {words(FALSE_WORDS)} then false end"


def words(texts: tuple[str, ...]) -> str:
    """Return texts as an SQL list for `in`."""
    return f"({', '.join(literal(text) for text in texts)})"

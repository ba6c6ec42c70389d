"""Seeded damages of clean files, and the rule by which what is read of one is judged."""

import csv
import io
import json
import random
from collections.abc import Callable, Sequence
from xml.etree import ElementTree as ET

from flows.intake.raw import RawTable
from tests.unit.reading import rows

DICE = random.Random


def flip(data: bytes, dice: DICE) -> bytes:
    """Change one to three bytes."""
    out = bytearray(data)
    for _ in range(dice.randint(1, 3)):
        out[dice.randrange(len(out))] ^= 1 << dice.randrange(8)
    return bytes(out)


def cut(data: bytes, dice: DICE) -> bytes:
    """End the file too early."""
    return data[: dice.randrange(1, len(data))]


def drop(data: bytes, dice: DICE) -> bytes:
    """Lose a piece in the middle."""
    start = dice.randrange(len(data))
    return data[:start] + data[start + dice.randint(1, 200) :]


def insert(data: bytes, dice: DICE) -> bytes:
    """Write a piece of the file twice, or bytes that belong to no file."""
    start = dice.randrange(len(data))
    piece = data[start : start + dice.randint(1, 100)] if dice.random() < 0.5 else dice.randbytes(dice.randint(1, 8))
    return data[:start] + piece + data[start:]


def line_lost(data: bytes, dice: DICE) -> bytes:
    """Lose the end of a line, as a broken transfer does."""
    lines = data.split(b"\n")
    number = dice.randrange(len(lines))
    lines[number] = lines[number][: dice.randrange(len(lines[number]) + 1)]
    return b"\n".join(lines)


def quote_lost(data: bytes, dice: DICE) -> bytes:
    """Lose one quotation mark, or gain one."""
    places = [place for place, octet in enumerate(data) if octet == ord('"')]
    if places and dice.random() < 0.6:
        place = dice.choice(places)
        return data[:place] + data[place + 1 :]
    place = dice.randrange(len(data))
    return data[:place] + b'"' + data[place:]


def joined(data: bytes, dice: DICE) -> bytes:
    """Lose a line end."""
    places = [place for place, octet in enumerate(data) if octet == ord("\n")]
    place = dice.choice(places)
    return data[:place].rstrip(b"\r") + data[place + 1 :]


def moved(data: bytes, dice: DICE) -> bytes:
    """Move the cells of one record by one."""
    records = list(csv.reader(io.StringIO(data.decode(), newline="")))
    number = dice.randrange(1, len(records))
    record = records[number]
    records[number] = ["", *record] if dice.random() < 0.5 else record[1:]
    out = io.StringIO()
    csv.writer(out).writerows(records)
    return out.getvalue().encode()


def recoded(data: bytes, dice: DICE) -> bytes:
    """Save the text in another encoding than is declared, as a whole or from some byte on."""
    text, encoding = data.decode(), dice.choice(["cp1251", "koi8-r", "utf-16", "utf-16-le", "cp1252"])
    start = dice.choice([0, dice.randrange(len(text))])
    return text[:start].encode() + text[start:].encode(encoding, "replace")


BYTES: tuple[Callable[[bytes, DICE], bytes], ...] = (flip, cut, drop, insert)
TEXT = (*BYTES, line_lost, quote_lost, joined, moved, recoded)
Rows = Sequence[Sequence[str | None]]
Judge = Callable[[Rows, RawTable, bytes], str]


def same(clean: Rows, table: RawTable, _: bytes) -> str:
    """Return what is wrong with the rows of a format with checksums: they are the clean ones, or a refusal."""
    found = rows(table)
    wrong = [(mine, theirs) for mine, theirs in zip(found, clean, strict=False) if list(mine) != list(theirs)]
    return "" if len(found) == len(clean) and not wrong else f"{len(found)} rows, {wrong[:2]}"


def counted(_: Rows, table: RawTable, __: bytes) -> str:
    """Return what is wrong with the rows of a format without checksums: each record counted is one that is read."""
    return "" if len(rows(table)) == table.rows else f"{table.rows} counted"


def delimited(clean: Rows, table: RawTable, data: bytes) -> str:
    """Return what is wrong with the rows of a damaged text.

    A row that is no clean one must stand so in the damaged bytes, as the csv module reads them; a clean record whose
    bytes still stand there must have been read, or lie within what was refused or within a cell.
    """
    found, whole = rows(table), {tuple(row) for row in clean}
    stands = {tuple(cell or None for cell in record) for record in _records(data)}
    invented = [row for row in found if tuple(row) not in whole and tuple(row) not in stands]
    if invented:
        return f"rows that stand nowhere: {invented[:2]}"
    read, others = {tuple(row) for row in found}, "\n".join([one.text for one in table.bad_rows] + _long_cells(found))
    stays = [row for row in clean if tuple(row) not in read and b"\n" + _line(row) + b"\r\n" in data]
    kept = [row for row in stays if _line(row).decode() not in others]
    return f"rows that were lost: {kept[:2]}" if kept else ""


def _long_cells(found: Rows) -> list[str]:
    return [cell for row in found for cell in row if cell and "\n" in cell]


def _line(row: Sequence[str | None]) -> bytes:
    """Return a record as it stands in the clean text."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(["" if cell is None else cell for cell in row])
    return out.getvalue().encode()


def _records(data: bytes) -> list[list[str]]:
    csv.field_size_limit(1 << 24)
    text = io.StringIO(data.decode("utf-8-sig", "replace"), newline="")
    return list(csv.reader(text, skipinitialspace=True))


def of_json(_: Rows, table: RawTable, data: bytes) -> str:
    """Return what is wrong with the rows of a damaged JSON: they are what the json module reads of all its bytes."""
    text = data.decode("utf-8-sig")
    whole = json.loads(text) if text.lstrip()[:1] in "[{" and "\n{" not in text else None
    if whole is None:
        whole = [json.loads(line) for line in text.split("\n") if line.strip()]
    # An object holds a list of records, or is the one line that is left of many.
    held = [] if isinstance(whole, list) else [one for one in whole.values() if isinstance(one, list)] or [[whole]]
    listed = whole if isinstance(whole, list) else held[0]
    plain = [one for one in listed if all(value is None or isinstance(value, str) for value in one.values())]
    expected = [[one.get(name) or None for name in table.header] for one in plain]
    expected = [row for row in expected if any(row)]
    if len(plain) < len(listed):
        return counted((), table, data)
    return "" if rows(table) == expected else f"{len(expected)} records stand there, {table.rows} were read"


def of_xes(_: Rows, table: RawTable, data: bytes) -> str:
    """Return what is wrong with the events of a damaged log: they are what ElementTree finds."""
    events = [one for one in ET.fromstring(data).iter() if one.tag.rpartition("}")[2] == "event"]  # noqa: S314 - our own log, damaged by us
    named = [{each.get("key", ""): each.get("value") or None for each in one} for one in events]
    filled = [one for one in named if any(value for name, value in one.items() if name in table.header)]
    expected = [[one.get(name) for name in table.header] for one in filled]
    return "" if rows(table) == expected else f"{len(expected)} events stand there, {table.rows} were read"

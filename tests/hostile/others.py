"""Hostile SPSS, parquet and JSON files and event logs."""

import io
import json
import sqlite3
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat

from flows.intake.limits import Limits
from tests.hostile.case import CANARY, Case

MIB = 1 << 20
GOOD = [["1", CANARY], ["2", CANARY]]
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
LAUGHS = '<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def cases() -> Iterator[Case]:
    """Yield all of them."""
    yield from _spss()
    yield from _parquet()
    yield from _json()
    yield from _lines()
    yield from _logs()
    yield from _objects()


def _sav(*, packed: bool = False) -> bytes:
    frame = pd.DataFrame({"id": ["1", "2"], "name": [CANARY, CANARY]})
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.sav"
        pyreadstat.write_sav(frame, str(path), compress=packed)
        return path.read_bytes()


def _spss() -> Iterator[Case]:
    style, whole, packed = {"format": "sav"}, _sav(), _sav(packed=True)
    yield Case("sav: a plain one", lambda: whole, style, rows=GOOD)
    yield Case("zsav: a plain one", lambda: packed, style, rows=GOOD)
    yield Case("sav: a text", lambda: b"id;name\n", style, code="E-104")
    for share in (2, 20, 50, 80, 95):
        yield Case(f"sav: cut at {share} %", lambda n=share: whole[: len(whole) * n // 100], style, code="E-130")
        yield Case(f"zsav: cut at {share} %", lambda n=share: packed[: len(packed) * n // 100], style, code="E-130")
    for name, place, form, value in (
        ("a layout of another age", 64, "<i", 9),
        ("a packing of no kind", 72, "<i", 7),
        ("a billion cases", 80, "<i", 1_000_000_000),
        ("fewer cases than there are", 80, "<i", 1),
        ("a variable of width -5", 180, "<i", -5),
        ("a variable with 77 missing values", 188, "<i", 77),
        ("a record of no kind", 176, "<i", 55),
    ):
        changed = bytearray(whole)
        struct.pack_into(form, changed, place, value)
        yield Case(f"sav: {name}", lambda changed=bytes(changed): changed, style, code="E-130")
    trailer = struct.unpack_from("<3q", packed, packed.index(struct.pack("<i", 999)) + 8)[1]
    for name, place, form, value in (
        ("a trailer of a billion blocks", trailer + 20, "<i", 1_000_000_000),
        ("a block of 2 GB", trailer + 24 + 16, "<i", 0x7FFFFFFF),
        ("a block of a wrong size", trailer + 24 + 16, "<i", 5),
        ("a trailer behind the end", packed.index(struct.pack("<i", 999)) + 16, "<q", 1 << 60),
    ):
        changed = bytearray(packed)
        struct.pack_into(form, changed, place, value)
        code = {"a block of 2 GB": "E-105", "a trailer behind the end": "E-114"}.get(name, "E-130")
        yield Case(f"zsav: {name}", lambda changed=bytes(changed): changed, style, code=code)
    yield Case("zsav: a bomb", lambda: _sav_bomb(packed), style, code="E-105")
    at = packed.index(zlib.compress(b"")[:1], len(packed) // 2)
    broken = packed[: at + 6] + bytes([packed[at + 6] ^ 0xFF]) + packed[at + 7 :]
    yield Case("zsav: a block that cannot be unpacked", lambda: broken, style, code="E-130")


def _sav_bomb(packed: bytes) -> bytes:
    """Replace the one block by 80 MB of commands for blanks."""
    data = packed.index(struct.pack("<i", 999)) + 8
    start, _, _ = struct.unpack_from("<3q", packed, data)
    block = zlib.compress(bytes([254]) * (80 * MIB), 9)
    head = struct.pack("<3q", start, start + 24 + len(block), 48)
    tail = struct.pack("<2qii", -100, 0, 0x3FF000, 1) + struct.pack("<2q2i", start, start + 24, 80 * MIB, len(block))
    return packed[:data] + head + block + tail


def _table(columns: dict[str, Any] | pa.Table, **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), out, **options)
    return out.getvalue()


def _parquet() -> Iterator[Case]:
    style = {"format": "parquet"}
    good = {"id": ["1", "2"], "name": [CANARY, CANARY]}
    whole = _table(good)
    yield Case("parquet: a plain one", lambda: whole, style, rows=GOOD)
    yield Case("parquet: a text", lambda: b"id,name\n", style, code="E-104")
    yield Case("parquet: an encrypted footer", lambda: b"PARE" + whole[4:-4] + b"PARE", style, code="E-104")
    for share in (5, 40, 80, 99):
        yield Case(f"parquet: cut at {share} %", lambda n=share: whole[: len(whole) * n // 100], style, code="E-130")
    for name, size in (("of 4 GB", 0xFFFFFFFF), ("of nothing", 0), ("longer than the file", len(whole))):
        lying = whole[:-8] + struct.pack("<I", size) + b"PAR1"
        yield Case(f"parquet: a footer {name}", lambda lying=lying: lying, style, code="E-130")
    yield Case("parquet: magic alone", lambda: b"PAR1PAR1", style, code="E-130")
    yield Case("parquet: lists in a column", lambda: _table({"a": [[1], [2]]}), style, code="E-130")
    yield Case("parquet: structures in a column", lambda: _table({"a": [{"b": 1}]}), style, code="E-130")
    yield Case("parquet: 5,001 columns", lambda: _table({f"c{n}": [1] for n in range(5_001)}), style, code="E-113")
    yield Case("parquet: no row", lambda: _table({"a": pa.array([], pa.string())}), style, rows=[], header=["a"])
    yield Case("parquet: no column", lambda: _table(pa.table({})), style, code="E-130")
    same = pa.table([["1"], ["2"]], names=["a", "a"])
    yield Case("parquet: two columns of one name", lambda: _table(same), style, header=["a", "a"], rows=[["1", "2"]])
    dotted = {"a.b": ["1"], "a": ["2"], "{{ x }}": ["3"], '"; drop table x': ["4"], "": ["5"]}
    yield Case(
        "parquet: names with dots, SQL and Jinja",
        lambda: _table(dotted),
        style,
        header=list(dotted),
        rows=[["1", "2", "3", "4", "5"]],
    )
    yield Case("parquet: a NUL in a text", lambda: _table({"a": ["x\0y"]}), style, code="E-110")
    yield Case("parquet: bytes that are no text", lambda: _table({"a": [b"\xff\xfe"]}), style, code="E-130")
    bomb = _table({"a": pa.DictionaryArray.from_arrays(pa.array([0] * 200_000, pa.int32()), [CANARY * 100_000])})
    yield Case(
        "parquet: one text of 1 MB in 200,000 rows",
        lambda: bomb,
        style,
        code="E-114",
        limits=Limits(child_bytes=700 * MIB),
    )
    times = pa.table({"a": pa.array([2**62], pa.timestamp("us"))})
    # It reads as the number that it is, which is no moment: a matter of its cell, not of the file.
    yield Case("parquet: a moment beyond all calendars", lambda: _table(times), style, rows=[[str(2**62)]])
    flipped = bytearray(_table(good, write_page_checksum=True, compression="none"))
    flipped[flipped.index(CANARY.encode())] ^= 1
    yield Case("parquet: a flipped byte below a checksum", lambda: bytes(flipped), style, code="E-130")


def _json() -> Iterator[Case]:
    def one(name: str, content: str | bytes, **told: Any) -> Case:
        data = content if isinstance(content, bytes) else content.encode()
        style = {"format": "json"} | told.pop("style", {})
        return Case(f"json: {name}", lambda: data, style, **told)

    good = json.dumps([{"id": 1, "name": CANARY}, {"id": 2, "name": CANARY}])
    yield one("a plain one", good, rows=GOOD)
    for share in (3, 30, 60, 97):
        yield one(f"cut at {share} %", good[: len(good) * share // 100], code="E-130")
    yield one("a bracket alone", "[", code="E-130")
    yield one("an empty list", "[]", code="E-101")
    yield one("nothing but a text", '"x"', code="E-104")
    yield one("brackets 100,000 deep", "[" * 100_000 + "]" * 100_000, code="E-130")
    yield one("objects 100,000 deep", '[{"a":' * 100_000, code="E-130")
    yield one("a name twice", '[{"a": 1, "a": 2}]', code="E-130")
    yield one("a number of 20,000 digits", f'[{{"a": {"9" * 20_000}}}]', rows=[["9" * 20_000]])
    yield one("a number beyond all bounds", '[{"a": 1e999999999}]', code="E-130")
    yield one("an exponent of 5,000 digits", f'[{{"a": 1e{"9" * 5000}}}]', code="E-130")
    yield one("a lone surrogate", '[{"a": "\\ud800"}]', code="E-114")
    yield one("an odd word around the records", '{"next": nulk, "results": [{"a": "1"}]}', code="E-130")
    yield one("a NUL", '[{"a": "x\\u0000y"}]', code="E-110")
    yield one("a line end in a text", '[{"a": "x\ny"}]', code="E-130")
    yield one("5,001 names", json.dumps([{f"c{n}": n for n in range(5_001)}]), code="E-113")
    yield one("a text of 20 MB", f'[{{"a": "{CANARY * (2 * MIB)}"}}]', code="E-112")
    yield one("blanks of 20 MB", "[" + " " * (20 * MIB) + "]", code="E-112")
    yield one("two lists behind one another", good + good, code="E-130")
    yield one("rubbish behind the list", good + "x", code="E-130")
    yield one("a comment", "[ /* x */ " + good[1:], code="E-130")
    yield one("UTF-16", good.encode("utf-16"), code="E-104")
    yield one(
        "bytes that are no UTF-8", good.replace(CANARY, "\udcff").encode("utf-8", "surrogateescape"), code="E-109"
    )
    yield one(
        "names that are SQL and Jinja",
        json.dumps([{"x'; --": 1, "{{ x }}": 2, "": 3, "a/b": 4}]),
        header=["x'; --", "{{ x }}", "", "a/b"],
        rows=[["1", "2", "3", "4"]],
    )
    yield one("a name and a path that fall together", '[{"a/b": 1, "a": {"b": 2}}]', code="E-130")
    yield one("lists in lists", '[{"a": [[1, 2], [3]], "b": 1}]', rows=[['[["1", "2"], ["3"]]', "1"]])
    yield one("records and texts in one list", '[{"a": [{"b": 1}, "x"]}]', code="E-130")
    yield one("the wrong list", '{"rows": 5, "x": [1]}', code="E-131")
    yield one("an error of the service", '{"detail": "Invalid token."}', code="E-131")


def _lines() -> Iterator[Case]:
    style = {"format": "jsonl"}
    good = "".join(json.dumps({"id": n, "name": CANARY}) + "\n" for n in (1, 2))
    yield Case("jsonl: a plain one", good.encode, style, rows=GOOD)
    yield Case("jsonl: cut in the last line", good[:-9].encode, style, code="E-130")
    yield Case("jsonl: two records in a line", good.replace("\n", "").encode, style, code="E-130")
    yield Case("jsonl: a list in a line", (good + "[1]\n").encode, style, code="E-130")
    yield Case("jsonl: a line of 20 MB", lambda: b'{"a": "' + b"x" * (20 * MIB), style, code="E-112")
    yield Case("jsonl: empty lines", lambda: good.replace("\n", "\n\n").encode(), style, rows=GOOD)


def _logs() -> Iterator[Case]:
    def one(name: str, content: str | bytes, **told: Any) -> Case:
        data = content if isinstance(content, bytes) else content.encode()
        return Case(f"xes: {name}", lambda: data, {"format": "xes"}, **told)

    event = f'<event><string key="id" value="1"/><string key="name" value="{CANARY}"/></event>'
    good = f"<log><trace>{event}{event.replace(chr(34) + '1', chr(34) + '2')}</trace></log>"
    yield one("a plain one", good, rows=GOOD)
    for share in (10, 50, 95):
        yield one(f"cut at {share} %", good[: len(good) * share // 100], code="E-130")
    yield one("a web page", "<!DOCTYPE html><html></html>", code="E-107")
    yield one("an external entity", EXTERNAL + good.replace(CANARY, "&a;"), code="E-107")
    yield one("entities of entities", LAUGHS + good.replace(CANARY, "&b;"), code="E-107")
    yield one("a quadratic blow-up", f'<!DOCTYPE x [<!ENTITY a "{"h" * 50_000}">]>' + good, code="E-107")
    yield one("a document type in UTF-16", (EXTERNAL + good).encode("utf-16"), code="E-104")
    yield one("another encoding", '<?xml version="1.0" encoding="utf-7"?>' + good, code="E-130")
    yield one("100,000 elements within one another", "<log>" + "<trace>" * 100_000, code="E-130")
    yield one("a value of 20 MB", good.replace(CANARY, CANARY * (2 * MIB)), code="E-112")
    yield one("a value of 20 MB without end", good.replace(CANARY + '"', CANARY * (2 * MIB)), code="E-112")
    yield one(
        "5,001 attributes",
        "<log><trace><event>"
        + "".join(f'<string key="k{n}" value="1"/>' for n in range(5_001))
        + "</event></trace></log>",
        code="E-113",
    )
    yield one("a reference to NUL", good.replace(CANARY, "&#0;"), code="E-130")
    yield one("a name twice", good.replace('key="name"', 'key="id"'), code="E-130")
    yield one("an attribute of no kind", good.replace("<string", "<strinf", 1), code="E-130")
    yield one("an attribute without its name", good.replace(" key=", " kez=", 1), code="E-130")
    yield one("an attribute without its value", good.replace(" value=", " valuf=", 1), code="E-130")
    yield one("an event in a comment", good.replace("<trace>", f"<trace><!-- {event} -->"), rows=GOOD)
    yield one("an event outside a trace", f"<log>{event}</log>", rows=GOOD[:1])
    yield one("no event", "<log><trace/></log>", code="E-101")
    yield one(
        "names that are SQL and Jinja",
        '<log><trace><event><string key="x\'; --" value="1"/><string key="{{ x }}" value="2"/></event></trace></log>',
        header=["x'; --", "{{ x }}"],
        rows=[["1", "2"]],
    )


def _objects() -> Iterator[Case]:
    style = {"format": "ocel", "case": "order"}
    whole = {
        "objects": [{"id": "o1", "type": "order", "attributes": [{"name": "city", "value": CANARY}]}],
        "events": [{"id": "e1", "type": "A", "time": "2026-01-01T10:00:00Z", "relationships": [{"objectId": "o1"}]}],
    }

    def changed(**parts: Any) -> bytes:
        return json.dumps(whole | parts).encode()

    cells = [["o1", "e1", "A", "2026-01-01 10:00:00+00:00", CANARY]]
    yield Case("ocel: a plain one", changed, style, rows=cells)
    yield Case("ocel: cut", lambda: changed()[:-30], style, code="E-130")
    yield Case("ocel: 100,000 deep", lambda: b"{" + b'"a":[' * 100_000, style, code="E-130")
    yield Case("ocel: objects that are none", lambda: changed(objects=[1]), style, code="E-130")
    yield Case(
        "ocel: an object with two types",
        lambda: changed(objects=[*whole["objects"], {"id": "o1", "type": "x"}]),
        style,
        code="E-130",
    )
    yield Case("ocel: an event twice", lambda: changed(events=whole["events"] * 2), style, code="E-130")
    yield Case(
        "ocel: an event of an unknown object",
        lambda: changed(events=[whole["events"][0] | {"relationships": [{"objectId": "o1"}, {"objectId": "o9"}]}]),
        style,
        rows=cells,
    )
    yield Case(
        "ocel: values that are structures",
        lambda: changed(objects=[whole["objects"][0] | {"attributes": [{"name": "city", "value": {"x": [1]}}]}]),
        style,
        rows=[[*cells[0][:-1], '{"x": ["1"]}']],
    )
    yield Case(
        "ocel: a moment that is none",
        lambda: changed(events=[whole["events"][0] | {"time": "32.13.2026"}]),
        style,
        rows=[["o1", "e1", "A", "32.13.2026", CANARY]],
    )
    yield Case("ocel: XML with an entity", (EXTERNAL + "<log>&a;</log>").encode, style, code="E-107")
    yield Case("ocel: XML cut", lambda: b"<log><objects><object id='o1' type='order'>", style, code="E-130")
    database = ocel_database()
    yield Case(
        "ocel: a database", lambda: database, style, rows=[["o1", "e1", "A", "2026-01-01 10:00:00+00:00", CANARY]]
    )
    yield Case("ocel: a database cut in half", lambda: database[: len(database) // 2], style, code="E-130")
    yield Case("ocel: a database of zeros", lambda: database[:100] + b"\0" * (len(database) - 100), style, code="E-130")
    endless = (
        "with recursive n(x) as (select 1 union all select x + 1 from n) select x as ocel_id, x as ocel_type from n"
    )
    yield Case(
        "ocel: a database whose objects never end",
        lambda: ocel_database(f"create view object as {endless}"),
        style,
        code="E-130",
    )
    yield Case("ocel: a type that is SQL", lambda: ocel_database(kind='x"; drop table event; --'), style, code="E-130")


def ocel_database(objects: str = "create table object (ocel_id, ocel_type)", kind: str = "A") -> bytes:
    """Return an OCEL 2.0 database of one event and one object."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "o.sqlite"
        database = sqlite3.connect(path)
        database.executescript(
            f"{objects}; create table event (ocel_id, ocel_type); create table event_object "
            "(ocel_event_id, ocel_object_id, ocel_qualifier); create table event_map_type (ocel_type, ocel_type_map);"
            "create table object_map_type (ocel_type, ocel_type_map); create table object_order (ocel_id, ocel_time, "
            "city, ocel_changed_field); create table event_A (ocel_id, ocel_time);"
            "insert into event values ('e1', 'A'); insert into event_object values ('e1', 'o1', 'q');"
            "insert into object_map_type values ('order', 'order');"
            f"insert into object_order values ('o1', '1970-01-01', '{CANARY}', null);"
            "insert into event_A values ('e1', '2026-01-01T10:00:00Z');"
        )
        database.execute("insert into event_map_type values ('A', ?)", (kind,))
        if "table" in objects.split(" ")[1]:
            database.execute("insert into object values ('o1', 'order')")
        database.commit()
        database.close()
        return path.read_bytes()

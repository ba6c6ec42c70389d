"""What survey services and event logs give as JSON, XML, SQLite and archives is read as tables, or refused in place."""

import json
import sqlite3
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from flows.errors import QdeepError
from flows.intake.inside.records import cut
from flows.intake.limits import LIMITS, Limits
from tests.unit.reading import places, read, rows

KOBO = [
    {
        "_id": 1,
        "_uuid": "u1",
        "meta/rootUuid": "uuid:r1",
        "a/unit": "MOA-1",
        "b/tools": "pen paper",
        "_validation_status": {"uid": "approved", "label": "Approved"},
        "_geolocation": [None, None],
        "b/step": [{"b/step/role": "head", "b/step/days": 2.50}, {"b/step/role": "clerk", "b/step/days": 10}],
    },
    {"_id": 2, "_uuid": "u2", "meta/rootUuid": "uuid:r2", "a/unit": "MOA-2", "b/free": 'say "{[" \\ twice'},
]
ODK = {
    "@odata.context": "x",
    "value": [
        {
            "__id": "uuid:1",
            "__system": {"submissionDate": "2026-08-31T18:59:59.999Z", "edits": 0},
            "a": {"unit": "MOA-1"},
            "step": [{"__id": "s1", "q": {"role": "head"}}],
        },
        {"__id": "uuid:2", "__system": {"submissionDate": "2026-09-01T00:00:00.000Z", "edits": 1}, "a": {}, "step": []},
    ],
}
EVENTS = [
    ("e1", "Register", "2026-01-01T10:00:00+05:00", ["o1"]),
    ("e2", "Ship", "2026-01-02T10:00:00Z", ["o1", "o2", "i1"]),
]
OBJECTS = [("o1", "order"), ("o2", "order"), ("i1", "item")]


def table(path: Path, folder: Path, name: str = "rows", **style: Any) -> list[dict[str, str | None]]:
    """Read a file and return the rows of a table as records."""
    found = read(path, folder, **style).tables[name]
    return [dict(zip(found.header, row, strict=True)) for row in rows(found)]


def code(path: Path, folder: Path, limits: Limits = LIMITS, **style: Any) -> tuple[str, int | None]:
    """Return code and line of the refusal of a file."""
    with pytest.raises(QdeepError) as caught:
        read(path, folder, limits, **style)
    return caught.value.finding.code, caught.value.finding.where.line


def save(path: Path, content: Any) -> Path:
    """Write bytes, text or JSON."""
    text = content if isinstance(content, bytes | str) else json.dumps(content, ensure_ascii=False)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_submissions_of_kobo_are_read_with_their_repeat_groups(tmp_path: Path) -> None:
    path = save(tmp_path / "k.json", KOBO)
    style = {
        "format": "json",
        "repeats": {"step": {"sheet": "b/step", "parent": "_submission__uuid", "order": "_index"}},
    }
    main = table(path, tmp_path, **style)
    assert [row["a/unit"] for row in main] == ["MOA-1", "MOA-2"]
    assert (main[0]["_validation_status/label"], main[0]["_id"], main[0]["b/tools"]) == ("Approved", "1", "pen paper")
    assert main[1]["b/free"] == 'say "{[" \\ twice'
    assert table(path, tmp_path, "step", **style) == [
        {"_index": "1", "_parent_index": "1", "b/step/role": "head", "b/step/days": "2.5", "_submission__uuid": "u1"},
        {"_index": "2", "_parent_index": "1", "b/step/role": "clerk", "b/step/days": "10", "_submission__uuid": "u1"},
    ]


def test_submissions_of_odk_are_read_from_odata_and_from_the_zip(tmp_path: Path) -> None:
    path = save(tmp_path / "o.json", ODK)
    style = {"format": "json", "repeats": {"step": {"sheet": "step", "parent": "__id"}}}
    assert [row["a/unit"] for row in table(path, tmp_path, **style)] == ["MOA-1", None]
    assert [(row["q/role"], row["__id"]) for row in table(path, tmp_path, "step", **style)] == [("head", "uuid:1")]
    with zipfile.ZipFile(tmp_path / "o.zip", "w") as archive:
        archive.writestr("form v1.csv", "SubmissionDate,unit,KEY\r\n2026-08-31,MOA-1,uuid:1\r\n")
        archive.writestr("form v1-step.csv", "role,PARENT_KEY,KEY\r\nhead,uuid:1,s1\r\n")
        archive.writestr("media/photo.csv", "x")
    style = {"format": "csv", "packing": "zip", "repeats": {"step": {"sheet": "step", "parent": "PARENT_KEY"}}}
    assert table(tmp_path / "o.zip", tmp_path, **style)[0]["KEY"] == "uuid:1"
    assert table(tmp_path / "o.zip", tmp_path, "step", **style)[0]["PARENT_KEY"] == "uuid:1"


@pytest.mark.parametrize("names", [("unit", "step"), ("unit", "unit/step")], ids=["OData", "KoboToolbox"])
def test_a_group_in_a_group_gives_a_table_too(names: tuple[str, str], tmp_path: Path) -> None:
    outer, inner = names
    units = [{"name": "a", inner: [{"d": 1}, {"d": 2}]}, {"name": "b"}, {"name": "c", inner: [{"d": 3}]}]
    path = save(tmp_path / "n.json", [{"__id": "uuid:1", outer: units}, {"__id": "uuid:2", outer: []}])
    repeats = {name: {"sheet": sheet, "parent": "__id"} for name, sheet in (("unit", "unit"), ("step", "step"))}
    style = {"format": "json", "repeats": repeats}
    assert [row["name"] for row in table(path, tmp_path, "unit", **style)] == ["a", "b", "c"]
    assert [(row["d"], row["_index"], row["__id"]) for row in table(path, tmp_path, "step", **style)] == [
        ("1", "1", "uuid:1"),
        ("2", "2", "uuid:1"),
        ("3", "3", "uuid:1"),
    ]


def test_an_archive_with_other_files_than_agreed_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
        archive.writestr("b.csv", "b\n2\n")
    style = {"format": "csv", "packing": "zip"}
    assert code(tmp_path / "z.zip", tmp_path, **style)[0] == "E-133"
    assert code(tmp_path / "z.zip", tmp_path, **style, member="c*.csv")[0] == "E-133"
    assert table(tmp_path / "z.zip", tmp_path, **style, member="B.csv") == [{"b": "2"}]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('[{"a": 1}\n, {"a": 2', ("E-130", 2)),
        ('[{"a": 1},\n{"a" 2}]', ("E-130", 2)),
        ('[{"a": 1},\n{"a": 1, "a": 2}]', ("E-130", 2)),
        ('[{"a": 1}]]', ("E-130", 1)),
        ('{"error": "no"}', ("E-131", None)),
        ("[" * 500, ("E-130", 1)),
        ('[{"a": ' + '{"b": ' * 60 + "1" + "}" * 60 + "}]", ("E-130", None)),
        ('[{"a": 1e999999999}]', ("E-130", 1)),
        ('[{"a": Infinity}]', ("E-130", 1)),
        ("[1, 2]", ("E-130", 1)),
        ('[{"a": 1}, 5]', ("E-130", 1)),
        ('[{"a": 1} {"a": 2}]', ("E-130", 1)),
        ('["x"]', ("E-130", 1)),
        ('{"a": 1}'.encode("utf-16"), ("E-104", None)),
        (b'[{"a": "\xff"}]', ("E-109", 1)),
        ("<html>", ("E-104", None)),
    ],
)
def test_a_damaged_json_is_refused_with_its_line(tmp_path: Path, content: Any, expected: tuple) -> None:
    assert code(save(tmp_path / "x.json", content), tmp_path, format="json") == expected


def test_a_json_record_longer_than_any_real_one_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "x.json", [{"a": "x" * 100_000}])
    assert code(path, tmp_path, Limits(row_bytes=10_000), format="json")[0] == "E-112"
    assert code(
        save(tmp_path / "x.jsonl", '{"a": "' + "x" * 20_000), tmp_path, Limits(row_bytes=10_000), format="jsonl"
    )[0] == ("E-112")


def test_an_xes_log_gives_an_event_a_row_with_its_trace(tmp_path: Path) -> None:
    log = """<?xml version="1.0"?><!-- <event> -->
<log xmlns="http://www.xes-standard.org/"><global scope="trace"><string key="concept:name" value="?"/></global>
<trace><string key="concept:name" value="0012"/><int key="cost" value="7"/>
<event><string key="concept:name" value="A &amp; B"/><date key="time:timestamp" value="2026-01-01T10:00:00.000+05:00"/>
<string key="outer" value="o"><float key="inner" value="1.50"/></string></event>
<event><string key="concept:name" value="C"/><boolean key="late" value="true"/></event></trace></log>"""
    path = save(tmp_path / "x.xes", log)
    found = table(path, tmp_path, format="xes")
    assert found[0] == {
        "case:concept:name": "0012",
        "case:cost": "7",
        "concept:name": "A & B",
        "time:timestamp": "2026-01-01 10:00:00+05:00",
        "outer": "o",
        "outer/inner": "1.5",
        "late": None,
    }
    assert (found[1]["case:concept:name"], found[1]["late"]) == ("0012", "true")
    assert [line for _, line in places(read(path, tmp_path, format="xes").tables["rows"])] == [4, 6]
    path = save(tmp_path / "one_line.xes", log.replace("\n", " "))
    assert [line for _, line in places(read(path, tmp_path, format="xes").tables["rows"])] == [1, 2]


def test_an_event_outside_of_a_trace_has_its_own_attributes_and_none_of_the_trace_before(tmp_path: Path) -> None:
    name = '<string key="concept:name" value="{}"/>'
    log = f"""<log>{name.format("log")}<trace>{name.format("0012")}<event>{name.format("A")}</event></trace>
<event>{name.format("B")}<int key="cost" value="7"/></event></log>"""
    found = table(save(tmp_path / "x.xes", log), tmp_path, format="xes")
    assert found == [
        {"case:concept:name": "0012", "concept:name": "A", "cost": None},
        {"case:concept:name": None, "concept:name": "B", "cost": "7"},
    ]


def test_each_record_of_a_json_on_one_line_has_a_line_of_its_own_by_which_it_can_be_mended(tmp_path: Path) -> None:
    path = save(tmp_path / "a.json", '[{"a": 1}, {"a": 2}, {"a": null}, {"a": 3},\n\n\n\n\n{"a": 4}]')
    assert places(read(path, tmp_path, format="json").tables["rows"]) == [(1, 1), (2, 2), (3, 4), (4, 6)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('<!DOCTYPE x [<!ENTITY a "b">]><log><trace><event/></trace></log>', "E-107"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><log/>', "E-107"),
        ("<log><trace><event></trace></log>", "E-130"),
        ("<log></log>", "E-101"),
        ("<log>" + "<string>" * 1000, "E-130"),
        ("<log><global scope='event'/><events><event/></events><objects/></log>", "E-104"),
        ("<log><object-types/><event-types/><objects/><events/></log>", "E-104"),
    ],
)
def test_a_hostile_or_damaged_xes_is_refused(tmp_path: Path, content: str, expected: str) -> None:
    assert code(save(tmp_path / "x.xes", content), tmp_path, format="xes")[0] == expected


def _ocel_json() -> dict[str, Any]:
    return {
        "objectTypes": [],
        "eventTypes": [],
        "objects": [
            {"id": o, "type": t, "attributes": [{"name": "city", "time": "1970-01-01T00:00:00Z", "value": f"c{o}"}]}
            for o, t in OBJECTS
        ],
        "events": [
            {
                "id": e,
                "type": t,
                "time": time,
                "attributes": [{"name": "clerk", "value": f"k{e}"}],
                "relationships": [{"objectId": o, "qualifier": "q"} for o in objects],
            }
            for e, t, time, objects in EVENTS
        ],
    }


def _ocel_xml() -> str:
    objects = "".join(
        f'<object id="{o}" type="{t}"><attributes><attribute name="city" time="1970-01-01T00:00:00Z">c{o}</attribute>'
        "</attributes></object>"
        for o, t in OBJECTS
    )
    events = "".join(
        f'<event id="{e}" type="{t}" time="{time}"><attributes><attribute name="clerk">k{e}</attribute></attributes>'
        f"<objects>{''.join(map(_relation, related))}</objects></event>"
        for e, t, time, related in EVENTS
    )
    return f"<?xml version='1.0'?><log><objects>{objects}</objects><events>{events}</events></log>"


def _relation(name: str) -> str:
    return f'<relationship object-id="{name}" qualifier="q"/>'


def _ocel_sqlite(path: Path) -> Path:
    with sqlite3.connect(path) as database:
        database.executescript(
            "create table event (ocel_id, ocel_type); create table object (ocel_id, ocel_type);"
            "create table event_map_type (ocel_type, ocel_type_map);"
            "create table object_map_type (ocel_type, ocel_type_map);"
            "create table event_object (ocel_event_id, ocel_object_id, ocel_qualifier);"
        )
        for kind in sorted({kind for _, kind in OBJECTS}):
            database.execute("insert into object_map_type values (?, ?)", (kind, kind))
            database.execute(f"create table object_{kind} (ocel_id, ocel_time, city, ocel_changed_field)")
        for name, kind in OBJECTS:
            database.execute("insert into object values (?, ?)", (name, kind))
            database.execute(f"insert into object_{kind} values (?, '1970-01-01', ?, null)", (name, f"c{name}"))
        for name, kind, time, related in EVENTS:
            database.execute("insert into event_map_type values (?, ?)", (kind, kind))
            database.execute(f"create table event_{kind} (ocel_id, ocel_time, clerk)")
            database.execute("insert into event values (?, ?)", (name, kind))
            database.execute(f"insert into event_{kind} values (?, ?, ?)", (name, time, f"k{name}"))
            database.executemany("insert into event_object values (?, ?, 'q')", [(name, one) for one in related])
    return path


def test_an_object_centric_log_gives_an_event_and_case_a_row_in_all_three_forms(tmp_path: Path) -> None:
    forms = (
        save(tmp_path / "o.json", _ocel_json()),
        save(tmp_path / "o.xml", _ocel_xml()),
        _ocel_sqlite(tmp_path / "o.sqlite"),
    )
    for path in forms:
        found = table(path, tmp_path, format="ocel", case="order")
        assert [(row["ocel:oid"], row["ocel:activity"], row["case:city"], row["clerk"]) for row in found] == [
            ("o1", "Register", "co1", "ke1"),
            ("o1", "Ship", "co1", "ke2"),
            ("o2", "Ship", "co2", "ke2"),
        ], path.name
        assert (found[0]["ocel:timestamp"], found[1]["ocel:type:item"]) == ("2026-01-01 10:00:00+05:00", "i1")
        assert code(path, tmp_path, format="ocel")[0] == "E-132"
        assert code(path, tmp_path, format="ocel", case="invoice")[0] == "E-132"


OLD_XML = """<?xml version='1.0'?><log><global scope="event"><string key="activity" value="-"/></global>
<events><event><string key="id" value="e1"/></event></events></log>"""


@pytest.mark.parametrize("content", [{"ocel:global-log": {}, "ocel:events": {}, "ocel:objects": {}}, OLD_XML])
def test_a_log_of_the_first_ocel_is_refused_by_name(tmp_path: Path, content: Any) -> None:
    assert code(save(tmp_path / "o.txt", content), tmp_path, format="ocel", case="order")[0] == "E-104"


def test_a_database_of_the_first_ocel_is_refused_by_name(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "o.sqlite") as database:
        database.executescript(
            'create table EVENTS ("ocel:eid", "ocel:timestamp", "ocel:activity");'
            'create table RELATIONS ("ocel:eid", "ocel:oid", "ocel:type");'
            "create table OBJECTS (\"ocel:oid\", \"ocel:type\"); insert into OBJECTS values ('o1', 'order');"
        )
    assert code(tmp_path / "o.sqlite", tmp_path, format="ocel", case="order")[0] == "E-104"


def test_types_are_named_in_any_script(tmp_path: Path) -> None:
    log = _ocel_json()
    for one, kind in zip(log["objects"], ("Заявка", "orders/line", "Заявка"), strict=False):
        one["type"] = kind
    with pytest.raises(QdeepError, match="E-132") as caught:
        read(save(tmp_path / "o.json", log), tmp_path, format="ocel")
    assert {"Заявка", "orders/line"} <= set(caught.value.finding.expected.rpartition("one of ")[2].split(", "))


def test_a_database_that_is_no_log_is_refused_and_never_written(tmp_path: Path) -> None:
    path = tmp_path / "o.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("create table object (ocel_id, ocel_type)")
        database.execute("create view event as select load_extension('x') as ocel_id, 1 as ocel_type")
    before = path.read_bytes()
    assert code(path, tmp_path, format="ocel", case="order")[0] == "E-130"
    assert path.read_bytes() == before
    assert sorted(one.name for one in tmp_path.glob("o.sqlite*")) == ["o.sqlite"]


def test_a_list_over_many_lines_takes_time_by_its_length_alone(tmp_path: Path) -> None:
    """Lines were counted from the beginning for each name: 2,500 submissions were no longer read."""
    path = tmp_path / "long.json"
    record = {f"name_{number}": str(number) for number in range(40)}
    path.write_text(json.dumps([record] * 3000, indent=1), encoding="utf-8")
    began = time.process_time()
    found = list(cut({"path": str(path), "format": "json", "records": "", "limits": {"record": 1 << 20}}))
    assert time.process_time() - began < 5
    assert [line for line, _ in found] == [2 + 42 * number for number in range(3000)]

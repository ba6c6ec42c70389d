"""Rows of a real PostgreSQL arrive in the same bytes for the same rows, by a connection that can only read."""

import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pulling import HEADER, MARKER, ROW, TABLE, Far, make
from serve_postgres import PASSWORD, USER, Postgres, can_run, serving
from serving import free_port

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not can_run(), reason="PostgreSQL of Debian (apt-get install postgresql) is not here"),
]
STAFF = f"select {HEADER} from hr.staff"
FILE = {"name": r"far_(?P<period>\d{4}-\d{2})_.*\.csv", "format": "csv"}


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with tempfile.TemporaryDirectory(prefix="qdeep-pg-") as folder, serving(Path(folder)) as one:
        columns = ", ".join(f"{name} text" for name in HEADER.split(","))
        one.sql(f"create schema hr; create table hr.staff ({columns}); create table hr.closed (a int)")
        one.sql(f"grant usage on schema hr to {USER}; grant select on hr.staff to {USER}")
        one.sql(f"create table hr.log (id int, at timestamptz, note text); grant select on hr.log to {USER}")
        one.sql(f"grant insert on hr.staff to {USER}")
        yield one


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDEEP_SECRET_PG", PASSWORD)


@pytest.fixture
def staff(server: Postgres) -> Postgres:
    values = ", ".join(f"nullif('{cell}', '')" for cell in ROW.split(","))
    server.sql(f"truncate hr.staff, hr.log; insert into hr.staff values ({values})")
    return server


def _far(folder: Path, server: Postgres, query: str = STAFF, **others: object) -> Far:
    pull = {"host": "127.0.0.1", "port": server.port, "user": USER, "database": "hr", "ssl": "disable"}
    file = others.pop("file", None)
    pull |= {"connector": "postgresql", "query": query, "password_secret": "PG"}
    more = {"file": file, "scope": "period"} if file else {}
    return make(folder, {**pull, **others}, **more)


def test_rows_become_a_delivery_that_lands(tmp_path: Path, staff: Postgres) -> None:
    far = _far(tmp_path, staff)
    received = far.pull()
    assert [one.path.read_bytes() for one in received] == [TABLE]
    assert far.land(received[0]).landed == 1
    assert [far.land(one).status for one in far.pull()] == ["unchanged"]


def test_a_query_that_fails_is_told_with_its_place_and_no_value(tmp_path: Path, staff: Postgres) -> None:
    from flows.pull import PartlyError

    with pytest.raises(PartlyError) as caught:
        _far(tmp_path / "a", staff, "select pinfl, nosuch from hr.staff").pull()
    assert "its sign 15 (UndefinedColumnError" in caught.value.findings[0].text
    with pytest.raises(PartlyError) as caught:
        _far(tmp_path / "b", staff, "select full_name::int as a from hr.staff").pull()
    assert "MARKER" not in repr(caught.value.findings)


def test_the_same_rows_in_another_order_are_the_same_delivery(tmp_path: Path, staff: Postgres) -> None:
    far = _far(tmp_path, staff, "select id, at, note from hr.log", file={"name": "far_.*", "format": "csv"})
    rows = [
        "(2, '2026-09-01 10:00+05', 'b')",
        "(1, '2026-08-31 23:30+05', 'é \"x\"; ў')",
        "(3, null, null)",
        "(3, null, '')",
    ]
    ids = []
    for order in (rows, rows[::-1]):
        staff.sql(f"truncate hr.log; insert into hr.log values {', '.join(order)}".replace("'é", "'é"))
        ids.append([one.delivery_id for one in far.pull()])
    assert ids[0] == ids[1]
    text = far.pull()[0].path.read_text(encoding="utf-8")
    assert text.splitlines() == [
        "id,at,note",
        '1,2026-08-31 23:30:00+05,"é ""x""; ў"',
        "2,2026-09-01 10:00:00+05,b",
        "3,,",
        '3,,""',
    ]


def test_a_contract_in_cp1251_with_semicolons_gets_just_that(tmp_path: Path, staff: Postgres) -> None:
    staff.sql("insert into hr.log values (1, null, 'Иванов; А')")
    file = {"name": "far_.*", "format": "csv", "encoding": "cp1251", "delimiter": ";"}
    far = _far(tmp_path, staff, "select id, note from hr.log;", file=file)
    assert far.pull()[0].path.read_bytes().decode("cp1251") == 'id;note\n1;"Иванов; А"\n'


def test_periods_are_pulled_once_they_are_over_and_the_last_ones_again(
    tmp_path: Path, staff: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import date

    staff.sql("insert into hr.log values (1, '2026-07-05 10:00+05', ''), (2, '2026-08-31 23:59+05', ''),"
              " (3, '2026-09-01 00:00+05', '')")  # fmt: skip
    query = "select id from hr.log where at >= :start and at < :end"
    window = {"every": "month", "first": "2026-06", "overlap": 1}
    far = _far(tmp_path, staff, query, file=FILE, window=window)
    monkeypatch.setattr("flows.pull.postgresql.today", lambda: date(2026, 9, 10))
    monkeypatch.setattr("flows.pull.naming.today", lambda: date(2026, 9, 10))
    received = {one.name: one.path.read_text() for one in far.pull()}
    assert received == {
        "far_2026-07_2026-09-10.csv": "id\n1\n",
        "far_2026-08_2026-09-10.csv": "id\n2\n",
        "far_2026-09_2026-09-10.csv": "id\n3\n",
    }
    for one in far.pull():
        far.land(one)
    staff.sql("insert into hr.log values (4, '2026-07-06 10:00+05', ''), (5, '2026-08-06 10:00+05', '')")
    names = {one.name.split("_")[1] for one in far.pull()}
    assert names == {"2026-08", "2026-09"}  # July is over and outside the overlap
    (far.spool / "state.json").unlink()
    assert {one.name.split("_")[1] for one in far.pull()} == {"2026-07", "2026-08", "2026-09"}


def test_a_table_that_became_empty_is_delivered_so_that_somebody_sees_it(tmp_path: Path, staff: Postgres) -> None:
    staff.sql("truncate hr.staff")
    far = _far(tmp_path, staff)
    received = far.pull()
    assert received[0].path.read_text() == f"{HEADER}\n"
    assert far.land(received[0]).status == "refused"


def test_what_the_server_refuses_has_its_code(tmp_path: Path, staff: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    queries = {
        "select a from hr.closed": "E-122",
        "select a from hr.nothing": "E-123",
        "select nothing from hr.staff": "E-125",
        "with gone as (insert into hr.staff (pinfl) values ('1') returning 1) select * from gone": "E-125",
        f"select ('{MARKER}')::int as a": "E-125",
    }
    for number, (query, code) in enumerate(queries.items()):
        assert _far(tmp_path / str(number), staff, query).codes() == [code], query
    assert _far(tmp_path / "a", staff, database="nothing").codes() == ["E-123"]
    assert _far(tmp_path / "b", staff, port=free_port()).codes() == ["E-121"]
    monkeypatch.setenv("QDEEP_SECRET_PG", MARKER)
    assert _far(tmp_path / "c", staff).codes() == ["E-122"]
    monkeypatch.delenv("QDEEP_SECRET_PG")
    assert _far(tmp_path / "d", staff).codes() == ["E-126"]


def test_a_query_that_takes_too_long_is_stopped(tmp_path: Path, staff: Postgres) -> None:
    far = _far(tmp_path, staff, "select pg_sleep(5)::text as a", query_timeout_s=1, tries=1)
    assert far.codes() == ["E-121"]
    with pytest.raises(Exception, match="query_timeout_s"):
        _far(tmp_path, staff, "select pg_sleep(5)::text as a", query_timeout_s=1, tries=5).pull()


def test_encryption_is_asked_for_unless_the_contract_says_otherwise(tmp_path: Path, staff: Postgres) -> None:
    assert _far(tmp_path, staff, ssl="verify-full", tries=1).codes() == ["E-121"]
    with pytest.raises(Exception, match="no encryption"):
        _far(tmp_path, staff, ssl="verify-full", tries=1).pull()


def test_no_other_setting_of_this_machine_is_used(
    tmp_path: Path, staff: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PGHOST", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGOPTIONS"):
        monkeypatch.setenv(name, "elsewhere")
    assert "PGHOST" in os.environ
    assert len(_far(tmp_path, staff).pull()) == 1


def test_a_query_may_end_with_a_comment(tmp_path: Path, staff: Postgres) -> None:
    assert len(_far(tmp_path, staff, f"{STAFF} -- of all").pull()) == 1


def test_values_of_odd_types_come_as_text(tmp_path: Path, staff: Postgres) -> None:
    query = """select 'NaN'::numeric as a, 'infinity'::date as b, array[1, null] as c, '{"x": [1]}'::json as d,
        '\\x00ff'::bytea as e, '2026-09-01 00:30+05'::timestamptz as f, '-infinity'::timestamptz as g,
        'P1D'::interval as h, '1'::xml as i, true as j, 1e308::float8 as k, point(1, 2) as l, int4range(1, 3) as m"""
    far = _far(tmp_path, staff, query, file={"name": "far_.*", "format": "csv"})
    assert far.pull()[0].path.read_text(encoding="utf-8").splitlines()[1] == (
        r'NaN,infinity,"{1,NULL}","{""x"": [1]}",\x00ff,2026-09-01 00:30:00+05,-infinity,P1D,1,t,1e+308,"(1,2)","[1,3)"'
    )


def test_a_document_in_a_cell_and_no_row_at_all_become_parquet(tmp_path: Path, staff: Postgres) -> None:
    import pyarrow.parquet as pq

    file = {"name": "far_.*", "format": "parquet"}
    long = _far(tmp_path / "a", staff, "select repeat('x' || chr(10), 2000000) as a from hr.staff", file=file)
    assert len(pq.read_table(long.pull()[0].path).column("a")[0].as_py()) == 4_000_000
    none = _far(tmp_path / "b", staff, "select note as a from hr.log where false", file=file)
    assert pq.read_table(none.pull()[0].path).num_rows == 0


def test_a_connection_that_is_ended_in_the_middle_leaves_no_half(tmp_path: Path, staff: Postgres) -> None:
    query = "select n::text as a, pg_sleep(0.002)::text as b from generate_series(1, 5000) as n"
    far = _far(tmp_path, staff, query, tries=1, file={"name": "far_.*", "format": "csv"})
    ending = threading.Timer(
        2, lambda: staff.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'qdeep'")
    )
    ending.start()
    assert far.codes() == ["E-124"]
    ending.join()
    assert not list(far.spool.glob("*.bin"))

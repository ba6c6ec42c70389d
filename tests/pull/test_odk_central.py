"""An ODK Central form is exported with its repeats when something in it changed, in sessions that may expire."""

import io
import json
import time
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pulling import MARKER, Far, make
from serve_odk import FORM, PASSWORD, USER, Central, submission
from serving import Answer, Site, as_json, serving

CSV = {"name": r"far_.*\.csv", "format": "csv"}
MONTHS = {"name": r"far_(?P<period>\d{4}-\d{2})_.*\.csv", "format": "csv"}


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDEEP_SECRET_ODK", PASSWORD)


@pytest.fixture
def central() -> Central:
    return Central([submission(number, f"2026-09-{number:02d}T10:00:00.000Z") for number in range(1, 6)])


@pytest.fixture
def site(central: Central) -> Iterator[Site]:
    with serving(central.answer) as one:
        central.url = one.url
        yield one


def _far(folder: Path, site: Site, file: dict[str, Any] | None = None, **others: Any) -> Far:
    pull = {"connector": "odk_central", "url": site.url, "project": 7, "form": FORM, "user": USER}
    scope = "period" if file is MONTHS else "whole"
    return make(folder, {**pull, "password_secret": "ODK", **others}, file=file or CSV, scope=scope)


def test_a_zip_of_all_tables_is_received_and_the_session_is_ended(tmp_path: Path, site: Site, central: Central) -> None:
    received = _far(tmp_path, site).pull()
    with zipfile.ZipFile(io.BytesIO(received[0].path.read_bytes())) as archive:
        assert archive.namelist() == [f"{FORM}.csv", f"{FORM}-step.csv"]
    asked = next(one.query for one in site.asked if one.path.endswith(".csv.zip"))
    assert asked == {
        "attachments": "false",
        "groupPaths": "false",
        "splitSelectMultiples": "true",
        "deletedFields": "false",
    }
    assert central.sessions == {}


def test_the_pages_are_followed_by_their_token_on_the_address_of_the_contract(tmp_path: Path, site: Site) -> None:
    _far(tmp_path, site).pull()
    pages = [one.query.get("$skiptoken") for one in site.asked if one.path.endswith("/Submissions")]
    assert pages == [None, "2", "4"]


def test_no_export_is_made_where_nothing_changed(tmp_path: Path, site: Site, central: Central) -> None:
    far = _far(tmp_path, site)
    far.land(far.pull()[0])
    assert far.pull() == []
    central.rows[1]["__system"] |= {"updatedAt": "2026-10-01T10:00:00.000Z", "edits": 1}
    assert len(far.pull()) == 1
    assert central.made == 2


def test_an_expired_session_is_begun_anew_once(tmp_path: Path, site: Site, central: Central) -> None:
    central.lives = 3
    assert len(_far(tmp_path / "a", site).pull()) == 1
    assert central.log_ins == 2
    central.lives, central.log_ins = 1, 0
    assert _far(tmp_path / "b", site).codes() == ["E-122"]
    assert central.log_ins == 2


def test_odata_is_received_in_the_same_bytes_whatever_the_order(tmp_path: Path, site: Site, central: Central) -> None:
    far = _far(tmp_path / "a", site, export="odata")
    first = far.pull()[0]
    assert [row["__id"] for row in json.loads(first.path.read_bytes())["value"]] == [
        f"uuid:{number:04d}" for number in range(1, 6)
    ]
    central.rows.reverse()
    assert _far(tmp_path / "b", site, export="odata").pull()[0].delivery_id == first.delivery_id


def test_the_main_table_alone_can_be_had_by_month_of_submission_in_tashkent(
    tmp_path: Path, site: Site, central: Central, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.pull.odk_central.today", lambda: date(2026, 9, 10))
    central.rows = [submission(1, "2026-08-31T18:59:59.999Z"), submission(2, "2026-08-31T19:00:00.000Z")]
    window = {"every": "month", "first": "2026-07", "overlap": 1}
    far = _far(tmp_path, site, MONTHS, export="csv", window=window)
    received = {one.name: one.path.read_text().splitlines()[1:] for one in far.pull()}
    assert received == {
        "far_2026-08_2026-09-10.csv": ["2026-08-31T18:59:59.999Z,a1,uuid:0001"],
        "far_2026-09_2026-09-10.csv": ["2026-08-31T19:00:00.000Z,a2,uuid:0002"],
    }


def test_overload_and_cuts_in_every_step_are_survived(tmp_path: Path, site: Site) -> None:
    busy, cut = Answer(429, headers={"Retry-After": "0"}), Answer(200, b"{" * 100, cut_at=50)
    site.faults = [busy, None, cut, None, Answer(503), None, cut, None, cut, None]
    assert len(_far(tmp_path, site).pull()) == 1


def test_what_the_server_says_otherwise_has_its_code(
    tmp_path: Path, site: Site, central: Central, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _far(tmp_path / "a", site, form="other").codes() == ["E-123"]
    site.faults = [None, *[as_json({"value": [], "@odata.count": 9})] * 3]
    assert _far(tmp_path / "b", site).codes() == ["E-125"]
    site.faults = [None, as_json({"value": [{"q1": 1}]})]
    assert _far(tmp_path / "c", site).codes() == ["E-125"]
    monkeypatch.setenv("QDEEP_SECRET_ODK", MARKER)
    central.log_ins = 0
    assert _far(tmp_path / "d", site).codes() == ["E-122"]
    assert [one.path for one in site.asked].count("/v1/sessions") == 4  # a wrong password is shown once


ROW = {"__id": "uuid:0001", "__system": {}}


@pytest.mark.parametrize("answer", [
    [], {"value": ["x"]}, {"value": [{"__id": []}]}, {"value": [{"__id": 7}]}, {"value": [], "@odata.count": "many"},
    {"value": [ROW], "@odata.nextLink": 7}, {"value": [ROW], "@odata.nextLink": "https://[x"}, "x", None,
])  # fmt: skip
def test_json_of_another_shape_is_told(tmp_path: Path, site: Site, answer: Any) -> None:
    site.faults = [None, as_json(answer)]
    assert _far(tmp_path, site).codes() == ["E-125"]


def test_pages_that_go_in_circles_are_left(tmp_path: Path, site: Site) -> None:
    circle = as_json({"value": [ROW], "@odata.nextLink": f"{site.url}/x?%24skiptoken=1", "@odata.count": 9})
    site.faults = [None, *[circle] * 30]
    assert _far(tmp_path, site).codes() == ["E-125"]
    assert len(site.asked) < 10


def test_a_submission_that_comes_between_two_pages_is_no_fault(tmp_path: Path, site: Site, central: Central) -> None:
    answer = site.answer

    def adding(asked: Any) -> Answer:
        said = answer(asked)
        if len(site.asked) == 2:
            central.rows.append(submission(6, "2026-09-06T10:00:00.000Z"))
        return said

    site.answer = adding
    received = _far(tmp_path, site, export="odata").pull()[0]
    assert len(json.loads(received.path.read_bytes())["value"]) == 6


def test_a_month_that_a_clock_gone_ahead_took_for_over_is_asked_for_again(
    tmp_path: Path, site: Site, central: Central, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = {"every": "month", "first": "2026-09", "overlap": 0}
    far = _far(tmp_path, site, MONTHS, export="csv", window=window)
    now = time.time()
    with monkeypatch.context() as ahead:
        ahead.setattr("flows.pull.odk_central.today", lambda: date(2027, 9, 10))
        ahead.setattr("flows.pull.spool.time.time", lambda: now + 365 * 24 * 3600)
        for one in far.pull():
            far.land(one)
    central.rows.append(submission(6, "2026-09-30T10:00:00.000Z"))
    monkeypatch.setattr("flows.pull.odk_central.today", lambda: date(2026, 11, 10))
    received = [one for one in far.pull() if one.name.startswith("far_2026-09")]
    assert [one.path.read_text().count("uuid:") for one in received] == [6]

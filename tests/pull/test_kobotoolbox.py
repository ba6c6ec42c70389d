"""A KoboToolbox project is exported with codes when something in it changed, and only then."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pulling import MARKER, Far, make
from serve_kobo import ASSET, TOKEN, Kobo, submission
from serving import Answer, Site, as_json, make_certificate, serving

WHOLE = {"name": r"far_.*\.xlsx", "format": "xlsx"}
MONTHS = {"name": r"far_(?P<period>\d{4}-\d{2})_.*\.xlsx", "format": "xlsx"}


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDEEP_SECRET_KOBO", TOKEN)


@pytest.fixture
def kobo() -> Kobo:
    return Kobo([submission(number, f"2026-09-{number:02d}T10:00:00", q1=number) for number in range(1, 8)], page=3)


@pytest.fixture
def site(kobo: Kobo) -> Iterator[Site]:
    with serving(kobo.answer) as one:
        kobo.url = one.url
        yield one


def _far(folder: Path, site: Site, file: dict[str, Any] | None = None, **others: Any) -> Far:
    pull = {"connector": "kobotoolbox", "url": site.url, "asset": ASSET, "token_secret": "KOBO", **others}
    return make(folder, pull, file=file or WHOLE, scope="period" if file is MONTHS else "whole")


def _rows(path: Path) -> list[int]:
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        return [row["_id"] for row in json.loads(archive.read("rows.json"))]


def test_an_export_with_codes_of_all_versions_is_made_fetched_and_removed(
    tmp_path: Path, site: Site, kobo: Kobo
) -> None:
    received = _far(tmp_path, site).pull()
    assert _rows(received[0].path) == [1, 2, 3, 4, 5, 6, 7]
    assert received[0].name.endswith(".xlsx")
    asked = next(one.json() for one in site.asked if one.method == "POST")
    assert {name: asked[name] for name in ("type", "lang", "fields_from_all_versions", "multiple_select")} == {
        "type": "xls",
        "lang": "_xml",
        "fields_from_all_versions": "true",
        "multiple_select": "both",
    }
    assert kobo.exports == {}


def test_all_pages_are_read_by_our_own_count(tmp_path: Path, site: Site) -> None:
    _far(tmp_path, site).pull()
    assert [one.query["start"] for one in site.asked if one.path.endswith("/data/")] == ["0", "2", "4"]


def test_no_export_is_made_where_nothing_changed(tmp_path: Path, site: Site, kobo: Kobo) -> None:
    far = _far(tmp_path, site)
    first = far.pull()
    assert far.land(first[0]).status == "refused"  # the invented file is no workbook; it has its verdict
    for row in kobo.rows:
        row["_attachments"] = [{"download_url": f"https://x/?Signature={kobo.made}"}]
    assert far.pull() == []
    assert kobo.made == 1


@pytest.mark.parametrize("change", [{"q1": 99}, {"_validation_status": {"uid": "validation_status_approved"}}])
def test_an_edit_or_a_new_validation_status_makes_a_new_delivery(
    tmp_path: Path, site: Site, kobo: Kobo, change: dict[str, Any]
) -> None:
    far = _far(tmp_path, site)
    first = far.pull()[0]
    far.land(first)
    kobo.rows[2] |= change
    assert [one.delivery_id == first.delivery_id for one in far.pull()] == [False]


def test_what_waits_in_the_spool_is_not_exported_again(tmp_path: Path, site: Site, kobo: Kobo) -> None:
    far = _far(tmp_path, site)
    assert [one.delivery_id for one in far.pull()] == [one.delivery_id for one in far.pull()]
    assert kobo.made == 1


def test_months_are_asked_for_in_utc_and_end_at_midnight_in_tashkent(
    tmp_path: Path, site: Site, kobo: Kobo, monkeypatch: pytest.MonkeyPatch
) -> None:
    kobo.rows = [submission(1, "2026-08-31T18:59:59"), submission(2, "2026-08-31T19:00:00")]
    monkeypatch.setattr("flows.pull.kobotoolbox.today", lambda: date(2026, 9, 10))
    far = _far(tmp_path, site, MONTHS, window={"every": "month", "first": "2026-07", "overlap": 1})
    received = {one.name: _rows(one.path) for one in far.pull()}
    assert received == {"far_2026-08_2026-09-10.xlsx": [1], "far_2026-09_2026-09-10.xlsx": [2]}


def test_an_edit_within_the_overlap_is_seen_and_a_closed_month_is_not_asked_for(
    tmp_path: Path, site: Site, kobo: Kobo, monkeypatch: pytest.MonkeyPatch
) -> None:
    kobo.rows = [submission(1, "2026-06-15T10:00:00"), submission(2, "2026-08-15T10:00:00")]
    monkeypatch.setattr("flows.pull.kobotoolbox.today", lambda: date(2026, 9, 10))
    far = _far(tmp_path, site, MONTHS, window={"every": "month", "first": "2026-06", "overlap": 1})
    for one in far.pull():
        far.land(one)
    before = len(site.asked)
    assert far.pull() == []
    asked = [one.query["query"] for one in site.asked[before:]]
    assert len(asked) == 2
    assert "2026-07-31T19:00:00" in asked[0]
    kobo.rows[1]["q1"] = "edited"
    assert [one.name for one in far.pull()] == ["far_2026-08_2026-09-10.xlsx"]


def test_an_export_defined_by_the_owner_and_plain_json_can_be_had(tmp_path: Path, site: Site) -> None:
    assert _rows(_far(tmp_path / "a", site, export_setting="esOwner").pull()[0].path) == [1, 2, 3, 4, 5, 6, 7]
    assert not [one for one in site.asked if one.method == "POST"]


def test_overload_and_cuts_in_every_step_are_survived(tmp_path: Path, site: Site) -> None:
    busy, cut = Answer(429, headers={"Retry-After": "0"}), Answer(200, b"{" * 100, cut_at=50)
    site.faults = [busy, None, cut, None, Answer(502), None, busy, None, cut, None, busy, None, cut]
    assert _rows(_far(tmp_path, site).pull()[0].path) == [1, 2, 3, 4, 5, 6, 7]


def test_what_the_server_says_otherwise_has_its_code(
    tmp_path: Path, site: Site, kobo: Kobo, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _far(tmp_path / "a", site, asset="aOther").codes() == ["E-123"]
    site.faults = [Answer(200, b"<html>log in</html>")]
    assert _far(tmp_path / "b", site).codes() == ["E-125"]
    site.faults = [as_json({"count": 9, "next": None, "results": []})]
    assert _far(tmp_path / "c", site).codes() == ["E-125"]
    kobo.fails = True
    assert _far(tmp_path / "d", site).codes() == ["E-125"]
    assert kobo.exports == {}
    monkeypatch.setenv("QDEEP_SECRET_KOBO", MARKER)
    assert _far(tmp_path / "e", site).codes() == ["E-122"]
    monkeypatch.delenv("QDEEP_SECRET_KOBO")
    assert _far(tmp_path / "f", site).codes() == ["E-126"]


JSON = {"name": r"far_.*\.json", "format": "json"}


@pytest.mark.parametrize("answer", [
    [], {"results": ["x"], "count": 1}, {"results": [{"q": 1}], "count": 1}, {"results": [{"_id": []}], "count": 1},
    {"results": [{"_id": "7"}], "count": 1}, {"results": [], "count": "many"}, {"results": {}}, "x", None,
])  # fmt: skip
def test_json_of_another_shape_is_told(tmp_path: Path, site: Site, answer: Any) -> None:
    site.faults = [as_json(answer)]
    assert _far(tmp_path, site).codes() == ["E-125"]


def test_json_nested_without_end_and_half_characters_break_nothing(tmp_path: Path, site: Site, kobo: Kobo) -> None:
    site.faults = [Answer(200, b"[" * 200_000)]
    assert _far(tmp_path / "a", site).codes() == ["E-125"]
    kobo.rows[0]["q1"] = "\ud83d"
    rows = json.loads(_far(tmp_path / "b", site, JSON).pull()[0].path.read_bytes())
    assert rows[0]["q1"] == "\ud83d"


@pytest.mark.parametrize("gone", [0, 2])
def test_a_submission_removed_between_two_pages_takes_no_other_along(
    tmp_path: Path, site: Site, kobo: Kobo, gone: int
) -> None:
    answer = site.answer

    def removing(asked: Any) -> Answer:
        said = answer(asked)
        if len(site.asked) == 1:
            kobo.rows.pop(gone)
            kobo.rows.append(submission(8, "2026-09-08T10:00:00", q1=8))  # the count stays as it was
        return said

    site.answer = removing
    rows = json.loads(_far(tmp_path, site, JSON).pull()[0].path.read_bytes())
    assert [row["_id"] for row in rows] == [row["_id"] for row in kobo.rows]


def test_pages_that_never_end_are_left(tmp_path: Path, site: Site, kobo: Kobo) -> None:
    site.answer = lambda _asked: as_json({"count": 99, "next": "x", "results": kobo.rows[:3]})
    assert _far(tmp_path, site).codes() == ["E-125"]
    assert len(site.asked) < 10


@pytest.mark.parametrize("address", ["https://x:port/", "https://[x:y]/", "https://x\x00/"])
def test_an_address_of_the_export_that_is_none_is_told(tmp_path: Path, site: Site, address: str) -> None:
    made = as_json({"uid": "e0001", "status": "created"}, 201)
    done = as_json({"status": "complete", "result": address})
    site.faults = [None, None, None, made, done]
    assert _far(tmp_path, site).codes() == ["E-125"]


def test_an_export_is_never_fetched_without_encryption_from_an_encrypted_server(tmp_path: Path, kobo: Kobo) -> None:
    certificate = make_certificate(tmp_path)
    with serving(kobo.answer, certificate) as safe, serving(kobo.answer) as plain:
        kobo.url = safe.url.replace("https", "http")  # as a server behind a proxy names itself
        assert len(_far(tmp_path / "a", safe, ca_file=str(certificate[0])).pull()) == 1
        kobo.url = plain.url
        assert _far(tmp_path / "b", safe, ca_file=str(certificate[0])).codes() == ["E-125"]
        assert plain.asked == []

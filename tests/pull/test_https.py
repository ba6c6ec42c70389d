"""A file at an HTTPS address is fetched whole or not at all, goes on after a cut, and shows secrets to nobody else."""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pulling import MARKER, ROW, TABLE, Far, make
from serving import Answer, Asked, Site, free_port, make_certificate, serving

from flows.pull.spool import sweep

LONG = TABLE + b"".join(ROW.replace("P001", f"P{number:05d}").encode() + b"\n" for number in range(20_000))
TAG = '"v1"'
SECRET = {"token_secret": "FAR_TOKEN"}


class Files:
    """A file with a tag, ranges and conditions, as RFC 9110 has them."""

    def __init__(self) -> None:
        """Begin with a small file that anybody may read."""
        self.body, self.tag, self.token = TABLE, TAG, ""
        self.other = ""

    def answer(self, asked: Asked) -> Answer:
        """Answer a request."""
        if self.token and asked.headers.get("Authorization") != f"Bearer {self.token}":
            return Answer(401)
        if asked.path == "/moved.csv":
            return Answer(302, headers={"Location": self.other or "/far.csv"})
        if asked.path != "/far.csv":
            return Answer(404)
        headers = {"ETag": self.tag, "Accept-Ranges": "bytes"}
        if asked.headers.get("If-None-Match") == self.tag:
            return Answer(304, headers=headers)
        span = asked.headers.get("Range", "")
        if span and asked.headers.get("If-Range") == self.tag:
            start = int(span.removeprefix("bytes=").rstrip("-"))
            total = len(self.body)
            return Answer(206, self.body[start:], headers | {"Content-Range": f"bytes {start}-{total - 1}/{total}"})
        return Answer(200, self.body, headers)


@pytest.fixture
def files() -> Files:
    return Files()


@pytest.fixture
def site(files: Files) -> Iterator[Site]:
    with serving(files.answer) as one:
        yield one


def _far(folder: Path, site: Site, path: str = "/far.csv", **others: object) -> Far:
    return make(folder, {"connector": "https", "url": f"{site.url}{path}", **others})


def test_a_file_is_received_once_and_then_asked_for_by_its_tag(tmp_path: Path, site: Site) -> None:
    far = _far(tmp_path, site)
    first = far.pull()
    assert [one.path.read_bytes() for one in first] == [TABLE]
    assert first[0].name.startswith("far_2")
    assert first[0].sha256 == hashlib.sha256(TABLE).hexdigest()
    assert [one.delivery_id for one in far.pull()] == [first[0].delivery_id]  # not landed yet: from the spool
    assert far.land(first[0]).status == "landed"
    assert far.pull() == []
    assert [asked.headers.get("If-None-Match") for asked in site.asked] == [None, TAG, TAG]


def test_what_has_landed_leaves_the_spool_and_a_lost_state_is_only_work(tmp_path: Path, site: Site) -> None:
    far = _far(tmp_path, site)
    received = far.pull()[0]
    sweep(far.contracts.sources, far.settings)
    assert received.path.exists()
    far.land(received)
    sweep(far.contracts.sources, far.settings)
    assert not received.path.exists()
    assert far.pull() == []
    (far.spool / "state.json").write_text("{", encoding="utf-8")
    again = far.pull()
    assert [far.land(one).status for one in again] == ["unchanged"]


def test_a_delivery_that_was_lost_from_the_lake_is_fetched_again(tmp_path: Path, site: Site) -> None:
    far = _far(tmp_path, site)
    received = far.pull()[0]
    far.land(received)
    sweep(far.contracts.sources, far.settings)
    next((far.settings.lake / "far" / received.delivery_id).glob("*.parquet")).unlink()
    assert [one.delivery_id for one in far.pull()] == [received.delivery_id]


def test_spool_and_state_are_for_their_owner_alone(tmp_path: Path, site: Site) -> None:
    far = _far(tmp_path, site)
    far.pull()
    assert {path.stat().st_mode & 0o777 for path in far.spool.iterdir()} == {0o600}
    assert far.spool.stat().st_mode & 0o777 == 0o700


def test_a_cut_download_goes_on_where_it_broke_off(tmp_path: Path, site: Site, files: Files) -> None:
    files.body = LONG
    headers = {"ETag": TAG}
    site.faults = [Answer(200, LONG, headers, cut_at=len(LONG) // 2)]
    received = _far(tmp_path, site).pull()
    assert received[0].path.read_bytes() == LONG
    assert "Range" not in site.asked[0].headers
    start = int(site.asked[1].headers["Range"].removeprefix("bytes=").rstrip("-"))
    assert 0 < start <= len(LONG) // 2
    assert site.asked[1].headers["If-Range"] == TAG


def test_the_next_run_goes_on_with_what_the_last_one_left(tmp_path: Path, site: Site, files: Files) -> None:
    files.body = LONG
    site.faults = [Answer(200, LONG, {"ETag": TAG}, cut_at=len(LONG) // 2), Answer(503), Answer(503), Answer(503)]
    assert _far(tmp_path, site).codes() == ["E-121"]
    site.faults = []
    far = _far(tmp_path, site)
    assert far.pull()[0].path.read_bytes() == LONG
    assert "Range" in site.asked[-1].headers
    assert sorted(path.suffix for path in far.spool.iterdir()) == [".bin", ".json"]


def test_a_file_that_changed_between_two_tries_is_never_patched_together(
    tmp_path: Path, site: Site, files: Files
) -> None:
    files.body, files.tag = TABLE, '"v2"'
    site.faults = [Answer(200, LONG, {"ETag": TAG}, cut_at=len(LONG) // 2)]
    assert _far(tmp_path, site).pull()[0].path.read_bytes() == TABLE


def test_without_a_validator_a_cut_download_begins_anew(tmp_path: Path) -> None:
    with serving(lambda _asked: Answer(200, LONG)) as site:
        site.faults = [Answer(200, LONG, cut_at=1000)]
        assert _far(tmp_path, site).pull()[0].path.read_bytes() == LONG
        assert all("Range" not in asked.headers for asked in site.asked)


def test_a_line_that_is_cut_each_time_ends_in_a_finding_and_in_no_file(tmp_path: Path) -> None:
    with serving(lambda _asked: Answer(200, LONG, cut_at=1000)) as site:
        far = _far(tmp_path, site)
        assert far.codes() == ["E-124"]
        assert len(site.asked) == 3
        assert not list(far.spool.glob("*.bin"))


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_failure_is_asked_again(tmp_path: Path, site: Site, status: int) -> None:
    site.faults = [Answer(status), Answer(status)]
    assert len(_far(tmp_path, site).pull()) == 1
    assert len(site.asked) == 3


def test_the_wait_that_the_sender_asks_for_is_kept(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("flows.pull.patience.time.sleep", waits.append)
    site.faults = [Answer(429, headers={"Retry-After": "7"}), Answer(503), None]
    _far(tmp_path, site, wait_s=2).pull()
    assert 7 <= waits[0] <= 7.5
    assert 2 <= waits[1] <= 4  # doubled, spread by half


def test_a_sender_that_asks_for_an_hour_is_left_to_the_next_run(tmp_path: Path, site: Site) -> None:
    site.faults = [Answer(429, headers={"Retry-After": "3600"})]
    assert _far(tmp_path, site).codes() == ["E-121"]
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    ("status", "code"), [(401, "E-122"), (403, "E-122"), (404, "E-123"), (410, "E-123"), (418, "E-125")]
)
def test_what_no_waiting_mends_is_asked_once(tmp_path: Path, site: Site, status: int, code: str) -> None:
    site.faults = [Answer(status)]
    assert _far(tmp_path, site).codes() == [code]
    assert len(site.asked) == 1


def test_nobody_listening_and_silence_are_told_as_such(tmp_path: Path, site: Site) -> None:
    nobody = make(tmp_path / "a", {"connector": "https", "url": f"http://127.0.0.1:{free_port()}/far.csv"})
    assert nobody.codes() == ["E-121"]
    site.faults = [Answer(stall_s=0.5)] * 3
    assert _far(tmp_path / "b", site, timeout_s=0.1).codes() == ["E-121"]


def test_a_token_is_taken_from_the_environment_and_told_to_nobody(
    tmp_path: Path, site: Site, files: Files, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    far = _far(tmp_path, site, **SECRET)
    assert far.codes() == ["E-126"]
    assert site.asked == []
    monkeypatch.setenv("QDEEP_SECRET_FAR_TOKEN", MARKER)
    files.token = ROW
    assert far.codes() == ["E-122"]
    files.token = MARKER
    assert len(far.pull()) == 1
    assert MARKER not in caplog.text
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert MARKER.encode() not in kept


def test_another_host_never_sees_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDEEP_SECRET_FAR_TOKEN", MARKER)
    files = Files()
    with serving(Files().answer) as other, serving(files.answer) as site:
        files.other = f"{other.url}/far.csv"
        for name, options in (("a", {}), ("b", {"header": "X-Api-Key"})):
            far = _far(tmp_path / name, site, "/moved.csv", **SECRET, **options)
            assert len(far.pull()) == 1
        assert len(other.asked) == 2
        assert MARKER not in repr(other.asked)
        assert MARKER in repr(site.asked)


def test_an_encrypted_address_is_verified(tmp_path: Path, files: Files) -> None:
    certificate = make_certificate(tmp_path)
    with serving(files.answer, certificate) as site:
        assert _far(tmp_path / "a", site).codes() == ["E-122"]
        far = _far(tmp_path / "b", site, ca_file=str(certificate[0]))
        assert [one.path.read_bytes() for one in far.pull()] == [TABLE]
        files.other = "http://127.0.0.1:9/far.csv"
        down = _far(tmp_path / "c", site, "/moved.csv", ca_file=str(certificate[0]))
        assert down.codes() == ["E-125"]


def test_a_file_beyond_the_limit_is_not_kept(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.pull import spool

    monkeypatch.setattr(spool, "LIMITS", replace(spool.LIMITS, file_bytes=10))
    far = _far(tmp_path, site)
    assert far.codes() == ["E-103"]
    assert not list(far.spool.glob("*.part"))


def test_a_contract_that_asks_otherwise_is_another_question(tmp_path: Path, site: Site) -> None:
    far = _far(tmp_path, site)
    far.land(far.pull()[0])
    assert _far(tmp_path, site, timeout_s=4).pull() == []
    other = _far(tmp_path, site, name="far_of_{day}.csv")
    assert [one.path.read_bytes() for one in other.pull()] == [TABLE]

"""Whatever a web server answers becomes a file that is whole, or a finding that says what it was; never a crash."""

import gzip
import time
from dataclasses import replace
from pathlib import Path

import pytest
from pulling import MARKER, ROW, TABLE, Far, make
from serving import Answer, free_port, serving

from flows.pull import PartlyError

LONG = TABLE + b"".join(ROW.replace("P001", f"P{number:05d}").encode() + b"\n" for number in range(8000))
SECRET = {"token_secret": "FAR_TOKEN"}
PAGE = b"<!DOCTYPE html>\n<html><body>pinfl,full_name,birth_date</body></html>"
OK = b"HTTP/1.1 200 OK\r\n"


def _far(folder: Path, url: str, **others: object) -> Far:
    return make(folder, {"connector": "https", "url": f"{url}/far.csv", **others})


def _told(far: Far) -> str:
    with pytest.raises(PartlyError) as caught:
        far.pull()
    assert [one.name for one in caught.value.received] == []
    assert not list(far.spool.glob("*.bin"))
    return f"{caught.value.findings[0].code} {caught.value.findings[0].text}"


@pytest.mark.parametrize("text", ["\xb2", "-5", "soon", "9" * 400, "Fri, 31 Dec 99999999999999999999 23:59:59 GMT", ""])
def test_whatever_stands_in_retry_after_ends_in_a_finding(tmp_path: Path, text: str) -> None:
    with serving(lambda _asked: Answer(429, headers={"Retry-After": text})) as site:
        assert "HTTP 429" in _told(_far(tmp_path, site.url))


@pytest.mark.parametrize("answer", [
    Answer(304), Answer(202, b"come back later"), Answer(204), Answer(416),
    Answer(206, LONG[:200], {"Content-Range": f"bytes 0-199/{len(LONG)}"}),
])  # fmt: skip
def test_an_answer_that_was_not_asked_for_is_no_file(tmp_path: Path, answer: Answer) -> None:
    with serving(lambda _asked: answer) as site:
        assert f"HTTP {answer.status}" in _told(_far(tmp_path, site.url))


@pytest.mark.parametrize("page", [PAGE, b"\xef\xbb\xbf \n" + PAGE.lower(), b"<?xml version='1.0'?>\n" + PAGE])
def test_a_page_for_logging_in_is_told_each_time_and_never_delivered(tmp_path: Path, page: bytes) -> None:
    with serving(lambda _asked: Answer(200, page, {"Content-Type": "text/csv", "ETag": '"1"'})) as site:
        far = _far(tmp_path, site.url)
        assert ["a web page" in _told(far) for _ in range(2)] == [True, True]


def test_an_empty_answer_is_told(tmp_path: Path) -> None:
    with serving(lambda _asked: Answer(200)) as site:
        assert "without content" in _told(_far(tmp_path, site.url))


def test_a_cut_file_of_untold_length_is_fetched_until_two_are_alike(tmp_path: Path) -> None:
    with serving(lambda _asked: Answer(raw=OK + b"\r\n" + LONG)) as site:
        site.faults = [Answer(raw=OK + b"\r\n" + LONG[:9000])]
        assert _far(tmp_path / "a", site.url).pull()[0].path.read_bytes() == LONG
        assert len(site.asked) == 3
    lengths = iter(range(5000, 6000))
    with serving(lambda _asked: Answer(raw=OK + b"\r\n" + LONG[: next(lengths)])) as site:
        assert _told(_far(tmp_path / "b", site.url)).startswith("E-124")


def test_a_part_that_ends_before_the_end_of_the_file_is_no_file(tmp_path: Path) -> None:
    half, tag = len(LONG) // 2, {"ETag": '"1"'}
    short = Answer(206, LONG[half : half + 99], {"Content-Range": f"bytes {half}-{half + 98}/{len(LONG)}", **tag})
    with serving(lambda asked: _rest(asked.headers.get("Range", ""))) as site:
        site.faults = [Answer(200, LONG, tag, cut_at=half), short]
        assert _far(tmp_path, site.url, tries=5).pull()[0].path.read_bytes() == LONG


def _rest(span: str, tag: str = '"1"') -> Answer:
    start = int(span.removeprefix("bytes=").rstrip("-") or 0)
    headers = {"ETag": tag, "Content-Range": f"bytes {start}-{len(LONG) - 1}/{len(LONG)}"}
    return Answer(206 if start else 200, LONG[start:], headers)


def test_a_server_that_goes_on_with_another_version_is_not_believed(tmp_path: Path) -> None:
    other = LONG.replace(b"MOA-HR", b"MOA-IT")
    with serving(lambda asked: _rest(asked.headers.get("Range", ""))) as site:
        site.faults = [Answer(200, other, {"ETag": '"0"'}, cut_at=len(LONG) // 2)]
        assert _far(tmp_path, site.url).pull()[0].path.read_bytes() == LONG


def test_a_file_packed_for_the_way_is_unpacked_within_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.pull import download

    packed = {"Content-Encoding": "gzip", "ETag": '"1"'}
    with serving(lambda _asked: Answer(200, gzip.compress(LONG), packed)) as site:
        assert _far(tmp_path / "a", site.url).pull()[0].path.read_bytes() == LONG
        site.faults = [Answer(200, b"no gzip", packed)]
        assert "damaged" in _told(_far(tmp_path / "b", site.url))
        site.faults = [Answer(200, TABLE, {"Content-Encoding": "br"})]
        assert "packed" in _told(_far(tmp_path / "c", site.url))
        monkeypatch.setattr(download, "LIMITS", replace(download.LIMITS, ratio_from_bytes=10_000, ratio=20))
        site.faults = [Answer(200, gzip.compress(bytes(1 << 20)), packed)]
        assert _told(_far(tmp_path / "d", site.url)).startswith("E-105")


@pytest.mark.parametrize("start", [b"", OK + b"Content-Length: 100000\r\n\r\n"])
def test_a_server_that_drips_is_left(tmp_path: Path, start: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.pull.web.CONNECT_S", 0.2)
    drips = Answer(raw=start + b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1000, drip_s=0.05)
    with serving(lambda _asked: drips) as site:
        began = time.monotonic()
        assert "drips" in _told(_far(tmp_path, site.url, timeout_s=0.5, tries=1))
        assert time.monotonic() - began < 20  # 55 seconds, were it not left


@pytest.mark.parametrize("place", ["file:///etc/passwd", "http://[bad", "/far.csv"])
def test_a_redirect_to_nowhere_or_in_circles_is_told(tmp_path: Path, place: str) -> None:
    with serving(lambda _asked: Answer(302, headers={"Location": place})) as site:
        assert _told(_far(tmp_path, site.url)).startswith("E-12")


def test_why_no_connection_came_about_is_said_in_words(tmp_path: Path) -> None:
    nobody = _told(_far(tmp_path / "a", f"http://127.0.0.1:{free_port()}", tries=1))
    unknown = _told(_far(tmp_path / "b", "https://no-such-host.invalid", tries=1))
    assert "nothing listens" in nobody
    assert "no server of that name" in unknown


@pytest.mark.parametrize("value", ["тайна", f"{MARKER}\nX: y"])
def test_a_secret_that_no_header_can_hold_is_told_without_it(
    tmp_path: Path, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QDEEP_SECRET_FAR_TOKEN", value)
    with serving(lambda _asked: Answer(200, TABLE)) as site:
        assert "the secret" in _told(_far(tmp_path, site.url, **SECRET))
        assert site.asked == []


def test_the_line_end_behind_a_secret_is_not_part_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDEEP_SECRET_FAR_TOKEN", f"{MARKER}\r\n")
    with serving(lambda _asked: Answer(200, TABLE)) as site:
        assert len(_far(tmp_path, site.url, **SECRET).pull()) == 1
        assert site.asked[0].headers["Authorization"] == f"Bearer {MARKER}"

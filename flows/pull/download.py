"""A download that took several tries and runs holds the bytes of one version of one file, and all of them."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from flows.errors import QdeepError
from flows.intake.limits import LIMITS
from flows.pull.pace import Pace
from flows.pull.spool import Part
from flows.pull.trouble import PassingError, cut, silent, unclear

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flows.pull.web import Web

WHOLE, PARTIAL, SATISFIED, UNCHANGED = (200, 203), 206, 416, 304
RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
CONDITIONS = ("If-None-Match", "If-Modified-Since")
ENCODINGS = ("gzip", "x-gzip", "deflate")
LOOKS = 3  # a file of untold length is whole if two downloads are of one length
HEAD = 512


@dataclass
class Download:
    """A download; the validator of the first answer guards that all bytes belong to one version."""

    web: "Web"
    part: Part
    options: dict[str, Any]
    lengths: list[int] = field(default_factory=list)

    def attempt(self, url: str) -> httpx.Headers | None:
        """Fetch what is left; None where the file has not changed.

        Raises:
            PassingError, QdeepError: E-103, E-105, E-121 to E-125.
        """
        for _ in range(LOOKS):
            response = self._asked(url)
            if response.status_code == UNCHANGED:
                return None
            if _has_end(response) or self.part.size in self.lengths:
                self._must_be_a_file()
                return response.headers
            self.lengths.append(self.part.size)
            self.part.restart()
        raise PassingError(self._endless())

    def _asked(self, url: str) -> httpx.Response:
        headers = dict(self.options.get("headers", {}))
        if self.part.size and self.part.validator:
            headers |= {"Range": f"bytes={self.part.size}-", "If-Range": self.part.validator}
        elif self.part.size:
            self.part.restart()
        before = self.part.size
        try:
            return self.web.exchange("GET", url, self._take, {**self.options, "headers": headers})
        except PassingError as passing:
            grown = self.part.size > before and bool(self.part.validator)
            raise PassingError(passing.trouble, has_progress=grown, asked_s=passing.asked_s) from None

    def _take(self, response: httpx.Response) -> None:
        self._must_be_asked_for(response)
        if response.status_code == UNCHANGED:
            return
        total = self._begin(response)
        slow = silent(self.web.sender, "the file comes by drips", self.part.where)
        pace = Pace(self.web.patience.timeout_s, slow)
        for chunk in self._chunks(response):
            pace.came(len(chunk))
            self.part.write(chunk)
        if total is not None and self.part.size != total:
            raise PassingError(cut(self.web.sender, self.part.where))

    def _must_be_asked_for(self, response: httpx.Response) -> None:
        """Refuse a part, or word of an unchanged file, that nobody has asked for, and answers without a file."""
        code, asked = response.status_code, response.request.headers
        has_condition = any(name in asked for name in CONDITIONS)
        is_answer = (code == UNCHANGED and has_condition) or (code in (PARTIAL, SATISFIED) and "Range" in asked)
        if code not in WHOLE and not is_answer:
            raise unclear(self.web.sender, f"HTTP {code}, which was not asked for", self.part.where)

    def _begin(self, response: httpx.Response) -> int | None:
        """Return the size of the whole file where an answer tells it, with the part ready for its bytes."""
        if response.status_code in WHOLE:
            self.part.restart()
            self.part.validator = "" if _encoding(response) else _validator(response)
            return None
        if response.status_code == SATISFIED or _validator(response) not in ("", self.part.validator):
            self.part.restart()
            raise PassingError(cut(self.web.sender, self.part.where))
        match = RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if not match or int(match[1]) != self.part.size or _encoding(response):
            self.part.restart()
            raise unclear(self.web.sender, "another range than asked for", self.part.where)
        return int(match[2]) if match[2].isdigit() else None

    def _chunks(self, response: httpx.Response) -> "Iterator[bytes]":
        """Yield the bytes of the file; what the server packed for the way, though asked not to, is unpacked."""
        encoding = _encoding(response)
        if not encoding:
            yield from response.iter_raw()
            return
        if encoding not in ENCODINGS:
            raise unclear(self.web.sender, "the file is packed in a way that was not asked for", self.part.where)
        for chunk in response.iter_bytes():
            unpacked = self.part.size + len(chunk)
            if unpacked > max(LIMITS.ratio_from_bytes, LIMITS.ratio * response.num_bytes_downloaded):
                self.part.restart()
                text = "The answer unpacks to far more than it should."
                raise QdeepError("E-105", text, self.part.where, f"at most {LIMITS.ratio} times its size")
            yield chunk

    def _must_be_a_file(self) -> None:
        """Refuse an empty answer and a web page: a log-in page comes as if all were well."""
        what = "" if self.part.size else "an answer without content"
        if is_page(self.part.head(HEAD)):
            what = "a web page, perhaps for logging in, instead of the file"
        if what:
            self.part.restart()
            raise unclear(self.web.sender, what, self.part.where)

    def _endless(self) -> QdeepError:
        text = f"The sender {self.web.sender} does not tell how long the file is, and gave another length each time."
        return QdeepError("E-124", text, self.part.where, "all bytes of the file")


def is_page(head: bytes) -> bool:
    """Return whether bytes are the beginning of a web page."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return text.startswith(b"<") and (b"<html" in text or b"<!doctype html" in text)


def _has_end(response: httpx.Response) -> bool:
    """Return whether the server told where the answer ends; else a cut line looks like the end."""
    is_chunked = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
    return is_chunked or "Content-Length" in response.headers


def _encoding(response: httpx.Response) -> str:
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    return "" if encoding == "identity" else encoding


def _validator(response: httpx.Response) -> str:
    """Return what If-Range may hold: a strong tag, or else the time of the last change (RFC 9110, 13.1.5)."""
    tag = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")

"""What stands at an HTTP address has been fetched whole, with credentials shown to no other host."""

import json
import logging
import re
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from flows.contracts.model import Contract
from flows.errors import Place, QdeepError
from flows.intake.limits import LIMITS
from flows.pull.patience import Patience, patience_of, persist
from flows.pull.spool import Part
from flows.pull.trouble import ABSENT, DENIED, PASSING, PassingError, absent, cut, denied, place, silent, unclear

CONNECT_S = 20.0
REDIRECTS = 5
CHUNK = 1 << 18
LONGEST_DOWNLOAD_S = 4 * 3600.0  # a sender that drips is slower than any line
PARTIAL, SATISFIED, UNCHANGED = 206, 416, 304
PLAIN = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


@dataclass
class Web:
    """A client for one sender.

    Attributes:
        base: Address of the sender; credentials go to its host and port alone.
        headers: Headers that hold a secret.
    """

    contract: Contract
    base: str
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the client; its own log, which would name addresses with their keys, is quietened."""
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self.patience: Patience = patience_of(self.contract)
        timeout = httpx.Timeout(self.patience.timeout_s, connect=min(CONNECT_S, self.patience.timeout_s))
        agent = {"User-Agent": "qdeep", "Accept-Encoding": "identity"}
        self.client = httpx.Client(timeout=timeout, verify=self._trust(), headers=agent)

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        self.client.close()

    @property
    def sender(self) -> str:
        """Host of the sender, as findings name it."""
        return urlsplit(self.base).netloc

    @property
    def where(self) -> Place:
        """Place of a finding."""
        return place(self.contract)

    def json(self, method: str, url: str, **options: Any) -> Any:
        """Return a JSON answer, asking again where the failure may pass.

        Raises:
            QdeepError: E-121 no answer, E-122 not allowed, E-123 not there, E-124 cut off, E-125 not JSON.
        """
        return persist(partial(self.once, method, url, **options), self.patience)

    def once(self, method: str, url: str, **options: Any) -> Any:
        """Return a JSON answer to one try."""
        body = bytearray()
        self._exchange(method, url, lambda response: _collect(response, body, self), options)
        try:
            return json.loads(body)
        except ValueError:
            raise unclear(self.sender, "no JSON", self.where) from None

    def command(self, method: str, url: str, **options: Any) -> None:
        """Ask for something whose outcome does not matter, once."""
        with suppress(PassingError, QdeepError):
            self._exchange(method, url, lambda _response: None, options)

    def download(self, url: str, part: Part, **options: Any) -> httpx.Headers | None:
        """Fetch a file into a part, going on where the last try broke off; None where it has not changed.

        Raises:
            QdeepError: E-103 and E-121 to E-125.
        """
        fetch = _Fetch(self, part, options)
        return persist(lambda: fetch.attempt(url), self.patience)

    def _exchange(
        self, method: str, url: str, use: Callable[[httpx.Response], None], options: dict[str, Any]
    ) -> httpx.Response:
        """Send a request, follow its redirects and hand the answer over; errors become ours."""
        headers = {**options.pop("headers", {})} if "headers" in options else {}
        request = self.client.build_request(method, url, headers=headers, **options)
        try:
            for _ in range(REDIRECTS + 1):
                self._authorise(request)
                response = self.client.send(request, stream=True)
                try:
                    if response.next_request is None:
                        self._check(response)
                        use(response)
                        return response
                    request = self._follow(response.next_request)
                finally:
                    response.close()
        except (httpx.TimeoutException, httpx.NetworkError, httpx.ProxyError, httpx.RemoteProtocolError) as error:
            raise PassingError(self._trouble(error)) from None
        except httpx.HTTPError as error:
            raise unclear(self.sender, type(error).__name__, self.where) from None
        raise unclear(self.sender, "too many redirects", self.where)

    def _authorise(self, request: httpx.Request) -> None:
        """Show our credentials to the sender itself and to nobody that it sends us to."""
        is_sender = _origin(str(request.url)) == _origin(self.base)
        for name, value in self.headers.items():
            request.headers.pop(name, None)
            if is_sender:
                request.headers[name] = value

    def _follow(self, request: httpx.Request) -> httpx.Request:
        """Return where a redirect leads; never from an encrypted address to one that is not."""
        if self.base.startswith("https:") and request.url.scheme != "https":
            raise unclear(self.sender, "it leads to an address without encryption", self.where)
        return request

    def _check(self, response: httpx.Response) -> None:
        code = response.status_code
        if code in DENIED:
            raise denied(self.sender, self.where, f"HTTP {code}")
        if code in ABSENT:
            raise absent(self.sender, f"such page or file, or does not show it to us (HTTP {code})", self.where)
        if code in PASSING:
            asked = _retry_after(response.headers.get("Retry-After", ""))
            raise PassingError(silent(self.sender, f"HTTP {code}", self.where), asked_s=asked)
        if code not in (UNCHANGED, SATISFIED) and not response.is_success:
            raise unclear(self.sender, f"HTTP {code}", self.where)

    def _trouble(self, error: httpx.TransportError) -> QdeepError:
        if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
            return cut(self.sender, self.where)
        reason = "no connection" if isinstance(error, httpx.ConnectError) else "time-out"
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise denied(self.sender, self.where, "its certificate is not trusted")
        return silent(self.sender, reason, self.where)

    def _trust(self) -> ssl.SSLContext:
        """Return whom to trust: the system's and the usual authorities, and the one that the contract names."""
        import certifi

        context = ssl.create_default_context()
        context.load_verify_locations(certifi.where())
        authority = self.contract.pull.get("ca_file")
        if authority:
            try:
                context.load_verify_locations(self.contract.path.parent / authority)
            except (OSError, ssl.SSLError):
                expected = "a file of certificates in PEM, named from the folder of the contract"
                text = "`pull.ca_file` cannot be read."
                raise QdeepError("E-409", text, place(self.contract, self.contract.path.name), expected) from None
        return context


@dataclass
class _Fetch:
    """A download over several tries and runs; the validator of the first answer guards that all belong to one file."""

    web: Web
    part: Part
    options: dict[str, Any]

    def attempt(self, url: str) -> httpx.Headers | None:
        options = {**self.options}
        headers = dict(options.pop("headers", {}))
        if self.part.size and self.part.validator:
            headers |= {"Range": f"bytes={self.part.size}-", "If-Range": self.part.validator}
        elif self.part.size:
            self.part.restart()
        before = self.part.size
        try:
            response = self.web._exchange("GET", url, self._take, {**options, "headers": headers})  # noqa: SLF001  # of this module
        except PassingError as passing:
            grown = self.part.size > before and bool(self.part.validator)
            raise PassingError(passing.trouble, has_progress=grown, asked_s=passing.asked_s) from None
        return None if response.status_code == UNCHANGED else response.headers

    def _take(self, response: httpx.Response) -> None:
        if response.status_code == UNCHANGED:
            return
        if response.status_code == SATISFIED or not self._goes_on(response):
            self.part.restart()
        if response.status_code == SATISFIED:
            raise PassingError(cut(self.web.sender, self.web.where))
        self.part.validator = _validator(response)
        deadline = time.monotonic() + LONGEST_DOWNLOAD_S
        for chunk in response.iter_raw(CHUNK):
            self.part.write(chunk)
            if time.monotonic() > deadline:
                raise silent(self.web.sender, "the download takes hours", self.web.where)

    def _goes_on(self, response: httpx.Response) -> bool:
        """Return whether an answer begins where our part ends."""
        if response.status_code != PARTIAL:
            return False
        match = PLAIN.fullmatch(response.headers.get("Content-Range", ""))
        if not match or int(match[1]) != self.part.size:
            raise unclear(self.web.sender, "another range than asked for", self.web.where)
        return True


def _collect(response: httpx.Response, body: bytearray, web: Web) -> None:
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > LIMITS.file_bytes:
            raise QdeepError("E-103", "The answer is too large.", web.where, f"at most {LIMITS.file_bytes >> 20} MB")


def _validator(response: httpx.Response) -> str:
    """Return what If-Range may hold: a strong tag, or else the time of the last change (RFC 9110, 13.1.5)."""
    tag = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")


def _retry_after(text: str) -> float | None:
    """Return the seconds of a Retry-After header: a number, or a date (RFC 9110, 10.2.3)."""
    if text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)

"""What stands at an HTTP address has been fetched whole, with credentials shown to no other host."""

import json
import logging
import re
import ssl
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
from flows.pull.download import HEAD, Download, is_page
from flows.pull.pace import Lines, Pace
from flows.pull.patience import Patience, patience_of, persist
from flows.pull.spool import Part
from flows.pull.trouble import ABSENT, DENIED, PASSING, PassingError, absent, cut, denied, place, silent, unclear, why

CONNECT_S = 20.0
REDIRECTS = 5
ANSWER_BYTES = 256 << 20  # an answer that is read whole; files are not
SATISFIED, UNCHANGED = 416, 304
SECONDS = re.compile(r"[0-9]+")


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
        self.lines = Lines()
        self.client = httpx.Client(timeout=timeout, verify=self._trust(), headers=agent)

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        self.client.close()
        self.lines.close()

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
        self.exchange(method, url, lambda response: _collect(response, body, self), options)
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            what = "a web page, perhaps for logging in" if is_page(bytes(body[:HEAD])) else "no JSON"
            raise unclear(self.sender, what, self.where) from None

    def command(self, method: str, url: str, **options: Any) -> None:
        """Ask for something whose outcome does not matter, once."""
        with suppress(PassingError, QdeepError):
            self.exchange(method, url, lambda _response: None, options)

    def download(self, url: str, part: Part, **options: Any) -> httpx.Headers | None:
        """Fetch a file into a part, going on where the last try broke off; None where it has not changed.

        Raises:
            QdeepError: E-103 and E-121 to E-125.
        """
        download = Download(self, part, options)
        return persist(lambda: download.attempt(url), self.patience)

    def exchange(
        self, method: str, url: str, use: Callable[[httpx.Response], None], options: dict[str, Any]
    ) -> httpx.Response:
        """Send a request, follow its redirects and hand the answer over; errors become ours."""
        try:
            request = self._request(method, url, options)
            for _ in range(REDIRECTS + 1):
                self._must_be_safe(request)
                self._authorise(request)
                response = self._sent(request)
                try:
                    if response.next_request is None:
                        self._check(response)
                        use(response)
                        return response
                    request = response.next_request
                finally:
                    response.close()
        except (httpx.TimeoutException, httpx.NetworkError, httpx.ProxyError, httpx.RemoteProtocolError) as error:
            raise PassingError(self._trouble(error)) from None
        except httpx.DecodingError:
            raise unclear(self.sender, "it is packed for the way, and damaged", self.where) from None
        except httpx.HTTPError as error:
            raise unclear(self.sender, type(error).__name__, self.where) from None
        raise unclear(self.sender, "too many redirects", self.where)

    def _request(self, method: str, url: str, options: dict[str, Any]) -> httpx.Request:
        try:
            return self.client.build_request(method, url, **options, extensions={"trace": self.lines.note})
        except httpx.InvalidURL:
            raise unclear(self.sender, "it names an address that is none", self.where) from None

    def _sent(self, request: httpx.Request) -> httpx.Response:
        """Send a request; one byte of the headers a minute keeps no time-out from ending, this does."""
        with self.lines.at_most(CONNECT_S + 2 * self.patience.timeout_s):
            return self.client.send(request, stream=True)

    def _authorise(self, request: httpx.Request) -> None:
        """Show our credentials to the sender itself and to nobody that it sends us to."""
        is_sender = _origin(str(request.url)) == _origin(self.base)
        for name, value in self.headers.items():
            if not (value.isascii() and value.isprintable()):
                raise denied(self.sender, self.where, "the secret holds signs that it cannot have, such as line ends")
            request.headers.pop(name, None)
            if is_sender:
                request.headers[name] = value

    def _must_be_safe(self, request: httpx.Request) -> None:
        """Refuse to leave an encrypted sender for an address that is not encrypted, or is no web address."""
        scheme = request.url.scheme
        if scheme not in ("https", "http") or (self.base.startswith("https:") and scheme != "https"):
            raise unclear(self.sender, "it leads to an address without encryption", self.where)

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
        if self.lines.is_broken:
            return silent(self.sender, "the answer comes by drips", self.where)
        if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
            return cut(self.sender, self.where)
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise denied(self.sender, self.where, "its certificate is not trusted")
        return silent(self.sender, "time-out" if isinstance(error, httpx.TimeoutException) else why(error), self.where)

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


def _collect(response: httpx.Response, body: bytearray, web: Web) -> None:
    pace = Pace(web.patience.timeout_s, silent(web.sender, "the answer comes by drips", web.where))
    for chunk in response.iter_bytes():
        pace.came(len(chunk))
        body += chunk
        if len(body) > ANSWER_BYTES:
            raise QdeepError("E-103", "The answer is too large.", web.where, f"at most {ANSWER_BYTES >> 20} MB")


def _retry_after(text: str) -> float | None:
    """Return the seconds of a Retry-After header: a number, or a date (RFC 9110, 10.2.3)."""
    if SECONDS.fullmatch(text.strip()):
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError, TypeError, IndexError):  # whatever nonsense may stand there
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)

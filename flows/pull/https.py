"""After this the file at an address has been downloaded, unless the server says that it has not changed."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import date

from flows.contracts.model import Contract
from flows.errors import Finding
from flows.pull.naming import Period, due, file_name, fill, today
from flows.pull.received import Received
from flows.pull.secret import secret
from flows.pull.spool import Spool
from flows.pull.web import Web
from flows.settings import Settings


def receive(contract: Contract, settings: Settings) -> Iterator[Received | Finding]:
    """Yield the file at `pull.url`, or one file per period where the address holds `{period}`."""
    spool, day = Spool(contract, settings), today()
    with Web(contract, contract.pull["url"], _credentials(contract)) as web:
        for period in due(spool, day):
            yield from _receive(web, spool, period, day)


def _receive(web: Web, spool: Spool, period: Period, day: date) -> Iterator[Received]:
    contract = web.contract
    url = fill(contract.pull["url"], contract, period, day)
    key = period.name or contract.pull["url"]
    noted = spool.mark_of(key)
    known = spool.known(key, noted) if noted else None
    asking = _conditions(noted) if known is not None else {}
    part = spool.part(key, name=file_name(contract, period, day))
    try:
        headers = web.download(url, part, headers=asking)
        if headers is None:
            spool.close(key, is_closed=day >= period.end)
            yield from known or []
            return
        mark = "\n".join(headers.get(name, "") for name in ("ETag", "Last-Modified"))
        yield spool.keep(part, file_name(contract, period, day), mark.strip("\n") and mark, is_closed=day >= period.end)
    finally:
        part.close()


def _conditions(mark: str) -> dict[str, str]:
    """Return headers that ask for the file only if it has changed since."""
    tag, _, changed = mark.partition("\n")
    given = {"If-None-Match": tag, "If-Modified-Since": "" if tag else changed}
    return {name: value for name, value in given.items() if value}


def _credentials(contract: Contract) -> dict[str, str]:
    """Return the header of the credentials: a bearer token, user and password, or a header that the contract names."""
    token = secret(contract, "token_secret")
    if token:
        name = contract.pull.get("header")
        return {name: token} if name else {"Authorization": f"Bearer {token}"}
    password = secret(contract, "password_secret")
    if not password:
        return {}
    pair = f"{contract.pull.get('user', '')}:{password}".encode()
    return {"Authorization": f"Basic {b64encode(pair).decode()}"}

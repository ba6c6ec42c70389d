"""After this the submissions of an ODK Central form stand as the server exports them, if any of them has changed.

The list of submissions with their last change is read by OData first: a zip has other bytes each time it is made.
"""

import hashlib
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from flows.contracts.model import Contract
from flows.errors import Finding, QdeepError
from flows.pull.export import as_json, exported
from flows.pull.naming import Period, due, today
from flows.pull.patience import persist
from flows.pull.received import Received
from flows.pull.secret import secret
from flows.pull.spool import Part, Spool
from flows.pull.trouble import unclear
from flows.pull.web import Web
from flows.settings import Settings

PAGE = 1000
LOOKS = 3  # submissions that come while pages are read move the others
LOG_INS = 2  # a session lasts a day and may be ended by others: log in once more, not for ever
FILES = {"zip": "submissions.csv.zip", "csv": "submissions.csv"}
# Names as in the form without group prefixes, choices apart, no photographs: see domain/bpr.md 2.4.
OPTIONS = {"attachments": "false", "groupPaths": "false", "splitSelectMultiples": "true", "deletedFields": "false"}


def receive(contract: Contract, settings: Settings) -> Iterator[Received | Finding]:
    """Yield the export of a form, or one per period of submission."""
    spool, day = Spool(contract, settings), today()
    password = secret(contract, "password_secret")
    with Web(contract, contract.pull["url"]) as web:
        session = Session(web, contract.pull["user"], password)
        try:
            for period in due(spool, day):
                yield from Form(session, spool, period).received(day)
        finally:
            session.end()


class Session:
    """A session of a web user; every question asks for a new one where the old has expired."""

    def __init__(self, web: Web, user: str, password: str) -> None:
        """Keep who logs in; nothing is asked yet."""
        self.web, self.user, self.password = web, user, password
        self.address = f"{web.base.rstrip('/')}/v1"
        self.log_ins = 0

    def begin(self) -> None:
        """Log in."""
        self.log_ins += 1
        self.web.headers = {}
        given = {"email": self.user, "password": self.password}
        answer = self.web.json("POST", f"{self.address}/sessions", json=given)
        token = answer.get("token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token:
            raise unclear(self.web.sender, "a session without token", self.web.where)
        self.web.headers = {"Authorization": f"Bearer {token}"}

    def end(self) -> None:
        """Log out; the server ends what we do not."""
        if self.web.headers:
            self.web.command("DELETE", f"{self.address}/sessions/current")
            self.web.headers = {}

    def ask(self, question: Any) -> Any:
        """Return the answer to a question, in a new session where the server has forgotten the old one."""
        while True:
            if not self.web.headers:
                self.begin()
            try:
                return question()
            except QdeepError as error:
                is_expired = error.finding.code == "E-122" and "401" in error.finding.text
                if not is_expired or self.log_ins >= LOG_INS:
                    raise
                self.web.headers = {}


class Form:
    """One form of a project, or what was submitted to it in one period."""

    def __init__(self, session: Session, spool: Spool, period: Period) -> None:
        """Build the address."""
        self.session, self.web, self.spool, self.period = session, session.web, spool, period
        self.contract: Contract = self.web.contract
        pull = self.contract.pull
        self.address = f"{session.address}/projects/{pull['project']}/forms/{quote(pull['form'], safe='')}"

    def received(self, day: date) -> Iterator[Received]:
        """Yield the file, unless what it would hold has landed."""
        submissions = self._rows({"$select": "__id,__system"})
        mark = hashlib.sha256(as_json(submissions)).hexdigest() if submissions else ""
        yield from exported(self.spool, self.period, day, mark, self._fill)

    def _fill(self, part: Part) -> None:
        kind = self.contract.pull.get("export", "zip")
        if kind == "odata":
            part.write(as_json({"value": self._rows({"$expand": "*"})}))
            return
        params = OPTIONS | self.contract.pull.get("options", {}) | self._filter()
        address = f"{self.address}/{FILES[kind]}"
        self.session.ask(partial(self.web.download, address, part, params=params))

    def _rows(self, asked: dict[str, str]) -> list[dict[str, Any]]:
        """Return the rows of the table of submissions by their ids; as many as the server counts."""
        for _ in range(LOOKS):
            rows, count = self._listed(asked)
            if len(rows) >= count:
                return [rows[one] for one in sorted(rows)]
        raise unclear(self.web.sender, "fewer submissions than it counts", self.web.where)

    def _listed(self, asked: dict[str, str]) -> tuple[dict[str, dict[str, Any]], int]:
        """Return the rows, page by page, and how many there are; they may change meanwhile."""
        address = f"{self.address}.svc/Submissions"
        params: dict[str, str] = {"$top": str(PAGE), "$count": "true", **asked, **self._filter()}
        rows: dict[str, dict[str, Any]] = {}
        count, following = 0, params
        while following:
            page = self.session.ask(partial(self._page, address, following))
            known = len(rows)
            rows |= {row["__id"]: row for row in page["value"]}
            count = page.get("@odata.count", count)
            following = self._following(page)
            if following and len(rows) == known:
                raise unclear(self.web.sender, "its pages go in circles", self.web.where)
        return rows, count

    def _following(self, page: dict[str, Any]) -> dict[str, str]:
        """Return the question for the next page; of the link that names it only the question counts."""
        link = page.get("@odata.nextLink")
        try:
            return dict(parse_qsl(urlsplit(link).query)) if link else {}
        except (ValueError, TypeError, AttributeError):
            raise unclear(self.web.sender, "a next page without address", self.web.where) from None

    def _page(self, address: str, params: dict[str, str]) -> dict[str, Any]:
        page = persist(partial(self.web.once, "GET", address, params=params), self.web.patience)
        values = page.get("value") if isinstance(page, dict) else None
        if not isinstance(values, list) or not all(_has_id(row) for row in values):
            raise unclear(self.web.sender, "a page without rows", self.web.where)
        if not isinstance(page.get("@odata.count", 0), int):
            raise unclear(self.web.sender, "a page without count", self.web.where)
        return page

    def _filter(self) -> dict[str, str]:
        """Return the filter of a period by the moment of submission."""
        if self.period.is_whole:
            return {}
        start, end = (one.isoformat(timespec="milliseconds") for one in self.period.bounds("Asia/Tashkent"))
        return {"$filter": f"__system/submissionDate ge {start} and __system/submissionDate lt {end}"}


def _has_id(row: Any) -> bool:
    return isinstance(row, dict) and isinstance(row.get("__id"), str)

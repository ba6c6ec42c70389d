"""After this the submissions of a KoboToolbox project stand as the server exports them, if any of them has changed.

API v2: `data/` is read page by page to see whether anything changed (an export has other bytes each time it is
made); `exports/` makes the workbook, or `export-settings/<uid>/data.xlsx` gives one that the project's owner defined.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from datetime import UTC, date
from functools import partial
from typing import Any

from flows.contracts.model import Contract
from flows.errors import Finding
from flows.pull.export import as_json, exported
from flows.pull.naming import Period, due, today
from flows.pull.received import Received
from flows.pull.secret import secret
from flows.pull.spool import Part, Spool
from flows.pull.trouble import absent, silent, unclear
from flows.pull.web import Web
from flows.settings import Settings

LOOKS = 3
PAGE = 1000  # the most that the server gives since its release of 2025
EXPORT_WAITS_S = (1.0, 15.0)  # first and longest wait between two looks at an export
LONGEST_EXPORT_S = 900.0
TYPES = {"xlsx": "xls", "csv": "csv"}
# Codes, not labels, and every version of the form: see domain/hrm.md, U13 and U15.
CODES = {
    "fields_from_all_versions": "true",
    "group_sep": "/",
    "hierarchy_in_labels": "false",
    "lang": "_xml",
    "multiple_select": "both",
    "flatten": "true",
    "xls_types_as_text": "false",
    "include_media_url": "false",
}
FLEETING = ("_attachments", "_downloads")  # addresses that are signed anew for each answer


def receive(contract: Contract, settings: Settings) -> Iterator[Received | Finding]:
    """Yield the export of a project, or one per period of submission."""
    spool, day = Spool(contract, settings), today()
    with Web(contract, contract.pull["url"], {"Authorization": f"Token {secret(contract, 'token_secret')}"}) as web:
        for period in due(spool, day):
            yield from Project(web, spool, period).received(day)


class Project:
    """One project of the server, or what was submitted to it in one period."""

    def __init__(self, web: Web, spool: Spool, period: Period) -> None:
        """Build the addresses and the question."""
        self.web, self.spool, self.period = web, spool, period
        self.contract: Contract = web.contract
        asset = self.contract.pull["asset"]
        self.address = f"{self.contract.pull['url'].rstrip('/')}/api/v2/assets/{asset}"
        self.wait_s = min(EXPORT_WAITS_S[0], web.patience.wait_s)

    def received(self, day: date) -> Iterator[Received]:
        """Yield the file, unless what it would hold has landed."""
        submissions = self._submissions()
        mark = _mark(submissions) if submissions else ""
        yield from exported(self.spool, self.period, day, mark, partial(self._fill, submissions=submissions))

    def _fill(self, part: Part, submissions: list[dict[str, Any]]) -> None:
        setting = self.contract.pull.get("export_setting")
        if self.contract.file.format == "json":
            part.write(as_json(submissions))
        elif setting:
            self.web.download(f"{self.address}/export-settings/{setting}/data.{self.contract.file.format}", part)
        else:
            self._export(part)

    def _export(self, part: Part) -> None:
        """Have the server make an export, fetch it, and have it removed there again."""
        asked = CODES | {"type": TYPES[self.contract.file.format]} | self.contract.pull.get("export", {})
        asked |= {"query": self._question()} if self._question() else {}
        made = self.web.json("POST", f"{self.address}/exports/", json=asked)
        address = f"{self.address}/exports/{_text(made, 'uid', self.web)}/"
        try:
            self.web.download(self._finished(address), part)
        finally:
            self.web.command("DELETE", address)

    def _finished(self, address: str) -> str:
        """Return the address of the export's file once the server has made it."""
        wait, deadline = self.wait_s, time.monotonic() + LONGEST_EXPORT_S
        while time.monotonic() < deadline:
            task = self.web.json("GET", address)
            status = _text(task, "status", self.web)
            if status == "complete":
                return _text(task, "result", self.web)
            if status == "error":
                raise unclear(self.web.sender, "the server could not make the export", self.web.where)
            time.sleep(wait)
            wait = min(wait * 1.5, EXPORT_WAITS_S[1])
        raise silent(self.web.sender, "the export is not ready", self.web.where)

    def _submissions(self) -> list[dict[str, Any]]:
        """Return all submissions, page by page in the order of their numbers; as many as the server counts."""
        for _ in range(LOOKS):
            rows = self._listed()
            if rows is not None:
                return [rows[number] for number in sorted(rows)]
        raise unclear(self.web.sender, "submissions change faster than they can be listed", self.web.where)

    def _listed(self) -> dict[int, dict[str, Any]] | None:
        """Return all submissions by number; None where one was removed between two pages, so that another slipped by.

        Each page is asked for from the last submission of the page before: if it is not there, the list has moved.
        """
        rows: dict[int, dict[str, Any]] = {}
        last, start = None, 0
        while True:
            page, count, has_more = self._page(start)
            known, ids = len(rows), [row["_id"] for row in page]
            if last is not None and last not in ids:
                return None
            rows |= zip(ids, page, strict=True)
            if not has_more or len(rows) == known:
                break
            last, start = ids[-1], start + len(ids) - 1
        if len(rows) < count:
            raise unclear(self.web.sender, "fewer submissions than it counts", self.web.where)
        return rows

    def _page(self, start: int) -> tuple[list[dict[str, Any]], int, bool]:
        """Return submissions from a place on, how many there are in all, and whether more follow."""
        asked: dict[str, str | int] = {"format": "json", "limit": PAGE, "sort": '{"_id": 1}', "start": start}
        if self._question():
            asked["query"] = json.dumps(self._question())
        page = self.web.json("GET", f"{self.address}/data/", params=asked)
        results = page.get("results") if isinstance(page, dict) else None
        if not isinstance(results, list) or not all(_has_number(row) for row in results):
            raise unclear(self.web.sender, "a page without numbered results", self.web.where)
        count = page.get("count")
        if not isinstance(count, int):
            raise unclear(self.web.sender, "a page without count", self.web.where)
        return results, count, bool(page.get("next"))

    def _question(self) -> dict[str, Any]:
        """Return the filter of a period: the server keeps and compares times in UTC (domain/hrm.md, U17)."""
        if self.period.is_whole:
            return {}
        start, end = (one.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") for one in self.period.bounds("Asia/Tashkent"))
        return {"_submission_time": {"$gte": start, "$lt": end}}


def _mark(submissions: list[dict[str, Any]]) -> str:
    """Return a hash of what the submissions say, edits and validation included."""
    kept = [{name: value for name, value in row.items() if name not in FLEETING} for row in submissions]
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def _has_number(row: Any) -> bool:
    return isinstance(row, dict) and type(row.get("_id")) is int


def _text(answer: Any, name: str, web: Web) -> str:
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, str) or not value:
        raise unclear(web.sender, f"an export without `{name}`", web.where)
    if name == "result" and not value.startswith(("https://", "http://")):
        raise absent(web.sender, "file of the export", web.where)
    if web.base.startswith("https://") and value.startswith(f"http://{web.sender}/"):
        return value.replace("http://", "https://", 1)  # behind a proxy that ends encryption servers name themselves so
    return value

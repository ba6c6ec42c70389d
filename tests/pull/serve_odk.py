"""A server with the ODK Central API as its public documentation describes it: sessions, OData, exports."""

import io
import json
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from serving import Answer, Asked, as_json

USER, PASSWORD = "moa@example.uz", "right-password"
FORM = "process steps_v1"
BASE = f"/v1/projects/7/forms/{quote(FORM)}"
BETWEEN = re.compile(r"__system/submissionDate ge (\S+) and __system/submissionDate lt (\S+)")


@dataclass
class Central:
    """One form and its submissions.

    Attributes:
        page: The most that one page of OData holds.
        lives: Requests after which a session has expired.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    page: int = 2
    lives: int = 1000
    url: str = ""
    sessions: dict[str, int] = field(default_factory=dict)
    log_ins: int = 0
    made: int = 0

    def answer(self, asked: Asked) -> Answer:  # noqa: PLR0911 - one line per address
        """Answer a request."""
        if (asked.method, asked.path) == ("POST", "/v1/sessions"):
            return self._log_in(asked.json())
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.sessions.get(token, 0) <= 0:
            return _problem(401.2, "Could not authenticate with the provided credentials.", 401)
        self.sessions[token] -= 1
        if (asked.method, asked.path) == ("DELETE", "/v1/sessions/current"):
            del self.sessions[token]
            return as_json({"success": True})
        if asked.path == f"{BASE}.svc/Submissions":
            return self._table(asked)
        if asked.path == f"{BASE}/submissions.csv.zip":
            return self._zip(asked)
        if asked.path == f"{BASE}/submissions.csv":
            return Answer(200, self._csv(asked).encode())
        return _problem(404.1, "Could not find the resource you were looking for.", 404)

    def _log_in(self, given: dict[str, str]) -> Answer:
        if (given["email"], given["password"]) != (USER, PASSWORD):
            return _problem(401.2, "Could not authenticate with the provided credentials.", 401)
        self.log_ins += 1
        token = f"token-{self.log_ins}"
        self.sessions[token] = self.lives
        return as_json({"token": token, "csrf": "x", "expiresAt": "2026-11-25T00:00:00.000Z"})

    def _table(self, asked: Asked) -> Answer:
        rows = self._matching(asked)
        if "$skip" in asked.query:
            return _problem(400.1, "not with $skiptoken", 400)
        start = int(asked.query.get("$skiptoken", "0"))
        end = start + min(int(asked.query.get("$top", "250")), self.page)
        chosen = asked.query.get("$select", "").split(",")
        shown = [{n: v for n, v in row.items() if n in chosen} if chosen != [""] else row for row in rows[start:end]]
        answer = {"@odata.context": "x", "value": shown}
        if asked.query.get("$count") == "true":
            answer["@odata.count"] = len(rows)
        if end < len(rows):
            kept = "&".join(f"{n}={quote(v)}" for n, v in asked.query.items() if n != "$skiptoken")
            answer["@odata.nextLink"] = f"https://central.example.invalid/x?{kept}&%24skiptoken={end}"
        return as_json(answer)

    def _matching(self, asked: Asked) -> list[dict[str, Any]]:
        """Return the rows of a filter, the newest first as Central does."""
        match = BETWEEN.fullmatch(asked.query.get("$filter", ""))
        from datetime import datetime

        low, high = (datetime.fromisoformat(one) for one in match.groups()) if match else (None, None)
        days = [(datetime.fromisoformat(row["__system"]["submissionDate"]), row) for row in self.rows]
        return [row for day, row in reversed(days) if low is None or (high and low <= day < high)]

    def _csv(self, asked: Asked) -> str:
        lines = [f"{row['__system']['submissionDate']},{row['q1']},{row['__id']}" for row in self._matching(asked)]
        return "\r\n".join(["SubmissionDate,q1,KEY", *lines]) + "\r\n"

    def _zip(self, asked: Asked) -> Answer:
        self.made += 1
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(f"{FORM}.csv", self._csv(asked))
            archive.writestr(f"{FORM}-step.csv", f"name,PARENT_KEY,KEY\r\nx{self.made},,\r\n")
        return Answer(200, packed.getvalue(), {"Content-Type": "application/zip"})


def submission(number: int, day: str, **answers: Any) -> dict[str, Any]:
    """Return a submission as OData shows it."""
    system = {"submissionDate": day, "updatedAt": None, "reviewState": None, "edits": 0}
    return {"__id": f"uuid:{number:04d}", "__system": system, "q1": f"a{number}", **answers}


def _problem(code: float, message: str, status: int) -> Answer:
    return Answer(status, json.dumps({"message": message, "code": code}).encode())

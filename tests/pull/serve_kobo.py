"""A server with the KoboToolbox API v2 as its public documentation describes it: data, exports, export settings."""

import io
import json
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any

from serving import Answer, Asked, as_json

TOKEN, ASSET = "right-token", "aSAvYreNzVEkrWg5Gdcvg"
BASE = f"/api/v2/assets/{ASSET}"


@dataclass
class Kobo:
    """One project and its submissions.

    Attributes:
        page: The most that one page of `data` holds, whatever is asked for.
        looks: How often an export is `processing` before it is ready.
        fails: Whether exports end in an error.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    page: int = 1000
    looks: int = 1
    fails: bool = False
    url: str = ""
    made: int = 0
    exports: dict[str, dict[str, Any]] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Answer:  # noqa: PLR0911 - one line per address
        """Answer a request."""
        if asked.headers.get("Authorization") != f"Token {TOKEN}":
            return as_json({"detail": "Invalid token."}, 401)
        if not asked.path.startswith(f"{BASE}/") and not asked.path.startswith("/private-media/"):
            return as_json({"detail": "Not found."}, 404)
        rest = asked.path.removeprefix(BASE)
        if (asked.method, rest) == ("GET", "/data/"):
            return self._data(asked)
        if (asked.method, rest) == ("POST", "/exports/"):
            return self._make(asked)
        if match := re.fullmatch(r"/exports/(\w+)/", rest):
            return self._export(asked.method, match[1])
        if rest.startswith("/export-settings/esOwner/data."):
            return Answer(200, self._book(self.rows))
        if match := re.fullmatch(r"/private-media/moa/exports/(\w+)\.xlsx", asked.path):
            return Answer(200, self.exports[match[1]]["book"])
        return as_json({"detail": "Not found."}, 404)

    def _data(self, asked: Asked) -> Answer:
        rows = self._matching(json.loads(asked.query.get("query", "{}")))
        limit = min(int(asked.query.get("limit", "100")), self.page)
        start = int(asked.query.get("start", "0"))
        more = start + limit < len(rows)
        # as behind a proxy that ends TLS: the address of the next page is not one that can be asked
        following = f"http://kf.example.invalid{BASE}/data/?start={start + limit}" if more else None
        return as_json(
            {"count": len(rows), "next": following, "previous": None, "results": rows[start : start + limit]}
        )

    def _matching(self, question: dict[str, Any]) -> list[dict[str, Any]]:
        times = question.get("_submission_time", {})
        low, high = times.get("$gte", ""), times.get("$lt", "9")
        found = [row for row in self.rows if low <= row["_submission_time"] < high]
        return sorted(found, key=lambda row: row["_id"])

    def _make(self, asked: Asked) -> Answer:
        given = asked.json()
        required = {"fields_from_all_versions", "group_sep", "hierarchy_in_labels", "lang", "multiple_select", "type"}
        if not required <= given.keys() or given["type"] not in ("csv", "xls", "geojson", "spss_labels"):
            return as_json({"detail": "Missing fields"}, 400)
        self.made += 1
        uid = f"e{self.made:04d}"
        book = self._book(self._matching(given.get("query", {})))
        self.exports[uid] = {"looks": self.looks, "book": book, "asked": given}
        return as_json({"uid": uid, "url": f"{BASE}/exports/{uid}/", "status": "created"}, 201)

    def _export(self, method: str, uid: str) -> Answer:
        if method == "DELETE":
            self.exports.pop(uid, None)
            return Answer(204)
        task = self.exports[uid]
        task["looks"] -= 1
        if self.fails:
            return as_json({"uid": uid, "status": "error", "result": None, "messages": {"error": "boom"}})
        if task["looks"] >= 0:
            return as_json({"uid": uid, "status": "processing", "result": None})
        result = f"{self.url}/private-media/moa/exports/{uid}.xlsx"
        return as_json({"uid": uid, "status": "complete", "result": result})

    def _book(self, rows: list[dict[str, Any]]) -> bytes:
        """Return a file that differs each time it is made, as a workbook with its time of creation does."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("created", str(self.made))
            archive.writestr("rows.json", json.dumps(rows))
        return packed.getvalue()


def submission(number: int, time: str, **answers: Any) -> dict[str, Any]:
    """Return a submission; its attachment has an address that changes with each answer of the real server."""
    return {
        "_id": number,
        "_uuid": f"uuid-{number}",
        "meta/rootUuid": f"uuid:uuid-{number}",
        "_submission_time": time,
        "_validation_status": {},
        "_attachments": [],
        **answers,
    }

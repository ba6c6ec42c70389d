"""A server with LimeSurvey's RemoteControl 2 by JSON-RPC: refusals come with HTTP 200 and a status, keys expire."""

import base64
from dataclasses import dataclass, field
from typing import Any

from serving import Answer, Asked, as_json

USER, PASSWORD, SURVEY = "moa", "right-password", 123456
EXPORT = 'id,submitdate,lastpage,startlanguage,seed,"Q1[SQ001]"\n"1","2026-09-01 10:00:00","3","uz","1","A1"\n'


@dataclass
class Lime:
    """One survey and its responses.

    Attributes:
        lives: Calls after which a session key has expired.
        says: What `export_responses` answers; by default the export.
    """

    lives: int = 1000
    says: Any = None
    keys: dict[str, int] = field(default_factory=dict)
    log_ins: int = 0
    arguments: list[Any] = field(default_factory=list)

    def answer(self, asked: Asked) -> Answer:
        """Answer a request."""
        if asked.path != "/index.php/admin/remotecontrol" or asked.method != "POST":
            return Answer(404)
        given = asked.json()
        result = getattr(self, f"_{given['method']}")(*given["params"])
        return as_json({"id": given["id"], "result": result, "error": None})

    def _get_session_key(self, user: str, password: str) -> Any:
        if (user, password) != (USER, PASSWORD):
            return {"status": "Invalid user name or password"}
        self.log_ins += 1
        key = f"key-{self.log_ins}"
        self.keys[key] = self.lives
        return key

    def _release_session_key(self, key: str) -> str:
        self.keys.pop(key, None)
        return "OK"

    def _export_responses(self, key: str, survey: int, *arguments: Any) -> Any:
        if self.keys.get(key, 0) <= 0:
            return {"status": "Invalid session key"}
        self.keys[key] -= 1
        self.arguments = list(arguments)
        if survey != SURVEY:
            return {"status": "No Data, survey table does not exist."}
        return self.says or base64.b64encode(EXPORT.encode()).decode()

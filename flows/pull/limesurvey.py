"""After this the responses of a LimeSurvey survey stand as RemoteControl 2 exports them: codes, not labels."""

import base64
from collections.abc import Iterator
from typing import Any

from flows.contracts.model import Contract
from flows.errors import Finding
from flows.pull.naming import Period, file_name, today
from flows.pull.received import Received
from flows.pull.secret import secret
from flows.pull.spool import Spool
from flows.pull.trouble import absent, denied, place, unclear
from flows.pull.web import Web
from flows.settings import Settings

KEY = "responses"
PATH = "/index.php/admin/remotecontrol"
LOG_INS = 2  # a key lives two hours at most: fetch another once, not for ever; wrong passwords lock the user out
EXPIRED = "Invalid session key"
NONE_YET = ("No Data, could not get max id.", "No Data")
DENIED = ("Invalid user name or password", "No permission", "Insufficient permissions", "maximum login attempts")
ABSENT = ("survey table does not exist", "Invalid survey ID", "Error: Invalid survey ID")


def receive(contract: Contract, settings: Settings) -> Iterator[Received | Finding]:
    """Yield the responses of the survey; the server writes the same bytes for the same responses."""
    spool, name = Spool(contract, settings), file_name(contract, Period(), today())
    with Web(contract, contract.pull["url"]) as web:
        control = Control(web, contract.pull["user"], secret(contract, "password_secret"))
        try:
            content = control.responses()
        finally:
            control.end()
    if content is None:
        if spool.has_had(KEY):
            yield absent(control.web.sender, "responses any more, where there were some", place(contract)).finding
        return
    part = spool.part(KEY, name=name)
    try:
        part.restart()
        part.write(content)
        yield spool.keep(part, name)
    finally:
        part.close()


class Control:
    """The remote control of a server, by JSON-RPC; a session key is fetched when needed and given back."""

    def __init__(self, web: Web, user: str, password: str) -> None:
        """Keep who logs in; nothing is asked yet."""
        self.web, self.user, self.password = web, user, password
        self.contract: Contract = web.contract
        self.address = web.base if web.base.rstrip("/").endswith("remotecontrol") else web.base.rstrip("/") + PATH
        self.key, self.log_ins = "", 0

    def responses(self) -> bytes | None:
        """Return the export of all responses; None where there are none yet.

        Raises:
            QdeepError: E-121 to E-125.
        """
        pull = self.contract.pull
        asked = [
            pull["survey"],
            self.contract.file.format,
            pull.get("language"),
            pull.get("completion", "all"),
            "code",  # headings
            "short",  # answers
        ]
        answer = self._call("export_responses", asked)
        status = _status(answer)
        if status in NONE_YET:
            return None
        if not isinstance(answer, str):
            raise self._refusal(status)
        try:
            content = base64.b64decode(answer, validate=True)
        except ValueError:  # no base64, or letters that are none of it
            raise unclear(self.web.sender, "no base64", self.web.where) from None
        if not content:
            raise unclear(self.web.sender, "an export without content", self.web.where)
        return content

    def end(self) -> None:
        """Give the session key back; the server forgets it in any case."""
        if self.key:
            self.web.command("POST", self.address, json=_request("release_session_key", [self.key]))
            self.key = ""

    def _call(self, method: str, arguments: list[Any]) -> Any:
        """Return a result; where the key has expired, with a new one."""
        while True:
            if not self.key:
                self._begin()
            answer = self._ask(method, [self.key, *arguments])
            if _status(answer) != EXPIRED or self.log_ins >= LOG_INS:
                return answer
            self.key = ""

    def _begin(self) -> None:
        self.log_ins += 1
        answer = self._ask("get_session_key", [self.user, self.password])
        if not isinstance(answer, str) or not answer:
            raise self._refusal(_status(answer))
        self.key = answer

    def _ask(self, method: str, arguments: list[Any]) -> Any:
        answer = self.web.json("POST", self.address, json=_request(method, arguments))
        if not isinstance(answer, dict) or "result" not in answer or answer.get("error"):
            raise unclear(self.web.sender, f"{method} gave an error", self.web.where)
        return answer["result"]

    def _refusal(self, status: str) -> Exception:
        """Return what a status of the server means; its text is compared, never repeated."""
        where = place(self.contract)
        if status == EXPIRED or any(text in status for text in DENIED):
            return denied(self.web.sender, where, "log-in or survey refused")
        if any(text in status for text in ABSENT):
            return absent(self.web.sender, "active survey of this number", where)
        return unclear(self.web.sender, "a refusal without a known reason", where)


def _request(method: str, arguments: list[Any]) -> dict[str, Any]:
    return {"method": method, "params": arguments, "id": 1}


def _status(answer: Any) -> str:
    """Return the status of a refusal: LimeSurvey answers `{"status": text}` with HTTP 200."""
    return str(answer.get("status", "")) if isinstance(answer, dict) else ""

"""A Prefect server of our own answers on loopback, keeps its files in the workspace, and dies with its starter.

Prefect's own embedded server survives a kill -9 of its parent, has no password and sends statistics; this one
does not. It is not started where `PREFECT_API_URL` already names a server.
"""

import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flows.errors import QdeepError
from flows.settings import Settings

START_TIMEOUT_S = 180  # a first start under load took 30 s; Prefect's default of 20 s fails there
UI_PORT = 4200
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Server:
    """Where a Prefect server answers; `secret_file` holds `user:password`, empty where the server is not ours."""

    address: str
    secret_file: Path | None


@contextmanager
def server(
    settings: Settings, *, ui: bool = False, meanwhile: Callable[[], object] = lambda: None
) -> Generator[Server]:
    """Run a Prefect server for as long as the block lasts, with this process set up as its client.

    Args:
        settings: Workspace; the server keeps its files in `<workspace>/prefect`, mode 0700.
        ui: Whether its pages are shown, on port 4200 where that is free.
        meanwhile: Done while the server starts, which takes as long as importing Prefect does on the other core.

    Raises:
        QdeepError: E-408, the server did not answer.
    """
    home = _home(settings)
    os.environ.update(_client_environment(home))
    if os.environ.get("PREFECT_API_URL"):
        yield Server(os.environ["PREFECT_API_URL"].removesuffix("/api"), None)
        return
    address = _free_address(UI_PORT if ui else 0)
    secret_file = _secret(home)
    secret = secret_file.read_text(encoding="ascii").strip()
    process = _start(home, address, secret, ui=ui)
    try:
        os.environ.update({"PREFECT_API_URL": f"{address}/api", "PREFECT_API_AUTH_STRING": secret})
        meanwhile()
        _wait_until_it_answers(process, address)
        yield Server(address, secret_file)
    finally:
        for name in ("PREFECT_API_URL", "PREFECT_API_AUTH_STRING"):
            os.environ.pop(name, None)
        _stop(process)


def _home(settings: Settings) -> Path:
    home = settings.workspace.resolve() / "prefect"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)
    return home


def _client_environment(home: Path) -> dict[str, str]:
    return {
        "DO_NOT_TRACK": "1",
        "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY", ""), "127.0.0.1"))),
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_HANDLERS_DEBUG_LEVEL": "CRITICAL",
    }


def _server_environment(address: str, secret: str, *, ui: bool) -> dict[str, str]:
    return {
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_API_AUTH_STRING": secret,
        "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "true",
        "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": address,
        "PREFECT_SERVER_UI_ENABLED": str(ui).lower(),
        "PREFECT_SERVER_UI_API_URL": f"{address}/api",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "WARNING",
    }


def _secret(home: Path) -> Path:
    """Return the file of the server's password; other users of the machine must not read what ran."""
    path = home / "password"
    if not path.is_file():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(handle, f"qdeep:{secrets.token_urlsafe(24)}\n".encode())
        os.close(handle)
    return path


def _free_address(wanted: int) -> str:
    try:
        return f"http://127.0.0.1:{_free_port(wanted)}"
    except OSError as error:
        raise _down(f"Loopback does not answer ({error.strerror})") from error


def _free_port(wanted: int) -> int:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        probe.listen()
        with socket.create_connection(probe.getsockname(), timeout=5):  # a machine without loopback says so at once
            return probe.getsockname()[1]


def _start(home: Path, address: str, secret: str, *, ui: bool) -> subprocess.Popen[bytes]:
    host, port = address.removeprefix("http://").split(":")
    factory = ["--factory", "prefect.server.api.server:create_app"]
    command = [sys.executable, "-m", "uvicorn", *factory, "--host", host, "--port", port, "--log-level", "error"]
    with (home / "server.log").open("ab") as sink:
        return subprocess.Popen(  # noqa: S603 - our own interpreter with constant arguments
            command,
            env=os.environ | _server_environment(address, secret, ui=ui),
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            umask=0o077,
            start_new_session=True,  # Ctrl-C stops the client first, which then stops the server
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - one prctl call
        )


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_until_it_answers(process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback never goes through a proxy
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with opener.open(f"{address}/api/health", timeout=5) as answer:
                if answer.status == 200:  # noqa: PLR2004 - HTTP OK
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    _stop(process)
    raise _down("It gave no answer")


def _down(why: str) -> QdeepError:
    hint = "see server.log in the folder prefect of the workspace, or run with --engine plain"
    return QdeepError("E-408", f"The Prefect server did not start. {why}.", expected=hint)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

"""The explorer is started as a server of this machine: no outside address, no telemetry, no browser opened unasked."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from flows.errors import Place, QdeepError

APP = Path(__file__).with_name("app.py")
LOCAL = "127.0.0.1"
SETTINGS = {
    "global.developmentMode": "false",
    "server.address": LOCAL,
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "theme.base": "light",
}


def command(folder: Path, language: str, port: int) -> list[str]:
    """Return the command that serves a release.

    Raises:
        QdeepError: E-642 where Streamlit is not installed.
    """
    if find_spec("streamlit") is None:
        raise QdeepError("E-642", "Streamlit is not installed.", Place())
    options = [f"--{name}={value}" for name, value in {**SETTINGS, "server.port": str(port)}.items()]
    return [sys.executable, "-m", "streamlit", "run", str(APP), *options, "--", str(folder), language]


def explore(folder: Path, language: str, port: int) -> int:
    """Serve a release until the reader ends it, and return the exit code of the server."""
    made = command(folder.resolve(), language, port)
    try:
        return subprocess.run(made, check=False, env=os.environ | {"DO_NOT_TRACK": "1"}).returncode  # noqa: S603 - our own command
    except KeyboardInterrupt:
        return 0

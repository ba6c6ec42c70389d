"""A real PostgreSQL cluster runs in a folder on the loopback, as a user that may not be root."""

import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from serving import free_port

USER, PASSWORD = "reader", "right-password"


def programs() -> Path | None:
    """Return the folder of the newest PostgreSQL of Debian, or None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def can_run() -> bool:
    """Return whether a cluster can be started here: PostgreSQL refuses to run as root."""
    return programs() is not None and (os.geteuid() != 0 or bool(shutil.which("setpriv") and _other_user()))


def _other_user() -> str:
    import pwd

    names = {one.pw_name for one in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), "")


@dataclass(frozen=True)
class Postgres:
    """A running cluster with the database `hr`."""

    folder: Path
    port: int

    def sql(self, text: str) -> None:
        """Run statements as the superuser."""
        self.run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-U", "admin", "-d", "hr", "-c", text)

    def run(self, program: str, *arguments: str) -> None:
        """Run a program of PostgreSQL against this cluster."""
        folder = programs()
        assert folder
        given = ["-h", "127.0.0.1", "-p", str(self.port)] if program in ("psql", "createdb") else []
        _as_other([str(folder / program), *given, *arguments], self.folder)


@contextmanager
def serving(folder: Path) -> Generator[Postgres]:
    """Run a cluster with a reader who may log in by password alone."""
    if os.geteuid() == 0:
        shutil.chown(folder, _other_user())
    cluster = Postgres(folder, free_port())
    data = str(folder / "data")
    cluster.run("initdb", "-D", data, "-U", "admin", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
    rules = "host all admin 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
    _as_other(["sh", "-c", f"printf '{rules}' > {data}/pg_hba.conf".replace("\n", "\\n")], folder)
    options = f"-c listen_addresses=127.0.0.1 -p {cluster.port} -c unix_socket_directories= -c fsync=off"
    cluster.run("pg_ctl", "-D", data, "-w", "-s", "-l", str(folder / "log"), "-o", options, "start")
    try:
        cluster.run("createdb", "-U", "admin", "hr")
        cluster.sql(f"create role {USER} login password '{PASSWORD}'")
        yield cluster
    finally:
        cluster.run("pg_ctl", "-D", data, "-w", "-s", "-m", "immediate", "stop")


def _as_other(command: list[str], folder: Path) -> None:
    """Run a command as a user that PostgreSQL accepts."""
    user = _other_user()
    drop = ["setpriv", f"--reuid={user}", "--clear-groups", "--"] if os.geteuid() == 0 else []
    answer = subprocess.run([*drop, *command], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert answer.returncode == 0, answer.stderr

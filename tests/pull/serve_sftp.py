"""A real SFTP server (asyncssh's own) shows a folder on the loopback and can break the line after some bytes."""

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

USER, PASSWORD = "moa", "right-password"


@dataclass
class Sftp:
    """A running server.

    Attributes:
        cuts: For each connection to come: bytes after which its line breaks; none where the list is empty.
        opened: Names and offsets of all reads.
        silent: What is never answered: `scandir`, `open`, `read` or `stat`; `drip`: a byte comes for each read.
        named: Names that a listing holds besides.
    """

    port: int
    host_key: str
    user_key: str
    cuts: list[int] = field(default_factory=list)
    opened: list[tuple[str, int]] = field(default_factory=list)
    log_ins: int = 0
    refused: set[str] = field(default_factory=set)
    silent: str = ""
    named: list[bytes] = field(default_factory=list)


@contextmanager
def serving(root: Path) -> Generator[Sftp]:
    """Serve a folder; reading only."""
    host, user = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    public = " ".join(host.export_public_key().decode().split()[:2])
    state = Sftp(0, public, user.export_private_key().decode())
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> Any:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[host],
            server_factory=lambda: _Doorkeeper(state, user.export_public_key().decode()),
            sftp_factory=lambda channel: _Shelf(channel, root, state),
        )

    server = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    state.port = server.get_port()
    try:
        yield state
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


async def _stop(server: Any) -> None:
    server.close()
    await server.wait_closed()


class _Doorkeeper(asyncssh.SSHServer):
    def __init__(self, state: Sftp, key: str) -> None:
        self.state, self.key = state, key

    def connection_made(self, conn: Any) -> None:
        self.connection = conn

    def begin_auth(self, username: str) -> bool:
        self.state.log_ins += 1
        self.connection.set_authorized_keys(asyncssh.import_authorized_keys(self.key))
        return bool(username)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


class _Shelf(asyncssh.SFTPServer):
    def __init__(self, channel: Any, root: Path, state: Sftp) -> None:
        super().__init__(channel, chroot=str(root).encode())
        self.state = state
        self.left = state.cuts.pop(0) if state.cuts else None
        self.names: dict[int, str] = {}

    async def stat(self, path: bytes) -> Any:
        await self._keep_silent("stat")
        return super().stat(path)

    async def scandir(self, path: bytes) -> Any:
        await self._keep_silent("scandir")
        async for entry in super().scandir(path):
            yield entry
        for name in self.state.named:
            yield asyncssh.SFTPName(name, attrs=asyncssh.SFTPAttrs(size=1, mtime=1, permissions=0o100600))

    async def _keep_silent(self, what: str) -> None:
        if self.state.silent == what:
            await asyncio.sleep(600)

    async def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
        await self._keep_silent("open")
        name = path.decode(errors="replace").rpartition("/")[2]
        if name in self.state.refused:
            raise asyncssh.SFTPPermissionDenied("no")
        file = super().open(path, pflags, attrs)
        self.names[id(file)] = name
        return file

    async def read(self, file_obj: Any, offset: int, size: int) -> bytes:
        await self._keep_silent("read")
        self.state.opened.append((self.names[id(file_obj)], offset))
        content = super().read(file_obj, offset, size)
        if self.state.silent == "drip":
            await asyncio.sleep(0.05)
            return content[:1]
        if self.left is not None:
            self.left -= len(content)
            if self.left <= 0:
                self.channel.get_connection().abort()
                return b""
        return content

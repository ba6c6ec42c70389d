"""After this the expected files of a folder on an SFTP server have been fetched; the server is as before."""

import asyncio
import logging
import stat
import time
from collections.abc import Awaitable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from flows.contracts.model import Contract
from flows.errors import Finding, QdeepError
from flows.pull.patience import patience_of, persist
from flows.pull.received import Received
from flows.pull.remote import CHUNK, RemoteFile, is_wanted, known, must_hold_expected, run_apart
from flows.pull.secret import secret
from flows.pull.spool import Part, Spool
from flows.pull.trouble import PassingError, absent, cut, denied, no_library, place, silent, unclear, why
from flows.settings import Settings

if TYPE_CHECKING:
    from asyncssh import SFTPClient, SFTPName, SSHClientConnection

Value = TypeVar("Value")
PORT = 22
KEEPALIVE_S = 15
LOOKS = 2  # a file that changes while it is fetched is fetched once more, then left to the next run
GOODBYE_S = 5.0
SETTLED_S = 20.0  # a file that changed less than that ago may still be growing: its sender is given that time


def receive(contract: Contract, settings: Settings) -> Iterator[Received | Finding]:
    """Yield the expected files of `pull.folder` that are new or have changed."""
    visit = Visit(contract, settings)
    persist(visit.attempt, patience_of(contract))
    yield from visit.done.values()


class Visit:
    """A visit to the server over several tries; what one try has fetched the next does not fetch again."""

    def __init__(self, contract: Contract, settings: Settings) -> None:
        """Look up the credentials before anything is asked."""
        self.contract = contract
        self.spool = Spool(contract, settings)
        self.sender = f"{contract.pull['host']}:{contract.pull.get('port', PORT)}"
        self.password = secret(contract, "password_secret")
        self.key = secret(contract, "key_secret")
        self.timeout = patience_of(contract).timeout_s
        self.done: dict[str, Received | Finding] = {}
        self.bytes = 0
        self.is_in = False

    def attempt(self) -> None:
        """Fetch what is left.

        Raises:
            PassingError: The line broke or the server did not answer.
            QdeepError: E-122 not allowed, E-123 no such folder, E-127 no library.
        """
        try:
            import asyncssh
        except ImportError:
            raise no_library("asyncssh", place(self.contract)) from None
        logging.getLogger("asyncssh").setLevel(logging.WARNING)
        before = self.bytes
        where = place(self.contract)
        try:
            run_apart(self._fetch_all())
        except asyncssh.PermissionDenied:
            raise denied(self.sender, where, "log-in refused") from None
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
            raise denied(self.sender, where, "the private key of the secret cannot be read") from None
        except asyncssh.HostKeyNotVerifiable:
            raise denied(self.sender, where, "its host key is not the one of the contract") from None
        except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, asyncssh.ConnectionLost):
            no_ssh = silent(self.sender, "it hung up, or speaks no SSH", where)
            trouble = cut(self.sender, where) if self.is_in else no_ssh
            raise PassingError(trouble, has_progress=self.bytes > before) from None
        except (asyncssh.DisconnectError, asyncssh.ChannelOpenError, OSError, TimeoutError) as error:
            trouble = silent(self.sender, why(error), where)
            raise PassingError(trouble, has_progress=self.bytes > before) from None
        except asyncssh.SFTPError as error:
            raise unclear(self.sender, type(error).__name__, where) from None

    async def _fetch_all(self) -> None:
        self.connection = await self._connect()
        self.is_in = True
        try:
            client = await self._soon(self.connection.start_sftp_client(path_encoding=None))
            for file in await self._listed(client):
                if file.path not in self.done:
                    await self._fetch(client, file)
        finally:
            self.connection.abort()  # a server that does not answer would not say goodbye either

    async def _soon(self, work: Awaitable[Value]) -> Value:
        """Return what the server answers within the time-out: it may stay silent and yet hold the line.

        The line is broken then; cancelling alone would wait for the server to close what was opened.
        """
        task = asyncio.ensure_future(work)
        if not (await asyncio.wait({task}, timeout=self.timeout))[0]:
            self.connection.abort()
            await asyncio.wait({task}, timeout=GOODBYE_S)
            task.cancel()
            raise TimeoutError
        return task.result()

    async def _connect(self) -> "SSHClientConnection":
        import asyncssh

        pull = self.contract.pull
        port = pull.get("port", PORT)
        name = pull["host"] if port == PORT else f"[{pull['host']}]:{port}"
        keys = [asyncssh.import_private_key(self.key)] if self.key else []
        return await asyncssh.connect(
            pull["host"],
            port,
            config=None,
            agent_path=None,
            username=pull["user"],
            password=self.password or None,
            client_keys=keys or None,
            known_hosts=asyncssh.import_known_hosts(f"{name} {pull['host_key']}\n"),
            connect_timeout=self.timeout,
            login_timeout=self.timeout,
            keepalive_interval=KEEPALIVE_S,
        )

    async def _listed(self, client: "SFTPClient") -> list[RemoteFile]:
        import asyncssh

        folder = self.contract.pull["folder"]
        files, names = [], []
        try:
            for entry in await self._soon(_entries(client, folder)):
                raw = entry.filename if isinstance(entry.filename, bytes) else entry.filename.encode()
                names.append(_text(raw))
                is_plain = stat.S_ISREG(entry.attrs.permissions or stat.S_IFREG)
                if is_plain and is_wanted(_text(raw), self.contract):
                    files.append(_remote(f"{folder.rstrip('/')}/{_text(raw)}", raw, entry.attrs))
        except asyncssh.SFTPPermissionDenied:
            raise denied(self.sender, place(self.contract), "folder not readable") from None
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath, asyncssh.SFTPNotADirectory):
            raise absent(self.sender, f"folder {folder}", place(self.contract)) from None
        must_hold_expected(files, names, self.spool)
        return sorted(files, key=lambda file: file.path)

    async def _fetch(self, client: "SFTPClient", file: RemoteFile) -> None:
        import asyncssh

        where = place(self.contract, file.name)
        found = known(file, self.spool)
        try:
            if found is None:
                found = [await self._download(client, file)]
        except asyncssh.SFTPPermissionDenied:
            self.done[file.path] = denied(self.sender, where, "file not readable").finding
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
            self.done[file.path] = _changing(file, self.contract).finding
        except QdeepError as error:
            if error.finding.code == "E-405":
                raise
            self.done[file.path] = error.finding
        else:
            if found:
                self.done[file.path] = found[0]

    async def _download(self, client: "SFTPClient", file: RemoteFile) -> Received:
        """Fetch a file, from where the last try left it; its size and time must be the same afterwards."""
        for _ in range(LOOKS):
            part = self.spool.part(file.path, file.mark, file.name)
            try:
                await self._read(client, file, part)
                await self._settle(file)
                after = _remote(file.path, file.raw, await self._soon(client.stat(self._address(file))))
                if after.mark == file.mark and part.size == file.size:
                    return self.spool.keep(part, file.name)
                part.restart()
                file = after
            finally:
                part.close()
        raise _changing(file, self.contract)

    async def _read(self, client: "SFTPClient", file: RemoteFile, part: Part) -> None:
        if part.size > file.size:
            part.restart()
        import asyncssh

        stream = await self._soon(client.open(self._address(file), "rb"))
        try:
            while part.size <= file.size:
                chunk = await self._soon(stream.read(CHUNK, part.size))
                if not chunk:
                    return
                part.write(bytes(chunk))
                self.bytes += len(chunk)
        finally:
            with suppress(asyncssh.Error, OSError):
                await self._soon(stream.close())

    async def _settle(self, file: RemoteFile) -> None:
        """Wait until a file that changed just now would have gone on changing."""
        age = time.time() - file.changed_at
        if 0 <= age < SETTLED_S:
            await asyncio.sleep(SETTLED_S - age)

    def _address(self, file: RemoteFile) -> bytes:
        return f"{self.contract.pull['folder'].rstrip('/')}/".encode() + file.raw


def _remote(path: str, raw: bytes, attributes: "object") -> RemoteFile:
    size, changed = getattr(attributes, "size", 0) or 0, getattr(attributes, "mtime", 0) or 0
    return RemoteFile(path, _text(raw), size, f"{size} {changed}", float(changed), raw)


async def _entries(client: "SFTPClient", folder: str) -> "list[SFTPName]":
    return [entry async for entry in client.scandir(folder.encode())]


def _text(raw: bytes) -> str:
    """Return a name; servers of Windows may hold names in cp1251."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1251", errors="replace")


def _changing(file: RemoteFile, contract: Contract) -> QdeepError:
    where = place(contract, file.name)
    return QdeepError(
        "E-116", "The file changed or vanished while it was fetched.", where, "a file that stays as it is"
    )

"""After this the expected files under an address of any fsspec file system (s3 and others) have been fetched."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from flows.contracts.model import Contract
from flows.errors import Finding, QdeepError
from flows.pull.patience import Patience, patience_of, persist
from flows.pull.received import Received
from flows.pull.remote import CHUNK, RemoteFile, in_time, is_wanted, known
from flows.pull.secret import named
from flows.pull.spool import Part, Spool
from flows.pull.trouble import NO_WORDS, PassingError, absent, cut, denied, no_library, place, silent, unclear, why
from flows.settings import Settings

Value = TypeVar("Value")
TIMEOUTS = 10  # a block of four megabytes comes over a slow line in that many
TAGS = ("ETag", "etag", "md5", "content_md5", "version", "VersionId")
TIMES = ("LastModified", "last_modified", "mtime", "modified", "updated", "created")


def receive(contract: Contract, settings: Settings) -> Iterator[Received | Finding]:
    """Yield the expected files under `pull.url` that are new or have changed."""
    store = Store(contract, settings)
    for file in persist(store.listed, store.patience):
        found = known(file, store.spool)
        if found is not None:
            yield from found
            continue
        try:
            yield persist(lambda file=file: store.fetched(file), store.patience)
        except QdeepError as error:
            if error.finding.code == "E-405":
                raise
            yield error.finding


class Store:
    """One address of a file system."""

    def __init__(self, contract: Contract, settings: Settings) -> None:
        """Open the file system with the options and secrets of the contract."""
        self.contract = contract
        self.spool = Spool(contract, settings)
        self.patience = patience_of(contract)
        self.protocol, _, self.root = contract.pull["url"].partition("://")
        self.sender = f"{self.protocol}://{self.root.partition('/')[0]}"
        self.files = self._open()

    def listed(self) -> list[RemoteFile]:
        """Return the expected files, sorted.

        Raises:
            PassingError, QdeepError: E-121 to E-123.
        """
        try:
            self.files.invalidate_cache()
            entries = self._soon(self._entries)
            files = [_remote(entry) for entry in entries if entry.get("type") == "file" and not entry.get("islink")]
        except Exception as error:  # noqa: BLE001 - each file system has errors of its own
            raise self._trouble(error, "such folder or bucket", "") from None
        return sorted((file for file in files if is_wanted(file.name, self.contract)), key=lambda file: file.path)

    def _entries(self) -> list[dict[str, Any]]:
        try:
            return self.files.ls(self.root, detail=True, refresh=True)
        except TypeError:  # file systems that take no `refresh`
            return self.files.ls(self.root, detail=True)

    def _soon(self, work: Callable[[], Value]) -> Value:
        """Return what a file system gives; one that drips is left after ten time-outs."""
        return in_time(work, self.patience.timeout_s * TIMEOUTS)

    def fetched(self, file: RemoteFile) -> Received:
        """Return a file, fetched from where the last try left it.

        Raises:
            PassingError, QdeepError: E-103 and E-121 to E-125.
        """
        part = self.spool.part(file.path, file.mark, file.name)
        try:
            self._must_be_same(file, part)
            self._read(file, part)
            if part.size != file.size:
                part.restart()
                raise PassingError(cut(self.sender, place(self.contract, file.name)))
            self._must_be_same(file, part)
            return self.spool.keep(part, file.name)
        finally:
            part.close()

    def _must_be_same(self, file: RemoteFile, part: Part) -> None:
        """Refuse a file that is no longer what was listed: its bytes would be of two versions."""
        try:
            self.files.invalidate_cache()
            now = _remote(self._soon(lambda: self.files.info(file.path)))
        except Exception as error:  # noqa: BLE001 - same
            raise self._trouble(error, "such file", file.name) from None
        is_comparable = now.told_by == file.told_by  # some tell less of one file than in a list
        if now.size != file.size or (is_comparable and now.mark.strip('"') != file.mark.strip('"')):
            part.restart()
            text = "The file changed while it was fetched."
            raise QdeepError("E-116", text, part.where, "a file that stays as it is")

    def _read(self, file: RemoteFile, part: Part) -> None:
        if part.size > file.size:
            part.restart()
        before = part.size
        try:
            self._append(file, part)
        except QdeepError:
            raise
        except Exception as error:  # noqa: BLE001 - same
            trouble = self._trouble(error, "such file", file.name)
            if isinstance(trouble, PassingError):
                trouble.has_progress = part.size > before
            raise trouble from None

    def _append(self, file: RemoteFile, part: Part) -> None:
        if part.size == file.size:
            return
        options = {"block_size": CHUNK * 16, "cache_type": "readahead"}
        with self._soon(lambda: self.files.open(file.path, "rb", **options)) as stream:
            if part.size:
                stream.seek(part.size)
            while part.size <= file.size and (chunk := self._soon(lambda: stream.read(CHUNK))):
                part.write(chunk)

    def _open(self) -> Any:
        import fsspec

        pull = self.contract.pull
        options = {**_waits(self.protocol, self.patience), **pull.get("options", {})}
        options |= {name: named(self.contract, secret) for name, secret in pull.get("secrets", {}).items()}
        where = place(self.contract)
        try:
            files = fsspec.filesystem(self.protocol, skip_instance_cache=True, **options)
        except ImportError:
            raise no_library(_library(self.protocol), where) from None
        except ValueError:
            expected = "a protocol that fsspec knows"
            raise QdeepError("E-409", f"`{self.protocol}` is no file system.", where, expected) from None
        except Exception as error:  # noqa: BLE001 - same
            raise self._trouble(error, "such place", "") from None
        if hasattr(files, "retries"):
            files.retries = 1  # trying again is ours, with what the sender asks for
        return files

    def _trouble(self, error: Exception, what: str, file: str) -> PassingError | QdeepError:
        where = place(self.contract, file)
        kind = type(error).__name__
        if isinstance(error, PermissionError) or "Credential" in kind:
            return denied(self.sender, where, kind)
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            return absent(self.sender, what, where)
        if isinstance(error, OSError | TimeoutError | EOFError) or _is_network(error):
            words = why(error)
            return PassingError(silent(self.sender, kind if words == NO_WORDS else words, where))
        return unclear(self.sender, kind, where)


def _waits(protocol: str, patience: Patience) -> dict[str, Any]:
    """Return time-outs for the file systems that take them; trying again is ours."""
    if protocol not in ("s3", "s3a"):
        return {}
    seconds = patience.timeout_s
    config = {"connect_timeout": seconds, "read_timeout": seconds, "retries": {"max_attempts": 1}}
    return {"config_kwargs": config, "use_listings_cache": False}


def _is_network(error: Exception) -> bool:
    """Return whether an error of another library tells of the network (they share no base class)."""
    return any(base.__name__ in ("HTTPClientError", "ClientError", "ConnectionError") for base in type(error).__mro__)


def _library(protocol: str) -> str:
    return {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "az": "adlfs"}.get(
        protocol, f"of the protocol {protocol}"
    )


def _remote(entry: dict[str, Any]) -> RemoteFile:
    """Return a file from a listing; file systems name the same facts differently."""
    tag, tagged = next(((str(entry[name]), name) for name in TAGS if entry.get(name)), ("", ""))
    changed, timed = next(((entry[name], name) for name in TIMES if entry.get(name)), ("", ""))
    seconds = changed.timestamp() if hasattr(changed, "timestamp") else changed
    size, path = int(entry.get("size") or 0), str(entry["name"])
    at = 0.0 if tag or not isinstance(seconds, int | float) else float(seconds)
    name = path.rstrip("/").rpartition("/")[2]
    return RemoteFile(
        path, name, size, tag or f"{size} {changed}", at, told_by=tagged or f"{timed} {type(changed).__name__}"
    )

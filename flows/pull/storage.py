"""After this the expected files under an address of any fsspec file system (s3 and others) have been fetched."""

from collections.abc import Callable, Iterator
from ssl import SSLCertVerificationError
from typing import Any, TypeVar

from flows.contracts.model import Contract
from flows.errors import Finding, QdeepError
from flows.pull.patience import patience_of, persist
from flows.pull.received import Received
from flows.pull.remote import CHUNK, RemoteFile, in_time, is_wanted, known, must_hold_expected
from flows.pull.secret import named
from flows.pull.spool import Part, Spool
from flows.pull.trouble import (
    DENIED,
    NO_WORDS,
    PassingError,
    absent,
    causes,
    cut,
    denied,
    no_library,
    place,
    silent,
    unclear,
    why,
)
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
        """Look up the secrets before anything is asked."""
        self.contract = contract
        self.spool = Spool(contract, settings)
        self.patience = patience_of(contract)
        self.protocol, _, rest = contract.pull["url"].partition("://")
        self.sender = f"{self.protocol}://{rest.partition('/')[0]}"
        pull = contract.pull
        self.options = {**self._waits(), **pull.get("options", {})}
        self.options |= {name: named(contract, secret) for name, secret in pull.get("secrets", {}).items()}
        self.files: Any = None
        self.root = ""

    def listed(self) -> list[RemoteFile]:
        """Return the expected files, sorted.

        Raises:
            PassingError, QdeepError: E-121 to E-123.
        """
        if self.files is None:
            self._open()
        try:
            self.files.invalidate_cache()
            entries = self._soon(self._entries)
            files = [_remote(entry) for entry in entries if entry.get("type") == "file" and not entry.get("islink")]
        except Exception as error:  # noqa: BLE001 - each file system has errors of its own
            raise self._trouble(error, f"folder or bucket {self.root}, or nothing in it", "") from None
        wanted = [file for file in files if is_wanted(file.name, self.contract)]
        must_hold_expected(wanted, (_name(entry) for entry in entries), self.spool)
        return sorted(wanted, key=lambda file: file.path)

    def _open(self) -> None:
        """Open the file system; some connect at once.

        Raises:
            PassingError, QdeepError: E-121 to E-123, E-127, E-409 where the options are none of the file system's.
        """
        from fsspec.core import url_to_fs

        where = place(self.contract)
        try:
            given = {"skip_instance_cache": True, **self.options}
            self.files, self.root = self._soon(lambda: url_to_fs(self.contract.pull["url"], **given))
        except ImportError:
            raise no_library(_library(self.protocol), where) from None
        except (ValueError, TypeError):
            text = f"`{self.protocol}` is no file system, or does not take these `options` and `secrets`."
            raise QdeepError("E-409", text, where, "a protocol that fsspec knows, and options of it") from None
        except Exception as error:  # noqa: BLE001 - each file system has errors of its own
            raise self._trouble(error, "such place", "") from None
        if hasattr(self.files, "retries"):
            self.files.retries = 1  # trying again is ours, with what the sender asks for

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

    def _trouble(self, error: Exception, what: str, file: str) -> PassingError | QdeepError:
        where = place(self.contract, file)
        kind, status = type(error).__name__, _status(error)
        words = f"HTTP {status}" if status else kind
        if any(isinstance(one, SSLCertVerificationError) for one in causes(error)):
            return denied(self.sender, where, "its certificate is not trusted")
        if isinstance(error, PermissionError) or status in DENIED or "Credential" in kind:
            return denied(self.sender, where, words)
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            return absent(self.sender, what, where)
        if isinstance(error, OSError | TimeoutError | EOFError) or _is_network(error):
            said = why(error)
            return PassingError(silent(self.sender, words if said == NO_WORDS else said, where))
        return unclear(self.sender, words, where)

    def _waits(self) -> dict[str, Any]:
        """Return time-outs for the file systems that take them; trying again is ours."""
        if self.protocol not in ("s3", "s3a"):
            return {}
        seconds = self.patience.timeout_s
        config = {"connect_timeout": seconds, "read_timeout": seconds, "retries": {"max_attempts": 1}}
        return {"config_kwargs": config, "use_listings_cache": False}


def _status(error: BaseException) -> int:
    """Return the HTTP status that an error of a store came with; 0 where it came with none."""
    for one in causes(error):
        answer = getattr(one, "response", None)
        if isinstance(answer, dict):
            return int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return 0


def _is_network(error: Exception) -> bool:
    """Return whether an error of another library tells of the network (they share no base class)."""
    return any(base.__name__ in ("HTTPClientError", "ClientError", "ConnectionError") for base in type(error).__mro__)


def _library(protocol: str) -> str:
    known = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "az": "adlfs"}
    return known.get(protocol, f"fsspec[{protocol}]")


def _remote(entry: dict[str, Any]) -> RemoteFile:
    """Return a file from a listing; file systems name the same facts differently."""
    tag, tagged = next(((str(entry[name]), name) for name in TAGS if entry.get(name)), ("", ""))
    changed, timed = next(((entry[name], name) for name in TIMES if entry.get(name)), ("", ""))
    seconds = changed.timestamp() if hasattr(changed, "timestamp") else changed
    size, path = int(entry.get("size") or 0), str(entry["name"])
    at = 0.0 if tag or not isinstance(seconds, int | float) else float(seconds)
    return RemoteFile(
        path, _name(entry), size, tag or f"{size} {changed}", at, told_by=tagged or f"{timed} {type(changed).__name__}"
    )


def _name(entry: dict[str, Any]) -> str:
    return str(entry["name"]).rstrip("/").rpartition("/")[2]

"""After this gate a received file is a plain, bounded file of the declared kind, copied under a name of our own."""

import errno
import hashlib
import os
import stat
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from flows.contracts.model import FileStyle
from flows.errors import Place, QdeepError
from flows.intake.formats import FORMATS, GZIP, OLE, ZIP
from flows.intake.limits import CHUNK, LIMITS, Limits

ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # stream of a workbook with a password, [MS-OFFCRYPTO] 2.3.4
MARKUP = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<head", b"<body", b"<meta")
HEAD_BYTES = 4096
PIECE = 256 << 10
OLE_BYTES = 16 << 20  # its directory names the streams; in workbooks it stands within these


@dataclass(frozen=True)
class Copy:
    """The bytes of a received file in our own folder."""

    path: Path
    bytes: int
    sha256: str


def copy_in(path: Path, target: Path, limits: Limits = LIMITS) -> Copy:
    """Copy the bytes of a received file to `target`, following no link and opening nothing but plain files.

    Raises:
        QdeepError: E-102 not a plain file, E-103 too large, E-116 vanished, E-405 no room.
    """
    digest, size = hashlib.sha256(), 0
    with open_plain(path, limits) as source, _create(target) as copy, ThreadPoolExecutor(1) as beside:
        while chunk := source.read(CHUNK):
            size += len(chunk)
            if size > limits.file_bytes:
                raise _too_large(path, limits)
            digesting = beside.submit(digest.update, chunk)
            _write(copy, chunk)
            digesting.result()
    return Copy(target, size, digest.hexdigest())


@contextmanager
def open_plain(path: Path, limits: Limits = LIMITS) -> Generator[BinaryIO]:
    """Open a plain file for reading: no link, no pipe, no device, and not too large."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _cannot_open(path, error) from error
    try:
        _check_plain(path, os.fstat(descriptor), limits)
    except QdeepError:
        os.close(descriptor)
        raise
    with os.fdopen(descriptor, "rb") as file:
        yield file


def check_kind(path: Path, style: FileStyle, limits: Limits = LIMITS) -> bool:
    """Compare the first bytes with the declared format; return whether it is gzipped.

    Raises:
        QdeepError: E-101 where the file is empty, E-104 of another kind, E-108 encrypted.
    """
    with open_plain(path, limits) as file:
        head = file.read(HEAD_BYTES)
        if not head:
            raise QdeepError("E-101", "The file is empty.", Place(file=path.name), "a header and rows")
        if head.startswith(OLE):
            _check_old_workbook(path, head + file.read(OLE_BYTES), style)
    if style.packing:
        return _check_head(path, head, (ZIP,), "a zip archive")
    if FORMATS[style.format].is_text:
        return _check_text(path, head)
    if FORMATS[style.format].may_gzip and head.startswith(GZIP):
        return True
    return _check_head(path, head, FORMATS[style.format].heads, FORMATS[style.format].expected)


def _check_head(path: Path, head: bytes, heads: tuple[bytes, ...], expected: str) -> bool:
    if head.startswith(heads) or (heads != (ZIP,) and _bare(head).startswith(heads)):
        return False
    _refuse_form(path, head)
    kind = "a web page" if _is_markup(head) else f"not {expected}"
    raise wrong_kind(path, f"The file is {kind}, whatever its name says.", expected)


def _refuse_form(path: Path, head: bytes) -> None:
    """Say of LimeSurvey's own XML (.lss, .lsq, .lsg, .lsr) what to send in its place."""
    if b"<LimeSurveyDocType>" in head:
        text = "The file is LimeSurvey's own XML of a form or an archive, and no table."
        raise wrong_kind(path, text, "the responses exported as CSV or Excel, with question codes and answer codes")


def _bare(head: bytes) -> bytes:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


def _check_text(path: Path, head: bytes) -> bool:
    _refuse_form(path, head)
    if head.startswith(ZIP):
        text = "The file is an archive or a workbook named as a text file."
        raise wrong_kind(path, text, "a text file (.csv), or `file.packing: zip` in the contract")
    if _is_markup(head):
        raise wrong_kind(path, "The file is a web page or XML named as a text file.", "a text file (.csv)")
    return head.startswith(GZIP)


def _check_old_workbook(path: Path, content: bytes, style: FileStyle) -> None:
    if ENCRYPTED in content:
        raise QdeepError("E-108", "The workbook is protected by a password.", Place(file=path.name), "no password")
    if style.format == "xls" and not style.packing:
        return
    raise wrong_kind(path, "The file is an old Excel workbook (.xls) or another Office file.", "saved as .xlsx or .csv")


def _is_markup(head: bytes) -> bool:
    return _bare(head).lower().startswith(MARKUP)


def wrong_kind(path: Path, text: str, expected: str) -> QdeepError:
    """Return the refusal of a file that is not of the declared kind."""
    return QdeepError("E-104", text, Place(file=path.name), expected)


def no_room(path: Path, error: OSError) -> QdeepError:
    """Return E-405: the disk is full, or a folder of the workspace cannot be written."""
    text = f"The workspace cannot be written ({error.strerror})."
    return QdeepError("E-405", text, Place(file=str(path)), "free space and the right to write")


def _check_plain(path: Path, status: os.stat_result, limits: Limits) -> None:
    where = Place(file=path.name)
    if not stat.S_ISREG(status.st_mode):
        raise QdeepError("E-102", "This is not a plain file.", where, "a plain file: no link, folder, pipe or device")
    if status.st_size > limits.file_bytes:
        raise _too_large(path, limits)


def _too_large(path: Path, limits: Limits) -> QdeepError:
    expected = f"at most {limits.file_bytes >> 20} MB"
    return QdeepError("E-103", "The file is too large.", Place(file=path.name), expected)


def _cannot_open(path: Path, error: OSError) -> QdeepError:
    where = Place(file=path.name)
    if error.errno in (errno.ELOOP, errno.ENXIO):
        return QdeepError("E-102", "This is a link or a device.", where, "a plain file")
    if error.errno == errno.ENOENT:
        return QdeepError("E-116", "The file vanished before it could be read.", where, "a file that stays in place")
    return QdeepError("E-102", f"The file cannot be opened ({error.strerror}).", where, "a plain file that may be read")


@contextmanager
def _create(target: Path) -> Generator[BinaryIO]:
    try:
        file = os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb")
    except OSError as error:
        raise no_room(target, error) from error
    with file:
        yield file


def _write(file: BinaryIO, chunk: bytes) -> None:
    """Write a chunk, a piece at a time: for a large one the system looks for large pages, which it has to clean."""
    try:
        file.writelines(memoryview(chunk)[start : start + PIECE] for start in range(0, len(chunk), PIECE))
        file.flush()
    except OSError as error:
        raise no_room(Path(file.name), error) from error


def make_folder(folder: Path) -> Path:
    """Make a folder that only its owner may enter, and so each parent that is missing; return it."""
    try:
        for one in reversed((folder, *folder.parents)):
            one.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise no_room(folder, error) from error
    return folder

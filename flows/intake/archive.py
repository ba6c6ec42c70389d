"""After this a workbook is a sound, bounded zip archive whose XML parts hold no DTD and are UTF-8."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from flows.errors import Place, QdeepError
from flows.intake.filegate import open_plain
from flows.intake.limits import LIMITS, MIB, Limits
from flows.intake.lookout import refused_as

LOCAL_HEADER = struct.Struct("<4s5H3L2H")  # APPNOTE.TXT 4.3.7
DTD = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")
ENCRYPTED_BIT = 1
APART = "customXml/"  # queries and document systems keep their own there, in UTF-16
WHOLE = "a complete workbook; save it anew in a spreadsheet program"


class Archive:
    """Reads the parts of a zip archive, counting what they really unpack to."""

    def __init__(self, file: BinaryIO, path: Path, limits: Limits = LIMITS) -> None:
        """Read the directory of the archive and judge it.

        Raises:
            QdeepError: E-105 bomb, E-106 damaged, E-108 encrypted, E-117 part outside the archive.
        """
        self.file, self.limits, self.where, self.unpacked = file, limits, Place(file=path.name), 0
        self.size = path.stat().st_size
        try:
            entries = zipfile.ZipFile(file).infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise self.damaged("The archive is cut short or damaged.") from error
        self._check_entries(entries)
        self.parts = {entry.filename: entry for entry in entries}

    def damaged(self, text: str) -> QdeepError:
        """Return E-106 with a sentence."""
        return QdeepError("E-106", text, self.where, WHOLE)

    def _check_entries(self, entries: list[zipfile.ZipInfo]) -> None:
        names = [entry.filename for entry in entries]
        if len(names) > self.limits.parts:
            raise self._bomb(f"at most {self.limits.parts} parts")
        if any(_leads_outside(name) for name in names):
            raise QdeepError("E-117", "A part of the archive leads outside it.", self.where, "parts inside the archive")
        if any(not 0 <= entry.header_offset < self.size for entry in entries):
            raise self.damaged("A part of the archive is not where its directory says.")
        if len(set(names)) < len(names):
            raise self.damaged("The archive holds two parts of one name.")
        if any(entry.flag_bits & ENCRYPTED_BIT for entry in entries):
            raise QdeepError("E-108", "The archive is encrypted.", self.where, "no password")
        self._check_size(sum(entry.file_size for entry in entries))

    def _check_size(self, unpacked: int) -> None:
        is_dense = unpacked > self.limits.ratio_from_bytes and unpacked > self.limits.ratio * self.size
        if is_dense or unpacked > self.limits.unpacked_bytes:
            raise self._bomb(f"at most {self.limits.ratio} times its packed size")

    def _bomb(self, expected: str) -> QdeepError:
        return QdeepError("E-105", "The archive unpacks to far more than it should.", self.where, expected)

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a part unpacked, 1 MB at a time; its true size and its checksum must be as declared."""
        entry = self.parts[name]
        size = crc = 0
        for chunk in self._inflated(entry):
            size, crc = size + len(chunk), zlib.crc32(chunk, crc)
            self.unpacked += len(chunk)
            self._check_size(self.unpacked)
            if size > entry.file_size:
                raise self._bomb("parts of the size that the archive declares")
            yield chunk
        if size != entry.file_size or crc != entry.CRC:
            raise self.damaged("A part of the archive does not have its declared size and checksum.")

    def _inflated(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        packed = self._packed(entry)
        if entry.compress_type == zipfile.ZIP_STORED:
            yield from packed
            return
        if entry.compress_type != zipfile.ZIP_DEFLATED:
            raise self.damaged("A part of the archive is packed in a way that workbooks do not use.")
        engine = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            for rest in packed:
                tail = rest
                while tail and not engine.eof:
                    yield engine.decompress(tail, MIB)
                    tail = engine.unconsumed_tail
        except zlib.error as error:
            raise self.damaged("A part of the archive cannot be unpacked.") from error

    def _packed(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        self.file.seek(entry.header_offset)
        header = self.file.read(LOCAL_HEADER.size)
        if len(header) < LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
            raise self.damaged("A part of the archive is not where its directory says.")
        name_length, extra_length = LOCAL_HEADER.unpack(header)[-2:]
        place, left = entry.header_offset + LOCAL_HEADER.size + name_length + extra_length, entry.compress_size
        while left > 0:
            self.file.seek(place)
            chunk = self.file.read(min(left, MIB))
            if not chunk:
                raise self.damaged("A part of the archive is cut short.")
            place, left = place + len(chunk), left - len(chunk)
            yield chunk

    def xml_chunks(self, name: str) -> Iterator[bytes]:
        """Yield an XML part, refusing DTDs, entities and 16-bit text.

        Raises:
            QdeepError: E-107.
        """
        tail = b""
        for chunk in self.chunks(name):
            if not tail and chunk.startswith(WIDE_BOMS):
                raise QdeepError("E-107", "A part of the workbook is not UTF-8.", self.where, "parts in UTF-8")
            if DTD.search(tail + chunk):
                text = "A part of the workbook declares a document type or entities."
                raise QdeepError("E-107", text, self.where, "no DTD and no entities")
            tail = chunk[-16:]
            yield chunk


def look_through(path: Path, limits: Limits = LIMITS) -> int:
    """Unpack all parts of an archive once, keeping none; return their true size.

    Raises:
        QdeepError: E-105 to E-108 and E-117.
    """
    with open_plain(path, limits) as file, refused_as("E-106", path, WHOLE):
        archive = Archive(file, path, limits)
        for name in archive.parts:
            for _ in archive.xml_chunks(name) if is_parsed(name) else archive.chunks(name):
                pass
        return archive.unpacked


def is_parsed(name: str) -> bool:
    """Return whether a reader parses a part as XML."""
    return name.endswith((".xml", ".rels")) and not name.startswith(APART)


def _leads_outside(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name or "\0" in name

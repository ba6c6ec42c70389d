"""After this a received text is UTF-8 without byte order mark and NUL, in the encoding that its contract declares.

Each byte must be valid in that encoding, and the words must not make clearly more sense in another: every byte is
valid in cp1251, so that a koi8-r text would else land as other letters.
"""

import codecs
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from flows.errors import Place, QdeepError
from flows.intake.evidence import Evidence, mojibake, unmarked_utf16
from flows.intake.filegate import open_plain
from flows.intake.limits import CHUNK, Limits
from flows.intake.octets import is_utf8

ENCODINGS = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "cp1251": "cp1251",
    "windows-1251": "cp1251",
    "cp1252": "cp1252",
    "windows-1252": "cp1252",
    "latin-1": "cp1252",
    "koi8-r": "koi8-r",
    "cp949": "cp949",
    "euc-kr": "cp949",
    "mac-roman": "mac-roman",
}
MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
FIRST_OF_SEVERAL = 0xC0  # an octet of UTF-8 from which on it begins a letter of two to four
# Four Cyrillic letters in a row as UTF-8. In the one-byte encodings these bytes make no word of any language.
UTF8_WORD = re.compile(rb"(?:[\xd0\xd1][\x80-\xbf]){4}")


def utf8_chunks(path: Path, declared: str, *, gzipped: bool, limits: Limits) -> Iterator[bytes]:
    """Yield the text as UTF-8, about 4 MB at a time.

    Raises:
        QdeepError: E-109 where a byte does not fit the encoding, E-110 NUL, E-105 and E-106 of a gzip file.
    """
    encoding = ENCODINGS.get(declared.lower().replace("_", "-"))
    if encoding is None:
        raise QdeepError(
            "E-109",
            f"The contract declares the encoding {declared}, which is not known.",
            Place(file=path.name),
            ", ".join(ENCODINGS),
        )
    with open_plain(path, limits) as file:
        yield from Decoder(encoding, path.name).decoded(_raw_chunks(file, path, limits, gzipped=gzipped))


UTF_16 = ("utf-16", "utf-16-le", "utf-16-be")  # with its mark, and the two orders without
UNICODE = ("utf-8", *UTF_16)
SWAPPED = re.compile("[\u0a00\u0d00\u2c00\u3b00\u0900]")  # line ends and delimiters with their bytes swapped


@dataclass
class Decoder:
    """Decodes a text strictly and knows the line that it has come to."""

    encoding: str
    name: str
    line: int = 1
    evidence: Evidence = field(default_factory=Evidence)

    def decoded(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the chunks as UTF-8."""
        decoder = Utf8() if self.encoding == "utf-8" else codecs.getincrementaldecoder(self.encoding)()
        chunk: bytes | None = self._without_mark(next(chunks, b""))
        while chunk is not None:
            text = self._strict(decoder, chunk)
            self._refuse_utf8_words(chunk)
            self._refuse_spoilt(chunk, text)
            if not self.evidence.is_enough and self.encoding not in UNICODE:
                self.evidence.take(chunk)
                self._weigh(is_last=False)
            yield chunk if self.encoding == "utf-8" else text.encode()
            self.line += _lines(chunk) if self.encoding == "utf-8" else text.count("\n")
            chunk = next(chunks, None)
        self._strict(decoder, b"", final=True)
        self._weigh(is_last=True)

    def _without_mark(self, chunk: bytes) -> bytes:
        found = next((mark for mark in MARKS if chunk.startswith(mark)), b"")
        actual = MARKS.get(found, "")
        if (actual or self.encoding == "utf-16") and actual != self.encoding:
            text = f"The text is {actual.upper()}." if actual else "The text does not begin with the mark of UTF-16."
            raise self._refusal("E-109", text, 0, f"text in {self.encoding}, as the contract declares")
        return chunk.removeprefix(codecs.BOM_UTF8) if self.encoding == "utf-8" else chunk

    def _strict(self, decoder: "codecs.IncrementalDecoder | Utf8", chunk: bytes, *, final: bool = False) -> str:
        try:
            return decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            lines = error.object[: error.start].count(b"\n")
            text = f"The text holds bytes that its encoding does not have.{_looks_like(error.object, self.encoding)}"
            raise self._refusal("E-109", text, lines, f"text in {self.encoding}") from None

    def _refuse_spoilt(self, chunk: bytes, text: str) -> None:
        text = text if self.encoding != "utf-8" else chunk.decode(errors="replace") if b"\0" in chunk else ""
        if b"\0" in chunk and "\0" in text:
            lines = text[: text.index("\0")].count("\n")
            unmarked = "" if self.encoding in UTF_16 else unmarked_utf16(chunk)
            if unmarked:
                expected = f"text in {self.encoding}, as the contract declares, or `encoding: {unmarked}` there"
                raise self._refusal("E-109", "The text looks like UTF-16 without its mark.", lines, expected)
            raise self._refusal("E-110", "The text holds NUL bytes.", lines, "text")
        if self.encoding in UTF_16 and self.line == 1 and "\n" not in text and SWAPPED.search(text):
            what = "The mark of UTF-16 names" if self.encoding == "utf-16" else "The contract names"
            raise self._refusal("E-109", f"{what} the wrong order of bytes.", 0, f"text in {self.encoding}")
        found = mojibake(chunk) if self.encoding == "utf-8" and self.line == 1 else None
        if found:
            where, what = chunk[: found[0]].count(b"\n"), f"The text holds {found[1]}."
            raise self._refusal("E-109", what, where, "the file as its program first wrote it")

    def _weigh(self, *, is_last: bool) -> None:
        """Hold the words against the encoding once, when enough are gathered or the text is at its end."""
        if is_last == self.evidence.is_enough:
            return
        better = self.evidence.better_than(self.encoding)
        if better:
            expected = f"text in {self.encoding}, as the contract declares"
            raise self._refusal("E-109", f"The words of the text make sense in {better} alone.", 0, expected)

    def _refuse_utf8_words(self, chunk: bytes) -> None:
        found = None if self.encoding in (*UNICODE, "cp949") else UTF8_WORD.search(chunk)
        if found:
            lines = chunk[: found.start()].count(b"\n")
            raise self._refusal("E-109", "The text is UTF-8, or a mixture of encodings.", lines, self.encoding)

    def _refusal(self, code: str, text: str, lines: int, expected: str) -> QdeepError:
        return QdeepError(code, text, Place(file=self.name, line=self.line + lines), expected)


class Utf8:
    """Finds what is not UTF-8 as the decoder of Python does, at an eighth of its cost, and gives no text."""

    _begun = b""

    def decode(self, chunk: bytes, final: bool) -> str:  # noqa: FBT001 - as Python's has it
        """Look at all letters that have ended; Python itself says what is wrong where."""
        octets = self._begun + chunk if self._begun else chunk
        end = len(octets) if final else len(octets) - _octets_begun(octets[-3:])
        if not is_utf8(octets, end):
            codecs.utf_8_decode(octets, "strict", final)
        self._begun = octets[end:]
        return ""


def _octets_begun(last: bytes) -> int:
    """Return how many of the last octets may be the beginning of a letter."""
    return next((len(last) - place for place, octet in enumerate(last) if octet >= FIRST_OF_SEVERAL), 0)


def _lines(chunk: bytes) -> int:
    """Return the number of line ends, several times as fast as bytes count them."""
    return int(np.count_nonzero(np.frombuffer(chunk, np.uint8) == ord("\n")))


def _looks_like(data: bytes, declared: str) -> str:
    """Return a sentence on what the text looks like; empty where its words tell nothing."""
    evidence = Evidence()
    evidence.take(data)
    better = evidence.better_than(declared)
    return f" It looks like {better}." if better else ""


def _raw_chunks(file: BinaryIO, path: Path, limits: Limits, *, gzipped: bool) -> Iterator[bytes]:
    chunks = iter(lambda: file.read(CHUNK), b"")
    return gunzipped(chunks, path, limits) if gzipped else chunks


def gunzipped(chunks: Iterator[bytes], path: Path, limits: Limits) -> Iterator[bytes]:
    """Yield the unpacked bytes of one or more gzip files, judged while they unpack."""
    where = Place(file=path.name)
    engine, packed, unpacked = zlib.decompressobj(zlib.MAX_WBITS | 16), 0, 0
    try:
        for chunk in chunks:
            packed += len(chunk)
            rest = chunk
            while rest:
                if engine.eof:  # several gzip files may stand one after the other
                    engine = zlib.decompressobj(zlib.MAX_WBITS | 16)
                out = engine.decompress(rest, CHUNK)
                rest = engine.unconsumed_tail or engine.unused_data
                unpacked += len(out)
                _refuse_bomb(unpacked, packed, where, limits)
                if out:
                    yield out
    except zlib.error as error:
        raise QdeepError("E-106", "The gzip file is damaged.", where, "a complete .gz file") from error
    if not engine.eof:
        raise QdeepError("E-106", "The gzip file ends before its text does.", where, "a complete .gz file")


def _refuse_bomb(unpacked: int, packed: int, where: Place, limits: Limits) -> None:
    is_dense = unpacked > limits.ratio_from_bytes and unpacked > limits.ratio * packed
    if is_dense or unpacked > limits.unpacked_bytes:
        raise QdeepError(
            "E-105", "The archive unpacks to far more than it should.", where, f"at most {limits.ratio} times"
        )

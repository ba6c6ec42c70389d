"""After this an identifier of a person is a keyed hash that nobody without the key can compute or reverse.

`h1_` + 26 characters of base32: 128 bits, so that 40 million persons never meet by chance. Keys of two purposes
(personnel, surveys, resources of a process) share nothing, so that their files cannot be joined.
"""

import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.errors import Place, QdeepError
from flows.intake.octets import looked_up

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

PREFIX, LENGTH = "h1_", 26
DIGEST_BYTES, USED_BYTES = 32, 24  # of a digest, and the octets in which its signs of base32 stand
BLOCK_BYTES, INNER, OUTER = 64, 0x36, 0x5C  # RFC 2104, for SHA-256
ALPHABET = b"abcdefghijklmnopqrstuvwxyz234567"
KEY_BYTES = 32
# A key file of the second form begins so: its derived keys are written in hex, as the engine that hashes columns takes
# them. A key without it, from before, gives the pseudonyms that it has always given.
SECOND_FORM = b"qdeep-key-2\n"
LOOKED_AT = 4096  # of 100,000 texts a fifth of which stands twice, some ten pairs are seen among so many
SEVERAL = 10_000  # identifiers from which on the engine is worth its start
OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class Key:
    """The master key of a workspace; never shown."""

    master: bytes = field(repr=False)

    @cached_property
    def id(self) -> str:
        """Eight hex digits that tell two keys apart and say nothing about them."""
        return hmac.digest(self.master, b"qdeep/key-id/v1", "sha256").hex()[:8]

    def token(self, purpose: str, text: str) -> str:
        """Return the pseudonym of a canonical identifier for one purpose."""
        return self.tokens(purpose, (text,))[0]

    def tokens(self, purpose: str, texts: Sequence[str]) -> list[str]:
        """Return the pseudonyms of many identifiers."""
        return self.hasher(purpose).tokens(texts).to_pylist()

    def hasher(self, purpose: str) -> "Hasher":
        """Return what makes the pseudonyms of one purpose."""
        key = derived(self.master, purpose)
        return Hasher(key.hex().encode(), is_text=True) if self.master.startswith(SECOND_FORM) else Hasher(key)


def derived(master: bytes, purpose: str) -> bytes:
    """Return the key of one purpose: HKDF-SHA256 (RFC 5869) of the master key, so that no purpose tells of another."""
    return hkdf(master, b"qdeep", f"pseudonym/{purpose}/v1".encode())


def hkdf(material: bytes, salt: bytes, info: bytes) -> bytes:
    """Return 32 bytes of HKDF-SHA256: extract, then the first block of expand."""
    return hmac.digest(hmac.digest(salt, material, "sha256"), info + b"\x01", "sha256")


class Hasher:
    """HMAC-SHA256 (RFC 2104) with both keyed states made once: five times as fast as a call for each identifier.

    A key that is text lets an engine hash whole columns: a third of the cost again, and other threads go on meanwhile.
    """

    def __init__(self, key: bytes, *, is_text: bool = False) -> None:
        """Absorb the key, of at most 64 bytes."""
        self._text = key.decode() if is_text else ""
        block = key.ljust(BLOCK_BYTES, b"\0")
        self._inner = hashlib.sha256(bytes(octet ^ INNER for octet in block))
        self._outer = hashlib.sha256(bytes(octet ^ OUTER for octet in block))

    def of_column(self, column: Any) -> Any:
        """Return the pseudonyms of a column of pyarrow; null stays null.

        Each distinct identifier is hashed once, but where hardly one stands twice and all are hashed as they come.
        """
        import pyarrow as pa

        if isinstance(column, pa.DictionaryArray):
            texts = self.of_octets(column.dictionary.cast("binary"))
            return pa.DictionaryArray.from_arrays(column.indices, texts)
        if not column.null_count and _is_scattered(column):
            return self.of_octets(column.cast("binary"))
        encoded = column.dictionary_encode()
        return self.of_octets(encoded.dictionary.cast("binary")).take(encoded.indices)

    def tokens(self, texts: Sequence[str]) -> "pa.StringArray":
        """Return the pseudonyms of identifiers."""
        import pyarrow as pa

        return self.of_octets(pa.array([text.encode() for text in texts], pa.binary()))

    def of_octets(self, texts: "pa.BinaryArray") -> "pa.StringArray":
        """Return the pseudonyms of identifiers in UTF-8, written side by side without a Python object for each."""
        import numpy as np
        import pyarrow as pa

        width = len(PREFIX) + LENGTH
        signs = np.empty((len(texts), width), np.uint8)
        signs[:, : len(PREFIX)] = np.frombuffer(PREFIX.encode(), np.uint8)
        signs[:, len(PREFIX) :] = _base32(self._digests(texts))
        ends = np.arange(0, width * (len(texts) + 1), width, dtype=np.int32)
        return pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(signs))

    def _digests(self, texts: "pa.BinaryArray") -> "np.ndarray":
        """Return the beginning of each digest as a row of octets; names are looked up once, not for each of them."""
        import numpy as np

        # A machine for which there is no wheel of the engine gives the same pseudonyms one by one.
        if self._text and len(texts) >= SEVERAL and find_spec("polars_hash"):
            return _of_engine(self._text, texts)
        new_inner, new_outer, digests = self._inner.copy, self._outer.copy, []
        add = digests.append
        for text in texts.to_pylist():
            inner, outer = new_inner(), new_outer()
            inner.update(text)
            outer.update(inner.digest())
            add(outer.digest())
        return np.frombuffer(b"".join(digests), np.uint8).reshape(-1, DIGEST_BYTES)


def _is_scattered(column: Any) -> bool:
    """Return whether the first texts of a column are all different."""
    first = column[:LOOKED_AT]
    return len(first.dictionary_encode().dictionary) == len(first)


def _of_engine(key: str, texts: "pa.BinaryArray") -> "np.ndarray":
    """Return the beginnings of HMAC-SHA256 by polars-hash; errors are told by their kind: they may quote the key."""
    import numpy as np
    import polars as pl
    import polars_hash

    try:
        frame = pl.DataFrame({"text": pl.Series(pl.from_arrow(texts), dtype=pl.Binary)})
        found = frame.select(polars_hash.col("text").chash.hmac_sha256(key=key)).to_series()
    except Exception as error:  # noqa: BLE001 - its text may quote the key
        raise QdeepError("E-408", f"Pseudonyms could not be made ({type(error).__name__}).") from None
    signs = found.to_arrow(compat_level=pl.CompatLevel.oldest()).buffers()[2]
    pairs = np.frombuffer(signs, np.uint16, len(texts) * DIGEST_BYTES).reshape(-1, DIGEST_BYTES)
    return looked_up(_from_hex(), pairs)


@cache
def _from_hex() -> "np.ndarray":
    """Return the octet that two signs of hex, read as one number of 16 bits, stand for."""
    import numpy as np

    octets = np.zeros(1 << 16, np.uint8)
    octets[np.frombuffer(bytes(range(256)).hex().encode(), np.uint16)] = np.arange(256)
    return octets


def _base32(digests: "np.ndarray") -> "np.ndarray":
    """Encode the beginnings of digests as RFC 4648 base32, lower case, one row of signs for each; two signs at a time.

    Five octets make eight signs; they are read as the upper part of a word of eight.
    """
    import numpy as np

    size, width = digests.shape
    signs = np.empty((size, LENGTH // 2), np.uint16)
    for first in range(0, LENGTH // 2 if size else 0, 4):
        octets = np.ndarray((size,), ">u8", digests, 5 * first // 4, (width,)).astype(np.uint64)
        for pair in range(first, min(first + 4, LENGTH // 2)):
            signs[:, pair] = _pairs()[(octets >> np.uint64(54 - 10 * (pair - first))) & np.uint64(1023)]
    return signs.view(np.uint8)


@cache
def _pairs() -> "np.ndarray":
    """Return two signs of base32 for each number of ten bits."""
    import numpy as np

    return np.array([(ALPHABET[i >> 5], ALPHABET[i & 31]) for i in range(1024)], np.uint8).view(np.uint16).ravel()


def new_key(path: Path) -> None:
    """Write a new key that its owner alone may read; an existing one is never overwritten.

    Raises:
        QdeepError: E-402 where there is a key already, E-405 where it cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
    except FileExistsError:
        raise QdeepError("E-402", "There is a key already.", Place(file=str(path)), "the key is kept") from None
    except OSError as error:
        text = f"The key cannot be written ({error.strerror})."
        raise QdeepError("E-405", text, Place(file=str(path)), "a folder that may be written") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(SECOND_FORM + secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())


def load_key(path: Path) -> Key:
    """Read the key.

    Raises:
        QdeepError: E-401 where there is none, E-402 where others may read it or it is too short.
    """
    where = Place(file=str(path))
    try:
        with path.open("rb") as file:
            mode, master = os.fstat(file.fileno()).st_mode, file.read()
    except OSError as error:
        expected = f"a key; make one once: qdeep key new {path}"
        raise QdeepError("E-401", f"There is no key ({error.strerror}).", where, expected) from error
    if mode & OTHERS:
        raise QdeepError("E-402", "Others may read the key.", where, f"chmod 400 {path}")
    if len(master.removeprefix(SECOND_FORM)) < KEY_BYTES:
        raise QdeepError("E-402", "The key is too short.", where, f"at least {KEY_BYTES} random bytes")
    return Key(master)

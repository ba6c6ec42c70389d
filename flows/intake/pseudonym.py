"""After this an identifier of a person is a keyed hash that nobody without the key can compute or reverse.

`h1_` + 26 characters of base32: 128 bits, so that 40 million persons never meet by chance. Keys of two purposes
(personnel, surveys, resources of a process) share nothing, so that their files cannot be joined.
"""

import hmac
import os
import secrets
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from flows.errors import Place, QdeepError

PREFIX, LENGTH = "h1_", 26
DIGEST_BYTES, SIGNS = 20, 32  # as many bytes of a digest as make whole groups of base32, and their signs
ALPHABET = b"abcdefghijklmnopqrstuvwxyz234567"
KEY_BYTES = 32
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
        key = derived(self.master, purpose)
        digests = [hmac.digest(key, text.encode(), "sha256")[:DIGEST_BYTES] for text in texts]
        text = _base32(b"".join(digests))
        return [PREFIX + text[start : start + LENGTH] for start in range(0, len(text), SIGNS)]


def derived(master: bytes, purpose: str) -> bytes:
    """Return the key of one purpose: HKDF-SHA256 (RFC 5869) of the master key, so that no purpose tells of another."""
    return hkdf(master, b"qdeep", f"pseudonym/{purpose}/v1".encode())


def hkdf(material: bytes, salt: bytes, info: bytes) -> bytes:
    """Return 32 bytes of HKDF-SHA256: extract, then the first block of expand."""
    return hmac.digest(hmac.digest(salt, material, "sha256"), info + b"\x01", "sha256")


def _base32(octets: bytes) -> str:
    """Encode as RFC 4648 base32, lower case; the standard library takes microseconds for each identifier."""
    import numpy as np

    groups = np.frombuffer(octets, np.uint8).reshape(-1, 5).astype(np.uint64)
    numbers = groups @ (np.uint64(256) ** np.arange(4, -1, -1, dtype=np.uint64))
    signs = (numbers[:, None] >> np.arange(35, -1, -5, dtype=np.uint64)) & np.uint64(31)
    return np.frombuffer(ALPHABET, np.uint8)[signs.astype(np.intp)].tobytes().decode()


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
        file.write(secrets.token_bytes(KEY_BYTES))
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
    if len(master) < KEY_BYTES:
        raise QdeepError("E-402", "The key is too short.", where, f"at least {KEY_BYTES} random bytes")
    return Key(master)

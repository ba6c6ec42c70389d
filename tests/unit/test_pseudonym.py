"""A pseudonym is the same for the same person, key and purpose, and says nothing without the key."""

import hashlib
import hmac
from base64 import b32encode
from pathlib import Path

import pyarrow as pa
import pytest

from flows.errors import QdeepError
from flows.intake.pseudonym import SECOND_FORM, SEVERAL, Hasher, Key, derived, hkdf, load_key, new_key

PINFL = "31505600010014"


def test_a_token_is_the_documented_keyed_hash() -> None:
    extracted = hmac.new(b"qdeep", b"k" * 32, hashlib.sha256).digest()
    purpose = hmac.new(extracted, b"pseudonym/hr/v1\x01", hashlib.sha256).digest()
    digest = hmac.new(purpose, PINFL.encode(), hashlib.sha256).digest()
    assert Key(b"k" * 32).token("hr", PINFL) == "h1_" + b32encode(digest).decode()[:26].lower()


def test_a_key_of_the_second_form_is_the_same_hash_with_its_derived_key_in_hex() -> None:
    """One by one as RFC 2104 has it, and by the engine that hashes whole columns."""
    master = SECOND_FORM + b"k" * 32
    key = derived(master, "hr").hex().encode()
    texts = [PINFL, "Ўткир|1960-05-15", "", *map(str, range(SEVERAL))]
    by_hand = [b32encode(hmac.digest(key, text.encode(), "sha256")).decode()[:26].lower() for text in texts]
    assert Key(master).tokens("hr", texts) == [f"h1_{one}" for one in by_hand]
    assert Key(master).tokens("hr", texts[:3]) == [f"h1_{one}" for one in by_hand[:3]]
    assert Hasher(key).tokens(texts[:3]).to_pylist() == [f"h1_{one}" for one in by_hand[:3]]


@pytest.mark.parametrize("column", [[], [None, None]])
def test_a_column_of_nobody_has_no_pseudonyms(column: list[None]) -> None:
    assert Hasher(b"k" * 32).of_column(pa.array(column, pa.string())).to_pylist() == column
    assert Hasher(b"k" * 32).of_column(pa.array(column, pa.string()).dictionary_encode()).to_pylist() == column


@pytest.mark.parametrize("column", [["a", "b", "c"], ["a", "b", "a"], ["a", None, "b"]])
def test_a_column_has_the_pseudonyms_of_its_texts_however_they_are_kept(column: list[str | None]) -> None:
    hasher, texts = Hasher(b"k" * 32), pa.array(column, pa.string())
    one_by_one = [text and hasher.tokens([text])[0].as_py() for text in column]
    assert hasher.of_column(texts).to_pylist() == one_by_one
    assert hasher.of_column(texts.dictionary_encode()).to_pylist() == one_by_one


def test_keys_are_derived_as_rfc_5869_says() -> None:
    """Test case 1 of appendix A, its first 32 bytes."""
    info, salt = bytes.fromhex("f0f1f2f3f4f5f6f7f8f9"), bytes(range(13))
    expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
    assert hkdf(b"\x0b" * 22, salt, info).hex() == expected


def test_purposes_and_keys_never_meet() -> None:
    key, other = Key(b"k" * 32), Key(b"l" * 32)
    assert len({key.token("hr", PINFL), key.token("survey", PINFL), other.token("hr", PINFL)}) == 3
    assert key.id != other.id


def test_a_key_is_never_shown() -> None:
    assert "kkk" not in repr(Key(b"k" * 32))


def test_a_new_key_is_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "a.key"
    new_key(path)
    assert (path.stat().st_mode & 0o777, path.stat().st_size) == (0o400, len(SECOND_FORM) + 32)
    assert load_key(path).master == path.read_bytes()
    with pytest.raises(QdeepError, match="E-402"):
        new_key(path)


def test_without_a_key_the_message_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(QdeepError, match="E-401") as caught:
        load_key(tmp_path / "a.key")
    assert "qdeep key new" in caught.value.finding.expected


@pytest.mark.parametrize(
    ("mode", "content"),
    [(0o440, b"k" * 32), (0o604, b"k" * 32), (0o400, b"k" * 31), (0o400, SECOND_FORM + b"k" * 31)],
)
def test_a_key_that_others_may_read_or_guess_is_refused(tmp_path: Path, mode: int, content: bytes) -> None:
    path = tmp_path / "a.key"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(QdeepError, match="E-402"):
        load_key(path)

"""Any bytes whatever end as a table or a refusal, in every gate, counter and reader that is fuzzed."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, outcome

HEADS = {
    "xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "sav": b"$FL2",
    "gzip": b"\x1f\x8b\x08",
    "json": b"[",
    "xes": b"<log>",
}


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=600))
def test_any_bytes_end_as_a_table_or_a_refusal(target: str, data: bytes) -> None:
    for content in (data, HEADS.get(target, b"PK\x03\x04") + data):
        told = outcome(target, content)
        assert told == "read" or told.startswith("E-1")

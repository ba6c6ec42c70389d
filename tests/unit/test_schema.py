"""What breaks a schema is told with its place, the keys that are not known there, and those that are."""

from datetime import date

import pytest
import yaml

from flows.contracts.check import SCHEMAS
from flows.contracts.schema import Fault, as_json, faults
from flows.settings import ROOT

KIND = (ROOT / "expectations" / "kinds" / "personnel.yml").read_text(encoding="utf-8")


def test_a_key_that_is_not_known_is_told_with_those_that_are() -> None:
    """The columns of a kind stand behind a reference within the schema."""
    kind = as_json(yaml.safe_load(KIND))
    kind["tables"]["rows"]["columns"]["pinfl"] |= {"nope": 1, "never": 2}
    (fault,) = faults(SCHEMAS / "kind.json", kind)
    assert (fault.where, fault.unknown) == ("tables.rows.columns.pinfl", ("never", "nope"))
    assert {"type", "required", "privacy"} <= set(fault.known)


def test_a_value_is_told_by_what_was_expected() -> None:
    kind = as_json(yaml.safe_load(KIND)) | {"grain": 1}
    assert list(faults(SCHEMAS / "kind.json", kind)) == [Fault(("grain",), '1 is not of type "string"')]


@pytest.mark.parametrize(
    ("value", "told"),
    [({date(2026, 1, 2): [date(2026, 1, 2)]}, {"2026-01-02": ["2026-01-02"]}), ({True: 1}, {"true": 1})],
)
def test_days_and_keys_of_yaml_are_text(value: object, told: object) -> None:
    assert as_json(value) == told

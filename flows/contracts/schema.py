"""What a JSON Schema finds wrong in a value: where, in which words, and which keys would have been known."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

KEYS = "additionalProperties"


@dataclass(frozen=True)
class Fault:
    """A place of a value that breaks its schema.

    Attributes:
        steps: Keys and numbers that lead to the place, from the top.
        text: What is wrong there.
        unknown: Keys of the place that the schema does not know.
        known: Keys that it knows there; empty where no key is unknown.
        is_of_name: Whether a name of a key is wrong and not a value.
    """

    steps: tuple[str | int, ...]
    text: str
    unknown: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    is_of_name: bool = False

    @property
    def where(self) -> str:
        """The place as one word."""
        return ".".join(map(str, self.steps))


def faults(schema: Path, value: Any) -> Iterator[Fault]:
    """Yield what breaks the schema, in its order.

    Args:
        schema: A file of JSON Schema, draft 2020-12.
        value: As JSON knows values.
    """
    for error in _validator(schema).iter_errors(value):
        steps, rule = tuple(error.instance_path), tuple(error.schema_path)
        unknown = tuple(sorted(error.kind.unexpected)) if error.kind.name == KEYS else ()
        known = tuple(sorted(_part(read_schema(schema), rule[:-1]).get("properties", {}))) if unknown else ()
        yield Fault(steps, error.message, unknown, known, "propertyNames" in rule)


def as_json(value: Any) -> Any:
    """Return YAML values as JSON ones: days become text, keys become text."""
    if isinstance(value, dict):
        return {_key(key): as_json(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_json(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


@cache
def read_schema(file: Path) -> dict[str, Any]:
    """Return a schema."""
    return json.loads(file.read_text(encoding="utf-8"))


@cache
def _validator(schema: Path) -> Any:
    from jsonschema_rs import Draft202012Validator

    return Draft202012Validator(read_schema(schema))


def _part(schema: dict[str, Any], steps: Sequence[str | int]) -> Any:
    """Return the part of a schema to which the steps lead."""
    part: Any = schema
    for step in steps:
        part = part[step]
        while isinstance(part, dict) and "$ref" in part and "properties" not in part:
            part = _part(schema, part["$ref"].removeprefix("#/").split("/"))
    return part


def _key(key: object) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)

"""Every table that may be published is known with its columns, descriptions, grain and disclosure family."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.errors import Place, QdeepError

LANGUAGES = ("uz", "ru", "en", "ko")
# What a published column may be: types that every client since DuckDB 1.0, pandas, R and Power BI read alike.
TYPES = ("VARCHAR", "BIGINT", "INTEGER", "DOUBLE", "DATE", "TIMESTAMP", "BOOLEAN")


@dataclass(frozen=True)
class Field:
    """One published column."""

    name: str
    type: str
    description: str

    @property
    def is_number(self) -> bool:
        """Whether the column can hold a figure that gives somebody away."""
        return self.type in ("BIGINT", "INTEGER", "DOUBLE")


@dataclass(frozen=True)
class Table:
    """One published table.

    Attributes:
        relation: Schema and name in the warehouse file, quoted.
        description: What one row is, from the dbt model.
        grain: Columns that identify a row; rows are sorted by them.
        family: Disclosure family, a key of `families` in expectations/disclosure.yml.
        base: Columns that count the persons, respondents or cases behind a row.
        hide: Columns that are empty where the row is withheld.
        title: Language -> title.
        questions: What the table answers.
        inner: Columns that disclosure control reads and that are not published.
        version: Rises when a column goes or changes its type or meaning; readers are told.
    """

    name: str
    relation: str
    description: str
    fields: tuple[Field, ...]
    grain: tuple[str, ...] = ()
    family: str = "none"
    base: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    title: Mapping[str, str] = field(default_factory=dict)
    questions: tuple[str, ...] = ()
    inner: tuple[str, ...] = ()
    version: int = 1

    def column(self, name: str) -> Field | None:
        """Return the column of that name, or None."""
        return next((column for column in self.fields if column.name == name), None)


def read_tables(manifest: Path) -> tuple[Table, ...]:
    """Read the tables that a dbt manifest marks as published, sorted by name.

    Args:
        manifest: `manifest.json` of the dbt project; models with `config.meta.publish` are published.

    Raises:
        QdeepError: E-502 where there is no manifest or it marks nothing; E-501 where a published model or
            column has no description or a type that old clients cannot read.
    """
    try:
        nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    except (OSError, ValueError, KeyError) as error:
        raise QdeepError("E-502", "There is no dbt manifest to publish from.", Place(file=manifest.name)) from error
    models = [node for node in nodes.values() if node["resource_type"] == "model" and _publish(node)]
    if not models:
        raise QdeepError("E-502", "The dbt project marks no model as published.", Place(file=manifest.name))
    return tuple(sorted((_table(node) for node in models), key=lambda table: table.name))


def _publish(node: Mapping[str, Any]) -> dict[str, Any]:
    meta = {**node.get("meta", {}), **node.get("config", {}).get("meta", {})}
    return meta.get("publish") or {}


def _table(node: Mapping[str, Any]) -> Table:
    publish = _publish(node)
    if not node["description"].strip():
        raise QdeepError("E-501", f"The published model {node['name']} has no description.")
    return Table(
        name=node["name"],
        relation=f'"{node["schema"]}"."{node.get("alias") or node["name"]}"',
        description=_plain(node["description"]),
        fields=tuple(_field(node["name"], column) for column in node["columns"].values()),
        grain=tuple(publish.get("grain") or _primary_key(node)),
        family=publish.get("family", "none"),
        base=tuple(publish.get("base") or ()),
        hide=tuple(publish.get("hide") or ()),
        inner=tuple(publish.get("inner") or ()),
        version=publish.get("version", 1),
        title={language: publish.get("title", {}).get(language, node["name"]) for language in LANGUAGES},
        questions=tuple(publish.get("questions") or ()),
    )


def _field(model: str, column: Mapping[str, Any]) -> Field:
    kind = (column.get("data_type") or "").upper()
    place = Place(file=model, column=column["name"])
    if kind not in TYPES:
        allowed = f"one of {', '.join(TYPES)}"
        raise QdeepError("E-501", f"A published column has the type {kind or 'none'}.", place, allowed)
    if not column["description"].strip():
        raise QdeepError("E-501", "A published column has no description.", place)
    return Field(column["name"], kind, _plain(column["description"]))


def _primary_key(node: Mapping[str, Any]) -> list[str]:
    keys = [rule["columns"] for rule in node.get("constraints") or () if rule.get("type") == "primary_key"]
    return keys[0] if keys else []


def _plain(text: str) -> str:
    return " ".join(text.split())

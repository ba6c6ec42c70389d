"""A release describes itself to R, Python and data portals by a valid Data Package (version 2)."""

from collections.abc import Mapping, Sequence
from typing import Any

from flows.release.labels import label, meaning
from flows.release.lineage import Lineage
from flows.release.tables import LANGUAGES, Field, Table
from flows.release.words import language

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
TYPES = {
    "VARCHAR": "string",
    "BIGINT": "integer",
    "INTEGER": "integer",
    "DOUBLE": "number",
    "DATE": "date",
    "TIMESTAMP": "datetime",
    "BOOLEAN": "boolean",
}
TITLE = "HRM indicators and BPR metrics"


def datapackage(tables: Sequence[Table], files: Mapping[str, Mapping[str, Any]], lineage: Lineage) -> dict[str, Any]:
    """Return the descriptor of a release.

    Args:
        tables: Published tables.
        files: File name -> its `sha256`, `bytes` and `rows`.
        lineage: Origin of the release.
    """
    sample = "SAMPLE: every figure is invented. " if lineage.is_sample else ""
    return {
        "$schema": PROFILE,
        "name": f"qdeep-{lineage.release_id}",
        "title": TITLE,
        "description": f"{sample}As of {lineage.as_of}, as known on {lineage.known_on}. Read dictionary.html first.",
        "version": lineage.release_id,
        "resources": [_resource(table, files[f"{table.name}.parquet"]) for table in tables],
        "qdeep": {
            **lineage.as_dict(),
            "title": {code: language(code)("dcat_title") for code in LANGUAGES},
            "description": {code: language(code)("dcat_description") for code in LANGUAGES},
        },
    }


def _resource(table: Table, file: Mapping[str, Any]) -> dict[str, Any]:
    """Describe one table. Readers of parquet cannot check `bytes` and `hash`, so both stand under a name of our own."""
    key = {"primaryKey": list(table.grain)} if table.grain else {}
    return {
        "name": table.name,
        "type": "table",
        "title": table.title.get("en", table.name),
        "description": table.description,
        "path": f"{table.name}.parquet",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "schema": {"fields": [_field(column) for column in table.fields], **key},
        "qdeep": {**file, "title": dict(table.title), "questions": list(table.questions)},
    }


def _field(column: Field) -> dict[str, Any]:
    names = {code: label(column.name, code) for code in LANGUAGES}
    return {
        "name": column.name,
        "type": TYPES[column.type],
        "title": names["en"] or column.name,
        "description": column.description,
        "qdeep": {"title": names, "description": dict(meaning(column.name, column.description))},
    }

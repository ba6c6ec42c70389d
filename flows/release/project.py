"""How each table is made can be read in one page: dbt's own documentation, whole, with no request and no time in it."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flows.release.lineage import Lineage
from flows.release.tables import Table

PROJECT = "qdeep"
# What dbt's manifest says of the machine and the moment, or twice.
LEFT_OUT = frozenset(
    {"root_path", "created_at", "build_path", "compiled_path", "compiled_code", "compiled", "deferred", "database"}
    | {"patch_path", "checksum", "relation_name", "extra_ctes", "extra_ctes_injected", "unrendered_config"}
)
ASSETS = re.compile(r"""(?:src|href)=["']https?://[^"']*["']""")


def project_page(manifest: Path, tables: Sequence[Table], lineage: Lineage) -> str:
    """Return dbt's documentation page with the project inside.

    Args:
        manifest: `manifest.json` of the build.
        tables: Published tables, whose columns and types the page shows.
        lineage: Origin of the release.
    """
    raw = json.loads(manifest.read_text(encoding="utf-8"))
    parts = {"manifest": _manifest(raw, lineage), "catalog": _catalog(raw["nodes"], tables)}
    page = _template()
    for name, value in parts.items():
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).replace("</", "<\\/")
        page = page.replace(f'"{name.upper()}.JSON INLINE DATA"', text)
    return page


def _template() -> str:
    """Return the page that dbt brings along; what it would fetch from outside is left out."""
    import dbt.task.docs

    text = (Path(dbt.task.docs.__file__).parent / "index.html").read_text(encoding="utf-8")
    return ASSETS.sub("", text)


def _manifest(raw: Mapping[str, Any], lineage: Lineage) -> dict[str, Any]:
    # dbt keeps no order in lists of names: it tells them otherwise when it reads the project again in parts
    kept = {key: _own(raw.get(key, {})) for key in ("nodes", "sources", "macros", "docs")}
    ids = {one for part in kept.values() for one in part}
    maps = {
        name: {key: sorted(ids.intersection(value)) for key, value in raw.get(name, {}).items() if key in ids}
        for name in ("parent_map", "child_map")
    }
    about = {"project_name": PROJECT, "adapter_type": "duckdb", "generated_at": f"{lineage.known_on}T00:00:00Z"}
    empty: dict[str, Any] = {"exposures": {}, "metrics": {}, "groups": {}, "semantic_models": {}, "saved_queries": {}}
    return {**empty, **kept, **maps, "metadata": about, "disabled": {}, "selectors": {}, "unit_tests": {}}


def _own(nodes: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what belongs to the project, without what tells of the machine."""
    return {
        key: {name: _ordered(name, value) for name, value in node.items() if name not in LEFT_OUT}
        | {"database": PROJECT}
        for key, node in nodes.items()
        if node.get("package_name", PROJECT) == PROJECT
    }


def _ordered(name: str, value: Any) -> Any:
    """Return `refs`, `sources` and what a node depends on in the order of their text."""
    if name == "depends_on":
        return {key: sorted(part) for key, part in value.items()}
    return sorted(value, key=json.dumps) if name in {"refs", "sources"} else value


def _catalog(nodes: Mapping[str, Mapping[str, Any]], tables: Sequence[Table]) -> dict[str, Any]:
    by_name = {table.name: table for table in tables}
    found = {
        key: {
            "metadata": {"type": "BASE TABLE", "schema": node["schema"], "name": node["name"], "database": PROJECT},
            "columns": {
                column.name: {"type": column.type, "index": place, "name": column.name, "comment": column.description}
                for place, column in enumerate(by_name[node["name"]].fields, 1)
            },
            "stats": {},
            "unique_id": key,
        }
        for key, node in nodes.items()
        if node["resource_type"] == "model" and node["name"] in by_name
    }
    return {"metadata": {}, "nodes": found, "sources": {}, "errors": None}

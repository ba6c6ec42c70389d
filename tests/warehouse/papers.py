"""What stands beside the tables of a release: manifest, data package, record, pages, dictionary, page of the project.

An outsider's eyes: no code of the release is used.
"""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl

# Table name -> rows of its parquet file.
Rows = dict[str, pl.DataFrame]
# Fewest persons, answers or cases behind a figure that is shown.
LEAST_OF = {"survey": 10, "headcount": 5, "process": 5}


def _names(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\S+", text))


# What files say of a release and of a table besides its rows; whatever else turns up is looked at by somebody.
OF_LINEAGE = _names("as_of build_key code_version deliveries is_sample known_on missing_sources release_id")
ABOUT = OF_LINEAGE | _names("columns description grain minima questions rule table title")
OF_RELEASE = OF_LINEAGE | _names(
    "disclosure engine files held_against lost_to_earlier manifest_version open_to_chains tables"
)
OF_TABLE = _names(
    "base description family fields grain hidden hide inner name questions relation rows title version withheld"
)
OF_RECORD = _names(
    "@context @id @type dcat:distribution dcat:version dct:accessRights dct:description dct:identifier dct:issued"
    " dct:language dct:publisher dct:temporal dct:title"
)
OF_DISTRIBUTION = _names("@type dcat:byteSize dcat:downloadURL dcat:mediaType dct:title spdx:checksum")
OF_RESOURCE = _names("bytes questions rows sha256 title")


def in_manifest(folder: Path, tables: Rows) -> Iterator[str]:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    if not set(manifest) <= OF_RELEASE:
        yield f"manifest.json: {sorted(set(manifest) - OF_RELEASE)}"
    for table in manifest["tables"]:
        name, rows = table["name"], tables[table["name"]]
        if not set(table) <= OF_TABLE or table["rows"] != rows.height:
            yield f"manifest.json: {name}"
        yield from (f"manifest.json: {name}: {why}" for why in _mass_tells(table, rows))
    sizes = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()} - {"manifest.json"}
    yield from (f"{name}: not in the manifest" for name in sorted(sizes - set(manifest["files"])))


def _mass_tells(table: dict[str, Any], rows: pl.DataFrame) -> Iterator[str]:
    """Ask what the share of persons withheld says of one row: all others may be as few as one person each.

    Of S persons in rows shown and H withheld, a share s in hundredths says H <= (s + 0.005)(S + H), and so from below.
    """
    share, bases = table["hidden"]["share_of_mass"], [name for name in table["base"] if name in rows.columns]
    dark = rows.filter(pl.col("conf_status") != "F").height if "conf_status" in rows.columns else 0
    if share is None or not dark or len(bases) != 1:
        return
    told = rows.filter(pl.col("value").is_not_null()) if "value" in rows.columns else rows
    shown = float(told[bases[0]].abs().sum())
    most = shown * (share + 0.005) / (1 - share - 0.005)
    if most - (dark - 1) < LEAST_OF.get(table["family"], 5):
        yield f"share of persons withheld: {most:.0f} behind {dark} rows"


def in_package(folder: Path, tables: Rows) -> Iterator[str]:
    path = folder / "datapackage.json"
    if not path.is_file():
        return
    for one in json.loads(path.read_text("utf-8"))["resources"]:
        more = set(one["qdeep"]) - OF_RESOURCE
        fields = [field["name"] for field in one["schema"]["fields"]]
        if more or one["qdeep"]["rows"] != tables[one["name"]].height or fields != tables[one["name"]].columns:
            yield f"datapackage.json: {one['name']}: {sorted(more)}"


def in_record(folder: Path, tables: Rows) -> Iterator[str]:  # noqa: ARG001 - all parts are called alike
    path = folder / "dcat.jsonld"
    if path.is_file():
        record = json.loads(path.read_text("utf-8"))
        more = set(record) - OF_RECORD | {key for one in record["dcat:distribution"] for key in one} - OF_DISTRIBUTION
        if more:
            yield f"dcat.jsonld: {sorted(more)}"


class _Page(HTMLParser):
    """What a page carries for programs: its scripts by id, and the table that each figure was drawn from."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts: dict[str, str] = {}
        self.tables: dict[str, list[str]] = {}
        self._figure, self._script, self._is_source = "", "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a figure, its source or a script begins."""
        named = dict(attrs)
        self._figure = named.get("data-figure") or self._figure
        self._is_source = named.get("class") == "src" or (self._is_source and tag == "code")
        self._script = (named.get("id") or tag) if tag == "script" else ""

    def handle_data(self, data: str) -> None:
        """Keep scripts, and the names of tables under a figure."""
        if self._script:
            self.scripts[self._script] = self.scripts.get(self._script, "") + data
        elif self._is_source and self._figure and data.strip():
            self.tables.setdefault(self._figure, []).append(data.strip())


def in_pages(folder: Path, tables: Rows) -> Iterator[str]:
    """The rows behind each figure are rows of its table; the page as a whole follows from the parquet files alone."""
    for file in sorted((folder / "report").rglob("*.html")):
        page = _Page()
        page.feed(file.read_text("utf-8"))
        name = file.relative_to(folder).as_posix()
        yield from (f"{name}: script {one}" for one in sorted(set(page.scripts) - {"csv", "script"}))
        for figure, text in json.loads(page.scripts.get("csv") or "{}").items():
            sources = [tables[one] for one in page.tables.get(figure, []) if one in tables]
            if text and not any(_are_rows(text, rows) for rows in sources):
                yield f"{name}: rows of {figure}"


def _are_rows(text: str, rows: pl.DataFrame) -> bool:
    kinds = {name: kind for name, kind in rows.schema.items() if kind.is_numeric()}
    told = pl.read_csv(text.encode(), infer_schema=False)
    if not set(told.columns) <= set(rows.columns):
        return False
    told = told.with_columns(pl.col(name).cast(kinds[name]) for name in told.columns if name in kinds)
    texts = [pl.col(name).cast(pl.String).replace("", None) for name in told.columns if name not in kinds]
    known = rows.select(*texts, *(name for name in told.columns if name in kinds))
    return told.with_columns(pl.col(pl.String).str.replace("^(True|False)$", "${1}")).join(
        known.with_columns(pl.col(pl.String).str.replace("^true$", "True").str.replace("^false$", "False")),
        on=told.columns, how="anti", nulls_equal=True,
    ).is_empty()  # fmt: skip


def in_dictionary(folder: Path, tables: Rows) -> Iterator[str]:
    """How long each table is, and how much of it is withheld, is all that the dictionary counts."""
    text = (folder / "dictionary.html").read_text("utf-8")
    manifest = {one["name"]: one for one in json.loads((folder / "manifest.json").read_text("utf-8"))["tables"]}
    for name in tables:
        facts = re.search(rf'id="en-{name}">.{{0,300}}?Rows: (.*?) · <code>', text, re.DOTALL)
        told = {int(one.replace(",", "")) for one in re.findall(r"[\d,]+", facts[1] if facts else "")}
        if not facts or told - {tables[name].height, manifest[name]["withheld"]}:
            yield f"dictionary.html: {name}: {sorted(told)}"


def in_project(folder: Path, tables: Rows) -> Iterator[str]:  # noqa: ARG001 - all parts are called alike
    """The page of the project describes tables and holds no row, no count and no statistics."""
    path = folder / "docs" / "index.html"
    if not path.is_file():
        return
    text = path.read_text("utf-8")
    for name, stats in re.findall(r'"name":"(\w+)","schema":"\w+","type":"BASE TABLE"}.{0,20}"stats":({[^}]*})', text):
        if stats != "{}":
            yield f"docs/index.html: {name}"

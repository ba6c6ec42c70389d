"""An outsider reads every form of a release, and finds a leak planted in any one of them."""

import gzip
import json
import os
import re
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.release.publish import publish
from tests.flows.fake_warehouse import FEW, contracts_for, make_warehouse, settings_for
from tests.warehouse import forms, papers
from tests.warehouse.forms import Part, told_beyond

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("release_forms")]
TABLE = "survey_indices"
HELD_CELL = '<c s="4" t="inlineStr"><is><t>[c]</t></is></c>'


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of few tables."""
    settings = settings_for(tmp_path_factory.mktemp("forms"))
    return publish(settings, contracts_for("personnel_agriculture"), make_warehouse(settings, published=FEW)).path


def test_no_form_of_a_release_tells_more_than_its_parquet_rows(release: Path) -> None:
    assert pl.read_parquet(release / f"{TABLE}.parquet")["conf_status"].is_in(["C"]).any()
    assert told_beyond(release) == []


def _footer_key(folder: Path) -> None:
    _rewrite(folder, lambda rows, about: (rows, about | {"hidden_rows": 3}))


def _footer_end(folder: Path) -> None:
    """The greatest base in the footer is one that no row shows."""
    file = folder / f"{TABLE}.parquet"
    greatest = int(pl.read_parquet(file).select(pl.col("n").max()).item() or 0)
    body, content = file.read_bytes()[-8:], file.read_bytes()
    length = struct.unpack("<i", body[:4])[0] + 8
    footer = content[-length:].replace(struct.pack("<q", greatest), struct.pack("<q", greatest + 3))
    file.unlink()
    file.write_bytes(content[:-length] + footer)


def _unused_word(folder: Path) -> None:
    """A unit that no row names stands in the dictionary of a column."""

    def with_word(rows: pa.Table, about: dict[str, object]) -> tuple[pa.Table, dict[str, object]]:
        place = rows.column_names.index("org_unit_id")
        packed = rows.column(place).combine_chunks().dictionary_encode()
        words = pa.concat_arrays([packed.dictionary, pa.array(["WITHHELD"])])
        return rows.set_column(place, "org_unit_id", pa.DictionaryArray.from_arrays(packed.indices, words)), about

    _rewrite(folder, with_word)


def _other_order(folder: Path) -> None:
    _rewrite(folder, lambda rows, about: (rows.take(list(reversed(range(rows.num_rows)))), about))


def _rewrite(folder: Path, change: Callable[[pa.Table, dict[str, object]], tuple[pa.Table, dict[str, object]]]) -> None:
    file = folder / f"{TABLE}.parquet"
    rows = pq.read_table(file)
    changed, about = change(rows, json.loads(rows.schema.metadata[b"qdeep"]))
    file.unlink()  # the bytes of the release are shared
    pq.write_table(changed.replace_schema_metadata({"qdeep": json.dumps(about)}), file, compression="zstd")


def _in_database(folder: Path) -> None:
    _told(folder, f"update {TABLE} set n = 3 where conf_status = 'C'")


def _one_more_table(folder: Path) -> None:
    _told(folder, f"create table before_protection as select * from {TABLE}")


def _told(folder: Path, sql: str) -> None:
    file = folder / "marts.duckdb"
    content = file.read_bytes()
    file.unlink()
    file.write_bytes(content)
    with duckdb.connect(str(file)) as connection:
        connection.execute(sql)


def _in_csv(folder: Path) -> None:
    _filled(folder / "csv" / f"{TABLE}.csv", ",")


def _in_local_csv(folder: Path) -> None:
    _filled(folder / "csv_local" / f"{TABLE}.csv", ";")


def _in_packed_csv(folder: Path) -> None:
    _in_csv(folder)
    file = folder / "csv" / f"{TABLE}.csv"
    (folder / "csv" / f"{TABLE}.csv.gz").write_bytes(gzip.compress(file.read_bytes()))
    file.unlink()


def _filled(file: Path, separator: str) -> None:
    """Show the base of the first row that withholds it."""
    head, *lines = file.read_text("utf-8").splitlines()
    names = head.lstrip("\ufeff").split(separator)
    for number, line in enumerate(lines):
        cells = line.split(separator)
        if cells[names.index("conf_status")] == "C":
            cells[names.index("n")] = "3"
            lines[number] = separator.join(cells)
            break
    _replace(file, "\n".join([head, *lines]) + "\n")


def _in_workbook(folder: Path) -> None:
    _repacked(
        folder,
        "xl/worksheets/sheet1.xml",
        lambda text: text.replace(HELD_CELL, "<c><v>3</v></c>", 1),
    )


def _in_hidden_sheet(folder: Path) -> None:
    _repacked(folder, "xl/workbook.xml", lambda text: text.replace('sheetId="1"', 'sheetId="1" state="hidden"', 1))


def _in_properties(folder: Path) -> None:
    _repacked(folder, "docProps/core.xml", lambda _: "<description>3 persons withheld</description>")


def _repacked(folder: Path, part: str, change: Callable[[str], str]) -> None:
    file = folder / "xlsx" / f"{TABLE}.xlsx"
    with zipfile.ZipFile(file) as book:
        parts = {name: book.read(name).decode() for name in book.namelist()}
    file.unlink()
    with zipfile.ZipFile(file, "w") as book:
        for name, text in (parts | {part: change(parts.get(part, ""))}).items():
            book.writestr(name, text)


def _in_manifest(folder: Path) -> None:
    _json(folder / "manifest.json", lambda manifest: manifest["tables"][0].update(secrets=[3]))


def _in_share(folder: Path) -> None:
    """A share of persons that leaves one row hardly anybody."""

    def narrow(manifest: dict[str, list[dict[str, object]]]) -> None:
        [table] = [one for one in manifest["tables"] if one["name"] == TABLE]
        table["hidden"] = {"share_of_mass": 0.0}

    _json(folder / "manifest.json", narrow)


def _in_package(folder: Path) -> None:
    _json(folder / "datapackage.json", lambda package: package["resources"][0]["qdeep"].update(least=3))


def _in_record(folder: Path) -> None:
    _json(folder / "dcat.jsonld", lambda record: record["dcat:distribution"][0].update({"dct:note": "3"}))


def _json(file: Path, change: Callable[[dict], object]) -> None:
    value = json.loads(file.read_text("utf-8"))
    change(value)
    _replace(file, json.dumps(value))


def _behind_a_figure(folder: Path) -> None:
    file = folder / "report" / "index.html"
    page, rows = file.read_text("utf-8").rsplit('id="csv">', 1)
    figure = re.search(r"\d+\.\d+", rows)
    assert figure
    _replace(file, f'{page}id="csv">{rows.replace(figure[0], "3.33", 1)}')


def _in_another_script(folder: Path) -> None:
    _reworded(folder / "report" / "index.html", "</body>", '<script id="raw">[3]</script></body>')


def _in_dictionary(folder: Path) -> None:
    text = (folder / "dictionary.html").read_text("utf-8")
    height = pl.read_parquet(folder / f"{TABLE}.parquet").height
    assert f"Rows: {height} · withheld" in text
    _reworded(folder / "dictionary.html", f"Rows: {height} · withheld", f"Rows: {height} (3) · withheld")


def _reworded(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    _replace(file, text.replace(old, new, 1))


def _replace(file: Path, text: str) -> None:
    """Write anew: the copy shares its bytes with the release."""
    file.unlink()
    file.write_text(text, "utf-8")


PLANTED: tuple[tuple[Callable[[Path], None], Part, str], ...] = (
    (_footer_key, forms.in_parquet, "footer: hidden_rows"),
    (_footer_end, forms.in_parquet, "footer: n"),
    (_unused_word, forms.in_parquet, "dictionary of org_unit_id"),
    (_other_order, forms.in_parquet, "order of rows"),
    (_in_database, forms.in_database, "rows"),
    (_one_more_table, forms.in_database, "before_protection"),
    (_in_csv, forms.in_texts, "csv/survey_indices.csv: n"),
    (_in_local_csv, forms.in_texts, "csv_local/survey_indices.csv: n"),
    (_in_packed_csv, forms.in_texts, "csv/survey_indices.csv.gz: n"),
    (_in_workbook, forms.in_workbooks, "survey_indices.xlsx"),
    (_in_hidden_sheet, forms.in_workbooks, "hidden"),
    (_in_properties, forms.in_workbooks, "docProps"),
    (_in_manifest, papers.in_manifest, "manifest.json"),
    (_in_share, papers.in_manifest, "share of persons"),
    (_in_package, papers.in_package, "least"),
    (_in_record, papers.in_record, "dct:note"),
    (_behind_a_figure, papers.in_pages, "rows of"),
    (_in_another_script, papers.in_pages, "script raw"),
    (_in_dictionary, papers.in_dictionary, "dictionary.html: survey_indices"),
)


@pytest.mark.parametrize(("plant", "part", "says"), PLANTED, ids=[plant.__name__[1:] for plant, _, _ in PLANTED])
def test_a_leak_is_found_in_whatever_form_it_is_told(
    plant: Callable[[Path], None], part: Part, says: str, release: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(release, copy, copy_function=os.link)
    plant(copy)
    assert says in "\n".join(told_beyond(copy, [part]))

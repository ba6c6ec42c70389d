"""A release is complete, safe, the same every time, readable by old clients, and switched in one step."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import polars as pl
import pyarrow.parquet as pq
import pytest

from flows.errors import QdeepError
from flows.release import publish as publishing
from flows.release.labels import label
from flows.release.protection.past import LEDGER, UNSEEN
from flows.release.publish import Release, current, publish
from flows.release.shelf import history, releases
from flows.release.tables import LANGUAGES
from flows.release.verify import describe_files, verify
from flows.settings import ROOT, Settings
from tests.flows.fake_warehouse import FEW, FakeBuild, contracts_for, make_warehouse, models, settings_for

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("release")]  # the releases are made once

CONTRACTS = contracts_for("personnel_agriculture", "survey_engagement")
OLD_TYPES = {"VARCHAR", "BIGINT", "INTEGER", "DOUBLE", "DATE", "BOOLEAN", "TIMESTAMP"}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_for(tmp_path_factory.mktemp("release"))


@pytest.fixture(scope="module")
def build(workspace: Settings) -> FakeBuild:
    return make_warehouse(workspace)


@pytest.fixture(scope="module")
def release(workspace: Settings, build: FakeBuild) -> Release:
    return publish(workspace, CONTRACTS, build)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A workspace with a release of few tables, to be copied."""
    settings = settings_for(tmp_path_factory.mktemp("small"))
    publish(settings, CONTRACTS, make_warehouse(settings, published=FEW))
    return settings


@pytest.fixture
def marts(release: Release) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(release.path / "marts.duckdb"), read_only=True) as connection:
        yield connection


def test_every_table_of_the_manifest_is_published_in_both_formats(
    release: Release, marts: duckdb.DuckDBPyConnection
) -> None:
    in_database = {row[0] for row in marts.execute("select table_name from duckdb_tables()").fetchall()}
    in_folder = {path.stem for path in release.path.glob("*.parquet")}
    assert in_database == in_folder == set(models()) == set(release.tables)
    assert (release.path / "report" / "index.html").is_file()
    assert (release.path / "dictionary.html").is_file()


def test_a_published_release_verifies(release: Release) -> None:
    assert verify(release.path) == ()


def test_a_release_names_the_required_sources_that_it_stands_without(release: Release) -> None:
    assert release.missing_sources == ("survey_engagement",)
    manifest = json.loads((release.path / "manifest.json").read_text(encoding="utf-8"))
    assert [source["source"] for source in manifest["missing_sources"]] == ["survey_engagement"]
    for page in ("dictionary.html", "report/index.html"):
        text = (release.path / page).read_text(encoding="utf-8")
        assert all(f"{language} title" in text for language in ("uz", "ru", "en", "ko"))


def test_unchanged_inputs_publish_nothing(workspace: Settings, build: FakeBuild, release: Release) -> None:
    before = {path: path.stat().st_mtime_ns for path in workspace.published.rglob("*")}
    again = publish(workspace, CONTRACTS, build)
    assert (again.release_id, again.changed) == (release.release_id, False)
    assert {path: path.stat().st_mtime_ns for path in workspace.published.rglob("*")} == before


def test_no_withheld_figure_is_anywhere_in_the_release(release: Release, build: FakeBuild) -> None:
    """Every small headcount of the warehouse is gone, and no column of its row still holds a number."""
    shown = pl.read_parquet(release.path / "hrm_indicators.parquet")
    with duckdb.connect(str(build.path), read_only=True) as connection:
        small = connection.sql("select count(*) from marts.hrm_indicators where n between 1 and 4").fetchall()[0][0]
    assert small > 0
    hidden = shown.filter(pl.col("conf_status") == "C")
    assert hidden.height >= small
    assert all(hidden[name].null_count() == hidden.height for name in ("numerator", "denominator", "value", "n"))
    bridge = pl.read_parquet(release.path / "hrm_headcount_bridge.parquet")
    moves = models()["hrm_headcount_bridge"]["config"]["meta"]["publish"]["hide"]
    assert not any(bridge[name].abs().is_between(1, 4).any() for name in moves)
    survey = pl.read_parquet(release.path / "survey_indices.parquet")
    assert survey["n"].min() >= 10


def test_the_pages_hold_no_withheld_figure(release: Release, build: FakeBuild) -> None:
    page = (release.path / "report" / "index.html").read_text(encoding="utf-8")
    with duckdb.connect(str(build.path), read_only=True) as connection:
        few = connection.sql("select value from marts.survey_indices where n < 10 and category_1 = 'all'").fetchall()
        shown = connection.sql("select value from marts.survey_indices where n >= 10 and category_1 = 'all'").fetchall()
    public = {f"{value:.1f}" for (value,) in shown}
    assert few
    assert not [value for (value,) in few if f"<b>{value:.1f}" in page and f"{value:.1f}" not in public]


def test_every_published_column_has_a_short_name_in_four_languages(release: Release) -> None:
    """Columns of wide tables are called like their indicators; all others stand in expectations/marts/columns.csv."""
    columns = {name for table in release.tables for name in pq.read_schema(release.path / f"{table}.parquet").names}
    assert not sorted(name for name in columns if not all(label(name, code) for code in LANGUAGES))


def test_parquet_fields_speak_four_languages(release: Release) -> None:
    field = pq.read_schema(release.path / "hrm_indicators.parquet").field("numerator")
    titles = [(field.metadata or {})[f"title_{code}".encode()].decode() for code in LANGUAGES]
    assert titles == ["Surat", "Числитель", "Numerator", "분자"]


def test_database_package_and_workbook_speak_four_languages_too(
    release: Release, marts: duckdb.DuckDBPyConnection
) -> None:
    comments = dict(marts.execute("select column_name, comment from duckdb_columns() where not internal").fetchall())
    tables = dict(marts.execute("select table_name, comment from duckdb_tables()").fetchall())
    package = json.loads((release.path / "datapackage.json").read_text("utf-8"))
    assert set(package["qdeep"]["title"]) == set(package["qdeep"]["description"]) == set(LANGUAGES)
    for one in package["resources"]:
        assert all(one["qdeep"]["title"][code] in tables[one["name"]] for code in LANGUAGES), one["name"]
        assert all(
            name == label(field["name"], code)
            for field in one["schema"]["fields"]
            for code, name in field["qdeep"]["title"].items()
        )
    assert all(label(column, code) in comments[column] for column in comments for code in LANGUAGES)
    field = pq.read_schema(release.path / "hrm_turnover.parquet").field("voluntary_rate").metadata
    assert [code for code in LANGUAGES if not field[f"description_{code}".encode()]] == []
    columns = openpyxl.load_workbook(release.path / "xlsx" / "hrm_pay.xlsx").worksheets[1]
    assert all(cell.value for row in columns.iter_rows(min_row=2) for cell in row)


def test_a_workbook_marks_what_is_withheld_and_holds_no_formula(release: Release) -> None:
    rows = pl.read_parquet(release.path / "hrm_indicators.parquet")
    assert rows["conf_status"].is_in(["C"]).any()
    book = openpyxl.load_workbook(release.path / "xlsx" / "hrm_indicators.xlsx")
    data, columns, about = book.worksheets
    assert (data.freeze_panes, data.max_row) == ("A2", rows.height + 1)
    names = [cell.value for cell in data[1]]
    assert names == rows.columns
    hidden = rows["conf_status"].to_list().index("C")
    cell = data.cell(hidden + 2, names.index("value") + 1)
    assert (cell.value, cell.fill.patternType) == ("[c]", "lightUp")
    shown = rows["conf_status"].to_list().index("F")
    assert data.cell(shown + 2, names.index("n") + 1).value == rows["n"][shown]
    assert data.cell(shown + 2, names.index("period_start") + 1).value.date() == rows["period_start"][shown]
    assert all(cell.data_type != "f" for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)
    assert {row[0].value for row in columns.iter_rows(min_row=2)} == set(names)
    assert {"SAMPLE", "ОБРАЗЕЦ", "NAMUNA", "예시", "[c]"} <= {row[0].value for row in about.iter_rows()}


def test_a_workbook_reads_back_as_its_parquet_file(release: Release) -> None:
    for name in ("hrm_overview", "dim_org_units", "bpr_steps"):
        book = pl.read_excel(release.path / "xlsx" / f"{name}.xlsx", sheet_id=1, infer_schema_length=0)
        rows = pl.read_parquet(release.path / f"{name}.parquet")
        assert (book.height, book.columns) == (rows.height, rows.columns)
        for column in (one for one in rows.columns if rows.schema[one].is_float()):
            numbers = book[column].cast(pl.Float64, strict=False)
            assert numbers.to_list() == pytest.approx(rows[column].to_list()), column  # what is withheld is no number


def test_text_copies_read_back_as_their_parquet_file(release: Release) -> None:
    for name in release.tables:
        rows = pl.read_parquet(release.path / f"{name}.parquet")
        plain = pl.read_csv(release.path / "csv" / f"{name}.csv", schema=rows.schema)
        local = pl.read_csv(
            release.path / "csv_local" / f"{name}.csv", schema=rows.schema, separator=";", decimal_comma=True
        )
        for copy in (plain, local):  # an apostrophe keeps a text from being taken for a formula
            assert copy.with_columns(pl.col(pl.String).str.strip_prefix("'")).equals(rows), name
    assert (release.path / "csv_local" / "hrm_indicators.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_the_catalogue_record_names_every_file_with_its_hash(release: Release) -> None:
    record = json.loads((release.path / "dcat.jsonld").read_text(encoding="utf-8"))
    files = describe_files(release.path)
    listed = {one["dcat:downloadURL"]["@id"]: one for one in record["dcat:distribution"]}
    assert set(listed) == set(files) - {"dcat.jsonld"}
    assert all(
        one["spdx:checksum"]["spdx:checksumValue"]["@value"] == files[name]["sha256"] for name, one in listed.items()
    )
    assert {title["@language"] for title in record["dct:title"]} == set(LANGUAGES)
    assert record["dct:accessRights"]["@id"].endswith("RESTRICTED")


def test_the_project_page_is_whole_and_asks_for_nothing(release: Release) -> None:
    page = (release.path / "docs" / "index.html").read_text(encoding="utf-8")
    assert "INLINE DATA" not in page
    assert '"model.qdeep.hrm_indicators"' in page
    assert not re.findall(r"""(?:src|href)=["']?https?:|@import|url\(["']?https?:""", page)


def test_verify_finds_a_copy_that_says_something_else(tmp_path: Path, release: Release) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(release.path, copy)
    file = copy / "csv" / "hrm_overview.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("A,", "B,", 1), encoding="utf-8")
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"] = describe_files(copy)
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert [one.where.file for one in verify(copy, deep=True)] == ["csv/hrm_overview.csv"]


def test_columns_carry_their_description_inside_parquet(release: Release) -> None:
    for name in release.tables:
        schema = pq.read_schema(release.path / f"{name}.parquet")
        told = [f"description{code}".encode() for code in ("", *(f"_{code}" for code in LANGUAGES))]
        assert all(field.metadata and field.metadata[key] for field in schema for key in told), name
        about = json.loads((schema.metadata or {})[b"qdeep"])
        assert about["release_id"] == release.release_id
        assert about["deliveries"]
        assert about["grain"], name


def test_the_database_has_comments_and_types_that_old_clients_read(marts: duckdb.DuckDBPyConnection) -> None:
    columns = marts.execute("select data_type, comment from duckdb_columns() where not internal").fetchall()
    assert {kind for kind, _ in columns} <= OLD_TYPES
    assert all(comment for _, comment in columns)
    comments = marts.execute("select comment from duckdb_tables()").fetchall()
    assert all("as of 2026-09-30" in comment and "SAMPLE" in comment for (comment,) in comments)
    storage = marts.execute("select tags['storage_version'] from duckdb_databases() where not internal").fetchall()
    assert storage[0][0].startswith("v1.0.0")


def test_parquet_and_database_hold_the_same_rows(release: Release, marts: duckdb.DuckDBPyConnection) -> None:
    for name in release.tables:
        file = pl.read_parquet(release.path / f"{name}.parquet")
        stored = pl.DataFrame(pl.from_arrow(marts.sql(f'select * from "{name}"').to_arrow_table()))
        assert stored.equals(file), name


def test_rows_are_sorted_by_their_grain(release: Release) -> None:
    for name in release.tables:
        grain = models()[name]["config"]["meta"]["publish"]["grain"]
        rows = pl.read_parquet(release.path / f"{name}.parquet", columns=grain).rows()
        assert rows == sorted(rows), name


def test_the_data_package_is_valid(release: Release) -> None:
    from frictionless import Package

    package = Package.from_descriptor(str(release.path / "datapackage.json"))
    report = Package.validate_descriptor(str(release.path / "datapackage.json"))
    assert report.valid, report.flatten(["message"])
    assert {resource.name for resource in package.resources} == set(release.tables)


def test_published_bytes_name_no_path_of_this_machine(release: Release, workspace: Settings) -> None:
    paths = {str(workspace.workspace), str(ROOT), str(Path.home()), "/tmp/", "/home/", "/root/", "file://"}  # noqa: S108  # looked for, not used
    for file in release.path.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert not [path for path in paths if path.encode() in content], file.name
    for name in release.tables:  # text pages of parquet are compressed: look at the values too
        texts = pl.read_parquet(release.path / f"{name}.parquet").select(pl.col(pl.String))
        assert not any(texts[column].str.starts_with("/").any() for column in texts.columns)


def test_pages_make_no_request(release: Release) -> None:
    """Pages, style sheet and script name no address but files and pages of the release itself."""
    files = [file for kind in ("html", "css", "js") for file in release.path.rglob(f"*.{kind}")]
    files.remove(release.path / "docs" / "index.html")  # dbt's own page, with names of namespaces: a test of its own
    assert {file.suffix for file in files} == {".html", ".css", ".js"}
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert not [sign for sign in ("http:", "https:", "//cdn", "@import", "url(", "fetch(") if sign in text], (
            file.name
        )
        for address in set(re.findall(r'(?:src|href)="([^"#]+)', text)) - {"data:,"}:
            assert (file.parent / address).is_file(), (file.name, address)


def test_readers_may_read_and_nobody_else_may_write(release: Release) -> None:
    for path in (release.path, *release.path.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644), path.name


def test_current_names_the_release(workspace: Settings, release: Release) -> None:
    assert (workspace.published / "current.txt").read_text(encoding="utf-8") == f"{release.release_id}\n"
    assert (workspace.published / "current").readlink() == Path(release.release_id)
    found = current(workspace)
    assert found is not None
    assert (found.release_id, found.rows, found.changed) == (release.release_id, release.rows, False)


def test_nothing_is_current_before_the_first_release(tmp_path: Path) -> None:
    assert current(settings_for(tmp_path)) is None


def test_a_release_whose_manifest_is_damaged_is_not_current(tmp_path: Path, release: Release) -> None:
    settings = settings_for(tmp_path)
    (settings.published / release.release_id).mkdir(parents=True)
    (settings.published / "current.txt").write_text(release.release_id, encoding="utf-8")
    (settings.published / release.release_id / "manifest.json").write_text("{", encoding="utf-8")
    assert current(settings) is None


def test_the_same_warehouse_gives_the_same_bytes_on_any_clock(
    release: Release, small: Settings, tmp_path: Path
) -> None:
    """Another process, folder, time zone, number of threads and hash seed; once all tables, twice few of them."""
    code = (
        "import sys, pathlib; from tests.flows.fake_warehouse import *; from flows.release.publish import publish;"
        "s = settings_for(pathlib.Path(sys.argv[1])); b = make_warehouse(s, published=FEW if sys.argv[2:] else None);"
        "publish(s, contracts_for('personnel_agriculture', 'survey_engagement'), b)"
    )
    few = current(small)
    assert few
    clocks = (
        ("UTC", release.path, ()),
        ("America/St_Johns", few.path, ("few",)),
        ("Asia/Tashkent", few.path, ("few",)),
    )
    for number, (zone, path, names) in enumerate(clocks):
        folder = tmp_path / f"workspace-{number}"
        environment = {**os.environ, "TZ": zone, "PYTHONHASHSEED": str(number), "POLARS_MAX_THREADS": str(number + 1)}
        subprocess.run([sys.executable, "-c", code, str(folder), *names], check=True, cwd=ROOT, env=environment)
        other = folder / "published" / path.name
        assert describe_files(other) == describe_files(path)
        assert (other / "manifest.json").read_bytes() == (path / "manifest.json").read_bytes()


STEPS = ("_write", "database_beside", "keep", "_replace", "switch")


def test_an_interrupted_publish_leaves_the_last_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: Settings
) -> None:
    """Six runs break off, the last two right before the switch: what nobody saw is none, and goes with the next run."""
    settings, build, first = _with_release(tmp_path, small)

    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    for number, step in enumerate((*STEPS, "switch")):
        left = set(settings.tmp.iterdir())
        with monkeypatch.context() as broken:
            broken.setattr(publishing, step, interrupted)
            with pytest.raises(KeyboardInterrupt):
                publish(settings, CONTRACTS, replace(build, build_key=f"{step} {number}"))
        assert step in {"keep", "_replace"} or set(settings.tmp.iterdir()) == left, step
        assert (settings.published / "current.txt").read_text() == f"{first.release_id}\n"
        assert [one.release_id for one in releases(settings)] == [first.release_id], step
    assert verify(first.path) == ()  # readers of the old release keep it
    second = publish(settings, CONTRACTS, replace(build, build_key="switch 5"))
    assert second.changed
    assert verify(second.path) == ()
    assert json.loads((second.path / "manifest.json").read_text())["held_against"] == [first.release_id]
    both = {first.release_id, second.release_id}
    assert {path.parent.name for path in settings.published.glob("*/manifest.json")} - {"current"} == both
    assert {path.name for path in (settings.workspace / LEDGER).iterdir()} == both
    assert list((settings.workspace / LEDGER).glob(f"*/{UNSEEN}")) == []


def test_a_run_that_broke_off_after_the_switch_is_logged_by_the_next_one(tmp_path: Path, small: Settings) -> None:
    settings, build, first = _with_release(tmp_path, small)
    (settings.workspace / "releases.jsonl").unlink()
    mark = settings.workspace / LEDGER / first.release_id / UNSEEN
    mark.touch()
    assert not publish(settings, CONTRACTS, build).changed
    assert [(one["action"], one["release"]) for one in history(settings)] == [("published", first.release_id)]
    assert not mark.exists()


def _with_release(tmp_path: Path, small: Settings) -> tuple[Settings, FakeBuild, Release]:
    """Return another workspace in which the release stands already."""
    settings = settings_for(tmp_path / "another")
    shutil.copytree(small.workspace, settings.workspace, symlinks=True)
    found = current(settings)
    assert found is not None
    return settings, FakeBuild(settings.warehouse / "warehouse.duckdb"), found


def test_a_damaged_release_is_made_again(tmp_path: Path, small: Settings) -> None:
    settings, build, first = _with_release(tmp_path, small)
    (first.path / "dim_periods.parquet").write_bytes(b"broken")
    assert publish(settings, CONTRACTS, build).changed
    assert verify(first.path) == ()
    assert list(settings.tmp.iterdir()) == []


def test_a_release_of_another_day_or_of_real_data_is_another_release(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    build = make_warehouse(settings, published=FEW)
    releases = [
        publish(chosen, CONTRACTS, build).release_id
        for chosen in (settings, replace(settings, known_on=date(2026, 11, 1)), replace(settings, sample=False))
    ]
    assert len(set(releases)) == len(releases)
    text = (settings.published / releases[2] / "report" / "index.html").read_text(encoding="utf-8")
    assert "SAMPLE" not in text


def test_a_sample_says_so_on_every_page_in_four_languages(release: Release) -> None:
    for page in ("dictionary.html", "report/index.html"):
        text = (release.path / page).read_text(encoding="utf-8")
        assert all(text.count(word) >= 4 for word in ("NAMUNA", "ОБРАЗЕЦ", "SAMPLE", "예시"))
        assert text.count(release.release_id) >= 4


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda path: (path / "dq_rules.parquet").unlink(), "missing"),
        (lambda path: (path / "extra.csv").write_text("a"), "not part"),
        (lambda path: (path / "marts.duckdb").write_bytes(b"\0" * 9000), "changed"),
        (lambda path: (path / "manifest.json").write_text("{"), "no readable manifest"),
        (lambda path: (path / "manifest.json").unlink(), "no readable manifest"),
        (lambda path: _edit(path, '"base_min": 10', '"base_min": 1'), "of minima than the tables"),
        (lambda path: _edit(path, '"as_of": "2026-09-30"', '"as_of": "2026-10-31"'), "of as_of than the tables"),
        (lambda path: _edit(path, '"is_sample": true', '"is_sample": false'), "of is_sample than the tables"),
    ],
)
def test_verify_finds_what_was_changed(change: Any, says: str, tmp_path: Path, release: Release) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(release.path, copy)
    change(copy)
    findings = verify(copy)
    assert findings
    assert {finding.code for finding in findings} == {"E-501"}
    assert says in findings[0].text


def _edit(path: Path, old: str, new: str) -> None:
    text = (path / "manifest.json").read_text("utf-8")
    assert old in text
    (path / "manifest.json").write_text(text.replace(old, new, 1), "utf-8")


def test_verify_finds_a_table_of_another_release_though_every_hash_is_right(tmp_path: Path, release: Release) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(release.path, copy)
    file = copy / "dq_rules.parquet"
    rows = pq.read_table(file)
    about = json.loads(rows.schema.metadata[b"qdeep"]) | {"release_id": "2026-08-31-00000000"}
    pq.write_table(rows.replace_schema_metadata({"qdeep": json.dumps(about)}), file)
    _edit(copy, describe_files(release.path)[file.name]["sha256"], describe_files(copy)[file.name]["sha256"])
    assert ("dq_rules.parquet", "A table belongs to another release.") in {
        (finding.where.file, finding.text) for finding in verify(copy)
    }


def test_verify_finds_a_figure_that_should_be_withheld(tmp_path: Path, release: Release) -> None:
    """Somebody made the files agree with their manifest again, but a headcount of 3 is shown."""
    copy = tmp_path / "copy"
    shutil.copytree(release.path, copy)
    file = copy / "hrm_indicators.parquet"
    rows = pq.read_table(file)
    shown = pl.DataFrame(pl.from_arrow(rows)).with_columns(
        n=pl.when(pl.int_range(pl.len()) == 0).then(3).otherwise("n")
    )
    pq.write_table(shown.to_arrow().cast(rows.schema), file)
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"] = describe_files(copy)
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    findings = verify(copy)
    assert all("too few" in finding.text for finding in findings)
    assert "hrm_indicators.parquet" in {finding.where.file for finding in findings}


def test_a_missing_manifest_of_dbt_is_nothing_to_publish(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    build = make_warehouse(settings)
    (settings.warehouse / "dbt_manifest.json").unlink()
    with pytest.raises(QdeepError, match="E-502"):
        publish(settings, CONTRACTS, build)
    assert current(settings) is None


def test_a_full_disk_ends_in_its_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_for(tmp_path)
    build = make_warehouse(settings)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, "write_parquet", full)
    with pytest.raises(QdeepError, match=r"E-405 .*No space left"):
        publish(settings, CONTRACTS, build)


def test_a_release_without_survey_or_processes_still_has_its_page(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)

    def empty(rows: dict[str, list[dict[str, Any]]]) -> None:
        for name in ("survey_indices", "bpr_metrics", "bpr_steps", "hrm_overview", "hrm_indicators"):
            rows[name] = []

    release = publish(settings, CONTRACTS, make_warehouse(settings, empty))
    page = (release.path / "report" / "index.html").read_text(encoding="utf-8")
    assert "This release holds no survey." in page
    assert "This release holds no process data." in page


def test_the_recipes_of_the_dictionary_run(release: Release) -> None:
    page = (release.path / "dictionary.html").read_text(encoding="utf-8")
    sql, python = (
        html.unescape(re.findall(rf'<pre data-runs="{kind}"><code>(.*?)</code>', page, re.DOTALL)[2])
        for kind in ("sql", "python")
    )
    with duckdb.connect(str(release.path / "marts.duckdb"), read_only=True) as connection:
        for statement in connection.extract_statements(sql):
            assert connection.execute(statement).fetchall(), statement.query
    subprocess.run([sys.executable, "-c", python], check=True, cwd=release.path, capture_output=True)

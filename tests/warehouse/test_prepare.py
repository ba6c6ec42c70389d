from dataclasses import replace
from pathlib import Path

import duckdb
import yaml

from flows.intake.store import deliveries
from flows.settings import ROOT
from flows.warehouse.choose import choose
from flows.warehouse.prepare import prepare
from tests.warehouse.lake import Lake, day, query, settings


def _prepared(lake: Lake, manifests: list[dict] | None = None) -> Path:
    target = lake.settings.workspace / "warehouse.duckdb"
    lake.settings.workspace.mkdir(parents=True, exist_ok=True)
    found = manifests if manifests is not None else deliveries(lake.settings)
    prepare(target, lake.settings, lake.contracts, choose(found, lake.contracts, lake.settings.known_on))
    return target


def test_a_kind_without_a_delivery_is_an_empty_table_of_the_right_types(tmp_path: Path) -> None:
    sql = "select column_name, data_type from information_schema.columns where table_name = 'personnel'"
    types = dict(query(_prepared(Lake(settings(tmp_path))), sql))
    assert types["person_key"] == "VARCHAR"
    assert types["birth_month"] == "DATE"
    assert types["fte"] == "DOUBLE"
    assert "full_name" not in types


def test_a_file_of_an_older_contract_may_lack_a_column(tmp_path: Path) -> None:
    lake = Lake(settings(tmp_path))
    lake.source("orders", "orders")
    delivery = lake.deliver("orders", [{"order_no": "1", "order_date": day("2026-01-01"), "org_unit_id": "U"}])
    file = lake.settings.lake / "orders" / delivery / "rows.parquet"
    duckdb.sql(f"copy (select * exclude (to_org_unit_id) from '{file}') to '{file}.part' (format parquet)")
    Path(f"{file}.part").replace(file)
    assert query(_prepared(lake), "select org_unit_id, to_org_unit_id from lake.orders") == [("U", None)]


def test_rule_results_and_refused_deliveries_are_told(tmp_path: Path) -> None:
    lake = Lake(settings(tmp_path))
    lake.source("orders", "orders")
    rules = [{"table": "rows", "rule": "x.codes", "code": "E-303", "severity": "refuse", "column": "x", "checked": 9}]
    lake.deliver("orders", [], verdict="refused", refused=9, rules=[{**rules[0], "failed": 9, "lines": [2]}])
    target = _prepared(lake)
    assert query(target, "select verdict, is_current, refused from lake.deliveries") == [("refused", False, 9)]
    told = "select rule, rule_kind, column_name, failed, verdict from lake.rule_results where failed is not null"
    assert query(target, told) == [("x.codes", "codes", "x", 9, "failed")]
    learned = query(target, "select distinct verdict from lake.rule_results where failed is null")
    assert learned == [("not_judged",)]


def test_a_wave_is_the_period_of_its_delivery_or_its_source(tmp_path: Path) -> None:
    lake = Lake(settings(tmp_path))
    lake.source("pulse", "survey", instrument=("engagement", "1"), scope="period")
    lake.source("census", "survey", instrument=("engagement", "1"))
    lake.deliver("pulse", [], period="2026-02-01")
    lake.deliver("census", [])
    waves = query(_prepared(lake), "select source, wave_id from lake.survey_sources order by all")
    assert waves == [("census", "census"), ("pulse", "2026-02")]


def test_merged_persons_are_one_until_the_line_is_taken_out(tmp_path: Path) -> None:
    lake = Lake(settings(tmp_path))
    lake.source("personnel", "personnel")
    lake.deliver("personnel", [{"person_key": key, "position_id": key} for key in ("h1_a", "h1_b", "h1_c")])
    sql = "select count(distinct person_key), count(*) from lake.personnel"
    assert query(_prepared(lake), sql) == [(3, 3)]
    before = lake.contracts
    merged = replace(before, merges={"h1_b": "h1_a"})
    for contracts, persons in ((merged, 2), (before, 3)):
        target = lake.settings.workspace / "warehouse.duckdb"
        target.unlink()
        prepare(target, lake.settings, contracts, choose(deliveries(lake.settings), contracts, lake.settings.known_on))
        assert query(target, sql) == [(persons, 3)]


def test_the_spill_folder_is_an_option_of_the_connection() -> None:
    # dbt repeats settings on each cursor, and DuckDB refuses to move the spill folder once a query has spilled
    profile = yaml.safe_load((ROOT / "dbt_project" / "profiles.yml").read_text(encoding="utf-8"))
    output = profile["qdeep"]["outputs"]["duckdb"]
    assert "temp_directory" in output["config_options"]
    assert "settings" not in output

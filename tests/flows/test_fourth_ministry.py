"""A fourth ministry joins by files alone: its units in the chart, one contract, one column map."""

from contextlib import closing
from pathlib import Path

import duckdb
import pytest
import tiny

from tests.flows.warm import Warm

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ministry")]

UNITS = """\
MOH,2000-01-01,,UZ,MOH,ministry,1726,Sogʻliqni saqlash vazirligi,Министерство здравоохранения,Ministry of Health,보건부,
MOH-HR,2000-01-01,,MOH,MOH,department,1726,Kadrlar departamenti,Департамент кадров,Human resources department,인사국,
"""
CONTRACT = """\
source: personnel_health
kind: personnel
version: 1
title: {en: Ministry of Health, uz: Sogʻliqni saqlash vazirligi, ru: Министерство здравоохранения, ko: 보건부}
organisation: MOH
file:
  name: 'xodimlar_(?P<known_from>\\d{4}-\\d{2}-\\d{2})\\.tsv'
  format: csv
  encoding: utf-16
  delimiter: "\\t"
  date_formats: ["%d.%m.%y"]
  decimal: ","
values: {sex: {E: male, A: female}, assignment_type: {asosiy: main}}
volume: {min: 10, max: 1000}
"""
COLUMNS = "version,pinfl,birth_date,sex,position_id,org_unit_id,assignment_type,fte,start_date\n"
HEADERS = "1,JSHSHIR,Tugʻilgan sana,Jinsi,Lavozim,Boʻlinma,Ish turi,Stavka,Boshlanish\n"


def test_a_fourth_ministry_is_published_with_no_line_of_code(tmp_path: Path, parsed: Path) -> None:
    project, workspace = tiny.personnel_only(tmp_path / "project", "hrm_indicators"), tmp_path / "ws"
    _add_files(project)
    _deliver(tmp_path / "inbox" / "personnel_health")
    (tmp_path / "qdeep.toml").write_text(tiny.CONFIG.replace('contracts = ["contracts"]\n', ""), encoding="utf-8")
    (tmp_path / "key").write_bytes(b"k" * 32)
    (tmp_path / "key").chmod(0o600)
    out, err = _qdeep(project, parsed, tmp_path, "run", "--engine", "plain", "--only", "personnel_health")
    assert "personnel_health" in out, out + err
    marts = workspace / "published" / "current" / "marts.duckdb"
    assert _headcounts(marts) == {"UZ": 40, "MOH": 40, "MOH-HR": 40}


def _add_files(project: Path) -> None:
    chart = project / "dbt_project" / "seeds" / "org" / "org_units.csv"
    chart.write_text(chart.read_text(encoding="utf-8") + UNITS, encoding="utf-8")
    folder = project / "expectations"
    (folder / "sources" / "personnel_health.yml").write_text(CONTRACT, encoding="utf-8")
    (folder / "column_maps" / "personnel_health.csv").write_text(COLUMNS + HEADERS, encoding="utf-8")


def _deliver(folder: Path) -> None:
    folder.mkdir(parents=True)
    lines = [HEADERS.removeprefix("1,").rstrip("\n").replace(",", "\t").replace("ʻ", "'")]  # typed on a keyboard
    for number in range(40):
        born, sex = tiny.born(number), ("male", "female")[number % 2]
        row = (tiny.pinfl(number, born, sex), f"{born:%d.%m.%y}", "EA"[number % 2], f"MOH-{number:04d}", "MOH-HR")
        lines.append("\t".join([*row, "asosiy", "0,5", "06.01.20"]))
    (folder / "xodimlar_2026-10-05.tsv").write_text("\r\n".join(lines), encoding="utf-16")


def _qdeep(project: Path, parsed: Path, folder: Path, *arguments: str) -> tuple[str, str]:
    with closing(Warm(project, parsed)) as warm:
        return warm.start(folder, *arguments).communicate()


def _headcounts(marts: Path) -> dict[str, float]:
    sql = """
        select org_unit_id, value from hrm_indicators
        where indicator_id = 'headcount_end' and org_view = 'as_was' and category_1 = 'all' and period_kind = 'month'
            and period_end = date '2026-09-30' and value > 0
    """
    with duckdb.connect(str(marts), read_only=True) as connection:
        return dict(connection.execute(sql).fetchall())

import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from flows.errors import QdeepError
from flows.warehouse import build as module
from flows.warehouse.build import Build, build, last_build
from tests.golden.world import AA_POSTS, post
from tests.parsed_once import built_only
from tests.warehouse.lake import Lake, marts, query, settings

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("warehouse"), pytest.mark.usefixtures("project")]


def _workspace_like(build: Build, workspace: Path) -> Lake:
    """Return an empty lake whose warehouse is a copy of a build."""
    shutil.copytree(build.path.parent, workspace / "warehouse", ignore=shutil.ignore_patterns("dbt"))
    return Lake(settings(workspace))


def _mart_that_breaks(folder: Path, name: str, constraint: str, value: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.sql").write_text(f"select {value}::varchar as word\n", encoding="utf-8")
    column = f"{{name: word, data_type: varchar, constraints: [{constraint}]}}"
    (folder / f"{name}.yml").write_text(f"models: [{{name: {name}, columns: [{column}]}}]\n", encoding="utf-8")


def test_an_empty_lake_still_builds(empty: Build) -> None:
    rows = marts(empty.path)
    assert empty.deliveries == ()
    assert rows["hrm_indicators"] == []
    assert rows["bpr_metrics"] == []
    assert len(rows["dim_indicators"]) > 30


def test_the_file_is_free_after_a_build(empty: Build) -> None:
    script = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('begin; create table t (i integer); rollback')"
    subprocess.run([sys.executable, "-c", script, str(empty.path)], check=True)


def test_a_failed_build_leaves_the_last_good_file(
    empty: Build, tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = _workspace_like(empty, tmp_path / "workspace")
    good = last_build(lake.settings)
    assert good
    before = good.path.read_bytes()
    broken = tmp_path / "dbt_project"
    shutil.copytree(project, broken, ignore=shutil.ignore_patterns("models", "seeds", "*.sql"))
    (broken / "tests" / "assert_never.sql").write_text("select 'a secret value' as value\n", encoding="utf-8")
    _mart_that_breaks(
        broken / "models" / "marts", "closed", "{type: check, expression: \"word in ('open', 'shut')\"}", "'secret'"
    )
    _mart_that_breaks(broken / "models" / "marts", "filled", "{type: not_null}", "null")
    monkeypatch.setattr(module, "PROJECT", broken)
    with pytest.raises(
        QdeepError,
        match=r"E-404 .* 3 .*: assert_never, closed \(word IN \('open', 'shut'\)\), filled \(word is empty\)",
    ) as failure:
        build(lake.settings, lake.contracts)
    assert "secret" not in str(failure.value)
    assert good.path.read_bytes() == before
    assert last_build(lake.settings) == good


def test_a_delivery_known_later_does_not_count_and_a_month_in_progress_is_provisional(tmp_path: Path) -> None:
    lake = Lake(settings(tmp_path, as_of=date(2026, 3, 10)))
    lake.source("personnel_aa", "personnel", organisation="AA")
    posts = [post(*AA_POSTS[place]) for place in (2, 3, 4)]
    early = lake.deliver("personnel_aa", posts[:2], known_from="2026-04-01")
    late = lake.deliver("personnel_aa", posts, known_from="2026-05-01")
    figures = (
        "from marts.hrm_indicators where org_view = 'as_was' and category_1 = 'all' and period_kind = 'month'"
        " and org_unit_id = ? and indicator_id = ? and period_start = ?"
    )
    january = ("AA", "headcount_end", date(2026, 1, 1))
    with built_only("hrm_indicators"):
        first = build(lake.settings, lake.contracts)
    assert (first.deliveries, query(first.path, f"select value {figures}", *january)) == ((early,), [(1,)])
    month = query(
        first.path,
        f"select period_end, numerator, denominator, obs_status {figures}",
        *("AA-21", "headcount_avg", date(2026, 3, 1)),
    )
    assert month == [(date(2026, 3, 10), 10, 10, "P")]
    with built_only("hrm_indicators"):
        second = build(replace(lake.settings, known_on=date(2026, 5, 1)), lake.contracts)
    assert (second.deliveries, query(second.path, f"select value {figures}", *january)) == ((late,), [(2,)])
    assert first.build_key != second.build_key


def test_the_manifest_of_dbt_names_no_folder_of_this_machine(empty: Build) -> None:
    text = (empty.path.parent / "dbt_manifest.json").read_text(encoding="utf-8")
    assert str(empty.path.parent.parent) not in text
    assert str(module.ROOT) not in text
    assert str(module.PROJECT) not in text


def test_a_build_cut_off_before_its_state_was_written_does_not_count(empty: Build, tmp_path: Path) -> None:
    lake = _workspace_like(empty, tmp_path)
    assert last_build(lake.settings)
    (tmp_path / "warehouse" / "build.json").unlink()
    assert last_build(lake.settings) is None

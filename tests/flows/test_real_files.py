"""Public files that nobody made for qdeep go through the whole line with contracts alone (tests/real)."""

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.settings import ROOT, load_settings
from flows.steps import run
from tests.warehouse.lake import query

FIXTURES = ROOT.parent / "shared" / "fixtures"
FILES = {
    "purchasing": ("eventlogs/PurchasingExample.csv.gz", 9119),
    "limesurvey_staff": ("surveys/limesurvey/dummy_data_2021_codeonly.csv", 36),
    "qualtrics_demo": ("surveys/qualtrics/sample.csv", 1),
    "patients": ("eventlogs/patients.parquet", 5442),
    "edear_unit": ("eventlogs/edear_unit_test_patients.csv", 21),
    "manual_log_1": ("eventlogs/manual_log_1.csv", 12),
    "manual_log_2": ("eventlogs/manual_log_2.csv", 15),
    "starwars": ("surveys/surveymonkey/StarWars.csv", 1186),
}
# Published in shared/fixtures/README.md, with the digits given there; hours per case.
PURCHASING = {
    "lead_time_cal_p50": (286.1417, 4),
    "lead_time_cal_mean": (515.0189, 4),
    "touch_time_cal_mean": (28.5755, 4),
    "waiting_time_cal_mean": (486.4434, 4),
    "activity_ratio_case_mean": (0.08796, 5),
    "activity_ratio": (0.05548, 5),
}
# Personal data and free text that stand in the files: an address, a person's e-mail, names, what people wrote.
PERSONAL = (b"130.92.34.66", b"R_2YPOQ602ER1jkf1", b"Hello World!", b"Kim Passa", b"I am swiss", b"Johannes Gutenberg")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.fixtures,
    pytest.mark.xdist_group("real"),
    pytest.mark.skipif(not FIXTURES.exists(), reason="the folder of real files is not beside the project"),
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All files taken in, built and published, once."""
    from flows.intake.pseudonym import new_key

    folder = tmp_path_factory.mktemp("real")
    for source, (file, _) in FILES.items():
        target = folder / "inbox" / source / Path(file).name
        target.parent.mkdir(parents=True)
        shutil.copyfile(FIXTURES / file, target)
    new_key(folder / "key")
    places = {"workspace": folder / "ws", "inbox": folder / "inbox", "key_file": folder / "key"}
    dates = {"as_of": "2022-12-31", "known_on": "2199-12-31"}  # the files say nothing of the day they became known
    result = run(load_settings(**places, **dates, contracts=[str(ROOT / "tests" / "real")]))
    assert result.release
    return folder / "ws"


@pytest.fixture(scope="module")
def built(workspace: Path) -> Path:
    return workspace / "warehouse" / "warehouse.duckdb"


@pytest.fixture(scope="module")
def manifests(workspace: Path) -> dict[str, dict[str, Any]]:
    found = [json.loads(path.read_text(encoding="utf-8")) for path in workspace.glob("lake/*/*/manifest.json")]
    return {manifest["source"]: manifest for manifest in found}


@pytest.mark.parametrize("source", sorted(FILES))
def test_every_row_of_a_real_file_is_accounted_for(source: str, manifests: dict[str, dict[str, Any]]) -> None:
    manifest = manifests[source]
    assert manifest["verdict"] == "landed"
    assert manifest["read"] == manifest["landed"] + manifest["refused"] == FILES[source][1]


def test_the_published_figures_of_the_purchasing_log_are_met_to_their_digits(workspace: Path) -> None:
    sql = "select indicator_id, value, numerator, n from bpr_metrics where step_id = 'all' and org_unit_id = 'UZ'"
    with duckdb.connect(str(workspace / "published" / "current" / "marts.duckdb"), read_only=True) as marts:
        found = {name: rest for name, *rest in marts.execute(sql).fetchall()}
    figures = {name: round(found[name][0], digits) for name, (_, digits) in PURCHASING.items()}
    assert figures == {name: value for name, (value, _) in PURCHASING.items()}
    assert found["handoff_count"][1:] == [7308, 608]


def test_the_published_figures_of_the_patients_log_are_met_to_their_digits(built: Path) -> None:
    # bupaR: throughput in days: least, quartiles, mean, most; seven variants, two of which hold 492 of 500 cases
    sql = (
        "select min(lead_cal), quantile_cont(lead_cal, 0.25), median(lead_cal), avg(lead_cal),"
        " quantile_cont(lead_cal, 0.75), max(lead_cal) from intermediate.int_bpr__cases where process_id = 'patients'"
    )
    figures = [seconds / 86400 for seconds in query(built, sql)[0]]
    assert figures == pytest.approx([1.496, 4.3139, 6.0855, 6.6763, 8.5867, 23.1068], abs=1e-4)
    sql = (
        "select cases from intermediate.int_bpr__variants where process_id = 'patients' and org_unit_id = 'UZ'"
        " order by place"
    )
    assert [cases for (cases,) in query(built, sql)] == [258, 234, 2, 2, 2, 1, 1]


def test_the_published_figures_of_the_edear_log_are_met_to_their_digits(built: Path) -> None:
    # minutes of three cases: throughput, processing, idle
    sql = (
        "select lead_cal / 60, touch_cal / 60, wait_cal / 60 from intermediate.int_bpr__cases"
        " where process_id = 'edear_unit' order by lead_cal desc"
    )
    expected = [(1819.16667, 108.516667, 1710.65), (1492.58333, 66.316667, 1426.2667), (0, 0, 0)]
    assert query(built, sql) == [pytest.approx(case, abs=5e-5) for case in expected]


def test_the_published_waits_of_the_manual_logs_are_met(built: Path) -> None:
    sql = (
        "select process_id, sum(wait_cal) from intermediate.int_bpr__cases where process_id like 'manual_log_%'"
        " group by all order by all"
    )
    assert query(built, sql) == [("manual_log_1", 18900), ("manual_log_2", 21600)]


def test_personal_columns_and_free_text_stay_in_the_vault(workspace: Path) -> None:
    originals = b"".join((FIXTURES / file).read_bytes() for name, (file, _) in FILES.items() if name != "purchasing")
    assert all(text in originals for text in PERSONAL if text != b"Kim Passa")
    files = [
        path for path in workspace.rglob("*") if path.is_file() and "vault" not in path.relative_to(workspace).parts
    ]
    leaks = [path.name for path in files for text in PERSONAL if text in _plain_bytes(path)]
    assert files
    assert leaks == []


def _plain_bytes(path: Path) -> bytes:
    """Return the bytes of a file, and for parquet also all its values: compression hides them."""
    if path.suffix != ".parquet":
        return path.read_bytes()
    return path.read_bytes() + str(duckdb.execute("select * from read_parquet(?)", [str(path)]).fetchall()).encode()

"""Published scores of a real survey of civil servants come in by contracts alone, and meet what was published."""

import shutil
from pathlib import Path
from statistics import mean, median

import polars as pl
import pytest

from flows.contracts.load import load_contracts
from flows.intake.deliver import take_in
from flows.intake.pseudonym import Key
from flows.pull import receive
from flows.settings import ROOT, load_settings

FIXTURES = ROOT.parent / "shared" / "fixtures" / "surveys" / "csps"
FILES = {
    "2009": "csps2009_allorganisations_20140213.csv",
    "2014": "csps2014_allorganisations_20141120.csv",
    "2016": "civil_service_peoples_survey_2016_all_org_scores.csv",
    "2018": "Civil-Service-People-Survey-2018-All-Organisation-Scores-v2.0.csv",
    "2020": "csps2020_org_scores_ODS_NAMED_CSV.csv",  # an ODS workbook for all its name
    "2020_questions": "csps2020_org_scores_ODS_NAMED_CSV.csv",
}
MEDIANS = {"2009": 58, "2014": 59, "2016": 59, "2018": 62, "2020": 66}  # shared/fixtures/README.md, as published
# Items of each theme in 2018, by the published list of questions.
THEMES = {
    "theme_mw": range(1, 6),
    "theme_op": range(6, 8),
    "theme_lm": range(8, 18),
    "theme_mt": range(18, 21),
    "theme_ld": range(21, 25),
    "theme_if": range(25, 29),
    "theme_rw": range(29, 35),
    "theme_pb": range(35, 38),
    "theme_lc": range(38, 47),
}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("csps"),  # the files are taken in once
    pytest.mark.fixtures,
    pytest.mark.skipif(not FIXTURES.exists(), reason="the folder of real files is not beside the project"),
]


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, str]]]:
    """Year -> one dict per organisation: item -> answer, as they stand in the lake."""
    folder = tmp_path_factory.mktemp("csps")
    places = {"workspace": folder / "ws", "inbox": folder / "inbox", "key_file": folder / "key"}
    settings = load_settings(**places, contracts=[str(ROOT / "tests" / "real")])
    contracts = load_contracts(settings)
    found = {}
    for year, name in FILES.items():
        source = contracts.sources[f"csps_{year}"]
        (settings.inbox / source.source).mkdir(parents=True)
        shutil.copyfile(FIXTURES / name, settings.inbox / source.source / name)
        (received,) = receive(source, settings)
        take_in(received, source, contracts, settings, Key(b"k" * 32))
        rows = _answers(settings.lake / source.source)
        found[year] = [_percent(row) for row in rows] if year.startswith("2020") else rows
    return found


def _answers(folder: Path) -> list[dict[str, str]]:
    """Return the answers of each organisation in the order of the file; the first row is the published benchmark."""
    ((rows, answers),) = zip(folder.glob("*/rows.parquet"), folder.glob("*/answers.parquet"), strict=True)
    order = pl.read_parquet(rows).sort("_row")["response_key"]
    given = pl.read_parquet(answers).filter(pl.col("value").is_not_null() & (pl.col("value") != "."))
    parts = {key: part for (key,), part in given.group_by("response_key")}
    return [dict(zip(parts[key]["item_id"], parts[key]["value"], strict=True)) for key in order if key in parts]


def _percent(row: dict[str, str]) -> dict[str, str]:
    """The file of 2020 gives parts of one where the others give percent."""
    return {item: f"{100 * float(value):g}" for item, value in row.items()}


def _points(text: str) -> float:
    return float(text.rstrip("%"))


@pytest.mark.parametrize("year", sorted(MEDIANS))
def test_the_median_organisation_is_the_published_one(landed: dict[str, list[dict[str, str]]], year: str) -> None:
    published, *bodies = [_points(row["ees"]) for row in landed[year] if "ees" in row]
    assert median(bodies) == published == MEDIANS[year]


def test_a_theme_is_the_mean_of_its_items(landed: dict[str, list[dict[str, str]]]) -> None:
    far = [
        (place, theme)
        for place, row in enumerate(landed["2018"])
        for theme, items in THEMES.items()
        if theme in row and abs(mean(_points(row[f"b{n:02}"]) for n in items) - _points(row[theme])) > 1.0
    ]
    assert len(landed["2018"]) == 106
    assert far == []


def test_a_theme_is_the_mean_of_its_items_in_two_sheets_of_one_workbook(
    landed: dict[str, list[dict[str, str]]],
) -> None:
    pairs = list(zip(landed["2020"], landed["2020_questions"], strict=True))
    far = [
        (place, theme)
        for place, (row, questions) in enumerate(pairs)
        for theme, items in THEMES.items()
        if theme in row and abs(mean(_points(questions[f"b{n:02}"]) for n in items) - _points(row[theme])) > 1.0
    ]
    assert len(pairs) == 111
    assert far == []

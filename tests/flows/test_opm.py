"""Published tables of a real civil service come in by contracts alone, and each adds up to the published total."""

import shutil

import duckdb
import pytest

from flows.contracts.load import load_contracts
from flows.contracts.model import Contracts
from flows.intake.deliver import take_in
from flows.intake.pseudonym import Key
from flows.pull import receive
from flows.settings import ROOT, Settings, load_settings

FIXTURES = ROOT.parent / "shared" / "fixtures" / "personnel" / "opm"
ARCHIVE = "opm_status_employment_202503_and_202409.zip"
TOTALS = [(202409, 2_313_216), (202503, 2_289_472)]  # shared/fixtures/README.md, as published
TABLES = sorted(path.stem for path in (ROOT / "tests" / "real" / "sources").glob("opm_*.yml"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.fixtures,
    pytest.mark.skipif(not FIXTURES.exists(), reason="the folder of real files is not beside the project"),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Contracts]:
    """The archive in the inbox, and the contracts of its tables."""
    folder = tmp_path_factory.mktemp("opm")
    places = {"workspace": folder / "ws", "inbox": folder / "inbox", "key_file": folder / "key"}
    settings = load_settings(**places, contracts=[str(ROOT / "tests" / "real")])
    (settings.inbox / "opm").mkdir(parents=True)
    shutil.copyfile(FIXTURES / ARCHIVE, settings.inbox / "opm" / ARCHIVE)
    return settings, load_contracts(settings)


def test_all_nine_tables_have_a_contract() -> None:
    assert len(TABLES) == 9


@pytest.mark.parametrize("table", TABLES)
def test_a_table_adds_up_to_the_published_total(project: tuple[Settings, Contracts], table: str) -> None:
    settings, contracts = project
    (received,) = receive(contracts.sources[table], settings)
    outcome = take_in(received, contracts.sources[table], contracts, settings, Key(b"k" * 32))
    assert (outcome.status, outcome.refused) == ("landed", 0)
    answers = f"{settings.lake}/{table}/*/answers.parquet"
    sums = """
        select month.value::bigint, sum(persons.value::bigint)
        from read_parquet($1) as month join read_parquet($1) as persons using (response_key)
        where month.item_id = 'month' and persons.item_id = 'persons'
        group by all order by all"""
    assert duckdb.execute(sums, [answers]).fetchall() == TOTALS

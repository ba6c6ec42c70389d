"""The project's own contracts are right, and what is written from them is current."""

from flows.contracts.check import check_contracts
from flows.contracts.docs import TARGET, sources_text
from flows.settings import ROOT, load_settings


def test_the_contracts_of_the_project_have_no_faults() -> None:
    assert check_contracts(load_settings(ROOT / "qdeep.toml")) == ()


def test_the_dbt_sources_are_written_from_the_kinds() -> None:
    assert TARGET.read_text(encoding="utf-8") == sources_text(), "run: make docs"


def test_no_identifier_is_named_in_the_lake() -> None:
    names = {line.split(": ")[1] for line in sources_text().splitlines() if line.lstrip().startswith("- name:")}
    assert not names & {"pinfl", "full_name", "phone", "birth_date", "response_id", "resource"}

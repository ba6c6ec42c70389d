"""The sample, taken in and built once."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.contracts.model import Contracts
from flows.intake.deliver import Outcome
from flows.settings import ROOT, Settings, load_settings
from flows.warehouse import build
from flows.warehouse.build import Build
from tests.outside import told_to


@dataclass(frozen=True)
class Sample:
    """The sample taken in and built.

    Attributes:
        asked: Hosts beyond this machine that were asked for; its release adds those of its own making.
    """

    settings: Settings
    contracts: Contracts
    outcomes: dict[str, Outcome]
    build: Build
    asked: set[str]


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory, _parsed_once: None) -> Sample:
    """The sample taken in and built, once."""
    from flows.contracts.load import load_contracts
    from flows.intake.deliver import take_in
    from flows.intake.pseudonym import load_key, new_key
    from flows.pull import receive

    workspace = tmp_path_factory.mktemp("sample")
    new_key(workspace / "sample.key")
    settings = load_settings(
        ROOT / "qdeep.toml", workspace=str(workspace / "data"), key_file=str(workspace / "sample.key")
    )
    contracts, key = load_contracts(settings), load_key(settings.key_file)
    asked: set[str] = set()
    with told_to(asked):
        outcomes = {
            f"{contract.source}/{received.name}": take_in(received, contract, contracts, settings, key)
            for contract in contracts.sources.values()
            for received in receive(contract, settings)
        }
        built = build.build(settings, contracts)
    return Sample(settings, contracts, outcomes, built, asked)


@pytest.fixture(scope="session")
def warehouse(sample: Sample) -> Path:
    """The warehouse file of the sample."""
    return sample.build.path


@pytest.fixture(scope="session")
def folder(sample: Sample) -> Path:
    """The release of the sample, made once."""
    from flows.release.publish import publish

    with told_to(sample.asked):
        return publish(sample.settings, sample.contracts, sample.build).path

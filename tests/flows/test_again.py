"""What a verdict hangs on has changed: the delivery is judged again from the vault, and its old verdict is kept."""

from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from flows.contracts.model import Contract, Contracts, Rule
from flows.intake import land
from flows.intake.again import case_of, outdated
from flows.intake.deliver import Outcome, replay, take_in
from flows.intake.judgement import judged_by, what_changed
from flows.intake.refused import list_refused
from flows.intake.store import deliveries, is_whole
from flows.settings import Settings
from tests.flows.test_intake import GOOD, KEY, project, send, take_all
from tests.flows.test_replay import SENT, UNIT, exported, mend, row

pytestmark = pytest.mark.slow
__all__ = ["project"]


class Killed(BaseException):
    """Stands for a kill: nothing of ours catches it."""


def with_staff(contracts: Contracts, staff: Contract) -> Contracts:
    return replace(contracts, sources={**contracts.sources, "staff": staff})


def strict(contracts: Contracts) -> Contracts:
    """The contract with a rule more: nobody starts after 2010."""
    rule = Rule("early_start", "E-308", ("start_date",), "start_date < date '2010-01-01'", description="A.")
    return with_staff(contracts, replace(contracts.sources["staff"], rules=(rule,)))


def judge_again(contracts: Contracts, settings: Settings) -> list[Outcome]:
    found, lost = outdated(contracts, ["staff"], settings)
    assert lost == ()
    outcomes = []
    for received in found:
        contract, part = case_of(received, contracts.sources["staff"], settings)
        outcomes.append(take_in(received, contract, contracts, settings, KEY, part=part))
    return outcomes


@pytest.fixture
def landed(project: tuple[Contracts, Settings]) -> tuple[Contracts, Settings, Path]:
    contracts, settings = project
    path = send(settings, GOOD, row(2, start="01.02.2015"), row(3, unit="X"), name="staff_2026-01-01.csv")
    (outcome,) = take_all(project)
    assert (outcome.landed, outcome.refused) == (2, 1)
    return contracts, settings, path


def test_only_what_is_meant_counts(project: tuple[Contracts, Settings]) -> None:
    contracts = project[0]
    staff = contracts.sources["staff"]
    before = judged_by(staff, contracts)
    told = replace(staff, title={"en": "Z"}, cadence="daily", pull={"connector": "sftp"}, required=True, version=9)
    assert judged_by(told, contracts) == before
    assert judged_by(replace(staff, volume=(2, 3)), contracts)["contract"] != before["contract"]
    more = replace(contracts, codes={**contracts.codes, "sex": ("male", "female", "x")})
    assert what_changed({"judged_by": before}, staff, more) == ("a code list or reference",)


def test_a_changed_contract_judges_again_from_the_vault_and_keeps_the_old_verdict(
    landed: tuple[Contracts, Settings, Path],
) -> None:
    contracts, settings, path = landed
    path.unlink()  # the sender's file is gone; the vault has it
    assert judge_again(contracts, settings) == []
    (before,) = deliveries(settings)
    (outcome,) = judge_again(strict(contracts), settings)
    assert (outcome.status, outcome.read, outcome.landed, outcome.refused) == ("landed", 3, 1, 2)
    assert (outcome.findings[0].code, "the contract" in outcome.findings[0].text) == ("I-449", True)
    (manifest,) = deliveries(settings)
    kept = {name: manifest[name] for name in ("received_at", "known_from", "file", "delivery_id")}
    assert kept == {name: before[name] for name in kept}
    (old,) = manifest["history"]
    assert (old["landed"], old["refused"], old["judged_again_for"]) == (2, 1, ["the contract"])
    vault = settings.vault / "staff" / manifest["delivery_id"]
    assert pq.read_metadata(vault / "refused.parquet").num_rows == 1
    assert pq.read_metadata(vault / "refused.2.parquet").num_rows == 2
    assert len(list_refused(settings, "staff")) == 2
    assert judge_again(strict(contracts), settings) == []
    (back,) = judge_again(contracts, settings)
    assert (back.landed, len(deliveries(settings)[0]["history"])) == (2, 2)


def test_mended_rows_follow_their_origin(landed: tuple[Contracts, Settings, Path]) -> None:
    """A row that lands with its delivery under the new contract does not land from the workbook too."""
    contracts, settings, _ = landed
    judge_again(strict(contracts), settings)
    origin = deliveries(settings)[0]["delivery_id"]
    cells = {(2, UNIT + 3): "01.02.2005", (3, UNIT): "MOA-1"}
    book = mend(exported(settings, origin), cells)
    outcome = replay(book, strict(contracts), settings, KEY, SENT)
    assert (outcome.read, outcome.landed) == (2, 2)
    again = {one.delivery_id: one for one in judge_again(contracts, settings)}
    assert (again[origin].landed, again[outcome.delivery_id].landed) == (2, 1)
    rows = [
        pq.read_table(path).column("position_id").to_pylist() for path in settings.lake.glob("staff/*/rows.parquet")
    ]
    assert sorted(post for part in rows for post in part) == ["MOA-0001", "MOA-0002", "MOA-0003"]


@pytest.mark.parametrize("can_exchange", ["exchange", ""])
@pytest.mark.parametrize("step", ["synced", "vault_placed", "put_aside", "lake_placed"])
def test_a_verdict_is_replaced_whole_or_not_at_all(
    landed: tuple[Contracts, Settings, Path], monkeypatch: pytest.MonkeyPatch, step: str, can_exchange: str
) -> None:
    contracts, settings, _ = landed
    if not can_exchange:
        monkeypatch.setattr(land, "_exchanged", lambda *_: False)

    def stop(name: str) -> None:
        if name == step:
            raise Killed

    monkeypatch.setattr(land, "checkpoint", stop)
    if step != "put_aside" or not can_exchange:
        with pytest.raises(Killed):
            judge_again(strict(contracts), settings)
    land.restore(settings)
    (manifest,) = deliveries(settings)
    assert manifest["landed"] == (1 if step == "lake_placed" else 2)
    assert is_whole(settings.lake / "staff" / manifest["delivery_id"], manifest)
    assert len(list_refused(settings, "staff")) == manifest["refused"]
    monkeypatch.setattr(land, "checkpoint", lambda _: None)
    judge_again(strict(contracts), settings)
    assert deliveries(settings)[0]["landed"] == 1

"""What is known of a delivery before its rows are read: signed totals, its history, its part, its day."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flows.contracts.model import Contracts, ControlTotals, Measure
from flows.intake.deliver import Outcome, take_in
from flows.intake.store import deliveries
from flows.pull import receive, strangers
from flows.settings import Settings
from tests.flows.test_intake import GOOD, KEY, project, send

__all__ = ["project"]
pytestmark = pytest.mark.slow

TOTALS = ControlTotals(
    (Measure("rows", "rows"), Measure("rates", "sum", "fte"), Measure("units", "rows", by="org_unit_id"))
)
ROWS = [GOOD, GOOD.replace("MOA-0001", "MOA-0002").replace("0,5", "1")]
SIGNED = {("rows", ""): "2", ("rates", ""): "1,5", ("units", "MOA-1"): "2"}
Project = tuple[Contracts, Settings]


def with_staff(given: Project, **changes: Any) -> Project:
    contracts, settings = given
    staff = replace(contracts.sources["staff"], **changes)
    return replace(contracts, sources={**contracts.sources, "staff": staff}), settings


def sign(path: Path, totals: dict[tuple[str, str], str] | None = None, **changes: str) -> None:
    """Put signed totals beside a file."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    signature = {"signed_by": "Chief", "signed_on": "2026-01-02", "sha256": digest, **changes}
    values = {**SIGNED, **(totals or {}), **{(name, ""): value for name, value in signature.items() if value}}
    lines = ["measure,unit,value", *(f'{measure},{unit},"{value}"' for (measure, unit), value in values.items())]
    path.with_name(f"{path.name}.totals.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def take(given: Project) -> Outcome:
    contracts, settings = given
    contract = contracts.sources["staff"]
    received = receive(contract, settings)
    return take_in(received[-1], contract, contracts, settings, KEY)


def codes(outcome: Outcome) -> set[str]:
    return {one.code for one in outcome.findings}


def test_signed_totals_that_hold_land_the_delivery(project: Project) -> None:
    given = with_staff(project, control_totals=TOTALS)
    sign(send(given[1], *ROWS))
    outcome = take(given)
    assert (outcome.status, outcome.landed, codes(outcome)) == ("landed", 2, set())
    assert strangers(*given) == ()
    (manifest,) = deliveries(given[1])
    assert {one["verdict"] for one in manifest["control_totals"]["rules"]} == {"passed"}
    assert "Chief" not in json.dumps(manifest)


@pytest.mark.parametrize(
    "wrong", [{("rows", ""): "3"}, {("rates", ""): "1.6"}, {("units", "MOA-1"): "1"}, {("units", "MOA-2"): "1"}]
)
def test_a_signed_total_that_does_not_hold_refuses_the_delivery(project: Project, wrong: dict) -> None:
    given = with_staff(project, control_totals=TOTALS)
    sign(send(given[1], *ROWS), wrong)
    outcome = take(given)
    assert (outcome.status, outcome.landed, "E-425" in codes(outcome)) == ("refused", 0, True)


def test_a_total_may_only_warn(project: Project) -> None:
    given = with_staff(project, control_totals=replace(TOTALS, severity="warn"))
    sign(send(given[1], *ROWS), {("rows", ""): "3"})
    outcome = take(given)
    assert (outcome.status, codes(outcome)) == ("landed", {"W-355"})


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: sign(path, signed_by=""),
        lambda path: sign(path, signed_on="yesterday"),
        lambda path: sign(path, sha256="0" * 64),
        lambda path: sign(path, {("rows", ""): "many"}),
        lambda path: path.with_name(f"{path.name}.totals.csv").write_bytes(b"measure;value\n\xff\x00"),
    ],
)
def test_totals_that_are_not_signed_for_this_file_refuse_it(project: Project, spoil: Callable[[Path], None]) -> None:
    given = with_staff(project, control_totals=TOTALS)
    spoil(send(given[1], *ROWS))
    outcome = take(given)
    assert (outcome.status, "E-427" in codes(outcome)) == ("refused", True)


def test_totals_that_come_later_have_the_file_judged_again(project: Project) -> None:
    given = with_staff(project, control_totals=TOTALS)
    path = send(given[1], *ROWS)
    outcome = take(given)
    assert (outcome.status, "E-426" in codes(outcome)) == ("refused", True)
    assert take(given).status == "unchanged"
    sign(path)
    assert take(given).status == "landed"


def people(count: int, first: int = 1) -> list[str]:
    return [GOOD.replace("MOA-0001", f"MOA-{number:04}") for number in range(first, first + count)]


def test_a_delivery_that_breaks_with_its_history_is_held_and_its_rows_are_kept(project: Project) -> None:
    settings = project[1]
    for month, count in enumerate((10, 10, 10, 3), start=1):
        send(settings, *people(count, month), name=f"staff_2026-0{month}-01.csv")
        outcome = take(project)
    assert (outcome.status, outcome.landed, codes(outcome)) == ("held", 3, {"E-421"})
    folder = settings.lake / "staff" / outcome.delivery_id
    assert (folder / "rows.parquet").is_file()


def test_a_file_from_the_future_is_told_and_lands(project: Project) -> None:
    send(project[1], GOOD, name="staff_2099-01-01.csv")
    outcome = take(project)
    assert (outcome.status, codes(outcome)) == ("landed", {"W-358"})


@pytest.mark.parametrize(("part", "status"), [("MOA-1", "landed"), ("MOA", "refused")])
def test_a_part_holds_rows_of_its_part_only(project: Project, part: str, status: str) -> None:
    style = replace(project[0].sources["staff"].file, name=r"staff_(?P<organisation>[A-Z0-9-]+)\.csv")
    given = with_staff(project, slice_column="org_unit_id", file=style)
    send(given[1], *ROWS, name=f"staff_{part}.csv")
    outcome = take(given)
    assert (outcome.status, "E-429" in codes(outcome)) == (status, status == "refused")
    assert deliveries(given[1])[0]["slice"] == part

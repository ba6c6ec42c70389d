"""A submission whose repeat group lies within its row is mended whole, on its own sheet or on that of the group."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from flows.contracts.load import load_contracts
from flows.errors import QdeepError
from flows.intake import gate
from flows.intake.deliver import replay, take_in
from flows.intake.pseudonym import Key
from flows.intake.refused import export_refused
from flows.intake.store import deliveries
from flows.pull.received import fingerprint
from flows.settings import ROOT, Settings
from tests.surveys.shapes import SHAPES, Response
from tests.surveys.test_shapes import DAY, ODD, ODD_CHOICES, ODD_ITEMS

pytestmark = pytest.mark.slow

SENT = date(2099, 1, 1)  # a delivery without a day in its name counts from the day on which it came
KEY = Key(b"k" * 32)
SHAPE = SHAPES["limesurvey"]


@pytest.fixture(autouse=True, scope="module")
def _one_judge() -> Iterator[None]:
    """Leave out the second judge: it tells rows apart, not answers, and its verdict is tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate, "_second_judge", lambda *_: {})
        yield


def answers(settings: Settings) -> list[tuple]:
    """Return all landed answers of all deliveries."""
    names = ("response_key", "repeat", "position", "item_id", "choice", "value")
    rows = [row for path in settings.lake.glob("*/*/answers.parquet") for row in pq.read_table(path).to_pylist()]
    return sorted(tuple(str(row[name]) for name in names) for row in rows)


def take(folder: Path, responses: tuple[Response, ...]) -> tuple:
    book_folder = folder / "codebooks" / ODD[0] / ODD[1]
    book_folder.mkdir(parents=True)
    text = 'instrument: odd\nversion: "1"\ntitle: {en: A, uz: B, ru: C, ko: D}\n'
    for name, content in (("instrument.yml", text), ("items.csv", ODD_ITEMS), ("choices.csv", ODD_CHOICES)):
        (book_folder / name).write_text(content, encoding="utf-8")
    settings = Settings(folder / "ws", folder / "inbox", (ROOT / "expectations", folder), DAY, DAY, folder / "key")
    book = load_contracts(settings).codebooks[ODD]
    SHAPE.contract(book, folder)
    contracts = load_contracts(settings)
    contract = replace(contracts.sources[SHAPE.name(book)], refused_share_max=0.9)
    contracts = replace(contracts, sources={**contracts.sources, contract.source: contract})
    path = folder / f"export.{SHAPE.suffix}"
    SHAPE.write(book, responses, path)
    outcome = take_in(fingerprint(contract.source, path), contract, contracts, settings, KEY)
    return outcome, contracts, settings


def response(number: int, days: str, size: str) -> Response:
    turns = ({"t1_kind": "1", "t3_size": "1"}, {"t1_kind": "2", "t2_tools": ("mail",), "t3_size": size})
    return Response(number, {"o1_mood": "1", "o2_tools": ("edms",), "o3_days": days}, {"turn": turns})


def test_a_submission_and_its_group_land_as_if_they_had_come_right(tmp_path: Path) -> None:
    for name in ("wrong", "right"):
        (tmp_path / name).mkdir()
    right = take(tmp_path / "right", tuple(response(number, "4", "3") for number in (1, 2, 3)))[2]
    outcome, contracts, settings = take(
        tmp_path / "wrong", (response(1, "4", "3"), response(2, "500", "3"), response(3, "500", "-7"))
    )
    assert (outcome.status, len(deliveries(settings))) == ("landed", 1)
    book = tmp_path / "book.xlsx"
    export_refused(settings, outcome.delivery_id, book)
    opened = openpyxl.load_workbook(book)
    for sheet in (opened["rows"], opened["turn"]):
        for row in sheet.iter_rows(min_row=2, min_col=4):
            for cell in row:
                cell.value = (
                    {"500": "4", "-7": "3"}.get(cell.value, cell.value)
                    if sheet.title == "turn"
                    else ("4" if cell.value == "500" else cell.value)
                )
    opened.save(book)
    mended = replay(book, contracts, settings, KEY, SENT)
    assert (mended.status, mended.refused) == ("landed", 0)
    assert answers(settings) == answers(right)
    with pytest.raises(QdeepError, match="E-443"):
        replay(_touched(book, tmp_path / "again.xlsx"), contracts, settings, KEY, SENT)


def _touched(book: Path, target: Path) -> Path:
    """Return the workbook with another cell of a group changed, whose submission has landed by now."""
    opened = openpyxl.load_workbook(book)
    for row in opened["turn"].iter_rows(min_row=2, min_col=6):
        for cell in row:
            cell.value = "2" if cell.value == "3" else cell.value
    opened.save(target)
    return target

"""An instrument whose wording may not be copied comes in by codes alone, and its scales are computed."""

from pathlib import Path

import polars as pl
import pytest

from flows.contracts.folders import read_folders
from flows.contracts.load import load_contracts
from flows.intake.deliver import take_in
from flows.intake.pseudonym import Key
from flows.pull import receive
from flows.settings import ROOT, load_settings

EXPORT = "ID;D11;D12;D13;D21;D22;D23;Wording of the vendor\na;7;6;5;1;2;7;x\nb;99;1;;3;3;3;y\n".replace(";", ",")


@pytest.mark.slow
def test_an_export_of_codes_lands_without_a_word_of_its_wording(tmp_path: Path) -> None:
    places = {"workspace": tmp_path / "ws", "inbox": tmp_path / "inbox", "key_file": tmp_path / "key"}
    settings = load_settings(**places, contracts=[str(ROOT / "tests" / "real")])
    contracts = load_contracts(settings)
    source = contracts.sources["licensed_example"]
    folder = settings.inbox / source.source
    folder.mkdir(parents=True)
    (folder / "vendor_export.csv").write_text(EXPORT, encoding="utf-8")
    (received,) = receive(source, settings)
    take_in(received, source, contracts, settings, Key(b"k" * 32))
    answers = pl.read_parquet(settings.lake / source.source / "*" / "answers.parquet").sort("_row", "item_id")
    assert answers["item_id"].unique().sort().to_list() == [
        *(f"d1{n}_mission" for n in (1, 2, 3)),
        *(f"d2{n}_involvement" for n in (1, 2, 3)),
    ]
    assert answers["value"].to_list() == ["7", "6", "5", "1", "2", "7", "99", "1", None, "3", "3", "3"]


def test_no_codebook_of_a_licensed_instrument_holds_wording() -> None:
    books = read_folders(load_settings(contracts=[str(ROOT / "tests" / "real"), str(ROOT / "expectations")])).books
    licensed = [b for b in books.values() if b.instrument.value.get("licence_class") == "proprietary_mapping_only"]
    assert licensed
    for book in licensed:
        rows = [row for sheet in (book.items, book.choices) for _, row in sheet.rows]
        assert not [
            value for row in rows for name, value in row.items() if name.startswith(("text_", "label_")) and value
        ]

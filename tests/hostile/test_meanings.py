"""A staff list damaged as clerks damage it gives the clean rows, or marks or refuses: never others, never one twice.

The suite draws few lists; QDEEP_FUZZ=1000 draws a thousand, QDEEP_FUZZ_SEED others than the usual.
"""

import os
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from flows.contracts.model import Contracts
from flows.errors import QdeepError
from flows.intake import gate
from flows.intake.gate import judge
from flows.intake.raw import RawFile
from flows.intake.read import read_tables
from flows.settings import Settings
from tests.contracts.landing import stage_of
from tests.contracts.small_project import load_project
from tests.hostile.meanings import DAMAGES, ROWS, Fact, staff
from tests.warm_reader import WarmReader

DRAWN = int(os.environ.get("QDEEP_FUZZ", "0")) or len(DAMAGES)
SEED = int(os.environ.get("QDEEP_FUZZ_SEED", "20261129"))
COLUMNS = "birth_month, sex, position_id, org_unit_id, contract_type, fte, start_date, end_date"
AS_EVER = ("columns_swapped", "spelled")  # some of what lands untouched must land


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Contracts, Settings]:
    return load_project(tmp_path_factory.mktemp("project"))


@pytest.mark.slow
@pytest.mark.timeout(36_000 if DRAWN > 100 else 300)
def test_a_damaged_staff_list_gives_clean_rows_or_marks(
    project: tuple[Contracts, Settings], warm_reader: WarmReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "_second_judge", lambda *_: {})  # that both judges agree is proved elsewhere
    wrong, landed, codes = {}, Counter(), Counter()
    for number in range(DRAWN):
        damage, seed = DAMAGES[number % len(DAMAGES)], f"{SEED}/{number}"
        grid, facts = staff()
        told, count, fault = _verdict(damage(grid, random.Random(seed)), facts, project)
        landed[damage.__name__] += count
        codes.update(told)
        if fault:
            wrong[f"{seed} {damage.__name__}"] = fault
    assert not wrong
    assert warm_reader.process.poll() is None
    assert all(landed[name] for name in AS_EVER), landed
    assert len(codes) > 2, codes


def _verdict(data: bytes, facts: list[Fact], project: tuple[Contracts, Settings]) -> tuple[set[str], int, str]:
    """Return the codes told, how many rows landed, and what is wrong with them."""
    contracts, settings = project
    cyrillic = contracts.sources["staff"]
    contract = replace(cyrillic, file=replace(cyrillic.file, encoding="utf-8"))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "staff.csv"
        path.write_bytes(data)
        try:
            raw = read_tables(path, contract, settings, Path(folder))
            judged = judge(raw, contract, contracts, Path(folder) / "stage", settings)
        except QdeepError as error:
            return {error.finding.code}, 0, ""
        told = {finding.code for finding in judged.findings}
        if judged.refused:
            return told, 0, "" if told else "refused without a code"
        with stage_of(judged) as connection:
            found = connection.execute(f"select {COLUMNS} from landed_rows").fetchall()
        return told, len(found), _fault(found, facts, raw, judged.counts["rows"])


def _fault(found: list[Fact], facts: list[Fact], raw: RawFile, counts: dict[str, int]) -> str:
    others = [row for row in found if row not in facts]
    twice = [row for row, times in Counter(found).items() if times > 1]
    if others or twice:
        return f"others {others[:2]}, twice {twice[:2]}"
    if counts["read"] != counts["landed"] + counts["refused"] or counts["landed"] != len(found):
        return f"counts {counts}"
    is_lost = len(found) < ROWS and counts["refused"] == 0 and raw.tables["rows"].rows < ROWS
    return f"{ROWS - len(found)} rows are gone without a mark" if is_lost else ""

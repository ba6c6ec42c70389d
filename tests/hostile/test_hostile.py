"""Whatever is sent ends as its true rows or as a code: no crash, no hang, no cell in a message, bounded memory."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from flows.intake.deliver import check_file
from tests.contracts.small_project import load_project
from tests.hostile import books, others, texts
from tests.hostile.case import Case
from tests.hostile.texts import HEADINGS
from tests.hostile.verdict import OWN_MIB, Memory, fault
from tests.unit.test_read_formats import WRITERS
from tests.warm_reader import WarmReader

FAMILIES = {"texts": texts.cases, "books": books.cases, "others": others.cases}
FEWEST = {
    "csv": 80,
    "zip": 20,
    "xlsx": 120,
    "ods": 20,
    "xls": 12,
    "xlsb": 8,
    "sav": 12,
    "zsav": 8,
    "parquet": 20,
    "json": 25,
    "jsonl": 5,
    "xes": 15,
    "ocel": 12,
}


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_each_hostile_file_ends_as_it_must(family: str, warm_reader: WarmReader) -> None:
    with Memory() as memory:
        faults = {case.name: found for case in FAMILIES[family]() if (found := fault(case, warm_reader))}
    assert not faults
    assert memory.grown < OWN_MIB


@pytest.mark.slow
def test_every_format_has_its_hostile_files() -> None:
    names = [case.name for family in FAMILIES.values() for case in family()]
    assert len(set(names)) == len(names)
    found = Counter(name.partition(":")[0] for name in names)
    assert {kind: found[kind] for kind, most in FEWEST.items() if found[kind] < most} == {}
    assert {style["format"] for _, style in WRITERS.values()} <= {"tsv", "xlsm", *FEWEST}


def test_hostile_headings_reach_neither_sql_nor_a_message(tmp_path: Path) -> None:
    """A table with columns that no map names is refused by their places; what they are called is nowhere."""
    contracts, settings = load_project(tmp_path)
    staff = contracts.sources["staff"]
    staff = replace(staff, file=replace(staff.file, encoding="utf-8"))
    quoted = ['"' + text.replace('"', '""') + '"' for text in HEADINGS]
    header = ";".join([*staff.maps[0].headers.values(), *quoted])
    good = ["31505600010014", "Каримов", "15.05.1960", "Э", "MOA-0001", "MOA-1", "-", "0,5", "01.02.2000", ""]
    path = tmp_path / "staff_2026-01-01.csv"
    path.write_text(f"{header}\n{';'.join(good + ['v'] * len(quoted))}\n", encoding="utf-8")
    outcome = check_file(path, staff, contracts, settings)
    assert (outcome.status, outcome.landed, outcome.read) == ("refused", 0, 1)
    assert [(one.code, one.where.column) for one in outcome.findings] == [
        ("E-202", f"column {number}") for number in range(11, 11 + len(HEADINGS))
    ]
    told = repr(outcome.findings)
    assert not [text for text in HEADINGS if len(text) > 9 and text in told]


def test_a_case_that_is_wrong_would_be_told(warm_reader: WarmReader) -> None:
    """The judge of this corpus can fail: on a wrong code, wrong rows, and a message that quotes."""
    right = Case("x", lambda: b"a\n1\n", {"format": "csv"}, rows=[["1"]])
    assert not fault(right, warm_reader)
    for wrong in (replace(right, rows=[["2"]]), replace(right, code="E-101"), replace(right, bad=[(2, "E-312")])):
        assert fault(wrong, warm_reader)
    assert "quotes" in fault(Case("x", lambda: b"", {"format": "csv"}, code="E-101", words=["empty"]), warm_reader)

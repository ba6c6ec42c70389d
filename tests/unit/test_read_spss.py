"""SPSS files are read with their labels and missing values, counted twice, and refused where they are damaged."""

import random
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from flows.errors import QdeepError
from flows.settings import ROOT
from tests.unit.reading import read, rows

SPSS = ROOT.parent / "shared" / "fixtures" / "surveys" / "spss"
FRAME = pd.DataFrame({"q1": [1.0, 2.0, 99.0, None], "q2": ["a", "b", "", "ўқ"]})
LABELS = {"q1": {1: "Ҳа", 2: "Yoʻq", 99: "Javob yoʻq"}}


@pytest.fixture(params=["plain.sav", "packed.zsav"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    target = tmp_path / request.param
    missing = {"q1": [{"lo": 98, "hi": 99}]}
    pyreadstat.write_sav(
        FRAME,
        str(target),
        variable_value_labels=LABELS,
        missing_ranges=missing,
        compress=target.suffix == ".zsav",
        row_compress=target.suffix == ".sav",
    )
    return target


@pytest.mark.parametrize(
    ("style", "first"),
    [
        ({}, ["1", "2", None]),
        ({"user_missing": "keep"}, ["1", "2", "99", None]),
        ({"value_labels": "labels", "user_missing": "keep"}, ["Ҳа", "Yoʻq", "Javob yoʻq", None]),
    ],
)
def test_codes_labels_and_missing_values_come_as_the_contract_says(
    path: Path, tmp_path: Path, style: dict[str, str], first: list[str | None]
) -> None:
    found = rows(read(path, tmp_path, format="sav", **style).tables["rows"])
    assert [row[0] for row in found] == first
    assert found[-1] == [None, "ўқ"]


def test_a_cut_or_lying_file_is_refused(path: Path, tmp_path: Path) -> None:
    whole = path.read_bytes()
    for content in (whole[:100], whole[:-12], whole[:80] + b"\x07" + whole[81:]):
        path.write_bytes(content)
        with pytest.raises(QdeepError) as caught:
            read(path, tmp_path, format="sav")
        assert caught.value.finding.code in ("E-130", "E-114", "E-115")


@pytest.mark.slow
def test_no_flipped_byte_takes_down_the_run(path: Path, tmp_path: Path) -> None:
    whole, dice = path.read_bytes(), random.Random(7)
    for _ in range(12):
        place = dice.randrange(len(whole))
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << dice.randrange(8)]) + whole[place + 1 :])
        with suppress(QdeepError):
            read(path, tmp_path, format="sav")


@pytest.mark.fixtures
@pytest.mark.skipif(not SPSS.is_dir(), reason="no fixtures beside the project")
def test_a_real_file_gives_its_published_values(tmp_path: Path) -> None:
    plain, packed = (read(SPSS / "basic" / name, tmp_path, format="sav") for name in ("sample.sav", "sample.zsav"))
    first = ["a", "1.1", "2018-05-06", "2018-05-06 10:10:10", "1", "1", "10:10:10"]
    assert rows(plain.tables["rows"])[0] == rows(packed.tables["rows"])[0] == first
    large = read(SPSS / "basic" / "sample_large.sav", tmp_path, format="sav").tables["rows"]
    assert large.rows == len(rows(large)) == 485

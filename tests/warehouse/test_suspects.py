"""How many persons may stand in the files twice: counted in the vault by hashes, and nothing else leaves it."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from flows.intake.persons import persons_name
from flows.intake.pseudonym import Key
from flows.warehouse.choose import Delivery
from flows.warehouse.suspects import count_suspects
from tests.warehouse.lake import query, settings

KEY = Key(b"k" * 32)
ROWS = {
    "aa": {"person_key": ["h1_a", "h1_b"], "name_key": ["anna", "anna"]},
    "bb": {"person_key": ["h1_c", "h1_d"], "name_key": ["anna", "other"]},
}


@pytest.mark.parametrize(
    ("merges", "expected"),
    [([], [("aa", 2, 2), ("bb", 2, 1)]), ([("h1_b", "h1_a"), ("h1_c", "h1_a")], [("aa", 1, 0), ("bb", 2, 0)])],
)
def test_a_name_under_two_numbers_is_suspected_until_they_are_merged(
    tmp_path: Path, merges: list, expected: list
) -> None:
    deliveries = []
    for source, rows in ROWS.items():
        (tmp_path / "vault" / source / "d").mkdir(parents=True)
        pl.DataFrame(rows).write_parquet(tmp_path / "vault" / source / "d" / persons_name(KEY.id))
        deliveries.append(Delivery({"source": source, "delivery_id": "d", "key_id": KEY.id}, is_current=True))
    with duckdb.connect() as connection:
        connection.execute("create schema lake; create table lake.merges (merged_key varchar, survivor_key varchar)")
        for pair in merges:
            connection.execute("insert into lake.merges values (?, ?)", pair)
        found = count_suspects(connection, settings(tmp_path), deliveries)
    assert [tuple(one.values()) for one in found] == expected


@pytest.mark.slow
@pytest.mark.xdist_group("sample")
def test_the_rate_of_the_sample_is_of_the_files_that_count(warehouse: Path) -> None:
    """The two persons whom the review lists stand under their other number in earlier extracts only."""
    (suspected, filed) = query(warehouse, "select sum(suspected), sum(persons) from lake.suspects")[0]
    assert (suspected, filed > 3000) == (0, True)
    rate = "select numerator, denominator from marts.hrm_indicators where indicator_id = 'duplicate_person_rate'"
    at = "org_unit_id = 'UZ' and org_view = 'as_was' and period_kind = 'month' and dimension_1 = 'all'"
    assert query(warehouse, f"{rate} and {at} and denominator > 0") == [(suspected, filed)]

"""Answers are counted on sheets of bytes: what is written is what is read, and indices are what their codebooks say."""

import csv
from itertools import groupby

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.settings import ROOT
from flows.statistics.answer_sums import answer_sums, book_of
from flows.statistics.attention import attention, cell_counts
from flows.statistics.sheets import OPTIONS, read, written
from tests.unit.sheeted import BOOK, codes, indices, sheets

BOOKS = ROOT / "expectations" / "codebooks"


def test_answers_stand_on_the_sheet_of_their_response_in_any_order() -> None:
    responses = pl.DataFrame({"delivery_no": [0, 0, 1], "row_number": [2, 5, 2], "items": [3, 3, 2]})
    rows = [(0, 5, 0, 4), (1, 2, 1, 2), (0, 2, 2, 1), (0, 3, 0, 1), (1, 9, 0, 1)]  # two of nobody
    columns = [[row[0] for row in rows], [row[1] for row in rows], [row[2] * OPTIONS + row[3] for row in rows]]
    batch = pa.record_batch([pa.array(column) for column in columns], names=["d", "r", "c"])
    found = written(responses, [batch.slice(3), batch.slice(0, 3)])
    assert [list(sheet) for sheet in found.to_pylist()] == [[0, 0, 1], [4, 0, 0], [0, 2]]


@given(st.integers(0, 8), st.integers(1, 9), st.data())
@settings(max_examples=30, deadline=None)
def test_sheets_are_read_as_they_were_written(people: int, items: int, data: st.DataObject) -> None:
    answers = data.draw(
        st.lists(st.lists(st.integers(0, 5), min_size=items, max_size=items), min_size=people, max_size=people)
    )
    wanted = np.array(answers, np.uint8).reshape(people, items)
    column = pa.chunked_array([pa.array([row.tobytes() for row in wanted], pa.large_binary())])
    assert read(column, items).tolist() == wanted.tolist()


def sums(answers: np.ndarray, codes_: pl.DataFrame, indices_: pl.DataFrame, step: float) -> pl.DataFrame:
    """The sums of one place that all respondents stand in."""
    page = {
        **BOOK,
        "wave_id": "1",
        "org_view": "as_was",
        "org_unit_id": "UZ",
        "dimension_1": "all",
        "category_1": "all",
    }
    cells = pl.DataFrame({"cell_no": range(len(answers))}).with_columns(
        weight=1.0,
        responses=1,
        strata=pl.lit(None, pl.String),
        ministry=pl.lit(None, pl.String),
        **{name: pl.lit(value) for name, value in page.items()},
    )
    places = cells.with_columns(period_end=pl.date(2026, 1, 1))
    return answer_sums(sheets(answers, step), cells, places, codes_, indices_)


@pytest.mark.parametrize(
    ("family", "expected"),
    # items of 1 to 5 answered 5, 4 and blank; 2 and 1 and 3: two of three are enough
    [("mean_0_100", (87.5 + 25) / 2), ("mean_native", (4.5 + 2) / 2), ("sum", (4.5 * 3 + 6) / 2)],
)
def test_each_score_family_is_what_it_says(family: str, expected: float) -> None:
    items = ("q1", "q2", "q3")
    answers = np.array([[5, 4, np.nan], [2, 1, 3], [5, np.nan, np.nan]]) - 1
    found = sums(answers, codes(items, (1, 2, 3, 4, 5)), indices({"x": (family, items, 0.67)}), 1)
    row = found.row(by_predicate=pl.col("measure_id") == "x", named=True)
    assert (row["n"], row["responses"]) == (2, 3)
    assert row["score_sum"] / row["n"] == pytest.approx(expected)


def test_each_option_of_an_item_is_counted_with_its_weight() -> None:
    answers = np.array([[5], [4], [5], [np.nan]]) - 1
    scale = indices({"x": ("mean_0_100", ("q1",), 0)})
    found = sums(answers, codes(("q1",), (1, 2, 3, 4, 5)), scale, 1).filter(measure_kind="option")
    assert found.select("measure_id", "score_family", "n", "w").rows() == [
        ("q1", str(place), n, float(n)) for place, n in ((1, 0), (2, 0), (3, 0), (4, 1), (5, 2))
    ]


def _rows(instrument: str, name: str) -> list[dict[str, str]]:
    with (BOOKS / instrument / "1" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("instrument", "suffix"), [("caf2020_classical", ""), ("caf2020_finetuned", "_finetuned")])
def test_the_total_of_caf_is_the_mean_of_its_nine_criteria(instrument: str, suffix: str) -> None:
    items = sorted(row["item_id"] for row in _rows(instrument, "items.csv"))
    points = tuple(range(0, 101, 5))
    rows = [
        row | BOOK | {"weight": row["weight"] or 1, "min_answered_share": 0.67}
        for row in _rows(instrument, "indices.csv")
    ]
    answers = np.random.default_rng(3).choice(points, (7, len(items))).astype(float)
    found = sums(answers, codes(tuple(items), points), pl.DataFrame(rows, infer_schema_length=None), 5)
    means = {row["measure_id"]: row["score_sum"] / row["n"] for row in found.filter(measure_kind="scale").to_dicts()}
    total = means.pop(f"caf_total{suffix}")
    assert len(means) == 9
    assert total == pytest.approx(np.mean(list(means.values())))
    # and a criterion is the mean of its sub-criteria, the first two figures after the letter
    first = [place for place, item in enumerate(items) if item.startswith("c3")]
    parts = [answers[:, list(part)] for _, part in groupby(first, key=lambda place: items[place][:3])]
    assert len(parts) == 3
    assert means[f"caf_3_people{suffix}"] == pytest.approx(np.mean([part.mean() for part in parts]))


def test_an_index_of_indices_weighs_items_so_that_each_subindex_counts_alike() -> None:
    """FEVS as published for 2023: sub-indices 73.8, 80.2 and 61.2 make an engagement index of 71.7 (domain/hrm.md 2.2).

    Of 1,000 persons 738 agree with the items of the first, 802 and 612 with those of the others; "do not know" is no
    answer. The second sub-index has one item here instead of two, so that item weighs double.
    """
    agreed = {"q1": 738, "q2": 738, "q3": 802, "q4": 602, "q5": 622}
    answers = np.where(np.arange(1000)[:, None] < list(agreed.values()), 4.0, 2.0)
    unsure = np.full((50, 5), np.nan)
    items = tuple(agreed)
    index = indices({"eei": ("percent_positive", items, 0.0)})
    index = index.with_columns(weight=pl.when(pl.col("item_id") == "q3").then(2).otherwise(1))
    found = sums(np.vstack([answers, unsure]) - 1, codes(items, (1, 2, 3, 4, 5)), index, 1)
    row = found.row(by_predicate=pl.col("measure_id") == "eei", named=True)
    assert (row["n"], row["mean_of_shares"]) == (1000, pytest.approx((0.738 + 0.802 + 0.612) / 3))
    # of persons, as one residual each: the mean of three sub-means
    person = (answers > 3) @ np.array([1, 1, 2, 1, 1]) / 6
    assert row["spread_of_shares"] == pytest.approx(((person - person.mean()) ** 2).sum() / 1000**2)


# attention

SIX = tuple(f"q{number}" for number in range(8))


def test_alike_and_long_and_quick_answers_are_flagged() -> None:
    answers = np.array(
        [
            [3, 3, 3, 3, 3, 3, 3, 3],  # all alike
            [3, 3, np.nan, 3, 3, 3, 3, 1],  # six alike one after the other, a blank between
            [1, 3, 3, 3, 3, 3, 1, 2],  # five alike
            [2, 2, 2, 2, 2, np.nan, np.nan, np.nan],  # too few answers to say
        ]
    )
    book = book_of(
        codes(SIX, (1, 2, 3, 4, 5)), pl.DataFrame(schema=dict.fromkeys(("index_id", "score_family"), pl.String))
    )
    found = attention(book, np.nan_to_num(answers).astype(np.uint8).T, np.array([300, 310, 90, np.nan]))
    assert found.screened.tolist() == [True, True, True, False]
    assert found.straight_lined.tolist() == [True, False, False, False]
    assert found.long_strings.tolist() == [True, True, False, False]
    assert found.sped.tolist() == [False, False, True, False]
    assert found.timed.tolist() == [True, True, True, False]


def test_cells_count_how_far_forms_were_filled_in() -> None:
    answers = np.full((3, 8), 2.0)
    answers[1, 4:], answers[2, 2:] = np.nan, np.nan  # half, and a quarter
    cells = pl.DataFrame({"cell_no": [0, 1, 2], "wave_id": "w", **BOOK})
    found = cell_counts(sheets(answers, 1, seconds=[60.0, 60.0, 10.0]), cells, codes(SIX, (0, 1, 2, 3, 4)))
    assert found.select("complete", "partial", "broken_off", "sped").rows() == [
        (1, 0, 0, 0),
        (0, 1, 0, 0),
        (0, 0, 1, 1),
    ]

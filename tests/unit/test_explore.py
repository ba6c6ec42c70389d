"""The explorer shows published rows as they are, offers what is left, and says when its optional part is missing."""

import json
import sys
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from flows.errors import QdeepError
from flows.explore import start
from flows.explore.query import Question, answer, drawn, filters, tables, values, written

ROWS = [
    ("A", date(2026, 8, 31), 0.1, 12, "F", None),
    ("A", date(2026, 9, 30), None, None, "C", "value n"),
    ("B", date(2026, 9, 30), 0.3, 9, "F", None),
    ("O'Brien", date(2026, 9, 30), None, 7, "F", None),
]
NAMES = ("org_unit_id", "period_end", "value", "n", "conf_status", "withheld")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A release of one table."""
    pl.DataFrame(ROWS, list(NAMES), orient="row").write_parquet(tmp_path / "figures.parquet")
    return tmp_path


def test_rows_are_filtered_by_the_values_chosen_whatever_signs_they_hold(folder: Path) -> None:
    question = Question(folder, "figures", {"org_unit_id": ["O'Brien"], "period_end": ["2026-09-30"]})
    assert answer(question)["n"].to_list() == [7]
    assert answer(Question(folder, "figures", {"value": ["0.1"]})).height == len(ROWS)  # no column to choose by


def test_a_filter_offers_what_the_other_filters_leave(folder: Path) -> None:
    question = Question(folder, "figures", {"org_unit_id": ["A"]})
    assert filters(question) == ("org_unit_id", "period_end", "conf_status")
    assert values(question, "period_end") == ["2026-08-31", "2026-09-30"]
    assert values(question, "org_unit_id") == ["A", "B", "O'Brien"]


def test_a_withheld_figure_reads_c_and_a_missing_one_stays_empty(folder: Path) -> None:
    shown = written(answer(Question(folder, "figures")))
    assert shown["value"].to_list() == ["0.1", "[c]", "0.3", None]
    assert shown["n"].to_list() == ["12", "[c]", "9", "7"]


def test_only_free_figures_are_drawn(folder: Path) -> None:
    lines = drawn(answer(Question(folder, "figures")))
    assert lines.rows() == [(date(2026, 8, 31), "A", 0.1), (date(2026, 9, 30), "B", 0.3)]
    assert drawn(pl.DataFrame({"a": [1]})).is_empty()


def test_a_table_is_listed_even_where_its_file_says_nothing(folder: Path) -> None:
    assert tables(folder) == {"figures": {}}


def test_the_server_is_of_this_machine_alone_and_sends_nothing(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(start, "find_spec", lambda _: True)
    made = start.command(folder, "uz", 8501)
    assert {"--server.address=127.0.0.1", "--browser.gatherUsageStats=false", "--server.headless=true"} <= set(made)


@pytest.mark.skipif(find_spec("streamlit") is not None, reason="Streamlit is installed: nothing is missing")
def test_a_missing_explorer_is_told_with_its_cure(folder: Path) -> None:
    with pytest.raises(QdeepError, match="E-642"):
        start.command(folder, "uz", 8501)


@pytest.mark.skipif(find_spec("streamlit") is None, reason="Streamlit is optional: pip install 'qdeep[explore]'")
def test_the_page_is_drawn(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    from streamlit.testing.v1 import AppTest

    about = {
        "is_sample": True,
        "release_id": "r",
        "as_of": "2026-09-30",
        "known_on": "2026-10-31",
        "title": {"ru": "T"},
    }
    table = pl.read_parquet(folder / "figures.parquet").to_arrow().replace_schema_metadata({"qdeep": json.dumps(about)})
    pq.write_table(table, folder / "figures.parquet")
    monkeypatch.setattr(sys, "argv", ["app.py", str(folder), "ru"])
    page = AppTest.from_file(str(start.APP), default_timeout=60)
    page.run()
    assert not page.exception
    assert [one.value for one in page.subheader] == ["T"]

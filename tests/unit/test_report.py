"""Drawings say what their numbers say, hide what is withheld, and come out the same each time; texts are complete."""

import csv
import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest

from flows.report.drawing.flow import Step, Way, draw_flow
from flows.report.drawing.lines import Line, draw_lines
from flows.report.drawing.pyramid import Band, Side, draw_pyramid
from flows.report.drawing.rows import Axis, Bar, Row, Veil, draw_rows
from flows.report.drawing.scales import Scale, around, from_zero
from flows.report.drawing.svg import hatched, width_of, wrap
from flows.report.figures import process_change
from flows.report.figures.base import Cell, Figure, View, ago, both, cell, gap, is_withheld
from flows.report.figures.headcount import bridge
from flows.report.marts import Marts
from flows.report.pages.base import Section
from flows.report.site import Choice, rows_as_csv
from flows.report.texts import LANGUAGES, TABLE, languages
from flows.settings import ROOT

REPORT = ROOT / "flows" / "report"
# Families of texts whose keys are put together in code.
FAMILIES = ("unit_", "short_", "group_", "state_", "direction_", "evidence_", "month_", "bridge_", "stage_", "col_")
FAMILIES += ("quadrant_", "age_", "verdict_", "conf_", "obs_", "file_", "comparable_", "reference_", "owner_", "test_")
FAMILIES += ("part_", "held_", "function_", "confidence_", "advice_", "gone_", "metric_", "article_", "role_", "price_")
UZ, RU, EN, KO = languages()


def test_a_scale_has_round_ends_and_ticks_and_keeps_values_inside() -> None:
    assert around([2490, 2831]) == Scale(2400, 2900)
    assert [round(tick) for tick in Scale(2400, 2900).ticks(4)] == [2400, 2600, 2800]
    assert from_zero([7, 3]) == Scale(0, 7)
    assert from_zero([]) == Scale(0, 1)
    assert Scale(0, 10).at(20, 300) == 300


@pytest.mark.parametrize("width", [1100, 560, 340])
def test_a_withheld_row_is_hatched_and_holds_no_figure(width: float) -> None:
    rows = [Row("A", (Bar(0, 5, "plain"),), "5"), Row("B", (Veil("[c]"),))]
    drawn = draw_rows(rows, Axis(Scale(0, 10)), width).content
    assert drawn.count('class="hatch"') == drawn.count(">[c]<") == 1
    assert drawn.count('class="bar plain"') == 1


def test_hatching_stays_in_its_box() -> None:
    places = [(float(x), float(y)) for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", hatched(10, 20, 50, 12))]
    assert places
    assert all(10 <= x <= 60 and 20 <= y <= 32 for x, y in places)


def test_a_long_name_is_broken_at_blanks_and_cut_with_an_ellipsis() -> None:
    name = "Министерство высшего образования, науки и инноваций"
    lines = wrap(name, 150)
    assert len(lines) == 2
    assert lines[-1].endswith("…")
    assert all(width_of(line) <= 170 for line in lines)
    assert wrap("Kadrlar", 150) == ["Kadrlar"]


def test_words_put_into_a_drawing_are_escaped() -> None:
    drawn = draw_rows([Row("<b>&", (), "<i>", note="<u>")], Axis(Scale(0, 1)), 560).content
    assert not re.search(r"<[biu]>", drawn)
    assert "&lt;b&gt;&amp;" in drawn


def test_a_line_breaks_where_a_month_is_withheld() -> None:
    line = Line("A", (0.1, None, 0.2, 0.3), "30%", withheld=(False, True, False, False))
    drawn = draw_lines([line], Scale(0, 1), [], ["", "", "", ""], 560).content
    assert drawn.count("<polyline") == 1
    assert drawn.count('class="hatch"') == 1


def test_a_withheld_side_of_a_pyramid_has_no_length_of_its_own() -> None:
    bands = [Band("u30", Side(None, "[c]"), Side(7, "7", before=6)), Band("60p", Side(3, "3"), Side(None, "[c]"))]
    drawn = draw_pyramid(bands, ("M", "F"), Scale(0, 10), [], 560).content
    assert drawn.count('class="hatch"') == 2
    assert drawn.count('class="tick last"') == 1


def test_a_process_map_is_the_same_each_time_and_dashes_what_is_withheld() -> None:
    steps = [Step(name, name, "") for name in "abcd"]
    ways = [
        Way("a", "b", 9, "1 h", "×9", "short"),
        Way("a", "d", None, "[c]", "", "veiled"),
        Way("d", "b", 3, "2 h", "×3", "long", 1),
    ]
    first, second = (draw_flow(steps, chosen, 1000).content for chosen in (ways, ways[::-1]))
    assert sorted(re.findall(r'd="[^"]+"', first)) == sorted(re.findall(r'd="[^"]+"', second))
    assert first.count("stroke-dasharray") == 1
    assert first.count('class="badge"') == 1
    assert ">×3<" not in draw_flow(steps, ways, 340).content


def test_only_a_reliable_gap_that_matters_counts() -> None:
    assert gap(60, 65, 70, 55) == "above"
    assert gap(40, 45, 50, 55) == "below"
    assert gap(54, 65, 76, 55) == "none"  # the interval holds the benchmark
    assert gap(56, 57, 58, 55) == "none"  # too small to matter
    assert gap(None, 65, None, 55) == "none"


def test_a_cell_tells_withheld_from_missing() -> None:
    row = {"a": None, "b": None, "c": 0.0, "withheld": "a", "conf_status": "C"}
    assert cell(row, "a", EN, str).text == "[c]"
    assert is_withheld(row, "a")
    assert cell({**row, "conf_status": "F"}, "b", EN, str) == Cell("–", "none", EN("no_value"))
    assert cell(row, "c", EN, EN.number).text == "0"


def test_a_half_picture_without_a_neighbour_takes_the_row() -> None:
    def figure(name: str, *, is_half: bool) -> Figure:
        return Figure(name, "", "", "", ("m",), (), is_half=is_half)

    names = [("a", False), ("b", True), ("c", True), ("d", True), ("e", False), ("f", True)]
    placed = Section("s", "", tuple(figure(name, is_half=half) for name, half in names)).placed
    assert [one.id for one, is_alone in placed if is_alone] == ["d", "f"]


def test_the_rows_of_a_picture_keep_what_is_empty_empty() -> None:
    rows = [{"day": date(2026, 9, 30), "value": 0.1, "n": None, "name": 'a "b", c'}]
    assert list(csv.reader(rows_as_csv(rows).splitlines())) == [
        ["day", "value", "n", "name"],
        ["2026-09-30", "0.1", "", 'a "b", c'],
    ]
    assert rows_as_csv([]) == ""


def test_a_year_before_the_last_of_february_is_the_last_of_february() -> None:
    assert ago(date(2028, 2, 29)) == date(2027, 2, 28)


def _view(months: list[dict[str, Any]]) -> View:
    return View(Marts({}, {"hrm_headcount_bridge": pl.DataFrame(months, infer_schema_length=None)}), EN)


def _month(number: int, **changed: Any) -> dict[str, Any]:
    moves = dict.fromkeys(
        ("hires", "transfers_in", "moves_in", "exits", "transfers_out", "moves_out", "unexplained"), 0.0
    )
    days = {"period_kind": "month", "period_start": date(2026, number, 1), "period_end": date(2026, number, 28)}
    sizes = {"opening": 100.0, "closing": 100.0, "conf_status": "F", "withheld": None}
    return {"org_unit_id": "UZ", "org_view": "as_was", **days, **sizes, **moves, **changed}


def test_the_bridge_adds_up_months_from_opening_to_closing() -> None:
    figure = bridge(
        _view(
            [_month(1, hires=9.0, closing=109.0), _month(2, opening=109.0, exits=4.0, unexplained=2.0, closing=107.0)]
        )
    )
    assert figure is not None
    assert figure.table is not None
    assert [(row[0].text, row[1].text) for row in figure.table.rows] == [
        ("1 January 2026", "100"),
        ("Hired", "+9"),
        ("Left the service", "\u22124"),
        ("Unexplained", "+2"),
        ("28 February 2026", "107"),
    ]


def test_a_flow_withheld_in_one_month_is_withheld_in_the_sum() -> None:
    """The rest of the months beside a total of the year would give it away."""
    figure = bridge(_view([_month(1, hires=9.0), _month(2, hires=None, conf_status="C", withheld="hires")]))
    assert figure is not None
    assert figure.table is not None
    assert figure.table.rows[1][1].text == "[c]"
    assert figure.picture is not None
    assert "+9" not in figure.picture.wide.content


def test_a_picture_is_drawn_when_it_is_asked_for() -> None:
    picture = both(lambda width: draw_rows([Row("A", (Bar(0, 1, "plain"),), "1")], Axis(Scale(0, 1)), width))
    assert (picture.wide.width, picture.narrow.width, picture.paper.width) == (560, 340, 560)


def test_every_text_that_code_asks_for_stands_in_the_table_and_the_other_way_round() -> None:
    files = [
        *REPORT.rglob("*.py"),
        *REPORT.rglob("*.j2"),
        *(ROOT / "flows" / "explore").glob("*.py"),
        ROOT / "flows" / "release" / "dictionary.py",
    ]
    code = "".join(file.read_text(encoding="utf-8") for file in files)
    keys = {row["key"] for row in csv.DictReader(TABLE.open(encoding="utf-8", newline=""))}
    asked = set(re.findall(r"""\bt\(\s*["']([a-z0-9_A-Z]+)["']""", code))
    assert asked - keys - set(FAMILIES) == set()
    unused = {key for key in keys if not key.startswith(FAMILIES) and not re.search(rf"""["']{key}["']""", code)}
    assert unused == set()


def test_texts_that_await_a_native_reader_are_listed() -> None:
    """Whoever writes a text puts it on the list; who has read it takes it off."""
    listed = list(csv.DictReader((REPORT / "to_review.csv").open(encoding="utf-8", newline="")))
    keys = {row["key"] for row in csv.DictReader(TABLE.open(encoding="utf-8", newline=""))}
    assert [row["key"] for row in listed] == sorted(row["key"] for row in listed)
    assert {row["key"] for row in listed} <= keys
    assert {code for row in listed for code in row["languages"].split()} <= {"uz", "ru", "ko"}


def test_a_ministry_that_the_release_does_not_have_is_said_so(tmp_path: Path) -> None:
    from flows.errors import QdeepError
    from flows.report.make import make_report

    frame = pl.DataFrame({"org_unit_id": ["UZ", "MOA"], "parent_id": [None, "UZ"], "level": ["service", "ministry"]})
    table = frame.to_arrow().replace_schema_metadata({b"qdeep": b"{}"})
    pq.write_table(table, tmp_path / "dim_org_units.parquet", write_page_checksum=True)
    with pytest.raises(QdeepError, match="E-640"):
        make_report(tmp_path, tmp_path / "site", Choice(units=("NONE",)))
    assert not (tmp_path / "site").exists()


def _benefit(
    measure: str, before: float | None, after: float | None, band: tuple[float, float], **changed: Any
) -> dict[str, Any]:
    names = {f"{kind}_{code}": f"{kind} {measure} {code}" for kind in ("name", "measure") for code in LANGUAGES}
    sizes = {"as_is": before, "to_be": after, "difference_low": band[0], "difference_high": band[1], "n": 40}
    change = None if before is None or after is None else after - before
    row = {
        "scenario_id": "s",
        "process_id": "p",
        "part": "benefit",
        "measure_id": measure,
        "unit": "wh",
        "measured": None,
        "difference": change,
    }
    return {**row, **names, **sizes, "is_validated": True, "conf_status": "F", "withheld": None, **changed}


def _change(*rows: dict[str, Any]) -> Figure:
    marts = Marts({}, {"bpr_scenarios": pl.DataFrame(list(rows), infer_schema_length=None)})
    (figure,) = process_change.scenarios(View(marts, EN), "p")
    return figure


def test_a_changed_process_stands_beside_today_and_tells_its_surest_change() -> None:
    figure = _change(_benefit("lead", 100.0, 60.0, (-45, -35)), _benefit("work", 10.0, 2.0, (-9, 1)))
    assert figure.finding == "The greatest change: measure lead en, 100 → 60.0 working hours (\u221240%)."
    assert figure.picture is not None
    assert figure.picture.wide.content.count('class="bar tobe"') == 2


def test_no_benefit_is_shown_where_today_is_not_proven_or_withheld() -> None:
    check = _benefit("lead", 150.0, None, (0, 0), part="check", measured=100.0, is_validated=False)
    figure = _change(_benefit("lead", 150.0, None, (0, 0), is_validated=False), check)
    assert figure.finding == EN("change_unproven")
    assert figure.picture is not None
    assert "100 → 150" in figure.picture.wide.content
    assert figure.table is not None
    assert [one.text for one in figure.table.rows[0][3:5]] == ["–", "–"]
    hidden = _change(_benefit("lead", None, None, (0, 0), withheld="as_is to_be difference", conf_status="C"))
    assert hidden.table is not None
    assert [one.text for one in hidden.table.rows[0][2:5]] == ["[c]"] * 3


def test_processes_are_ranked_by_impact_and_feasibility() -> None:
    row = {"org_unit_id": "UZ", "n": 7, "impact": 4.0, "feasibility": 3.5, "priority_score": 14.0, "quadrant": "first"}
    empty = dict.fromkeys(("n", "impact", "feasibility", "priority_score", "quadrant"))
    rows = [
        {**row, "process_id": "slow", "conf_status": "F", "withheld": None},
        {**row, **empty, "process_id": "few", "conf_status": "C", "withheld": " ".join(empty)},
    ]
    frames = {"bpr_priorities": pl.DataFrame(rows, infer_schema_length=None)}
    figure = process_change.priorities(View(Marts({}, frames), EN))
    assert figure is not None
    assert figure.finding == "“slow” comes first (14.0 of 25)."
    assert figure.table is not None
    assert [one.text for one in figure.table.rows[1]] == ["few", *["[c]"] * 5]

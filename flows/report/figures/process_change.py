"""What a changed process would bring, as the simulation has it, and which process to change first."""

from flows.report.drawing.quadrants import Point, Quarters, draw_quadrants
from flows.report.drawing.rows import Axis, Bar, Mark, Row, Span, Veil, draw_rows
from flows.report.drawing.scales import Scale
from flows.report.figures.base import (
    FULL,
    Cell,
    Figure,
    Key,
    View,
    both,
    cell,
    is_hidden,
    name_of,
    shown,
    table,
    withheld,
)
from flows.report.marts import Row as MartRow
from flows.report.texts import BARE, DASH

SCENARIOS, PRIORITIES = "bpr_scenarios", "bpr_priorities"
# Impact and feasibility run from 1 to 5 and are parted at 3; the quarters from the top left on.
SCORES, MIDDLE = Scale(1, 5), 3.0
QUADRANTS = ("prepare", "first", "later", "easy")
# Today is 1 on the axis of a scenario; what grows beyond so many times today is cut there.
MOST = 2.0


def scenarios(view: View, process: str) -> list[Figure]:
    """Return a figure for each scenario of a process: each measure today and after the change, today being 100 %.

    Where the simulation of today does not fit what was measured, both are shown instead, and no benefit.
    """
    rows = view.marts.rows(SCENARIOS, process_id=process)
    ids = sorted({row["scenario_id"] for row in rows})
    return [_scenario(view, one, [row for row in rows if row["scenario_id"] == one]) for one in ids]


def priorities(view: View) -> Figure | None:
    """Return impact and feasibility of a change of each process, the worthiest first."""
    t, rows = view.t, view.rows(PRIORITIES)
    if not rows:
        return None
    rows = sorted(rows, key=lambda row: (-(row["priority_score"] or 0), row["process_id"]))
    quarters = Quarters(SCORES, MIDDLE, t("feasibility"), t("impact"), tuple(t(f"quadrant_{one}") for one in QUADRANTS))
    points = [
        Point(view.process(row["process_id"]), shown(row, "feasibility"), shown(row, "impact"), _score(view, row).text)
        for row in rows
    ]
    return Figure(
        id="priorities",
        title=t("priorities_title"),
        finding=_first(view, rows[0]),
        sub=t("priorities_sub", n=cell(rows[0], "n", t, t.number).text),
        marts=(PRIORITIES, "dim_processes"),
        rows=rows,
        picture=both(lambda width: draw_quadrants(points, quarters, width), FULL),
        table=table(
            (t("process"), t("impact"), t("feasibility"), t("priority"), t("quadrant"), "n"),
            [[view.process(row["process_id"]), *_priority(view, row)] for row in rows],
        ),
        legend=(Key("hide", t("legend_c")),) if any(is_hidden(row, "impact") for row in rows) else (),
        notes=(t("priorities_note"),),
    )


def _first(view: View, row: MartRow) -> str:
    if row["priority_score"] is None:
        return ""
    return view.t(
        "priorities_finding", process=view.process(row["process_id"]), score=view.t.number(row["priority_score"], 1)
    )


def _scenario(view: View, scenario: str, rows: list[MartRow]) -> Figure:
    t = view.t
    benefits = [row for row in rows if row["part"] == "benefit"]
    is_proven = bool(benefits) and all(row["is_validated"] for row in benefits)
    pair = ("as_is", "to_be") if is_proven else ("measured", "as_is")
    compared = [
        row
        for row in (benefits if is_proven else rows)
        if (row["part"] == ("benefit" if is_proven else "check")) and (row[pair[0]] or is_hidden(row, pair[0]))
    ]
    top = min(max([1.0, *((row[pair[1]] or 0) / row[pair[0]] for row in compared if row[pair[0]])]), MOST)
    axis = Axis(Scale(0, top), tuple((at, f"{t.number(100 * at)}%") for at in Scale(0, top).ticks(4)), benchmark=1.0)
    drawn = [Row(_labelled(view, row), _sides(row, pair), _change(view, row, pair)) for row in compared]
    words = ("as_is", "to_be") if is_proven else ("measured", "simulated")
    return Figure(
        id=f"scenario_{scenario}",
        title=t("change_title", scenario=name_of(rows[0], t, scenario)),
        finding=_finding(view, compared) if is_proven else t("change_unproven"),
        sub=t("change_sub" if is_proven else "check_sub", n=cell(rows[0], "n", t, t.number).text),
        marts=(SCENARIOS,),
        rows=[row for row in rows if row["part"] != "queue"],
        picture=both(lambda width: draw_rows(drawn, axis, width, 34.0), FULL) if drawn else None,
        table=table(
            (t("metric"), t("unit"), t("as_is"), t("to_be"), t("difference"), t("band")),
            [[_measure(view, row), _unit(view, row), *_figures(view, row)] for row in benefits],
        ),
        legend=(
            Key("bar asis", t(words[0])),
            Key("bar tobe", t(words[1])),
            *((Key("line band", t("band")),) if is_proven else ()),
        ),
        notes=(t("change_note"),) if is_proven else (),
    )


def _sides(row: MartRow, pair: tuple[str, str]) -> tuple[Mark, ...]:
    first, second = row[pair[0]], row[pair[1]]
    if first is None:
        return (Veil("[c]"),)
    bars: tuple[Mark, ...] = (Bar(0, 1, "asis", part=0, parts=2),)
    return bars if second is None else (*bars, Bar(0, second / first, "tobe", part=1, parts=2), *_band(row))


def _band(row: MartRow) -> tuple[Mark, ...]:
    """Return the band of the change, drawn from today."""
    if row["difference"] is None or row["difference_low"] is None or row["difference_high"] is None:
        return ()
    low, value, high = (1 + row[name] / row["as_is"] for name in ("difference_low", "difference", "difference_high"))
    return (Span(low, value, high, "band", part=1, parts=2),)


def _change(view: View, row: MartRow, pair: tuple[str, str] = ("as_is", "to_be")) -> str:
    t, before, after = view.t, row[pair[0]], row[pair[1]]
    if before is None:
        return ""
    words = t.figure(before, row["unit"])
    return words if after is None else f"{words} → {t.figure(after, row['unit'])}"


def _figures(view: View, row: MartRow) -> list[Cell]:
    t, unit = view.t, row["unit"]
    band = Cell(DASH, "none")
    if is_hidden(row, "difference_low"):
        band = withheld(row, t)
    elif row["difference_low"] is not None and row["difference_high"] is not None:
        band = Cell(f"{t.figure(row['difference_low'], unit)} … {t.figure(row['difference_high'], unit)}")
    return [
        *(cell(row, name, t, lambda value: t.figure(value, unit)) for name in ("as_is", "to_be", "difference")),
        band,
    ]


def _measure(view: View, row: MartRow) -> str:
    return row[f"measure_{view.t.code}"] or row["measure_id"]


def _labelled(view: View, row: MartRow) -> str:
    unit = _unit(view, row)
    return _measure(view, row) if row["unit"] in BARE or not unit else f"{_measure(view, row)}, {unit}"


def _unit(view: View, row: MartRow) -> str:
    return view.t.words.get(f"unit_{row['unit']}", row["unit"] or "")


def _finding(view: View, rows: list[MartRow]) -> str:
    """Return the greatest change, in proportion, whose band leaves no doubt about its direction."""
    sure = [row for row in rows if row["to_be"] is not None and row["as_is"] and _is_sure(row)]
    if not sure:
        return ""
    most = max(sure, key=lambda row: (abs(row["to_be"] / row["as_is"] - 1), row["measure_id"]))
    share = view.t.number(100 * (most["to_be"] / most["as_is"] - 1), signed=True)
    return view.t(
        "change_finding", measure=_measure(view, most), change=_change(view, most), unit=_unit(view, most), share=share
    )


def _is_sure(row: MartRow) -> bool:
    low, high = row["difference_low"], row["difference_high"]
    return low is not None and high is not None and (low > 0 or high < 0)


def _score(view: View, row: MartRow) -> Cell:
    return cell(row, "priority_score", view.t, lambda value: view.t.number(value, 1))


def _priority(view: View, row: MartRow) -> list[Cell]:
    t = view.t
    axes = [cell(row, name, t, lambda value: t.number(value, 1)) for name in ("impact", "feasibility")]
    quadrant = Cell(t(f"quadrant_{row['quadrant']}")) if row["quadrant"] else Cell("[c]", "c", t("withheld"))
    return [*axes, _score(view, row), quadrant, cell(row, "n", t, t.number)]

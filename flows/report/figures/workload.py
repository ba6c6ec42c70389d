"""On what units spend their hours, and how many posts that work would need."""

from flows.report.drawing.rows import Axis, Bar, Mark, Row, Veil, draw_rows
from flows.report.drawing.scales import from_zero
from flows.report.figures.base import Cell, Figure, Key, View, both, cell, is_hidden, table
from flows.report.marts import Row as MartRow

WORKLOAD, WHOLE = "diagnosis_workload", "all"


def workload(view: View) -> Figure | None:
    """Return the posts that each function would need by what people told; none without a wave of the module."""
    t, rows = view.t, _newest(view)
    whole = next((row for row in rows if row["category_1"] == WHOLE), None)
    if whole is None:
        return None
    order = sorted(rows, key=lambda row: (row is whole, -(row["fte_demand"] or 0), row["category_1"]))
    parts = [row for row in order if row is not whole]
    scale = from_zero([row["fte_demand"] or 0 for row in parts], 1.04)
    axis = Axis(scale, tuple((at, t.number(at)) for at in scale.ticks(4)))
    drawn = [
        Row(_name(view, row), _marks(row), cell(row, "fte_demand", t, lambda value: t.number(value, 1)).text)
        for row in parts
    ]
    return Figure(
        id="workload",
        title=t("workload_title"),
        finding=_finding(view, whole),
        sub=t("workload_sub", period=view.period(whole), n=cell(whole, "respondents", t, t.number).text),
        marts=(WORKLOAD,),
        rows=order,
        picture=both(lambda width: draw_rows(drawn, axis, width)),
        table=table(
            (t("function"), t("respondents"), t("month_hours"), t("fte_demand"), t("fte_per_person")),
            [_line(view, row) for row in order],
        ),
        legend=(Key("bar plain", t("fte_demand")), Key("hide", t("legend_c"))),
        notes=(t("workload_note"),),
        is_half=True,
    )


def _newest(view: View) -> list[MartRow]:
    rows = view.rows(WORKLOAD)
    wave = max((row["wave_id"] for row in rows), default=None)
    return [row for row in rows if row["wave_id"] == wave]


def _name(view: View, row: MartRow) -> str:
    name = row["category_1"]
    return view.t.words.get(f"function_{name}", name)


def _marks(row: MartRow) -> tuple[Mark, ...]:
    if is_hidden(row, "fte_demand"):
        return (Veil("[c]"),)
    return () if row["fte_demand"] is None else (Bar(0, row["fte_demand"], "plain"),)


def _line(view: View, row: MartRow) -> list[Cell | str]:
    t = view.t
    columns = (("n", 0), ("month_hours", 0), ("fte_demand", 1), ("fte_per_person", 2))
    return [
        _name(view, row),
        *(cell(row, name, t, lambda value, digits=digits: t.number(value, digits)) for name, digits in columns),
    ]


def _finding(view: View, whole: MartRow) -> str:
    t = view.t
    if whole["fte_demand"] is None or whole["respondents"] is None or whole["fte_per_person"] is None:
        return ""
    return t(
        "workload_finding",
        people=t.number(whole["respondents"]),
        posts=t.number(whole["fte_demand"], 1),
        each=t.number(whole["fte_per_person"], 2),
    )

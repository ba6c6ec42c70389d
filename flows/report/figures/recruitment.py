"""Where the way from an announced competition to a person in post narrows, and how long it takes."""

from flows.report.drawing.rows import Axis, Bar, Mark, Row, Veil, draw_rows
from flows.report.drawing.scales import from_zero
from flows.report.figures.base import Figure, Key, View, both, cell, is_withheld, shown, table
from flows.report.marts import Row as MartRow

STAGES = ("applications", "competitions", "vacancies_filled", "filled_from_inside", "failed_competitions")


def funnel(view: View) -> Figure | None:
    """Return applications, competitions and posts filled of the last twelve months; none where nothing is known."""
    t, row = view.t, view.newest("hrm_recruitment", period_kind="r12")
    if row is None or not any(row[stage] is not None for stage in STAGES):
        return None
    parts = [found for unit in view.parts if (found := view.newest("hrm_recruitment", unit, period_kind="r12"))]
    scale = from_zero([shown(row, stage) or 0 for stage in STAGES])
    axis = Axis(scale, tuple((at, t.number(at)) for at in scale.ticks(4)))
    drawn = [Row(t(f"stage_{stage}"), _marks(row, stage), cell(row, stage, t, t.number).text) for stage in STAGES]
    return Figure(
        id="recruitment",
        title=t("recruitment_title"),
        finding=_finding(view, row),
        sub=t("recruitment_sub", period=view.period(row)),
        marts=("hrm_recruitment",),
        rows=[row, *parts],
        picture=both(lambda width: draw_rows(drawn, axis, width)),
        table=table(
            (t("organisation"), *(t(f"stage_{stage}") for stage in STAGES), t("days_to_fill")),
            [
                [
                    view.org(one["org_unit_id"]),
                    *(cell(one, name, t, t.number) for name in (*STAGES, "time_to_fill_median")),
                ]
                for one in [row, *parts]
            ],
        ),
        legend=(
            Key("bar plain", t("number")),
            Key("bar out", t("stage_failed_competitions")),
            Key("hide", t("legend_c")),
        ),
        is_half=True,
    )


def _marks(row: MartRow, stage: str) -> tuple[Mark, ...]:
    if is_withheld(row, stage):
        return (Veil("[c]"),)
    value = shown(row, stage)
    return () if value is None else (Bar(0, value, "out" if stage == "failed_competitions" else "plain"),)


def _finding(view: View, row: MartRow) -> str:
    t = view.t
    each, days, late = (
        shown(row, name) for name in ("applicants_per_vacancy", "time_to_fill_median", "time_to_fill_p90")
    )
    if each is None or days is None or late is None:
        return ""
    return t("recruitment_finding", each=t.number(each, 1), days=t.number(days), late=t.number(late))

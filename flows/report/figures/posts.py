"""Posts the staffing table authorises against posts that are held, and where vacancies stay long."""

from flows.report.drawing.rows import Axis, Bar, Dot, Mark, Row, Veil, draw_rows
from flows.report.drawing.scales import from_zero
from flows.report.figures.base import Cell, Figure, Key, View, both, cell, shown, table
from flows.report.marts import Row as MartRow

NEEDED = ("approved_fte", "vacancy_rate")


def posts(view: View) -> Figure | None:
    """Return authorised and held posts of each part in the newest month; none where no part has a staffing table."""
    t = view.t
    found = {unit: view.newest("hrm_vacancies", unit, period_kind="month") for unit in view.parts}
    rows = {unit: row for unit, row in found.items() if row and (row["approved_fte"] is not None or row["withheld"])}
    whole = view.newest("hrm_vacancies", period_kind="month")
    if not rows or whole is None:
        return None
    scale = from_zero([row["approved_fte"] or 0 for row in rows.values()], 1.04)
    order = sorted(rows, key=lambda unit: (-(rows[unit]["approved_fte"] or 0), unit))
    drawn = [_row(view, unit, rows[unit]) for unit in order]
    axis = Axis(scale, tuple((at, t.number(at)) for at in scale.ticks(4)))
    return Figure(
        id="posts",
        title=t("posts_title"),
        finding=_finding(view, whole),
        sub=t("posts_sub", month=t.month(whole["period_end"]), n=_count(whole["n"], view)),
        marts=("hrm_vacancies",),
        rows=[*rows.values(), whole],
        picture=both(lambda width: draw_rows(drawn, axis, width)),
        table=table(
            (t("organisation"), t("approved"), t("held"), t("vacancy_rate"), t("vacancy_age")),
            [_line(view, unit, {**rows, view.unit: whole}[unit]) for unit in [*order, view.unit]],
        ),
        legend=(Key("bar held", t("held")), Key("bar approved", t("approved")), Key("hide", t("legend_c"))),
        is_half=True,
    )


def _row(view: View, unit: str, row: MartRow) -> Row:
    approved, rate = (shown(row, name) for name in NEEDED)
    marks: tuple[Mark, ...] = (Veil("[c]"),)
    figure = ""
    if approved is not None:
        marks = (Bar(0, approved, "approved"),)
        if rate is not None:
            marks += (Bar(0, approved * (1 - rate), "held", part=0), Dot(approved, "edge", "tick"))
            figure = view.t.percent(rate, 1)
        else:
            figure = cell(row, "vacancy_rate", view.t, str).text
    return Row(view.org(unit), marks, figure)


def _line(view: View, unit: str, row: MartRow) -> list[Cell | str]:
    t = view.t
    approved, rate = (shown(row, name) for name in NEEDED)
    held = (
        Cell(t.number(approved * (1 - rate), 1))
        if approved is not None and rate is not None
        else cell(row, "vacancy_rate", t, str)
    )
    return [
        view.org(unit),
        cell(row, "approved_fte", t, lambda value: t.number(value, 1)),
        held,
        cell(row, "vacancy_rate", t, lambda value: t.percent(value, 1)),
        cell(row, "vacancy_age_median", t, t.number),
    ]


def _finding(view: View, whole: MartRow) -> str:
    t = view.t
    approved, rate, age = (shown(whole, name) for name in (*NEEDED, "vacancy_age_median"))
    if approved is None or rate is None:
        return ""
    key = "posts_finding" if age is not None else "posts_finding_short"
    return t(
        key,
        share=t.percent(rate, 1),
        vacant=t.number(approved * rate),
        approved=t.number(approved),
        days=t.number(age or 0),
    )


def _count(n: float | None, view: View) -> str:
    return "[c]" if n is None else view.t.number(n)

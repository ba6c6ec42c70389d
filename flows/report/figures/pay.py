"""How far women's pay stands below men's: over all, and among those who hold comparable posts."""

from flows.report.drawing.rows import Axis, Dot, Mark, Row, Span, Veil, draw_rows
from flows.report.drawing.scales import around
from flows.report.figures.base import Figure, Key, View, both, cell, is_withheld, shown, table
from flows.report.marts import Row as MartRow

RAW, LIKE = "gender_pay_gap_median", "gender_pay_gap_within"


def gaps(view: View) -> Figure | None:
    """Return the pay gap of each part in the newest month with pay: of medians, and within comparable posts."""
    t = view.t
    found = {unit: view.newest("hrm_pay", unit, period_kind="month") for unit in [view.unit, *view.parts]}
    rows = {unit: row for unit, row in found.items() if row and (row[RAW] is not None or is_withheld(row, RAW))}
    whole = rows.get(view.unit)
    if whole is None:
        return None
    order = [view.unit, *sorted((u for u in rows if u != view.unit), key=lambda u: (-(rows[u][RAW] or -1), u))]
    values = [value for row in rows.values() for value in (row[RAW], row[LIKE]) if value is not None]
    scale = around([0.0, *values, *(value + 0.01 for value in values)])
    axis = Axis(scale, tuple((at, f"{t.number(100 * at)}%") for at in scale.ticks(4)), benchmark=0.0)
    drawn = [
        Row(
            view.org(unit),
            _marks(rows[unit]),
            cell(rows[unit], RAW, t, lambda v: t.percent(v, 1)).text,
            is_strong=unit == view.unit,
        )
        for unit in order
    ]
    names = (RAW, LIKE, "pay_gap_coverage")
    return Figure(
        id="pay_gap",
        title=t("pay_title"),
        finding=_finding(view, whole),
        sub=t(
            "pay_sub", month=t.month(whole["period_end"]), n=t.number(whole["n"]) if whole["n"] is not None else "[c]"
        ),
        marts=("hrm_pay",),
        rows=[rows[unit] for unit in order],
        picture=both(lambda width: draw_rows(drawn, axis, width)),
        table=table(
            (t("organisation"), t("pay_raw"), t("pay_like"), t("pay_coverage"), "n"),
            [
                [
                    view.org(u),
                    *(cell(rows[u], name, t, lambda v: t.percent(v, 1)) for name in names),
                    cell(rows[u], "n", t, t.number),
                ]
                for u in order
            ],
        ),
        legend=(Key("dot raw", t("pay_raw")), Key("dot like diamond", t("pay_like")), Key("hide", t("legend_c"))),
        notes=(t("pay_note"),),
        is_half=True,
    )


def _marks(row: MartRow) -> tuple[Mark, ...]:
    raw, like = shown(row, RAW), shown(row, LIKE)
    if raw is None:
        return (Veil("[c]"),) if is_withheld(row, RAW) else ()
    link = (Span(min(raw, like), raw, max(raw, like), "link"),) if like is not None else ()
    return (*link, Dot(raw, "raw"), *((Dot(like, "like", "diamond"),) if like is not None else ()))


def _finding(view: View, whole: MartRow) -> str:
    t, raw, like = view.t, shown(whole, RAW), shown(whole, LIKE)
    if raw is None:
        return ""
    key = "pay_finding" if like is not None else "pay_finding_short"
    return t(key, raw=t.percent(raw, 1), like=t.percent(like or 0, 1))

"""Which ways cases go, and which rules they break."""

from flows.report.drawing.rows import Axis, Bar, Row, Veil, draw_rows
from flows.report.drawing.scales import Scale, from_zero
from flows.report.figures.articles import status, told
from flows.report.figures.base import Figure, Key, View, both, cell, name_of, table
from flows.report.marts import Row as MartRow

MOST = 8


def rules(view: View, process: str) -> Figure | None:
    """Return how often each rule is broken, with the article that asks for it."""
    t, rows = view.t, view.rows("bpr_rules", process_id=process)
    if not rows:
        return None
    rows = sorted(rows, key=lambda row: (-(row["broken_share"] or 0), row["rule_id"]))
    scale = from_zero([*(row["broken_share"] or 0 for row in rows), 0.05], 1.02)
    axis = Axis(scale, tuple((at, f"{t.number(100 * at)}%") for at in scale.ticks(4)))
    drawn = [
        Row(
            name_of(row, t, row["rule_id"]),
            (Veil("[c]"),) if row["conf_status"] != "F" else (Bar(0, row["broken_share"] or 0, "out"),),
            "" if row["broken_share"] is None else t.percent(row["broken_share"], 1),
        )
        for row in rows
    ]
    known = [row for row in rows if row["broken_share"] is not None]
    worst = known[0] if known else None
    return Figure(
        id="rules",
        title=t("rules_title"),
        finding=t(
            "rules_finding",
            rule=name_of(worst, t, ""),
            share=t.percent(worst["broken_share"], 1),
            n=t.number(worst["cases_checked"]),
        )
        if worst and worst["broken_share"]
        else t("rules_none")
        if known == rows
        else "",
        sub=t("rules_sub"),
        marts=("bpr_rules",),
        rows=rows,
        picture=both(lambda width: draw_rows(drawn, axis, width)),
        table=table(
            (t("rule"), t("article"), t("article_status"), t("cases"), t("broken"), "%"),
            [
                [
                    name_of(row, t, row["rule_id"]),
                    row["article"] or "",
                    status(row, t),
                    *(cell(row, name, t, t.number) for name in ("cases_checked", "cases_broken")),
                    cell(row, "broken_share", t, lambda v: t.percent(v, 1)),
                ]
                for row in rows
            ],
        ),
        legend=(Key("bar out", t("broken")), Key("hide", t("legend_c"))),
        notes=(told(rows, t),),
        is_half=True,
    )


def variants(view: View, process: str) -> Figure | None:
    """Return the commonest ways through a process, and the share of all others together."""
    t, rows = view.t, sorted(view.rows("bpr_variants", process_id=process), key=lambda row: row["place"] or 10_000)
    if not rows:
        return None
    known = {row["step_id"]: row for row in view.marts.rows("dim_process_steps", process_id=process)}
    rest, own = [row for row in rows if row["variant"] == "other"], [row for row in rows if row["variant"] != "other"]
    shown = [*own[:MOST], *rest]
    top = max((row["case_share"] or 0 for row in shown), default=0.0) or 1.0
    axis = Axis(Scale(0, top * 1.02), tuple((at, f"{t.number(100 * at)}%") for at in Scale(0, top * 1.02).ticks(4)))
    drawn = [
        Row(
            _name(view, row),
            (Veil("[c]"),)
            if row["case_share"] is None
            else (Bar(0, row["case_share"], "rest" if row["variant"] == "other" else "plain"),),
            "" if row["case_share"] is None else t.percent(row["case_share"]),
        )
        for row in shown
    ]
    return Figure(
        id="variants",
        title=t("variants_title"),
        finding=t(
            "variants_finding",
            n=len(own[:3]),
            share=t.percent(sum(row["case_share"] or 0 for row in own[:3])),
            all=t.number(sum(row["variants"] or 0 for row in rows)),
        )
        if own
        else "",
        sub=t("variants_sub"),
        marts=("bpr_variants", "dim_process_steps"),
        rows=rows,
        picture=both(lambda width: draw_rows(drawn, axis, width)),
        table=table(
            (t("variant"), t("cases"), t("share"), t("lead_time")),
            [
                [
                    t("other_ways")
                    if row["variant"] == "other"
                    else " → ".join(name_of(known.get(step), t, step) for step in row["variant"].split(">")),
                    cell(row, "cases", t, t.number),
                    cell(row, "case_share", t, lambda v: t.percent(v, 1)),
                    cell(
                        row,
                        "lead_p50",
                        t,
                        lambda v, row=row: t.quantity(v, row["lead_unit"]),
                    ),
                ]
                for row in rows
            ],
        ),
        legend=(Key("bar plain", t("share")), Key("hide", t("legend_c"))),
        is_half=True,
    )


def _name(view: View, row: MartRow) -> str:
    t = view.t
    if row["variant"] == "other":
        return t("other_ways")
    return t("way_of", place=row["place"], steps=row["n_steps"] if row["n_steps"] is not None else "")

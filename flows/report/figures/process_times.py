"""How long a case takes, and how much of that is work: by log and by questionnaire, side by side."""

from collections.abc import Sequence

from markupsafe import Markup

from flows.report.drawing.rows import Axis, Bar, Dot, Mark, Veil, draw_rows
from flows.report.drawing.rows import Row as Line
from flows.report.drawing.scales import Scale, from_zero
from flows.report.figures.base import FULL, Cell, Figure, Key, View, both, is_withheld, name_of, table, withheld
from flows.report.marts import Row
from flows.report.texts import DASH

QUANTILES = ("lead_time_p10", "lead_time_p50", "lead_time_p90")
METRICS = (
    "touch_time",
    "waiting_time",
    "activity_ratio",
    "handoff_count",
    "rework_case_share",
    "first_pass_yield",
    "sla_compliance",
    "variant_count",
    "cost_per_case",
    "fte_demand",
)
EVIDENCE = ("log", "survey")
SIDES = (("log", "log_touch_p50_min", "log_wait_p50"), ("survey", "survey_touch_p50_min", "survey_wait_p50_wh"))
MINUTES = 60


def lead(view: View, process: str) -> Figure | None:
    """Return the quantiles of lead time; each source of evidence on its own scale, since their units differ."""
    t, found = view.t, _metrics(view, process)
    rows = [(evidence, [found.get((name, evidence)) for name in QUANTILES]) for evidence in EVIDENCE]
    whole = [(evidence, [row for row in three if row]) for evidence, three in rows if all(three)]
    if not whole:
        return None
    drawn = [_quantiles(view, evidence, three) for evidence, three in whole]
    return Figure(
        id="lead",
        title=t("lead_title"),
        finding=_lead_finding(view, whole),
        sub=t("lead_sub"),
        marts=("bpr_metrics",),
        rows=[row for _, three in whole for row in three],
        picture=both(lambda width: draw_rows(drawn, Axis(Scale(0, 1)), width, 40.0)),
        table=table(
            (t("evidence"), "p10", "p50", "p90", t("unit"), "n"),
            [
                [
                    t(evidence),
                    *(_figure(view, row) for row in three),
                    t(f"unit_{three[0]['unit']}"),
                    _count(view, three[0]),
                ]
                for evidence, three in whole
            ],
        ),
        legend=(Key("bar reach", t("most_cases")), Key("tick middle", t("half_of_cases")), Key("hide", t("legend_c"))),
        notes=(t("own_scale"),),
        is_half=True,
    )


def metrics(view: View, process: str) -> Figure | None:
    """Return the metrics of a process by log and by questionnaire, with base and level of evidence."""
    t, found = view.t, _metrics(view, process)
    names = [name for name in METRICS if any((name, evidence) in found for evidence in EVIDENCE)]
    if not names:
        return None
    return Figure(
        id="metrics",
        title=t("metrics_title"),
        finding=_disagreement(view, names, found),
        sub=t("metrics_sub"),
        marts=("bpr_metrics",),
        rows=[found[name, evidence] for name in names for evidence in EVIDENCE if (name, evidence) in found],
        body=_sides(view, names, found),
        is_table=True,
        table=table(
            (t("metric"), t("log"), "n", t("survey"), "n"),
            [
                [view.indicator(name), *(c for e in EVIDENCE for c in _pair(view, found.get((name, e))))]
                for name in names
            ],
        ),
        notes=tuple(f"{letter}: {t(f'evidence_{letter}')}" for letter in "ABC"),
    )


def _disagreement(view: View, names: Sequence[str], found: dict[tuple[str, str], Row]) -> str:
    """Return the metric on which log and questionnaire are furthest apart, in proportion; both need the same unit."""
    both_ = [(name, *(found[name, evidence] for evidence in EVIDENCE if (name, evidence) in found)) for name in names]
    known = [
        (name, *pair)
        for name, *pair in both_
        if len(pair) == len(EVIDENCE) and all(row["value"] for row in pair) and pair[0]["unit"] == pair[1]["unit"]
    ]
    if not known:
        return ""
    name, log, survey = max(
        known, key=lambda one: max(one[1]["value"], one[2]["value"]) / min(one[1]["value"], one[2]["value"])
    )
    figures = {kind: view.t.quantity(row["value"], row["unit"]) for kind, row in (("log", log), ("survey", survey))}
    return view.t("metrics_finding", metric=view.indicator(name), **figures)


def steps(view: View, process: str) -> Figure | None:
    """Return work and waiting of each step in hours, by evidence, on one scale."""
    t = view.t
    known = {row["step_id"]: row for row in view.marts.rows("dim_process_steps", process_id=process)}
    rows = sorted(
        view.rows("bpr_steps", process_id=process),
        key=lambda row: ((known.get(row["step_id"]) or {}).get("position") or 10_000, row["step_id"]),
    )
    rows = [
        row
        for row in rows
        if any(row[name] is not None or is_withheld(row, name) for _, *names in SIDES for name in names)
    ]
    if not rows:
        return None
    scale = from_zero([sum(_hours(row, side)) for row in rows for side in SIDES], 1.02)
    axis = Axis(scale, tuple((at, t.number(at)) for at in scale.ticks(5)))
    sides = [side for side in SIDES if any(_is_there(row, side) for row in rows)]
    drawn = [_step(view, row, name_of(known.get(row["step_id"]), t, row["step_id"]), sides) for row in rows]
    return Figure(
        id="steps",
        title=t("steps_title"),
        finding=_steps_finding(view, rows, sides),
        sub=t("steps_sub"),
        marts=("bpr_steps", "dim_process_steps"),
        rows=rows,
        picture=both(lambda width: draw_rows(drawn, axis, width, 20.0 + 12.0 * len(sides)), FULL),
        table=table(
            (t("step"), *(f"{t(side[0])}: {t(kind)}, {t('unit_wh')}" for side in SIDES for kind in ("touch", "wait"))),
            [
                [
                    name_of(known.get(row["step_id"]), t, row["step_id"]),
                    *(one for side in SIDES for one in _cells(view, row, side)),
                ]
                for row in rows
            ],
        ),
        legend=(
            *(Key(f"bar touch {side[0]}", f"{t(side[0])}: {t('touch')}") for side in sides),
            *(Key(f"bar wait {side[0]}", f"{t(side[0])}: {t('wait')}") for side in sides),
            Key("hide", t("legend_c")),
        ),
    )


def _metrics(view: View, process: str) -> dict[tuple[str, str], Row]:
    rows = view.rows("bpr_metrics", process_id=process, step_id="all", category_1="all")
    return {(row["indicator_id"], row["evidence_source"]): row for row in rows}


def _quantiles(view: View, evidence: str, three: Sequence[Row]) -> Line:
    t, values = view.t, [row["value"] for row in three]
    label = f"{t(evidence)} ({three[0]['evidence_level']})" if three[0]["evidence_level"] else t(evidence)
    if None in values:
        return Line(label, (Veil(withheld(three[0], t).text),))
    top = values[-1] * 1.02 or 1.0
    marks: tuple[Mark, ...] = (Bar(values[0] / top, values[2] / top, "reach"), Dot(values[1] / top, "middle", "tick"))
    words = " · ".join(t.figure(value, three[0]["unit"]) for value in values)
    return Line(label, marks, f"{words} {t('unit_' + three[0]['unit'])}")


def _lead_finding(view: View, whole: Sequence[tuple[str, Sequence[Row]]]) -> str:
    for _, three in whole:
        if three[1]["value"] is not None and three[2]["value"] is not None:
            unit = three[1]["unit"]
            t = view.t
            return t(
                "process_finding",
                p50=t.figure(three[1]["value"], unit),
                p90=t.figure(three[2]["value"], unit),
                unit=t(f"unit_{unit}"),
            )
    return ""


def _figure(view: View, row: Row | None) -> Cell:
    if row is None:
        return Cell("", "none")
    if row["conf_status"] != "F":
        return withheld(row, view.t)
    return Cell(DASH, "none") if row["value"] is None else Cell(view.t.figure(row["value"], row["unit"]))


def _count(view: View, row: Row) -> str:
    return "" if row["n"] is None else view.t.number(row["n"])


def _pair(view: View, row: Row | None) -> tuple[Cell, Cell]:
    one = _figure(view, row)
    if row is None or one.kind:
        return one, Cell("", "none")
    return Cell(view.t.quantity(row["value"], row["unit"])), Cell(
        f"{_count(view, row)} {row['evidence_level'] or ''}".strip()
    )


def _sides(view: View, names: Sequence[str], found: dict[tuple[str, str], Row]) -> Markup:
    t = view.t
    rows = Markup("").join(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            view.indicator(name), Markup("").join(_td(view, found.get((name, evidence))) for evidence in EVIDENCE)
        )
        for name in names
    )
    return Markup(
        '<div class="scroll"><table class="sides"><thead><tr><th scope="col">{}</th><th class="num" scope="col">{}</th>'
        '<th class="num" scope="col">{}</th></tr></thead><tbody>{}</tbody></table></div>'
    ).format(t("metric"), t("log"), t("survey"), rows)


def _td(view: View, row: Row | None) -> Markup:
    one, base = _pair(view, row)
    if one.is_withheld:
        return Markup('<td class="num hide"><span class="tag" title="{}">{}</span></td>').format(one.note, one.text)
    note = Markup('<span class="unit">n = {}</span>').format(base.text) if base.text else ""
    return Markup('<td class="num{}">{}{}</td>').format(" none" if one.kind else "", one.text, note)


def _is_there(row: Row, side: tuple[str, str, str]) -> bool:
    return any(row[name] is not None or is_withheld(row, name) for name in side[1:])


def _hours(row: Row, side: tuple[str, str, str]) -> tuple[float, float]:
    return (row[side[1]] or 0) / MINUTES, row[side[2]] or 0.0


def _step(view: View, row: Row, name: str, sides: Sequence[tuple[str, str, str]]) -> Line:
    marks: list[Mark] = []
    words = []
    for place, side in enumerate(sides):
        if any(is_withheld(row, one) for one in side[1:]):
            words.append("[c]")
            continue
        touch, wait = _hours(row, side)
        if _is_there(row, side):
            marks += [
                Bar(0, touch, f"touch {side[0]}", "", place, len(sides)),
                Bar(touch, touch + wait, f"wait {side[0]}", "", place, len(sides)),
            ]
            words.append(" + ".join(view.t.figure(value, "h") for value in (touch, wait)))
    if not marks and words:
        return Line(name, (Veil("[c]"),))
    return Line(name, tuple(marks), words[0] if words else "")


def _cells(view: View, row: Row, side: tuple[str, str, str]) -> tuple[Cell, Cell]:
    t = view.t

    def one(name: str, by: float) -> Cell:
        if is_withheld(row, name):
            return withheld(row, t)
        return Cell(DASH, "none") if row[name] is None else Cell(t.figure(row[name] / by, "h"))

    return one(side[1], MINUTES), one(side[2], 1)


def _steps_finding(view: View, rows: Sequence[Row], sides: Sequence[tuple[str, str, str]]) -> str:
    t = view.t
    for side in sides:
        known = [_hours(row, side) for row in rows if not any(is_withheld(row, one) for one in side[1:])]
        touch, wait = (sum(pair[place] for pair in known) for place in (0, 1))
        if touch + wait > 0:
            return t(
                "steps_finding",
                evidence=t(side[0]),
                touch=t.figure(touch, "h"),
                wait=t.figure(wait, "h"),
                share=t.percent(wait / (touch + wait)),
            )
    return ""

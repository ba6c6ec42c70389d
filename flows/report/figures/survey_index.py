"""Where people are more engaged and whether that is more than chance; how many answered."""

from flows.report.drawing.rows import Axis, Bar, Dot, Mark, Row, Span, Veil, draw_rows
from flows.report.drawing.scales import Scale, around
from flows.report.figures.base import FULL, Cell, Figure, Key, View, both, cell, shown, table, withheld
from flows.report.figures.survey import Wave, compared, estimates, is_uncertain, standing
from flows.report.figures.survey_heat import SIGN
from flows.report.marts import Row as MartRow
from flows.report.texts import DASH


def index(view: View, wave: Wave, scale: str) -> Figure | None:
    """Return a scale with intervals, the median organisation and the last wave, by organisation."""
    t = view.t
    units = [(view.unit, 0), *((unit, depth + (not view.is_national or depth)) for unit, depth in compared(view))]
    found = {unit: row for unit, _ in units if (row := estimates(view, wave, unit).get(scale))}
    whole = found.get(view.unit)
    if whole is None:
        return None
    ends = [row[name] for row in found.values() for name in ("ci_low", "value", "ci_high") if row[name] is not None]
    axis_scale = around(ends, 0, 100) if whole["score_family"] == "mean_0_100" else around(ends)
    median = next((row["benchmark_median"] for row in found.values() if row["benchmark_median"] is not None), None)
    axis = Axis(axis_scale, tuple((at, t.number(at)) for at in axis_scale.ticks(5)), benchmark=median)
    drawn = [_row(view, unit, depth, found[unit]) for unit, depth in units if unit in found]
    return Figure(
        id=f"index_{scale}",
        title=t("index_title", index=view.indicator(scale)),
        finding=_finding(view, whole, median),
        sub=t("index_sub", period=view.period(whole), n=t.number(whole["n"]) if whole["n"] is not None else "[c]"),
        marts=("survey_estimates",),
        rows=list(found.values()),
        picture=both(lambda width: draw_rows(drawn, axis, width), FULL),
        table=table(
            (t("organisation"), t("index"), t("ci"), t("change"), "n"),
            [_line(view, unit, found[unit]) for unit, _ in units if unit in found],
        ),
        legend=(
            Key("dot above", f"▲ {t('better')}"),
            Key("dot below", f"▼ {t('worse')}"),
            Key("dot none", t("no_difference")),
            Key("benchmark", t("benchmark")),
            *((Key("tick last", t("last_wave")),) if any(row["change"] is not None for row in found.values()) else ()),
            Key("hide", t("legend_c")),
        ),
        notes=(t("interval_note"),),
    )


def response(view: View, scale: str) -> Figure | None:
    """Return how many of those asked answered, by organisation; asked is the headcount of the month."""
    t = view.t
    found = {unit: _newest(view, unit, scale) for unit in [view.unit, *view.parts]}
    rows = {unit: row for unit, row in found.items() if row}
    whole = rows.get(view.unit)
    if whole is None or not any(row["response_rate"] is not None for row in rows.values()):
        return None
    axis = Axis(Scale(0, 1), tuple((at / 4, f"{25 * at}%") for at in range(5)), benchmark=0.5)
    order = [
        view.unit,
        *sorted((u for u in rows if u != view.unit), key=lambda u: (-(rows[u]["response_rate"] or 0), u)),
    ]
    drawn = [
        Row(view.org(u), _rate(rows[u]), cell(rows[u], "response_rate", t, t.percent).text, is_strong=u == view.unit)
        for u in order
    ]
    return Figure(
        id=f"response_{scale}",
        title=t("response_title"),
        finding=t(
            "response_finding",
            rate=t.percent(whole["response_rate"]),
            n=t.number(whole["n"]),
            frame=t.number(whole["frame_n"]),
        )
        if whole["response_rate"] is not None
        else "",
        sub=t("response_sub", period=view.period(whole)),
        marts=("survey_indices",),
        rows=[rows[u] for u in order],
        picture=both(lambda width: draw_rows(drawn, axis, width)),
        table=table(
            (t("organisation"), t("answered"), t("frame"), t("response_rate")),
            [
                [
                    view.org(u),
                    cell(rows[u], "n", t, t.number),
                    cell(rows[u], "frame_n", t, t.number),
                    cell(rows[u], "response_rate", t, t.percent),
                ]
                for u in order
            ],
        ),
        legend=(Key("bar plain", t("response_rate")), Key("benchmark", t("half_line")), Key("hide", t("legend_c"))),
        is_half=True,
    )


def _newest(view: View, unit: str, scale: str) -> MartRow | None:
    return view.newest("survey_indices", unit, indicator_id=scale, category_1="all", category_2="all")


def _rate(row: MartRow) -> tuple[Mark, ...]:
    if row["conf_status"] != "F":
        return (Veil("[c]"),)
    return () if row["response_rate"] is None else (Bar(0, row["response_rate"], "plain"),)


def _row(view: View, unit: str, depth: int, row: MartRow) -> Row:
    if row["conf_status"] != "F" or row["value"] is None:
        return Row(view.org(unit), (Veil(withheld(row, view.t).text),), "", depth)
    kind = standing(row) if unit != view.unit else "none"
    low, high = (row["value"] if row[name] is None else row[name] for name in ("ci_low", "ci_high"))
    before = shown(row, "change")
    marks: tuple[Mark, ...] = (Span(low, row["value"], high, kind),)
    if before is not None:
        marks = (Dot(row["value"] - before, "last", "tick"), *marks)
    care = " [u]" if is_uncertain(row) else ""
    figure = f"{view.t.number(row['value'], 1)}{care} {SIGN[kind] or '  '}"
    return Row(view.org(unit), marks, figure.rstrip() if kind == "none" else figure, depth, is_strong=unit == view.unit)


def _line(view: View, unit: str, row: MartRow) -> list[Cell | str]:
    t = view.t
    ends = cell(row, "ci_low", t, lambda low: f"{t.number(low, 1)}{DASH}{t.number(row['ci_high'], 1)}")
    return [
        view.org(unit),
        cell(row, "value", t, lambda value: f"{t.number(value, 1)} {SIGN[standing(row)]}".strip()),
        ends,
        cell(row, "change", t, lambda value: t.number(value, 1, signed=True)),
        cell(row, "n", t, t.number),
    ]


def _finding(view: View, whole: MartRow, median: float | None) -> str:
    t = view.t
    if whole["value"] is None or whole["ci_low"] is None:
        return ""
    words = {
        "value": t.number(whole["value"], 1),
        "low": t.number(whole["ci_low"], 1),
        "high": t.number(whole["ci_high"], 1),
    }
    if median is None or view.is_national:
        return t("index_finding", **words)
    return t("index_finding_median", **words, median=t.number(median, 1), verdict=t(f"verdict_{standing(whole)}"))

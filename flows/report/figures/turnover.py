"""Who leaves: turnover of the last twelve months, month by month, and in which ways people move."""

from collections.abc import Sequence

from flows.report.drawing.lines import Line, draw_lines
from flows.report.drawing.rows import Axis, Bar, Mark, Row, Veil, draw_rows
from flows.report.drawing.scales import around, from_zero
from flows.report.figures.base import FULL, HALF, Figure, Key, View, both, cell, is_withheld, shown, table
from flows.report.marts import Row as MartRow

RATE = "turnover_rate_ministry"
WAYS = ("voluntary_rate", "retirement_rate", "transfer_out_rate", "internal_mobility_rate", "promotion_rate")
MOST = 5
BESIDE = 4  # so many lines keep their names beside them in half the width
LEAST_MONTHS = 3
# Below this span of the axis, rates need a decimal.
TIGHT = 0.04


def trend(view: View) -> Figure | None:
    """Return twelve-month turnover at the end of each month, of the view's unit and of its largest parts."""
    t, months = view.t, _months(view, view.unit)
    if len(months) < LEAST_MONTHS:
        return None
    series = {unit: _months(view, unit) for unit in [view.unit, *_largest(view)]}
    days = [row["period_end"] for row in months]
    lines = [
        _line(view, unit, rows, days) for unit, rows in series.items() if any(row[RATE] is not None for row in rows)
    ]
    is_half = len(lines) <= BESIDE
    known = [value for line in lines for value in line.values if value is not None]
    if not known:
        return None
    scale = around(known, least=0)
    ticks = [(at, t.number(100 * at, 0 if scale.high - scale.low > TIGHT else 1)) for at in scale.ticks(4)]
    times = [
        t.short_month(day) if place in {0, len(days) // 2, len(days) - 1} else "" for place, day in enumerate(days)
    ]
    return Figure(
        id="turnover",
        title=t("turnover_title"),
        finding=_finding(view, months),
        sub=t("turnover_sub", month=t.month(days[-1])),
        marts=("hrm_turnover",),
        rows=[row for rows in series.values() for row in rows],
        picture=both(lambda width: draw_lines(lines, scale, ticks, times, width), HALF if is_half else FULL),
        table=table(
            (t("organisation"), *(t.short_month(day) for day in days)),
            [
                [
                    view.org(unit),
                    *(cell(row, RATE, t, lambda value: t.percent(value, 1)) for row in _by_day(rows, days)),
                ]
                for unit, rows in series.items()
            ],
        ),
        is_half=is_half,
        notes=(t("axis_cut"),),
    )


def ways(view: View) -> Figure | None:
    """Return the ways in which people left and moved in the last twelve months, of each part and of the whole."""
    t = view.t
    found = {unit: view.newest("hrm_turnover", unit, period_kind="r12") for unit in [view.unit, *view.parts]}
    rows = {unit: row for unit, row in found.items() if row and any(row[way] is not None for way in WAYS)}
    whole = rows.get(view.unit)
    if whole is None:
        return None
    scale = from_zero([shown(whole, way) or 0 for way in WAYS], 1.02)
    axis = Axis(scale, tuple((at, f"{t.number(100 * at)}%") for at in scale.ticks(4)))
    drawn = [Row(t(way), _way(whole, way), cell(whole, way, t, lambda value: t.percent(value, 1)).text) for way in WAYS]
    most = max((way for way in WAYS[:3]), key=lambda way: shown(whole, way) or 0)
    return Figure(
        id="ways",
        title=t("ways_title"),
        finding=t("ways_finding", way=t(most), rate=t.percent(shown(whole, most) or 0, 1))
        if shown(whole, most)
        else "",
        sub=t("ways_sub", period=view.period(whole), n=t.number(whole["n"]) if whole["n"] is not None else "[c]"),
        marts=("hrm_turnover",),
        rows=list(rows.values()),
        picture=both(lambda width: draw_rows(drawn, axis, width)),
        table=table(
            (t("organisation"), *(t(way) for way in WAYS)),
            [
                [view.org(unit), *(cell(row, way, t, lambda value: t.percent(value, 1)) for way in WAYS)]
                for unit, row in rows.items()
            ],
        ),
        legend=(Key("bar out", t("leave_ministry")), Key("bar in", t("move_inside")), Key("hide", t("legend_c"))),
        is_half=True,
    )


def _months(view: View, unit: str) -> list[MartRow]:
    return view.rows("hrm_turnover", unit, period_kind="r12")[-13:]


def _largest(view: View) -> list[str]:
    """Return the parts with most persons: more lines than five are no picture; the table of a page has them all."""
    newest = {unit: view.newest("hrm_turnover", unit, period_kind="r12") for unit in view.parts}
    known = [unit for unit, row in newest.items() if row and row[RATE] is not None]
    return sorted(known, key=lambda unit: (-((newest[unit] or {}).get("n") or 0), unit))[:MOST]


def _by_day(rows: Sequence[MartRow], days: Sequence[object]) -> list[MartRow | None]:
    found = {row["period_end"]: row for row in rows}
    return [found.get(day) for day in days]


def _line(view: View, unit: str, rows: Sequence[MartRow], days: Sequence[object]) -> Line:
    placed = _by_day(rows, days)
    values = tuple(shown(row, RATE) for row in placed)
    last = next(value for value in reversed(values) if value is not None)
    hidden = tuple(bool(row) and is_withheld(row or {}, RATE) for row in placed)
    return Line(view.org(unit), values, view.t.percent(last, 1), unit == view.unit, hidden)


def _finding(view: View, months: Sequence[MartRow]) -> str:
    t, now, before = view.t, shown(months[-1], RATE), shown(months[0], RATE)
    if now is None or before is None:
        return ""
    points = t.number(100 * (now - before), 1, signed=True)
    return t("turnover_finding", rate=t.percent(now, 1), points=points, month=t.month(months[0]["period_end"]))


def _way(row: MartRow, way: str) -> tuple[Mark, ...]:
    if is_withheld(row, way):
        return (Veil("[c]"),)
    value = shown(row, way)
    return () if value is None else (Bar(0, value, "out" if way in WAYS[:3] else "in"),)

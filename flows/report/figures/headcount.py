"""Why headcount changed: the bridge of the last months, with what no order explains as a step of its own."""

from collections.abc import Sequence

from flows.report.drawing.rows import Axis, Bar, Dot, Mark, Row, Veil, Words, draw_rows
from flows.report.drawing.scales import around
from flows.report.figures.base import Cell, Figure, Key, View, both, cell, is_withheld, table, withheld
from flows.report.marts import Row as MartRow
from flows.report.texts import Language

MONTHS = 12
# Movements of a month come to the nearest ten: each may be off by so many persons.
ROUNDED, ROUNDING = 5, "rounding"
STEPS = (
    ("hires", 1),
    ("transfers_in", 1),
    ("moves_in", 1),
    ("exits", -1),
    ("transfers_out", -1),
    ("moves_out", -1),
    ("unexplained", 1),
)


def bridge(view: View) -> Figure | None:
    """Return the bridge over the last twelve months, or as many as there are; none without an opening or a closing."""
    months = view.rows("hrm_headcount_bridge", period_kind="month")[-MONTHS:]
    if not months or months[0]["opening"] is None or months[-1]["closing"] is None:
        return None
    t, opening, closing = view.t, months[0]["opening"], months[-1]["closing"]
    steps = [(name, _sum(months, name, sign)) for name, sign in STEPS]
    kept = [(name, value) for name, value in steps if value or value is None or name == "unexplained"]
    kept += _rounding(kept, closing - opening)
    first, last = t.day(months[0]["period_start"]), t.day(months[-1]["period_end"])
    rows = _rows(kept, opening, closing, (first, last), t)
    axis = _axis(kept, opening, closing, t)
    hidden = withheld({"conf_status": "C"}, t)
    return Figure(
        id="bridge",
        title=t("bridge_title"),
        finding=t(
            "bridge_finding",
            change=t.number(closing - opening, signed=True),
            opening=t.number(opening),
            closing=t.number(closing),
            gap=_signed(dict(steps)["unexplained"], t),
        ),
        sub=t("bridge_sub", first=first, last=last, most=t.number(ROUNDED * len(months))),
        marts=("hrm_headcount_bridge",),
        rows=months,
        picture=both(lambda width: draw_rows(rows, axis, width)),
        table=table(
            (t("step"), t("persons"), *(t.short_month(row["period_end"]) for row in months)),
            [
                (first, Cell(t.number(opening)), *(cell(row, "opening", t, t.number) for row in months)),
                *(
                    (
                        t(f"bridge_{name}"),
                        hidden if value is None else Cell(_signed(value, t)),
                        *(_by_month(months, name, t) if name != ROUNDING else [Cell("")] * len(months)),
                    )
                    for name, value in kept
                ),
                (last, Cell(t.number(closing)), *(cell(row, "closing", t, t.number) for row in months)),
            ],
        ),
        legend=(Key("bar in", t("came")), Key("bar out", t("went")), Key("bar gap", t("bridge_unexplained")))
        + ((Key("hide", t("legend_c")),) if any(value is None for _, value in kept) else ()),
        notes=(t("axis_cut"),),
        is_half=True,
    )


def _rounding(steps: Sequence[tuple[str, float | None]], change: float) -> list[tuple[str, float | None]]:
    """Return what is missing between the steps and the change, a step of its own; none where a step is withheld."""
    known = [value for _, value in steps if value is not None]
    rest = change - sum(known)
    return [(ROUNDING, rest)] if rest and len(known) == len(steps) else []


def _by_month(months: Sequence[MartRow], name: str, t: Language) -> list[Cell]:
    """Return a step month by month, as it is told even where its sum is withheld."""
    sign = dict(STEPS)[name]
    return [cell(row, name, t, lambda value: _signed(sign * value, t)) for row in months]


def _sum(months: Sequence[MartRow], name: str, sign: int) -> float | None:
    """Add up a flow over months; none where one of them is withheld, since the rest would give it away."""
    if any(is_withheld(row, name) or row[name] is None for row in months):
        return None
    return sign * sum(row[name] for row in months)


def _rows(
    steps: Sequence[tuple[str, float | None]], opening: float, closing: float, days: tuple[str, str], t: Language
) -> list[Row]:
    now, rows = (
        opening,
        [Row(days[0], (Dot(opening, "total", "diamond"), Words(opening, t.number(opening))), is_strong=True)],
    )
    for name, value in steps:
        marks: tuple[Mark, ...] = (Veil("[c]"),)
        if value is not None:
            kind = "gap" if name in {"unexplained", ROUNDING} else "in" if value >= 0 else "out"
            end = now + value
            marks = (Bar(now, end, kind), Words(max(now, end), _signed(value, t)))
            now = end
        rows.append(Row(t(f"bridge_{name}"), marks))
    return [*rows, Row(days[1], (Dot(closing, "total", "diamond"), Words(closing, t.number(closing))), is_strong=True)]


def _axis(steps: Sequence[tuple[str, float | None]], opening: float, closing: float, t: Language) -> Axis:
    places, now = [opening, closing], opening
    for _, value in steps:
        now += value or 0
        places.append(now)
    room = (max(places) - min(places)) * 0.18 or 10.0
    scale = around([*places, max(places) + room], least=0)
    return Axis(scale, tuple((at, t.number(at)) for at in scale.ticks(4)))


def _signed(value: float | None, t: Language) -> str:
    return "[c]" if value is None else t.number(value, signed=True) if value else "0"

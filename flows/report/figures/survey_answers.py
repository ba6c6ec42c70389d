"""What people answered: favourable, neutral and unfavourable shares of each question."""

from flows.report.drawing.rows import Axis, Bar, Mark, Row, Veil, draw_rows
from flows.report.drawing.scales import Scale
from flows.report.figures.base import FULL, Figure, Key, View, both, cell, table
from flows.report.figures.survey import Wave, estimates, measure_name
from flows.report.marts import Row as MartRow

KINDS = (("positive_share", "positive"), ("neutral_share", "neutral"), ("negative_share", "negative"))


def answers(view: View, wave: Wave) -> Figure | None:
    """Return the shares of answers to each question in the view's unit, most favourable first."""
    t, found = view.t, estimates(view, wave, view.unit)
    rows = sorted(
        (found[item] for item in wave.items if item in found),
        key=lambda row: (row["positive_share"] is None, -(row["positive_share"] or 0), row["measure_id"]),
    )
    if not rows:
        return None
    drawn = [Row(measure_name(view, wave, row["measure_id"]), _marks(view, row), _n(view, row)) for row in rows]
    axis = Axis(Scale(0, 1), tuple((at / 4, f"{25 * at}%") for at in range(5)))
    return Figure(
        id=f"answers_{wave.instrument}",
        title=t("answers_title"),
        finding=_finding(view, wave, rows),
        sub=t("answers_sub", period=view.period(wave.row)),
        marts=("survey_estimates",),
        rows=rows,
        picture=both(lambda width: draw_rows(drawn, axis, width, 30.0), FULL),
        table=table(
            (t("question"), *(t(name) for _, name in KINDS), "n"),
            [
                [
                    measure_name(view, wave, row["measure_id"]),
                    *(cell(row, share, t, t.percent) for share, _ in KINDS),
                    cell(row, "n", t, t.number),
                ]
                for row in rows
            ],
        ),
        legend=(*(Key(f"bar {name}", t(name)) for _, name in KINDS), Key("hide", t("legend_c"))),
        notes=(t("answers_note"), t("reversed_note")),
    )


def _marks(view: View, row: MartRow) -> tuple[Mark, ...]:
    if row["conf_status"] != "F" or row["positive_share"] is None:
        return (Veil("[c]"),)
    marks, start = [], 0.0
    for share, name in KINDS:
        marks.append(Bar(start, start + row[share], name, view.t.percent(row[share])))
        start += row[share]
    return tuple(marks)


def _n(view: View, row: MartRow) -> str:
    return "" if row["n"] is None else f"n={view.t.number(row['n'])}"


def _finding(view: View, wave: Wave, rows: list[MartRow]) -> str:
    known = [row for row in rows if row["positive_share"] is not None]
    if len(known) < 2:  # noqa: PLR2004 - a best and a worst
        return ""
    best, worst = known[0], known[-1]
    t = view.t
    return t(
        "answers_finding",
        best=measure_name(view, wave, best["measure_id"]),
        best_share=t.percent(best["positive_share"]),
        worst=measure_name(view, wave, worst["measure_id"]),
        worst_share=t.percent(worst["positive_share"]),
    )

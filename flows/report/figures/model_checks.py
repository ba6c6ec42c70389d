"""What the scores of the HRM model hang on: weights, goalposts, single inputs, and whether its parts agree."""

from collections.abc import Sequence

from flows.report.drawing.rows import Axis, Bar, Row, draw_rows
from flows.report.drawing.scales import from_zero
from flows.report.figures.base import FULL, Cell, Figure, Key, View, both, name_of, table
from flows.report.marts import Row as MartRow
from flows.report.texts import DASH

TESTS, POINTS = "model_tests", "greatest_change_points"
ORDER = ("weights_equal", "weight_up", "weight_down", "goalposts_out", "goalposts_in", "left_out")
OTHERS = ("consistency", "agreement")


def model_checks(view: View) -> Figure | None:
    """Return the tests of the newest assessment by the newest goalposts; none where none could be made."""
    t, rows = view.t, _newest(view)
    if not rows:
        return None
    worst = {test: found for test in ORDER if (found := _worst(rows, test)) is not None}
    limit = next((row["threshold"] for row in worst.values()), None)
    scale = from_zero([row["value"] for row in worst.values()] + [limit or 0.0], 1.08)
    axis = Axis(scale, tuple((at, t.number(at)) for at in scale.ticks(5)), benchmark=limit)
    drawn = [
        Row(t(f"test_{test}"), (Bar(0, row["value"], "plain"),), f"{t.number(row['value'], 1)} · {_failed(rows, test)}")
        for test, row in worst.items()
    ]
    counts = {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in ("held", "not_held", "not_judged")}
    return Figure(
        id="model_checks",
        title=t("checks_title"),
        finding=t("checks_finding", all=len(rows), **counts),
        sub=t("checks_sub", day=t.day(rows[0]["period_end"])),
        marts=(TESTS, "dim_model"),
        rows=rows,
        picture=both(lambda width: draw_rows(drawn, axis, width), FULL) if drawn else None,
        table=table(
            (t("test"), t("subject"), t("value"), t("limit"), t("verdict"), "n"),
            [_line(view, row) for row in sorted(rows, key=_weight)],
        ),
        legend=(Key("bar plain", t("greatest_change")), Key("benchmark", t("limit"))),
        notes=(t("checks_note"),),
    )


def _newest(view: View) -> list[MartRow]:
    rows = view.marts.rows(TESTS)
    latest = max(((row["period_end"], row["goalpost_version"]) for row in rows), default=None)
    return [row for row in rows if (row["period_end"], row["goalpost_version"]) == latest]


def _worst(rows: Sequence[MartRow], test: str) -> MartRow | None:
    known = [row for row in rows if row["test_id"] == test and row["statistic"] == POINTS and row["value"] is not None]
    return max(known, key=lambda row: row["value"], default=None)


def _failed(rows: Sequence[MartRow], test: str) -> str:
    own = [row["verdict"] for row in rows if row["test_id"] == test]
    return f"{own.count('not_held')}/{len(own)}"


def _weight(row: MartRow) -> tuple[int, float, str]:
    place = (*ORDER, *OTHERS).index(row["test_id"]) if row["test_id"] in (*ORDER, *OTHERS) else len(ORDER)
    return place, -abs(row["value"] or 0.0), row["subject"]


def _line(view: View, row: MartRow) -> list[Cell | str]:
    t = view.t
    digits = 1 if row["statistic"] == POINTS else 2
    value = Cell(DASH, "none", t("no_value")) if row["value"] is None else Cell(t.number(row["value"], digits))
    return [
        t(f"test_{row['test_id']}"),
        ", ".join(_subject(view, one) for one in row["subject"].split()),
        value,
        t.number(row["threshold"], digits),
        t(f"held_{row['verdict']}"),
        t.number(row["n"]),
    ]


def _subject(view: View, subject: str) -> str:
    known = {row["domain_id"]: row for row in view.marts.rows("dim_model", row_kind="domain")}
    words = view.t.words.get(f"part_{subject}")
    return words or name_of(known.get(subject), view.t, view.measure(subject))

"""How far a figure is from Korea, the OECD and others: each reference is 100 %, and how like it is stands beside it."""

from collections.abc import Iterable

from markupsafe import Markup

from flows.report.drawing.rows import Axis, Dot, Mark, Row, Span, Veil, Words, draw_rows
from flows.report.drawing.scales import Scale
from flows.report.figures.base import FULL, Cell, Figure, Key, View, both, cell, is_hidden, table
from flows.report.marts import Row as MartRow

GAPS = "model_gaps"
OWN = "previous"
# Korea and the OECD are what the ministries asked for; others follow.
FIRST = ("KR", "OECD")
# Twice a reference and more is cut there.
MOST = 2.0


def gaps(view: View) -> Figure | None:
    """Return the newest figures of a unit beside those of other countries; none where no reference is known."""
    t, rows = view.t, _newest(view)
    if not rows:
        return None
    axis = Axis(
        Scale(0, MOST), tuple((at / 2, f"{t.number(50 * at)}%") for at in range(int(2 * MOST) + 1)), benchmark=1.0
    )
    drawn = [Row(_name(view, row), _marks(view, row), _both(view, row)) for row in rows]
    return Figure(
        id="gaps",
        title=t("gaps_title"),
        finding=_finding(view, rows),
        sub=t("gaps_sub", period=view.period(rows[0])),
        marts=(GAPS, "dim_indicators"),
        rows=rows,
        picture=both(lambda width: draw_rows(drawn, axis, width), FULL),
        body=_differences(view, rows),
        table=table(
            (t("indicator"), t("reference"), t("comparability"), t("own_figure"), t("reference_figure")),
            [_line(view, row) for row in rows],
        ),
        legend=(
            Key("dot none", f"A {t('comparable_A')}"),
            Key("dot hollow", f"B {t('comparable_B')}"),
            Key("sign", f"C {t('comparable_C')}"),
            Key("benchmark", t("reference_line")),
            *(
                (Key("hide", t("legend_c")),)
                if any(is_hidden(row, "value") and _has_number(row) for row in rows)
                else ()
            ),
        ),
        notes=(t("gaps_note"),),
    )


def _newest(view: View) -> list[MartRow]:
    rows = [row for row in view.rows(GAPS) if row["reference"] != OWN]
    end = max((row["period_end"] for row in rows), default=None)
    kept = [row for row in rows if row["period_end"] == end]
    return sorted(kept, key=lambda row: (row["comparability"] == "C", _rank(row), row["indicator_id"]))


def _rank(row: MartRow) -> tuple[int, str]:
    place = FIRST.index(row["reference"]) if row["reference"] in FIRST else len(FIRST)
    return place, row["reference"]


def _has_number(row: MartRow) -> bool:
    return row["comparability"] != "C"


def _name(view: View, row: MartRow) -> str:
    place = view.t(f"reference_{row['reference']}")
    return f"{view.measure(row['indicator_id'])} · {place}, {row['reference_year']} ({row['comparability']})"


def _marks(view: View, row: MartRow) -> tuple[Mark, ...]:
    if not _has_number(row):
        return (Words(0, view.t("no_number")),)
    if is_hidden(row, "value"):
        return (Veil("[c]"),)
    if row["value"] is None or not row["reference_value"]:
        return ()
    share = row["value"] / row["reference_value"]
    name = "none" if row["comparability"] == "A" else "hollow"
    return Span(min(share, 1.0), share, max(share, 1.0), "link"), Dot(share, name)


def _written(view: View, value: float, row: MartRow) -> str:
    return view.t.quantity(value, row["unit"])


def _both(view: View, row: MartRow) -> str:
    if row["value"] is None or row["reference_value"] is None:
        return ""
    return f"{_written(view, row['value'], row)} / {_written(view, row['reference_value'], row)}"


def _line(view: View, row: MartRow) -> list[Cell | str]:
    t = view.t
    figures = (
        [cell(row, name, t, lambda value: _written(view, value, row)) for name in ("value", "reference_value")]
        if _has_number(row)
        else [Cell(t("no_number"), "none"), Cell(t("no_number"), "none")]
    )
    place = f"{t('reference_' + row['reference'])}, {row['reference_year']}"
    likeness = f"{row['comparability']} {t('comparable_' + row['comparability'])}"
    return [view.measure(row["indicator_id"]), place, likeness, *figures]


def _finding(view: View, rows: Iterable[MartRow]) -> str:
    """Return the widest gap among the references that come first, in proportion to the reference."""
    known = [row for row in rows if row["value"] is not None and row["reference_value"] and row["reference"] in FIRST]
    if not known:
        return ""
    widest = max(known, key=lambda row: (abs(row["value"] / row["reference_value"] - 1), row["indicator_id"]))
    return view.t(
        "gaps_finding",
        indicator=view.measure(widest["indicator_id"]),
        own=_written(view, widest["value"], widest),
        other=_written(view, widest["reference_value"], widest),
        place=view.t(f"reference_{widest['reference']}"),
    )


def _differences(view: View, rows: Iterable[MartRow]) -> Markup:
    """Return what each reference measures and what differs, as its source says it, in English."""
    t = view.t
    lines = Markup("").join(
        Markup('<li>{}: <span lang="en">{}. {}. {}. {}</span></li>').format(
            _name(view, row),
            *((row[name] or "").rstrip(".") for name in ("definition", "population", "note", "source")),
        )
        for row in rows
    )
    return Markup('<details class="method"><summary>{}</summary><ul class="plain">{}</ul></details>').format(
        t("what_differs"), lines
    )

"""Who moves where: the parts of a unit against each other, from the rows to the columns."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from flows.report.figures.base import Cell, Figure, Key, View, cell, is_hidden, table
from flows.report.marts import Row
from flows.report.texts import DASH

MOBILITY = "hrm_mobility"
# Of the most frequent way: from these shares on a cell is darker.
SHADES = (0.33, 0.66)
# More parts than these are no picture.
MOST = 16
LEAST = 5  # where a release says nothing of its thresholds
Pair = tuple[str, str]


def mobility(view: View) -> Figure | None:
    """Return the moves of the newest year; none where nobody moved or nothing was published."""
    t, rows = view.t, _newest(view)
    units = _parts(view, rows)
    if not rows or not units:
        return None
    found = {(row["from_unit_id"], row["to_unit_id"]): row for row in rows}
    return Figure(
        id="mobility",
        title=t("mobility_title"),
        finding=_finding(view, rows),
        sub=t("mobility_sub", period=view.period(rows[0])),
        marts=(MOBILITY, "dim_org_units"),
        rows=rows,
        body=_matrix(view, units, found),
        table=table(
            (t("moves_from"), t("moves_to"), t("moves")),
            [
                (view.org(row["from_unit_id"]), view.org(row["to_unit_id"]), cell(row, "n", t, t.number))
                for row in sorted(rows, key=_size)
            ],
        ),
        legend=(Key("cell p2", t("mobility_most")), Key("hide", t("legend_c"))),
        notes=(
            t("mobility_note", few=_few(view)),
            *((t("largest_only", shown=MOST, all=len(view.parts)),) if _is_cut(view) else ()),
        ),
    )


def _newest(view: View) -> list[Row]:
    rows = view.rows(MOBILITY)
    end = max((row["period_end"] for row in rows), default=None)
    return [row for row in rows if row["period_end"] == end]


def _size(row: Row) -> tuple[bool, int, str, str]:
    return row["n"] is None, -(row["n"] or 0), row["from_unit_id"], row["to_unit_id"]


def _is_cut(view: View) -> bool:
    return len(view.parts) > MOST


def _parts(view: View, rows: Sequence[Row]) -> tuple[str, ...]:
    """Return the parts that people left or entered; of very many the largest."""
    moved = {row[end] for row in rows for end in ("from_unit_id", "to_unit_id")}
    known = [unit for unit in view.largest if unit in moved]
    sizes = {unit: (view.newest("hrm_overview", unit) or {}).get("headcount_end") or 0 for unit in known}
    return tuple(sorted(sorted(known, key=lambda unit: (-sizes[unit], unit))[:MOST]))


def _matrix(view: View, units: Sequence[str], found: Mapping[Pair, Row]) -> Markup:
    t, most = view.t, max((row["n"] or 0 for row in found.values()), default=0)
    heads = Markup("").join(Markup('<th scope="col">{}</th>').format(view.org(unit)) for unit in units)
    body = Markup("").join(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            view.org(start), Markup("").join(_cell(view, (start, end), found.get((start, end)), most) for end in units)
        )
        for start in units
    )
    return Markup(
        '<div class="scroll" tabindex="0"><table class="heat moves"><thead><tr><th scope="col">{}</th>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>"
    ).format(f"{t('moves_from')} ↓  {t('moves_to')} →", heads, body)


def _cell(view: View, pair: Pair, row: Row | None, most: float) -> Markup:
    if pair[0] == pair[1]:
        return Markup('<td class="own"></td>')
    one = Cell(_few(view)) if row is None else cell(row, "n", view.t, view.t.number)
    if one.is_withheld:
        return Markup('<td class="hide"><span class="tag" title="{}">{}</span></td>').format(one.note, one.text)
    share = (row["n"] or 0) / most if row and most else 0.0
    shade = ("n", "p1", "p2")[sum(share >= least for least in SHADES)]
    return Markup('<td class="{}"><b>{}</b></td>').format(shade, one.text or DASH)


def _few(view: View) -> str:
    """Return what a pair without a row stands for: nobody, or too few to be told of."""
    least = view.marts.about.get("minima", {}).get("headcount", LEAST)
    return f"0–{least - 1}"


def _finding(view: View, rows: Sequence[Row]) -> str:
    """Return the most frequent way; all that is hidden is below it."""
    known = [row for row in rows if not is_hidden(row, "n")]
    if not known:
        return view.t("mobility_hidden", pairs=len(rows))
    most = min(known, key=_size)
    return view.t(
        "mobility_finding",
        start=view.org(most["from_unit_id"]),
        end=view.org(most["to_unit_id"]),
        n=view.t.number(most["n"]),
    )

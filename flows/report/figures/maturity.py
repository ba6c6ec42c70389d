"""Where a ministry stands in each domain of the HRM model, how sure that is, and what holds a domain down."""

from collections.abc import Iterable
from statistics import median

from markupsafe import Markup

from flows.report.drawing.rows import Axis, Dot, Mark, Row, Span, Veil, Words, Zone, draw_rows
from flows.report.drawing.scales import Scale
from flows.report.figures.base import (
    FULL,
    Cell,
    Figure,
    Key,
    View,
    both,
    is_hidden,
    name_of,
    table,
    withheld,
)
from flows.report.marts import Row as MartRow
from flows.report.texts import DASH

SCORES, MODEL = "model_scores", "dim_model"
LEVELS, HIGHEST = 5, 100.0
WHOLE = "all"


def maturity(view: View) -> Figure | None:
    """Return the score of every domain of a ministry with interval, level and the assessment before."""
    t, found = view.t, _scores(view, view.unit)
    whole = found.get(WHOLE)
    if whole is None:
        return None
    before = _scores(view, view.unit, -1)
    names = {**_names(view), WHOLE: t("overall")}
    rows = [found[one] for one in _order(found)]
    axis = Axis(Scale(0, HIGHEST), _bounds(view), zones=_zones(view))
    drawn = [_row(view, row, before.get(row["domain_id"]), names[row["domain_id"]]) for row in rows]
    return Figure(
        id="maturity",
        title=t("maturity_title"),
        finding=_finding(view, whole, found, names),
        sub=t("maturity_sub", period=view.period(whole), n=t.number(whole["least_n"] or 0)),
        marts=(SCORES, MODEL),
        rows=[*rows, *(before[one] for one in _order(before))],
        picture=both(lambda width: draw_rows(drawn, axis, width), FULL),
        table=table(
            (t("domain"), t("score"), t("ci"), t("level"), t("by_score"), t("evidence_share"), t("held_by")),
            [_line(view, row, names) for row in rows],
        ),
        legend=(
            Key("dot none", t("score_interval")),
            *((Key("tick last", t("last_assessment")),) if any(_is_rated(row) for row in before.values()) else ()),
            Key("sign", f"▾ {t('gate_holds')}"),
            *((Key("hide", t("legend_c")),) if any(is_hidden(row, "score") for row in rows) else ()),
        ),
        notes=(*_gates(view, rows, names), t("maturity_note")),
    )


def standings(view: View) -> Figure | None:
    """Return level and score of every ministry in every domain; no order among those whose intervals overlap."""
    t = view.t
    found = {unit: scores for unit in view.largest if (scores := _scores(view, unit))}
    if not found:
        return None
    names = {WHOLE: t("overall"), **_names(view)}
    domains = [one for one in names if any(one in scores for scores in found.values())]
    some = next(iter(found.values()))[WHOLE]
    return Figure(
        id="standings",
        title=t("standings_title"),
        finding=_weakest(view, found, names),
        sub=t("standings_sub", period=view.period(some)),
        marts=(SCORES, MODEL),
        rows=[scores[one] for scores in found.values() for one in domains if one in scores],
        body=_grid(view, found, {one: names[one] for one in domains}),
        table=table(
            (t("ministry"), *(names[one] for one in domains)),
            [[view.org(unit), *(_plain(scores.get(one), view) for one in domains)] for unit, scores in found.items()],
        ),
        legend=(
            *(Key(f"cell l{level}", str(level)) for level in range(1, LEVELS + 1)),
            Key("care", t("level_unsure")),
            Key("sign", f"▾ {t('gate_holds')}"),
            Key("hide", t("legend_c")),
        ),
        notes=(t("standings_note"), *view.left_out),
    )


def _scores(view: View, unit: str, assessment: int = 0) -> dict[str, MartRow]:
    """Return domain -> score of the newest assessment, or of one before it, by the newest goalposts."""
    rows = [row for row in view.rows(SCORES, unit) if row["row_kind"] != "input"]
    version = max((row["goalpost_version"] for row in rows), default=0)
    ends = sorted({row["period_end"] for row in rows})
    if len(ends) < 1 - assessment:
        return {}
    end = ends[assessment - 1]
    return {row["domain_id"]: row for row in rows if row["period_end"] == end and row["goalpost_version"] == version}


def _names(view: View) -> dict[str, str]:
    rows = sorted(view.marts.rows(MODEL, row_kind="domain"), key=lambda row: row["domain_id"])
    return {row["domain_id"]: name_of(row, view.t, row["domain_id"]) for row in rows}


def _order(found: Iterable[str]) -> list[str]:
    return [one for one in (WHOLE, *sorted(set(found) - {WHOLE})) if one in found]


def _bounds(view: View) -> tuple[tuple[float, str], ...]:
    levels = view.marts.rows(MODEL, row_kind="level")
    return tuple((at, view.t.number(at)) for at in (*sorted(row["weight"] for row in levels), HIGHEST))


def _zones(view: View) -> tuple[Zone, ...]:
    levels = sorted(view.marts.rows(MODEL, row_kind="level"), key=lambda row: row["weight"])
    ends = [*(row["weight"] for row in levels[1:]), HIGHEST]
    return tuple(
        Zone(row["weight"], end, (f"{row['input_id']} {name_of(row, view.t, '')}".strip(), row["input_id"]))
        for row, end in zip(levels, ends, strict=True)
    )


def _is_rated(row: MartRow) -> bool:
    return row["score"] is not None


def _is_held(row: MartRow) -> bool:
    return row["level"] is not None and row["level"] < (row["level_by_score"] or 0)


def _held_by(view: View, row: MartRow) -> str:
    return "; ".join(view.measure(one) for one in (row["capped_by"] or "").split())


def _row(view: View, row: MartRow, before: MartRow | None, name: str) -> Row:
    return Row(name, _marks(view, row, before), _figure(view, row), is_strong=row["domain_id"] == WHOLE)


def _marks(view: View, row: MartRow, before: MartRow | None) -> tuple[Mark, ...]:
    if is_hidden(row, "score"):
        return (Veil("[c]"),)
    if not _is_rated(row):
        return (Words(0, view.t("not_rated", share=view.t.percent(row["evidence_share"] or 0))),)
    last = (Dot(before["score"], "last", "tick"),) if before and _is_rated(before) else ()
    kind = "total" if row["domain_id"] == WHOLE else "none"
    return (*last, Span(row["ci_low"], row["score"], row["ci_high"], kind))


def _figure(view: View, row: MartRow) -> str:
    if not _is_rated(row):
        return ""
    sign = " ▾" if _is_held(row) else ""
    return f"{view.t.number(row['score'], 1)} · {row['level']}{sign}"


def _line(view: View, row: MartRow, names: dict[str, str]) -> list[Cell | str]:
    t = view.t
    cells = [_plain(row, view), *(Cell(DASH, "none") for _ in range(3))]
    if _is_rated(row):
        ends = f"{t.number(row['ci_low'], 1)}{DASH}{t.number(row['ci_high'], 1)}"
        cells = [Cell(t.number(row["score"], 1)), Cell(ends), Cell(str(row["level"])), Cell(str(row["level_by_score"]))]
    share = Cell(DASH, "none") if row["evidence_share"] is None else Cell(t.percent(row["evidence_share"]))
    held = _held_by(view, row) if _is_held(row) else ""
    return [names[row["domain_id"]], *cells, share, held]


def _plain(row: MartRow | None, view: View) -> Cell:
    if row is None:
        return Cell(DASH, "none")
    if is_hidden(row, "score"):
        return withheld(row, view.t)
    return Cell(_figure(view, row)) if _is_rated(row) else Cell(view.t("not_rated_short"), "none")


def _gates(view: View, rows: Iterable[MartRow], names: dict[str, str]) -> list[str]:
    """Say of every domain that a gate holds down which level it would have, and which figure or rule is wanting."""
    return [
        view.t(
            "gate_note",
            domain=names[row["domain_id"]],
            level=row["level"],
            by_score=row["level_by_score"],
            what=_held_by(view, row),
        )
        for row in rows
        if _is_held(row) and row["capped_by"]
    ]


def _finding(view: View, whole: MartRow, found: dict[str, MartRow], names: dict[str, str]) -> str:
    t = view.t
    rated = [row for one, row in found.items() if one != WHOLE and _is_rated(row)]
    if not rated:
        return ""
    least = min(rated, key=lambda row: (row["score"], row["domain_id"]))
    lowest = {"lowest": names[least["domain_id"]], "least": t.number(least["score"], 1)}
    if not _is_rated(whole):
        return t("maturity_unrated", rated=len(rated), all=len(found) - 1, **lowest)
    low, high = (t.number(whole[end], 1) for end in ("ci_low", "ci_high"))
    return t("maturity_finding", score=t.number(whole["score"], 1), low=low, high=high, level=whole["level"], **lowest)


def _weakest(view: View, found: dict[str, dict[str, MartRow]], names: dict[str, str]) -> str:
    t = view.t
    rated = sum(_is_rated(scores[WHOLE]) for scores in found.values() if WHOLE in scores)
    medians = {
        one: median(values)
        for one in names
        if one != WHOLE
        and (values := [row[one]["score"] for row in found.values() if one in row and _is_rated(row[one])])
    }
    if not medians:
        return ""
    least = min(medians, key=lambda one: (medians[one], one))
    return t("standings_finding", rated=rated, all=len(found), domain=names[least], score=t.number(medians[least], 1))


def _grid(view: View, found: dict[str, dict[str, MartRow]], names: dict[str, str]) -> Markup:
    heads = Markup("").join(Markup('<th scope="col">{}</th>').format(name) for name in names.values())
    body = Markup("").join(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            view.org(unit), Markup("").join(_cell(view, scores.get(one)) for one in names)
        )
        for unit, scores in found.items()
    )
    return Markup(
        '<div class="scroll" tabindex="0"><table class="heat levels"><thead><tr><th scope="col">{}</th>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>"
    ).format(view.t("ministry"), heads, body)


def _cell(view: View, row: MartRow | None) -> Markup:
    if row is None:
        return Markup('<td class="none">{}</td>').format(DASH)
    one = _plain(row, view)
    if one.is_withheld:
        return Markup('<td class="hide"><span class="tag" title="{}">{}</span></td>').format(one.note, one.text)
    if not _is_rated(row):
        return Markup('<td class="none"><i>{}</i></td>').format(one.text)
    sure = "" if row["level_low"] == row["level_high"] else " u"
    low, high = (view.t.number(row[end]) for end in ("ci_low", "ci_high"))
    return Markup('<td class="l{}{}"><b>{}</b><em>{}</em><i>{}</i><i>{}{}{}</i></td>').format(
        row["level"],
        sure,
        view.t.number(row["score"]),
        " ▾" if _is_held(row) else "",
        "●" * row["level"] + "○" * (LEVELS - row["level"]),
        low,
        DASH,
        high,
    )

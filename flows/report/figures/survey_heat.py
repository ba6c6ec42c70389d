"""Who needs help, on what: scales and questions by organisation, coloured only where a gap is reliable."""

from markupsafe import Markup

from flows.report.figures.base import Cell, Figure, Key, View, table, withheld
from flows.report.figures.survey import (
    Wave,
    compared,
    estimates,
    is_uncertain,
    measure_name,
    points,
    standing,
    wave_rows,
)
from flows.report.marts import Row
from flows.report.texts import DASH

SIGN = {"above": "▲", "below": "▼", "none": ""}
# A gap of so many points is a strong one; half the width of the strip in a cell shows twenty points.
STRONG, REACH = 7.0, 20.0


def heat(view: View, wave: Wave) -> Figure | None:
    """Return the table of measures by organisation; none where fewer than two organisations answered."""
    t, units = view.t, compared(view)
    found = {unit: estimates(view, wave, unit) for unit, _ in units}
    rows = [(unit, depth) for unit, depth in units if found[unit]]
    if len(rows) < 2:  # noqa: PLR2004 - nothing to compare
        return None
    measures = [*wave.scales, *wave.items]
    ordered = _ordered(rows, found, wave.scales[0])
    return Figure(
        id=f"heat_{wave.instrument}",
        title=t("heat_title"),
        finding=_finding(view, wave, ordered, found),
        sub=t("heat_sub", period=view.period(wave.row)),
        marts=("survey_estimates",),
        rows=wave_rows(view, wave, [unit for unit, _ in ordered], measures),
        body=_body(view, wave, measures, ordered, found),
        table=table(
            (t("organisation"), *(measure_name(view, wave, one) for one in measures)),
            [[view.org(unit), *(_plain(found[unit].get(one), view) for one in measures)] for unit, _ in ordered],
        ),
        legend=(
            Key("cell p2", ""),
            Key("cell p1", f"▲ {t('better')}"),
            Key("cell n", t("no_difference")),
            Key("cell m1", ""),
            Key("cell m2", f"▼ {t('worse')}"),
            Key("hide", t("legend_c")),
            Key("care", t("legend_u")),
        ),
        notes=(t("heat_note"), t("reversed_note")),
    )


def _ordered(rows: list[tuple[str, int]], found: dict[str, dict[str, Row]], scale: str) -> list[tuple[str, int]]:
    """Return parts by their first scale, highest first, each followed by its own units in the same order."""

    def key(unit: str) -> tuple[bool, float, str]:
        value = (found[unit].get(scale) or {}).get("value")
        return value is None, -(value or 0.0), unit

    blocks: list[list[tuple[str, int]]] = []
    for unit, depth in rows:
        if depth == 0 or not blocks:
            blocks.append([(unit, depth)])
        else:
            blocks[-1].append((unit, depth))
    blocks.sort(key=lambda block: key(block[0][0]))
    return [row for block in blocks for row in [block[0], *sorted(block[1:], key=lambda one: key(one[0]))]]


def _body(
    view: View, wave: Wave, measures: list[str], rows: list[tuple[str, int]], found: dict[str, dict[str, Row]]
) -> Markup:
    t = view.t
    heads = Markup("").join(Markup('<th scope="col">{}</th>').format(measure_name(view, wave, one)) for one in measures)
    medians = {one: _median(one, found) for one in measures}
    bench = Markup("").join(
        Markup("<td><b>{}</b></td>").format(DASH if medians[one] is None else t.number(medians[one] or 0))
        for one in measures
    )
    body = Markup("").join(
        Markup('<tr{}><th scope="row">{}</th>{}</tr>').format(
            Markup(' class="deep"') if depth else "",
            view.org(unit),
            Markup("").join(_cell(found[unit].get(one), view) for one in measures),
        )
        for unit, depth in rows
    )
    return Markup(
        '<div class="scroll" tabindex="0"><table class="heat">'
        '<thead><tr><th scope="col">{}</th>{}</tr>'
        '<tr class="bench"><th scope="row">{}</th>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(t("organisation"), heads, t("benchmark"), bench, body)


def _median(measure: str, found: dict[str, dict[str, Row]]) -> float | None:
    known = [points(rows[measure], "benchmark_median") for rows in found.values() if measure in rows]
    return next((value for value in known if value is not None), None)


def _cell(row: Row | None, view: View) -> Markup:
    t = view.t
    if row is None:
        return Markup('<td class="none">{}</td>').format(DASH)
    if row["conf_status"] != "F":
        hidden = withheld(row, t)
        return Markup('<td class="hide"><span class="tag" title="{}">{}</span></td>').format(hidden.note, hidden.text)
    low, value, high, median = (points(row, name) for name in ("ci_low", "value", "ci_high", "benchmark_median"))
    if value is None:
        return Markup('<td class="none">{}</td>').format(DASH)
    kind = standing(row)
    care = is_uncertain(row)
    strip = "" if None in {low, high, median} else _strip(low or 0, value, high or 0, median or 0)
    return Markup('<td class="{}{}"><b>{}</b><em>{}</em>{}{}<i>n={}</i></td>').format(
        _shade(kind, value, median),
        " u" if care else "",
        t.number(value),
        SIGN[kind],
        Markup("<sup>[u]</sup>") if care else "",
        strip,
        t.number(row["n"]),
    )


def _strip(low: float, value: float, high: float, median: float) -> Markup:
    a, v, b = (round(min(max(50 + 50 * (one - median) / REACH, 0), 100)) for one in (low, value, high))
    return Markup('<s style="--a:{};--v:{};--b:{}"></s>').format(a, v, b)


def _shade(kind: str, value: float, median: float | None) -> str:
    if kind == "none" or median is None:
        return "n"
    return ("p" if kind == "above" else "m") + ("2" if abs(value - median) >= STRONG else "1")


def _plain(row: Row | None, view: View) -> Cell:
    if row is None or (row["conf_status"] == "F" and row["value"] is None):
        return Cell(DASH, "none")
    if row["conf_status"] != "F":
        return withheld(row, view.t)
    low, value, high = (points(row, name) for name in ("ci_low", "value", "ci_high"))
    ends = "" if low is None or high is None else f" ({view.t.number(low)}{DASH}{view.t.number(high)})"
    care = " [u]" if is_uncertain(row) else ""
    kind = standing(row)
    return Cell(f"{view.t.number(value or 0)}{ends} {SIGN[kind]}{care}".strip(), "" if kind == "none" else kind)


def _finding(view: View, wave: Wave, rows: list[tuple[str, int]], found: dict[str, dict[str, Row]]) -> str:
    t, scale = view.t, wave.scales[0]
    kinds = [
        standing(found[unit][scale])
        for unit, _ in rows
        if scale in found[unit] and found[unit][scale]["conf_status"] == "F"
    ]
    return t(
        "heat_finding",
        n=len(kinds),
        above=kinds.count("above"),
        below=kinds.count("below"),
        index=view.indicator(scale),
    )

"""The headline figures of each part side by side: staff on the last day, movement of a year; and a page's cards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from flows.report.drawing.spark import sparkline
from flows.report.figures.base import Cell, Figure, Table, View, cell, table
from flows.report.figures.survey import estimates, waves
from flows.report.marts import Row
from flows.report.texts import DASH

Groups = tuple[tuple[str, tuple[str, ...]], ...]
STAFF: Groups = (
    ("group_size", ("headcount_end", "headcount_avg", "fte_end", "vacancy_rate")),
    ("group_makeup", ("women_share", "women_leadership_share", "age_mean", "tenure_median")),
)
# Movements come to the nearest ten: over one month such a rate may be half or half again, over twelve it is seldom.
MOVES: Groups = (
    ("group_moves", ("accession_rate", "separation_rate_service", "turnover_rate_ministry", "voluntary_rate")),
)
CARDS = ("vacancy_rate", "turnover_rate_ministry", "women_leadership_share")
# Beyond so many parts the small lines of the trend are left out: a page has to stay small.
MOST_TRENDS = 100
# The long-run rates read better over twelve months than over one.
TURNOVER = "hrm_turnover"
OVER_A_YEAR = {"turnover_rate_ministry": TURNOVER}


@dataclass(frozen=True)
class Card:
    """A figure that opens a page: its name, its value with unit, and what stands under it."""

    name: str
    text: str
    unit: str
    note: str


def cards(view: View) -> list[Card]:
    """Return the figures that open the page of a unit."""
    months = view.rows("hrm_overview")
    shown = [_headcount(view, months), *(_rate(view, months[-1], one) for one in CARDS)] if months else []
    return [*shown, *_surveys(view)]


def overview(view: View, link: str = "") -> Figure | None:
    """Return the newest month of every part and of the whole; `link` is a part's page, with `{}` for its id."""
    t, whole = view.t, view.newest("hrm_overview")
    if whole is None:
        return None
    month = whole["period_end"]
    series = {unit: view.rows("hrm_overview", unit) for unit in [*view.parts, view.unit]}
    newest = {unit: rows[-1] for unit, rows in series.items() if rows and rows[-1]["period_end"] == month}
    is_long = len(view.parts) > MOST_TRENDS
    trends = {
        unit: "" if is_long else sparkline([row["headcount_end"] for row in rows], view.t("trend"))
        for unit, rows in series.items()
    }
    return Figure(
        id="overview",
        title=t("people_title") if view.is_national else t("units_title"),
        finding=_finding(view, newest),
        sub=t("people_sub", month=t.month(month), months=len({row["period_start"] for row in series[view.unit]})),
        marts=("hrm_overview", "dim_indicators", "dim_org_units"),
        rows=list(newest.values()),
        body=_body(view, STAFF, newest, link, trends),
        is_table=True,
        table=_table(view, STAFF, newest),
    )


def moves(view: View, link: str = "") -> Figure | None:
    """Return who came and went over the last twelve months, of every part and of the whole; `link` as above."""
    t, whole = view.t, view.newest(TURNOVER, period_kind="r12")
    if whole is None:
        return None
    found = {unit: view.newest(TURNOVER, unit, period_kind="r12") for unit in [*view.parts, view.unit]}
    rows = {unit: row for unit, row in found.items() if row and row["period_end"] == whole["period_end"]}
    return Figure(
        id="moves",
        title=t("moves_title"),
        finding=_came_and_went(view, whole),
        sub=t("moves_sub", period=view.period(whole)),
        marts=(TURNOVER, "dim_indicators", "dim_org_units"),
        rows=list(rows.values()),
        body=_body(view, MOVES, rows, link),
        is_table=True,
        table=_table(view, MOVES, rows),
    )


def _came_and_went(view: View, row: Row) -> str:
    came, went = row["accession_rate"], row["turnover_rate_ministry"]
    if came is None or went is None:
        return ""
    return view.t("moves_finding", came=view.t.percent(came, 1), went=view.t.percent(went, 1))


def _table(view: View, groups: Groups, rows: Mapping[str, Row]) -> Table:
    columns = [one for _, names in groups for one in names]
    return table(
        (view.t("organisation"), *(_heading(view, one) for one in columns)),
        [[view.org(unit), *(_figure(view, row, one) for one in columns)] for unit, row in rows.items()],
    )


def unit_of(view: View, indicator: str) -> str:
    """Return the unit of an indicator as its card gives it."""
    return str((view.marts.indicators.get(indicator) or {}).get("unit", "persons"))


def _figure(view: View, row: Row, indicator: str) -> Cell:
    unit = unit_of(view, indicator)
    return cell(
        row, indicator, view.t, lambda value: view.t.figure(value, unit, 1 if indicator == "headcount_avg" else None)
    )


def _heading(view: View, indicator: str) -> str:
    name, unit = view.t(f"short_{indicator}"), view.t(f"unit_{unit_of(view, indicator)}")
    return name if name.casefold() == unit.casefold() else f"{name}, {unit}"


def _body(
    view: View, groups: Groups, rows: Mapping[str, Row], link: str, trends: Mapping[str, object] | None = None
) -> Markup:
    """Return the table of a page; `trends` is a last column without figures: the small line of each row."""
    t = view.t
    over = Markup("").join(
        Markup('<th class="g" colspan="{}" scope="colgroup">{}</th>').format(len(names), t(name))
        for name, names in groups
    )
    heads = Markup("").join(
        _head(view, one, is_first=not place) for _, names in groups for place, one in enumerate(names)
    )
    body = Markup("").join(_row(view, groups, unit, row, link, trends) for unit, row in rows.items())
    columns = sum(len(names) for _, names in groups)
    trend, last = "", ""
    if trends is not None:
        over += Markup('<td class="g"></td>')
        trend = Markup('<th scope="col" class="g">{}</th>').format(t("trend"))
        last = Markup('<col class="trend">')
    return Markup(
        '<div class="scroll"><table class="people" style="{}"><colgroup><col class="first"><col span="{}">{}</colgroup>'
        '<thead><tr class="groups"><td></td>{}</tr><tr><th scope="col">{}</th>{}{}</tr></thead>'
        "<tbody>{}</tbody></table></div>"
    ).format(_labels(view, groups), columns, last, over, t("organisation"), heads, trend, body)


def _labels(view: View, groups: Groups) -> str:
    """Return the headings as variables of the style sheet, for screens where each cell carries its own."""
    names = [_heading(view, one) for _, columns in groups for one in columns]
    names.append(view.t("trend"))
    return ";".join(f"--c{place}:'{name.replace(chr(39), chr(8217))}'" for place, name in enumerate(names, 1))


def _head(view: View, indicator: str, *, is_first: bool) -> Markup:
    t = view.t
    return Markup('<th scope="col"{} title="{}">{}<span class="unit">{}</span></th>').format(
        Markup(' class="g"') if is_first else "",
        view.indicator(indicator),
        t(f"short_{indicator}"),
        t(f"unit_{unit_of(view, indicator)}"),
    )


def _row(  # noqa: PLR0913, PLR0917 - a row of one unit, and how it is written
    view: View, groups: Groups, unit: str, row: Row, link: str, trends: Mapping[str, object] | None
) -> Markup:
    is_whole = unit == view.unit
    name = (
        Markup('<a href="{}#{}">{}</a>').format(link.format(unit), view.t.code, view.org(unit))
        if link and not is_whole
        else view.org(unit)
    )
    cells = Markup("").join(
        _td(_figure(view, row, one), is_first=not place) for _, names in groups for place, one in enumerate(names)
    )
    trend = "" if trends is None else Markup('<td class="g trend">{}</td>').format(trends[unit])
    return Markup('<tr{}><th scope="row">{}</th>{}{}</tr>').format(
        Markup(' class="total"') if is_whole else "", name, cells, trend
    )


def _td(one: Cell, *, is_first: bool) -> Markup:
    """Return a cell in few bytes: a service of 300 ministries has 3,600 of them in each language."""
    name = f"{'g ' if is_first else ''}{'hide' if one.is_withheld else 'none' if one.kind == 'none' else ''}".strip()
    text = Markup('<span class="tag">{}</span>').format(one.text) if one.is_withheld else one.text
    return Markup("<td{}>{}</td>").format(Markup(' class="{}"').format(name) if name else "", text)


def _finding(view: View, newest: dict[str, Row]) -> str:
    t = view.t
    sizes = {
        unit: row["headcount_end"]
        for unit, row in newest.items()
        if unit != view.unit and row["headcount_end"] is not None
    }
    total = newest[view.unit]["headcount_end"]
    if not sizes or total is None:
        return ""
    largest = max(sizes, key=lambda unit: sizes[unit])
    key = "people_finding" if view.is_national else "units_finding"
    return t(key, people=t.number(total), largest=view.org(largest), largest_n=t.number(sizes[largest]))


def _headcount(view: View, months: Sequence[Row]) -> Card:
    t, newest = view.t, months[-1]
    before = months[-13]["headcount_end"] if len(months) > 12 else None  # noqa: PLR2004 - months of a year
    now = newest["headcount_end"]
    note = t.month(newest["period_start"])
    if before is not None and now is not None:
        note = t("kpi_change", change=t.number(now - before, signed=True))
    return Card(view.indicator("headcount_end"), _figure(view, newest, "headcount_end").text, "", note)


def _rate(view: View, month: Row, indicator: str) -> Card:
    table_ = OVER_A_YEAR.get(indicator)
    row = (view.newest(table_, period_kind="r12") if table_ else None) or month
    one = _figure(view, row, indicator)
    unit = "" if one.kind else view.t(f"unit_{unit_of(view, indicator)}" if not table_ else "unit_share")
    return Card(
        view.indicator(indicator), one.text, unit, view.t.month(row["period_end"]) if not table_ else view.period(row)
    )


def _surveys(view: View) -> list[Card]:
    t, found = view.t, []
    for wave in waves(view)[:1]:
        row = estimates(view, wave, view.unit)[wave.scales[0]]
        if row["value"] is not None:
            low, high = (DASH if row[end] is None else t.number(row[end], 1) for end in ("ci_low", "ci_high"))
            note = t("kpi_interval", value="", low=low, high=high, n=t.number(row["n"]))
            found.append(Card(view.indicator(wave.scales[0]), t.number(row["value"], 1), "", note))
    return found

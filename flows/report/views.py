"""Each section of the overview page is a plain value, made from published tables in one language."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flows.report.marts import SERVICE, Marts, Row
from flows.report.pictures import Estimate, Scale, bars, empty_strip, interval, scale_around, sparkline
from flows.report.texts import DASH, Language

HEADLINE = (
    ("group_size", ("headcount_end", "headcount_avg", "fte_end", "vacancy_rate")),
    ("group_moves", ("hires_new", "separation_rate_service", "turnover_rate_ministry", "voluntary_rate")),
    ("group_makeup", ("women_share", "women_leadership_share", "age_mean", "tenure_median")),
)
METRICS = (
    "touch_time",
    "waiting_time",
    "activity_ratio",
    "handoff_count",
    "rework_case_share",
    "first_pass_yield",
    "sla_compliance",
    "variant_count",
)
QUANTILES = ("lead_time_p10", "lead_time_p50", "lead_time_p90")
# A gap is coloured only where it is reliable and large enough to matter (ux.md 1.3).
LEAST_GAP = 3.0
MOST_REASONS = 8
MINUTES = 60


@dataclass(frozen=True)
class Cell:
    """One figure of a table: its text, and `c`, `n` or `none` where there is no figure to show."""

    text: str
    kind: str = ""
    note: str = ""


def page(marts: Marts, language: Language) -> dict[str, Any]:
    """Return everything that the overview page says in one language."""
    return {
        "cards": cards(marts, language),
        "people": people(marts, language),
        "surveys": surveys(marts, language),
        "processes": processes(marts, language),
        "quality": quality(marts, language),
        "missing": [source["title"].get(language.code, source["source"]) for source in marts.about["missing_sources"]],
    }


def cards(marts: Marts, language: Language) -> list[dict[str, str]]:
    """Return the figures of the whole service that open the page."""
    months = [row for row in _overview(marts) if row["org_unit_id"] == SERVICE]
    shown = [_card_of_headcount(months, marts, language)] if months else []
    for indicator in ("vacancy_rate", "women_leadership_share") if months else ():
        name = _name(marts.indicators.get(indicator), language, indicator)
        cell = _cell(months[-1], indicator, _unit(marts, indicator), language)
        unit = language(f"unit_{_unit(marts, indicator)}") if not cell.kind else ""
        shown.append(
            {"name": name, "text": cell.text, "unit": unit, "note": language.month(months[-1]["period_start"])}
        )
    return [*shown, *_card_of_survey(marts, language)]


def people(marts: Marts, language: Language) -> dict[str, Any] | None:
    """Return the newest month of every ministry and of the service: twelve indicators and the trend of headcount."""
    rows = _overview(marts)
    if not rows:
        return None
    month = max(row["period_start"] for row in rows)
    newest = {row["org_unit_id"]: row for row in rows if row["period_start"] == month}
    ministries = [unit for unit in marts.ministries if unit in newest]
    return {
        "sub": language("people_sub", month=language.month(month), months=len({row["period_start"] for row in rows})),
        "finding": _people_finding(newest, ministries, marts, language),
        "groups": [{"name": language(name), "columns": _headers(ids, marts, language)} for name, ids in HEADLINE],
        "rows": [_people_row(newest[unit], rows, marts, language) for unit in [*ministries, SERVICE] if unit in newest],
    }


def surveys(marts: Marts, language: Language) -> list[dict[str, Any]]:
    """Return each survey index of the newest wave with its interval, by organisation."""
    rows = marts.rows("survey_indices", org_view="as_was", category_1="all", category_2="all")
    ids = sorted({row["indicator_id"] for row in rows})
    return [_survey([row for row in rows if row["indicator_id"] == index], marts, language) for index in ids]


def processes(marts: Marts, language: Language) -> list[dict[str, Any]]:
    """Return each process over all ministries: quantiles, metrics by evidence, steps."""
    metrics = marts.rows("bpr_metrics", org_unit_id=SERVICE, step_id="all")
    steps = marts.rows("bpr_steps", org_unit_id=SERVICE)
    known = {row["process_id"]: row for row in marts.rows("dim_processes")}
    found = [
        _process(process, metrics, steps, marts, language) for process in sorted({r["process_id"] for r in metrics})
    ]
    return [{**process, "name": _name(known.get(process["id"]), language, process["id"])} for process in found]


def quality(marts: Marts, language: Language) -> dict[str, Any] | None:
    """Return what each source delivered and why rows were refused."""
    sources = marts.rows("dq_sources")
    if not sources:
        return None
    landed, refused = (sum(row[name] for row in sources) for name in ("rows_landed", "rows_refused"))
    return {
        "finding": language(
            "quality_finding",
            sources=len(sources),
            good=sum(row["state"] == "ok" for row in sources),
            refused=language.number(refused),
            share=language.percent(refused / (landed + refused) if landed + refused else 0, 1),
        ),
        "rows": [_source(row, language) for row in sources],
        "reasons": _reasons(marts, language),
    }


def _overview(marts: Marts) -> list[Row]:
    return sorted(marts.rows("hrm_overview", org_view="as_was"), key=lambda row: row["period_start"])


def _name(row: Row | None, language: Language, otherwise: str) -> str:
    return (row or {}).get(f"name_{language.code}") or otherwise


def _org(unit: str, marts: Marts, language: Language) -> str:
    return language("service") if unit == SERVICE else _name(marts.units.get(unit), language, unit)


def _unit(marts: Marts, indicator: str) -> str:
    return str((marts.indicators.get(indicator) or {}).get("unit") or "ratio").split()[0].strip(",;")


def _cell(row: Row, column: str, unit: str, language: Language) -> Cell:
    """Return a figure of a wide table; its row names the columns that are withheld."""
    if column in (row.get("withheld") or "").split():
        return _hidden(row["conf_status"], language)
    if row[column] is None:
        return Cell(DASH, "none", language("no_value"))
    return Cell(language.figure(row[column], unit, 1 if column == "headcount_avg" else None))


def _hidden(status: str, language: Language) -> Cell:
    kind = "n" if status == "N" else "c"
    return Cell(f"[{kind}]", kind, language("withheld"))


def _card_of_headcount(months: Sequence[Row], marts: Marts, language: Language) -> dict[str, str]:
    newest, year_before = months[-1], months[-13] if len(months) > 12 else {}  # noqa: PLR2004 - months of a year
    before, now = year_before.get("headcount_end"), newest["headcount_end"]
    change = None if before is None or now is None else language.number(now - before, signed=True)
    return {
        "name": _name(marts.indicators.get("headcount_end"), language, "headcount_end"),
        "text": _cell(newest, "headcount_end", "persons", language).text,
        "unit": "",
        "note": language("kpi_change", change=change) if change else language.month(newest["period_start"]),
    }


def _card_of_survey(marts: Marts, language: Language) -> list[dict[str, str]]:
    rows = marts.rows("survey_indices", org_unit_id=SERVICE, org_view="as_was", category_1="all", conf_status="F")
    return [
        {
            "name": _name(marts.indicators.get(row["indicator_id"]), language, row["indicator_id"]),
            "text": language.figure(row["value"], row["unit"]),
            "unit": "",
            "note": _interval_note("kpi_interval", row, language),
        }
        for row in _newest(rows)[:1]
        if row["value"] is not None
    ]


def _interval_note(key: str, row: Row, language: Language) -> str:
    low, high = (DASH if row[end] is None else language.number(row[end], 1) for end in ("ci_low", "ci_high"))
    return language(key, value=language.number(row["value"], 1), low=low, high=high, n=language.number(row["n"]))


def _newest(rows: Sequence[Row]) -> list[Row]:
    last = max((row["period_end"] for row in rows), default=None)
    return [row for row in rows if row["period_end"] == last]


def _people_finding(newest: dict[str, Row], ministries: Iterable[str], marts: Marts, language: Language) -> str:
    sizes = {unit: newest[unit]["headcount_end"] for unit in ministries if newest[unit]["headcount_end"] is not None}
    total = newest.get(SERVICE, {}).get("headcount_end")
    if not sizes or total is None:
        return ""
    largest = max(sizes, key=lambda unit: sizes[unit])
    return language(
        "people_finding",
        people=language.number(total),
        largest=_org(largest, marts, language),
        largest_n=language.number(sizes[largest]),
    )


def _headers(ids: Sequence[str], marts: Marts, language: Language) -> list[dict[str, str]]:
    return [_header(indicator, marts, language) for indicator in ids]


def _header(indicator: str, marts: Marts, language: Language) -> dict[str, str]:
    name, unit = language(f"short_{indicator}"), language(f"unit_{_unit(marts, indicator)}")
    full = _name(marts.indicators.get(indicator), language, indicator)
    return {"name": name, "unit": unit, "full": full, "label": name if unit == name else f"{name}, {unit}"}


def _people_row(row: Row, rows: Sequence[Row], marts: Marts, language: Language) -> dict[str, Any]:
    unit = row["org_unit_id"]
    series = [other["headcount_end"] for other in rows if other["org_unit_id"] == unit]
    ids = [indicator for _, group in HEADLINE for indicator in group]
    return {
        "name": _org(unit, marts, language),
        "is_total": unit == SERVICE,
        "cells": [_cell(row, indicator, _unit(marts, indicator), language) for indicator in ids],
        "trend": sparkline(series, language("trend")),
    }


def _survey(rows: Sequence[Row], marts: Marts, language: Language) -> dict[str, Any]:
    newest = {row["org_unit_id"]: row for row in _newest(rows)}
    total = newest.get(SERVICE)
    benchmark = total["value"] if total else None
    ends = [row[end] for row in newest.values() for end in ("ci_low", "value", "ci_high") if row[end] is not None]
    scale = scale_around(ends, 10, 0, 100) if ends else Scale(0, 100)
    any_row = next(iter(newest.values()))

    def withheld(unit: str) -> bool:
        return newest[unit]["conf_status"] != "F" and unit not in marts.ministries and unit != SERVICE

    return {
        "name": _name(marts.indicators.get(any_row["indicator_id"]), language, any_row["indicator_id"]),
        "sub": language("survey_sub", period=language.span(any_row["period_start"], any_row["period_end"])),
        "finding": _interval_note("survey_finding", total, language) if total and benchmark is not None else "",
        "ends": [
            language.number(scale.low),
            language.number((scale.low + scale.high) / 2),
            language.number(scale.high),
        ],
        "blocks": [
            {
                "rows": [_survey_row(newest[u], scale, benchmark, marts, language) for u in units if not withheld(u)],
                "withheld": _withheld_units([u for u in units if withheld(u)], marts, language),
            }
            for units in _tree(newest, marts)
        ],
    }


def _withheld_units(units: Sequence[str], marts: Marts, language: Language) -> str:
    names = ", ".join(_org(unit, marts, language) for unit in units)
    return language("units_withheld", n=len(units), names=names) if units else ""


def _tree(rows: dict[str, Row], marts: Marts) -> list[list[str]]:
    """Return the service, and each ministry followed by the units right below it; highest value first."""

    def order(unit: str) -> tuple[bool, float, str]:
        value = rows[unit]["value"]
        return value is None, -(value or 0), unit

    def below(parent: str) -> list[str]:
        return sorted((u for u in rows if (marts.units.get(u) or {}).get("parent_id") == parent), key=order)

    ministries = sorted((unit for unit in marts.ministries if unit in rows), key=order)
    return [[u] for u in [SERVICE] if u in rows] + [[ministry, *below(ministry)] for ministry in ministries]


def _survey_row(row: Row, scale: Scale, benchmark: float | None, marts: Marts, language: Language) -> dict[str, Any]:
    unit, shown = row["org_unit_id"], row["conf_status"] == "F" and row["value"] is not None
    head = {
        "name": _org(unit, marts, language),
        "level": "total" if unit == SERVICE else "ministry" if unit in marts.ministries else "below",
    }
    if not shown:
        hidden = _hidden(row["conf_status"], language) if row["conf_status"] != "F" else Cell(DASH, "none")
        return {**head, "value": hidden, "mark": "", "n": "", "rate": "", "strip": empty_strip(scale)}
    low = row["value"] if row["ci_low"] is None else row["ci_low"]
    high = row["value"] if row["ci_high"] is None else row["ci_high"]
    mark = "none" if unit == SERVICE or benchmark is None else _mark(low, row["value"], high, benchmark)
    return {
        **head,
        "value": Cell(language.number(row["value"], 1)),
        "mark": mark,
        "n": language.number(row["n"]),
        "rate": DASH if row["response_rate"] is None else language.percent(row["response_rate"]),
        "strip": interval(scale, Estimate(low, row["value"], high), benchmark=benchmark, mark=mark),
        "interval": f"{language.number(low, 1)}{DASH}{language.number(high, 1)}",
    }


def _mark(low: float, value: float, high: float, benchmark: float) -> str:
    if abs(value - benchmark) < LEAST_GAP or low <= benchmark <= high:
        return "none"
    return "above" if value > benchmark else "below"


def _process(
    process: str, metrics: Sequence[Row], steps: Sequence[Row], marts: Marts, language: Language
) -> dict[str, Any]:
    own = [row for row in metrics if row["process_id"] == process]
    found = {(row["indicator_id"], row["evidence_source"]): row for row in own}
    lead = [_lead_time(found, evidence, language) for evidence in ("log", "survey")]
    return {
        "id": process,
        "finding": _process_finding(found, language),
        "is_withheld": all(row["conf_status"] != "F" for row in own),
        "lead": _drawn([quantiles for quantiles in lead if quantiles], language),
        "metrics": [_metric(found, metric, marts, language) for metric in METRICS if _has(found, metric)],
        "steps": _steps([row for row in steps if row["process_id"] == process], marts, language),
    }


def _has(found: dict[tuple[str, str], Row], metric: str) -> bool:
    return any((metric, evidence) in found for evidence in ("log", "survey"))


def _process_finding(found: dict[tuple[str, str], Row], language: Language) -> str:
    for evidence in ("log", "survey"):
        middle, late = (found.get((name, evidence)) for name in ("lead_time_p50", "lead_time_p90"))
        if middle and late and middle["value"] is not None and late["value"] is not None:
            unit = middle["unit"]
            return language(
                "process_finding",
                p50=language.figure(middle["value"], unit),
                p90=language.figure(late["value"], unit),
                unit=language(f"unit_{unit}"),
            )
    return ""


def _lead_time(found: dict[tuple[str, str], Row], evidence: str, language: Language) -> dict[str, Any] | None:
    rows = [found.get((name, evidence)) for name in QUANTILES]
    present = [row for row in rows if row]
    if len(present) < len(QUANTILES):
        return None
    hidden = next((row for row in present if row["conf_status"] != "F"), None)
    values = [row["value"] for row in present]
    return {
        "evidence": language(evidence),
        "unit_id": present[1]["unit"],
        "unit": language(f"unit_{present[1]['unit']}"),
        "level": present[1]["evidence_level"] or "",
        "n": "" if present[1]["n"] is None else language.number(present[1]["n"]),
        "values": values if hidden is None and None not in values else None,
        "texts": [_tidy_cell(row, language) for row in present],
    }


def _drawn(lead: list[dict[str, Any]], language: Language) -> list[dict[str, Any]]:
    """Draw the quantiles of log and questionnaire: on one axis where they share a unit, each on its own where not."""
    for row in lead:
        alike = [other["values"] for other in lead if other["unit"] == row["unit"] and other["values"]]
        highest = max((values[-1] for values in alike), default=0.0) or 1.0
        scale, shown = Scale(0, highest), row["values"]
        row["strip"] = interval(scale, Estimate(*shown), mark="plain") if shown else empty_strip(scale)
        row["ends"] = [language.number(0), f"{language.figure(highest, row['unit_id'])} {row['unit']}"] if shown else []
    return lead


def _metric(found: dict[tuple[str, str], Row], metric: str, marts: Marts, language: Language) -> dict[str, Any]:
    sides = [_side(found.get((metric, evidence)), language) for evidence in ("log", "survey")]
    return {"name": _name(marts.indicators.get(metric), language, metric), "sides": sides}


def _side(row: Row | None, language: Language) -> dict[str, Any]:
    if row is None:
        return {"cell": Cell("", "absent"), "unit": "", "level": "", "n": ""}
    cell = _tidy_cell(row, language)
    shown = not cell.kind
    return {
        "cell": cell,
        "unit": language(f"unit_{row['unit']}") if shown and row["unit"] != "ratio" else "",
        "level": row["evidence_level"] or "",
        "n": language.number(row["n"]) if shown and row["n"] is not None else "",
    }


def _tidy_cell(row: Row, language: Language) -> Cell:
    if row["conf_status"] != "F":
        return _hidden(row["conf_status"], language)
    return Cell(DASH, "none") if row["value"] is None else Cell(language.figure(row["value"], row["unit"]))


def _steps(rows: Sequence[Row], marts: Marts, language: Language) -> list[dict[str, Any]]:
    """Return work and waiting of each step in hours, by evidence, on one scale."""
    known = {(row["process_id"], row["step_id"]): row for row in marts.rows("dim_process_steps")}

    def order(row: Row) -> tuple[int, str]:
        position = (known.get((row["process_id"], row["step_id"])) or {}).get("position")
        return 10_000 if position is None else position, row["step_id"]

    sides = (("log", "log_touch_p50_min", "log_wait_p50"), ("survey", "survey_touch_p50_min", "survey_wait_p50_wh"))
    longest = max((_hours(row, touch) + (row[wait] or 0) for row in rows for _, touch, wait in sides), default=0.0)
    return [
        {
            "name": _name(known.get((row["process_id"], row["step_id"])), language, row["step_id"]),
            "sides": [side for names in sides if (side := _step_side(row, names, longest, language))],
        }
        for row in sorted(rows, key=order)
    ]


def _hours(row: Row, touch: str) -> float:
    return (row[touch] or 0) / MINUTES


def _step_side(row: Row, names: tuple[str, str, str], longest: float, language: Language) -> dict[str, Any] | None:
    evidence, touch, wait = names
    if {touch, wait} & set((row.get("withheld") or "").split()):
        hidden = _hidden(row["conf_status"], language)
        return {"evidence": language(evidence), "cell": hidden, "picture": "", "side": evidence}
    if row[touch] is None and row[wait] is None:
        return None
    hours = _hours(row, touch), row[wait] or 0.0
    text = " + ".join(language.figure(value, "h") for value in hours)
    parts = [(hours[0], "touch"), (hours[1], "wait")]
    return {"evidence": language(evidence), "cell": Cell(text), "picture": bars(parts, longest), "side": evidence}


def _source(row: Row, language: Language) -> dict[str, Any]:
    total = row["rows_landed"] + row["rows_refused"]
    return {
        "name": row[f"title_{language.code}"] or row["source"],
        "id": row["source"],
        "is_required": row["is_expected"],
        "state": row["state"],
        "state_text": language(f"state_{row['state']}"),
        "newest": DASH if row["last_known_from"] is None else language.day(row["last_known_from"]),
        "landed": language.number(row["rows_landed"]),
        "refused": language.number(row["rows_refused"]),
        "share": language.percent(row["rows_refused"] / total, 1) if total and row["rows_refused"] else "",
    }


def _reasons(marts: Marts, language: Language) -> list[dict[str, str]]:
    """Return the rules that refused most rows of the deliveries in use."""
    used = {delivery["delivery_id"] for delivery in marts.about["deliveries"]}
    sums: dict[tuple[str, str, str], int] = {}
    for row in marts.rows("dq_rules", severity="refuse"):
        if row["rows_failed"] and row["delivery_id"] in used:
            key = (row["code"], row["rule"], row["source"])
            sums[key] = sums.get(key, 0) + row["rows_failed"]
    most = sorted(sums.items(), key=lambda item: (-item[1], item[0]))[:MOST_REASONS]
    return [{"code": k[0], "rule": k[1], "source": k[2], "rows": language.number(count)} for k, count in most]

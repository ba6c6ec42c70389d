"""An invented warehouse file and dbt manifest stand in a workspace, shaped by the project's own models and seeds."""

import csv
import json
import random
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import duckdb
import polars as pl
import yaml

from flows.contracts.model import Contracts
from flows.settings import ROOT, Settings

MODELS = ROOT / "dbt_project" / "models"
TYPES = {
    "varchar": pl.String,
    "bigint": pl.Int64,
    "integer": pl.Int32,
    "double": pl.Float64,
    "date": pl.Date,
    "boolean": pl.Boolean,
}
FEW = ("dim_org_units", "dim_periods", "hrm_indicators", "hrm_overview", "dq_deliveries", "survey_indices")
MONTHS = [date(2025 + (8 + i) // 12, (8 + i) % 12 + 1, 1) for i in range(13)]
Row = dict[str, Any]


@dataclass(frozen=True)
class FakeBuild:
    """A build that never ran dbt."""

    path: Path
    build_key: str = "0123456789abcdef"


def settings_for(workspace: Path, **more: Any) -> Settings:
    """Return settings of a workspace under a temporary folder."""
    values = {"as_of": date(2026, 9, 30), "known_on": date(2026, 10, 31), "sample": True, **more}
    return Settings(workspace, workspace / "inbox", (), key_file=workspace / "key", **values)


def contracts_for(*required: str) -> Contracts:
    """Return contracts that know of required sources and of nothing else."""
    titles = {language: f"{language} title" for language in ("uz", "ru", "en", "ko")}
    sources: Any = {s: SimpleNamespace(source=s, required=True, title=titles) for s in required}
    return Contracts({}, sources, {}, {}, {})


@cache
def models() -> dict[str, Row]:
    """Return the published models as their YAML describes them."""
    files = sorted((MODELS / "marts").glob("*/_*.yml"))
    return {model["name"]: model for file in files for model in _yaml(file).get("models", ())}


def _yaml(file: Path) -> Row:
    return yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)


def manifest(published: Collection[str] | None = None) -> Row:
    """Return what dbt would write into its manifest about the published models."""
    docs = dict(re.findall(r"{% docs (\w+) %}(.*?){% enddocs %}", (MODELS / "docs.md").read_text("utf-8"), re.DOTALL))
    nodes = {}
    for name, model in models().items():
        if published is not None and name not in published:
            continue
        columns = {
            c["name"]: {**c, "description": re.sub(r'{{ doc\("(\w+)"\) }}', lambda m: docs[m[1]], c["description"])}
            for c in model["columns"]
        }
        nodes[f"model.qdeep.{name}"] = {
            "resource_type": "model",
            "schema": "marts",
            "name": name,
            "description": model["description"],
            "config": model["config"],
            "columns": columns,
        }
    return {"nodes": nodes}


def make_warehouse(
    settings: Settings,
    change: Callable[[dict[str, list[Row]]], None] | None = None,
    published: Collection[str] | None = None,
) -> FakeBuild:
    """Write the warehouse file and manifest.

    Args:
        settings: Of the workspace.
        change: May edit the rows of the tables before they are written.
        published: The tables that the manifest names, else all; a release of few is made in a third of the time.
    """
    settings.warehouse.mkdir(parents=True, exist_ok=True)
    path = settings.warehouse / "warehouse.duckdb"
    if change:
        rows = tables()
        change(rows)
        path.unlink(missing_ok=True)
        _write(path, rows)
    else:
        path.write_bytes(_unchanged())
    (settings.warehouse / "dbt_manifest.json").write_text(json.dumps(manifest(published)), encoding="utf-8")
    return FakeBuild(path)


@cache
def _unchanged() -> bytes:
    with TemporaryDirectory() as folder:
        _write(Path(folder) / "warehouse.duckdb", tables())
        return (Path(folder) / "warehouse.duckdb").read_bytes()


def _write(path: Path, rows: dict[str, list[Row]]) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts; create schema lake")
        for name, model in models().items():
            schema = {column["name"]: TYPES[column["data_type"]] for column in model["columns"]}
            connection.register("given", pl.DataFrame(rows.get(name, []), schema=schema, orient="row").to_arrow())
            connection.execute(f"create table marts.{name} as select * from given")
            connection.unregister("given")
        connection.execute("create table lake.deliveries as select * from marts.dq_deliveries")


def tables() -> dict[str, list[Row]]:
    """Return the rows of every published table."""
    chance = random.Random(7)
    units = _seed("org/org_units.csv")
    hrm = list(_hrm(units, chance))
    return {
        "dim_org_units": [_org_unit(row) for row in units],
        "dim_indicators": [
            {
                **row,
                "method_version": int(row["method_version"]),
                "n_min": int(row["n_min"]),
                "is_annualised": row["is_annualised"] == "true",
            }
            for row in _seed("indicators/indicators.csv")
        ],
        "dim_processes": [
            _named({"process_id": "correspondence", "is_listed": True, "calendar_id": "uz"}, "Order execution")
        ],
        "dim_process_steps": [
            _named(
                {
                    "process_id": "correspondence",
                    "step_id": f"s{i}",
                    "is_listed": True,
                    "position": i,
                    "is_return": i == 5,
                },
                f"Step {i}: register, route and check",
            )
            for i in range(1, 8)
        ],
        "dim_periods": [
            {
                "period_kind": "month",
                "period_start": m,
                "period_end": _end(m),
                "days": 30,
                "calendar_year": m.year,
                "calendar_month": m.month,
                "is_provisional": False,
            }
            for m in MONTHS
        ],
        "hrm_indicators": hrm,
        "hrm_overview": _overview(hrm),
        "hrm_headcount_bridge": list(_bridge(hrm, chance)),
        "survey_indices": [row for unit in units for row in _survey(unit, chance)],
        "survey_estimates": [_estimate(n) for n in (9, 320)],
        "survey_reliability": [_reliability(n) for n in (99, 320)],
        "bpr_metrics": list(_metrics()),
        "bpr_steps": list(_steps(chance)),
        "dq_deliveries": [
            _delivery(source, i) for i, source in enumerate(("personnel_agriculture", "staffing", "orders"))
        ],
        "dq_rules": [
            {
                "delivery_id": f"{i:016x}",
                "source": source,
                "table_name": "rows",
                "rule": rule,
                "code": code,
                "severity": "refuse",
                "column_name": "sex",
                "rule_kind": kind,
                "verdict": "failed" if failed else "passed",
                "rows_checked": 900,
                "rows_failed": failed,
                "failed_share": failed / 900,
            }
            for i, (source, rule, kind, code, failed) in enumerate(
                (
                    ("personnel_agriculture", "sex.codes", "codes", "E-303", 7),
                    ("staffing", "key.unique", "key", "E-306", 2),
                    ("orders", "dates_order", "cross_column", "E-307", 0),
                )
            )
        ],
        "dq_corrections": [
            {
                "source": "orders",
                "correction_id": "wrong_unit",
                "delivery_id": f"{2:016x}",
                "action": "set",
                "status": "reported",
                "known_from": date(2026, 10, 5),
                "rows_addressed": 3,
                "rows_changed": 2,
            }
        ],
        "dq_sources": [
            _titled(
                {
                    "source": s,
                    "kind": k,
                    "organisation": "MOA",
                    "cadence": "monthly",
                    "is_expected": s != "log",
                    "is_delivered": state != "missing",
                    "deliveries_known": 2,
                    "deliveries_current": 1,
                    "last_known_from": None if state == "missing" else date(2026, 10, 5),
                    "due_on": date(2026, 11, 5),
                    "late_days": 0,
                    "is_late": False,
                    "rows_landed": landed,
                    "rows_refused": refused,
                    "state": state,
                }
            )
            for s, k, state, landed, refused in (
                ("personnel_agriculture", "personnel", "partly_refused", 1893, 7),
                ("staffing", "staffing", "partly_refused", 950, 2),
                ("orders", "orders", "ok", 640, 0),
                ("log", "event_log", "refused", 0, 80),
                ("survey_engagement", "survey", "missing", 0, 0),
            )
        ],
    }


def _seed(name: str) -> list[Row]:
    with (ROOT / "dbt_project" / "seeds" / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _named(row: Row, name: str) -> Row:
    return {**row, **{f"name_{language}": name for language in ("uz", "ru", "en", "ko")}}


def _titled(row: Row) -> Row:
    return {**row, **{f"title_{language}": f"{row['source']} ({language})" for language in ("uz", "ru", "en", "ko")}}


def _end(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _org_unit(row: Row) -> Row:
    names = {key: row[key] for key in ("name_uz", "name_ru", "name_en", "name_ko", "org_unit_id", "level")}
    return {
        **names,
        "parent_id": row["parent_id"] or None,
        "ministry_id": row["ministry_id"] or None,
        "valid_from": date.fromisoformat(row["valid_from"]),
        "valid_to": date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        "is_current": not row["valid_to"],
        "current_org_unit_id": row["org_unit_id"],
    }


def _size(unit: Row, number: int) -> int:
    return {"service": 2950, "ministry": 900 + number % 7 * 31}.get(unit["level"], [3, 4, 5, 12, 48, 130][number % 6])


def _hrm(units: list[Row], chance: random.Random) -> Iterator[Row]:
    cards = {row["indicator_id"]: row for row in _seed("indicators/indicators.csv")}
    for number, unit in enumerate(units):
        size = _size(unit, number)
        for index, month in enumerate(MONTHS):
            people = max(size + round(size * 0.002 * index) + chance.randint(-1, 1), 0)
            women = round(people * 0.38)
            for sex, count in (("all", people), ("male", people - women), ("female", women)):
                for indicator, (numerator, denominator, base) in _parts(count, women, sex, chance).items():
                    value = numerator if denominator is None else numerator / denominator if denominator else None
                    yield {
                        **_key(unit["org_unit_id"], month, sex),
                        "indicator_id": indicator,
                        "numerator": float(numerator),
                        "denominator": None if denominator is None else float(denominator),
                        "value": None if value is None else float(value),
                        "unit": cards[indicator]["unit"],
                        "n": base,
                        "evidence_level": "B",
                        "obs_status": "O" if value is None else "A",
                        "conf_status": "F",
                    }


def _key(unit: str, month: date, sex: str) -> Row:
    return {
        "method_version": 1,
        "org_unit_id": unit,
        "org_view": "as_was",
        "period_kind": "month",
        "period_start": month,
        "period_end": _end(month),
        "dimension_1": "all" if sex == "all" else "sex",
        "category_1": sex,
        "dimension_2": "all",
        "category_2": "all",
    }


def _parts(people: int, women: int, sex: str, chance: random.Random) -> dict[str, tuple[float, float | None, int]]:
    years, managers = people * 30 / 365, people // 9
    flows = {
        name: (chance.randint(0, people // 60 + 1), years, people)
        for name in ("separation_rate_service", "turnover_rate_ministry", "voluntary_rate")
    }
    both = {
        "headcount_end": (people, None, people),
        "headcount_avg": (people * 30, 30, people),
        "fte_end": (people * 0.97, None, people),
        "hires_new": (chance.randint(0, people // 50 + 1), None, people),
        **flows,
        "age_mean": (people * 41.5, people, people),
        "tenure_median": (9.5, None, people),
    }
    alone = {
        "vacancy_rate": (people * 0.07, people * 1.06, round(people * 1.06)),
        "women_share": (women, people, people),
        "women_leadership_share": (managers // 5, managers, managers),
    }
    return both | alone if sex == "all" else both


def _overview(hrm: list[Row]) -> list[Row]:
    rows: dict[tuple[str, date], Row] = {}
    for row in (row for row in hrm if row["category_1"] == "all"):
        key = ("org_unit_id", "org_view", "period_kind", "period_start", "period_end")
        wide = rows.setdefault((row["org_unit_id"], row["period_start"]), {name: row[name] for name in key})
        wide[row["indicator_id"]] = row["value"]
        wide |= {"obs_status": "A", "conf_status": "F"} | (
            {"n": row["n"]} if row["indicator_id"] == "headcount_end" else {}
        )
    return list(rows.values())


def _bridge(hrm: list[Row], chance: random.Random) -> Iterator[Row]:
    opening: dict[str, int] = {}
    for row in hrm:
        if row["category_1"] == "all" and row["indicator_id"] == "headcount_end":
            closing, start = int(row["value"]), opening.get(row["org_unit_id"], 0)
            flows = {
                name: chance.randint(0, 7)
                for name in ("hires", "transfers_in", "moves_in", "exits", "transfers_out", "moves_out")
            }
            net = sum(flows[n] for n in ("hires", "transfers_in", "moves_in")) - sum(
                flows[n] for n in ("exits", "transfers_out", "moves_out")
            )
            yield {
                **_key(row["org_unit_id"], row["period_start"], "all"),
                **flows,
                "opening": start,
                "closing": closing,
                "unexplained": closing - start - net,
                "obs_status": "A",
                "conf_status": "F",
            }
            opening[row["org_unit_id"]] = closing


def _estimate(n: int) -> Row:
    return {
        "measure_kind": "item",
        "measure_id": f"e{n}",
        "instrument_id": "engagement",
        "instrument_version": "1",
        "wave_id": "2026",
        "score_family": "percent_positive",
        "org_unit_id": "UZ",
        "org_view": "as_was",
        "period_kind": "wave",
        "period_start": date(2026, 5, 1),
        "period_end": _end(date(2026, 5, 1)),
        "dimension_1": "all",
        "category_1": "all",
        "n": n,
        "value": 0.6,
        "unit": "share",
        "ci_low": 0.5,
        "ci_high": 0.7,
        "interval_method": "wilson",
        "evidence_level": "C",
        "obs_status": "A",
        "conf_status": "F",
    }


def _reliability(n: int) -> Row:
    figures = {"alpha": 0.82, "item_rest": 0.61, "verdict": "keep", "reason": "fits"} if n >= 100 else {}
    return {
        "indicator_id": "engagement",
        "instrument_id": "engagement",
        "instrument_version": "1",
        "wave_id": "2026",
        "org_unit_id": "UZ",
        "item_id": f"e{n}",
        "period_kind": "wave",
        "period_start": date(2026, 5, 1),
        "period_end": _end(date(2026, 5, 1)),
        "n": n,
        "complete_share": 0.9,
        "items": 5,
        "obs_status": "A" if figures else "O",
        "conf_status": "F",
        **figures,
    }


def _survey(unit: Row, chance: random.Random) -> Iterator[Row]:
    frame = _size(unit, sum(map(ord, unit["org_unit_id"])))
    for sex, share in (("all", 1.0), ("male", 0.6), ("female", 0.4)):
        n = round(frame * share * chance.uniform(0.3, 0.8))
        if not n:
            continue
        value = 63 + chance.uniform(-9, 9) * (unit["level"] != "service")
        half = 1.96 * 18 / n**0.5
        yield {
            **_key(unit["org_unit_id"], date(2026, 5, 1), sex),
            "indicator_id": "engagement",
            "instrument_id": "engagement",
            "instrument_version": "1",
            "wave_id": "2026",
            "score_family": "mean_0_100",
            "period_kind": "wave",
            "numerator": value * n,
            "denominator": float(n),
            "value": value,
            "unit": "points",
            "n": n,
            "ci_low": value - half,
            "ci_high": value + half,
            "evidence_level": "C" if n >= 5 else "D" if n >= 3 else "E",
            "obs_status": "A",
            "conf_status": "F",
            "frame_n": round(frame * share),
            "response_rate": n / (frame * share),
        }


def _metrics() -> Iterator[Row]:
    figures = {
        "lead_time_p10": ("wh", 18, 22, "A"),
        "lead_time_p50": ("wh", 74, 61, "A"),
        "lead_time_p90": ("wh", 210, 180, "A"),
        "touch_time": ("min", 214, 305, "A"),
        "waiting_time": ("wh", 68, 55, "A"),
        "activity_ratio": ("ratio", 0.048, 0.07, "A"),
        "handoff_count": ("per_case", 6.3, 7.0, "A"),
        "rework_case_share": ("share", 0.18, None, "A"),
        "first_pass_yield": ("share", 0.82, 0.74, "A"),
        "sla_compliance": ("share", 0.71, 0.65, "A"),
        "variant_count": ("variants", 37, None, "A"),
    }
    for indicator, (unit, log, survey, level) in figures.items():
        for org, cases, asked in (("UZ", 900, 24), ("MOA", 400, 4), ("MOC", 4, 2)):
            for source, value, n, evidence in (
                ("log", log, cases, level),
                ("survey", survey, asked, "C" if asked >= 5 else "D" if asked >= 3 else "E"),
            ):
                if value is not None:
                    yield {
                        **_key(org, date(2026, 1, 1), "all"),
                        "indicator_id": indicator,
                        "process_id": "correspondence",
                        "step_id": "all",
                        "evidence_source": source,
                        "period_kind": source,
                        "period_end": date(2026, 6, 30),
                        "value": float(value),
                        "unit": unit,
                        "n": n,
                        "evidence_level": evidence,
                        "obs_status": "A",
                        "conf_status": "F",
                    }


def _steps(chance: random.Random) -> Iterator[Row]:
    for org, cases, asked in (("UZ", 900, 24), ("MOA", 400, 4), ("MOC", 4, 2)):
        for step in range(1, 8):
            few = 3 if step == 6 and org == "UZ" else asked
            touch, wait = chance.uniform(4, 90), chance.uniform(1, 30)
            yield {
                "process_id": "correspondence",
                "step_id": f"s{step}",
                "org_unit_id": org,
                "log_cases": cases,
                "log_evidence_level": "A",
                "log_touch_mean_min": touch * 1.2,
                "log_touch_p50_min": touch,
                "log_wait_p50": wait,
                "log_wait_unit": "wh",
                "survey_respondents": few,
                "survey_evidence_level": "C" if few >= 5 else "D" if few >= 3 else "E",
                "survey_reach_share": 0.9,
                "survey_touch_mean_min": touch * 1.4,
                "survey_touch_p50_min": touch * 1.3,
                "survey_wait_p50_wh": wait * 0.8,
                "touch_ratio": 1 / 1.3,
                "wait_ratio": 1 / 0.8,
                "conf_status": "F",
            }


def _delivery(source: str, number: int) -> Row:
    return {
        "delivery_id": f"{number:016x}",
        "source": source,
        "kind": "personnel",
        "organisation": "MOA",
        "scope": "period",
        "slice": None,
        "period": date(2026, 9, 30),
        "known_from": date(2026, 10, 5),
        "verdict": "landed",
        "is_current": True,
        "contract_version": 1,
        "rows_read": 900,
        "rows_landed": 893,
        "rows_refused": 7,
        "refused_share": 7 / 900,
    }

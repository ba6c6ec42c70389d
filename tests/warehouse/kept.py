"""Models that are kept by month, computed as their own SQL says, without dbt: what their digests are held against."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import jinja2
import yaml
from duckdb import DuckDBPyConnection

from flows.warehouse import build
from flows.warehouse.kept import KEYS

MODELS = (
    "int_hrm__person_months",
    "int_hrm__fte_leaves",
    "int_hrm__post_leaves",
    "int_hrm__headcount_leaves",
    "int_hrm__person_statistics",
    "int_hrm__vacancy_statistics",
)
AREA = Path("models") / "intermediate" / "hrm"
Months = dict[date, tuple[str, str]]  # month -> digest, and its rows as one text


def compiled(built: build.Build, model: str) -> str:
    """Return the SQL of a model as dbt compiled it for a build: that of all months."""
    target = built.path.parent / "dbt" / "target" / "compiled" / "qdeep" / AREA / f"{model}.sql"
    return target.read_text(encoding="utf-8")


def reads_of(model: str) -> dict[str, dict[str, Any]]:
    """Return what a model says that it reads."""
    models = yaml.safe_load((build.PROJECT / AREA / "_int_hrm__models.yml").read_text(encoding="utf-8"))["models"]
    return next(one["config"]["reads"] for one in models if one["name"] == model)


def digests_sql(model: str, sql: str, seeds: Sequence[str]) -> str:
    """Return the query of the digests of all months, from the macro that dbt runs."""
    text = (build.PROJECT / "macros" / "kept_months.sql").read_text(encoding="utf-8")
    macros = text[: text.index("{% materialization")] + text[text.index("{% endmaterialization %}") + 24 :]
    names = {
        "this": _Relation(),
        "ref": lambda name: f"seeds.{name}" if name in seeds else f"intermediate.{name}",
        "model": {"name": model},
        "compiled_code": sql,
        "local_md5": lambda _: "sql",
        "return": lambda value: value,
    }
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)  # noqa: S701 - makes SQL
    environment.globals.update(names)
    return str(environment.from_string(macros).module.month_digests(reads_of(model)))  # ty: ignore[unresolved-attribute]


class _Relation:
    def incorporate(self, path: dict[str, str]) -> str:
        return f"intermediate.{path['identifier']}"


def months_of(connection: DuckDBPyConnection, model: str, sql: str, digests: str) -> Months:
    """Compute a model and its digests; return them by month, and leave the tables to the models that read them.

    Args:
        connection: Holds what the model reads.
        model: Name of the model.
        sql: Its query, of all months.
        digests: The query of its digests.
    """
    connection.execute(f"create or replace table intermediate.{model} as {sql}")
    connection.execute(
        "create table if not exists intermediate.kept_months (model text, period_start date, digest text)"
    )
    connection.execute(f"delete from intermediate.{KEYS} where model = ?", [model])
    connection.execute(f"insert into intermediate.{KEYS} {digests}")
    found = connection.execute(
        "select period_start, any_value(digest), md5(string_agg(one::text order by one::text))"
        f" from intermediate.{KEYS} as keys left join intermediate.{model} as one using (period_start)"
        " where keys.model = ? group by period_start",
        [model],
    )
    return {month: (digest, rows) for month, digest, rows in found.fetchall()}

"""Holds figures of the floor against ours: the same months, places and categories must give the same numbers."""

from pathlib import Path

import duckdb

from tests.benchmarks.floor_build import DIMENSIONS

# The floor adds stocks up over longer periods as it does flows, so they are compared by months.
CLOSE = 1e-7  # of the figure: both add in another order, and ours rounds days of entitlement to a millionth
# Indicator and column of ours -> table of the floor, what it says there, breakdown and kind of period.
MAIN = {
    ("headcount_end", "value"): ("stock", "headcount_end", "sex", "month"),
    ("women_share", "numerator"): ("stock", "women_end", "all", "month"),
    ("headcount_avg", "numerator"): ("stock", "person_days", "sex", "r12"),
    ("voluntary_rate", "numerator"): ("flow", "quits", "all", "r12"),
    ("age_median", "value"): ("medians", "age_months / 12", "sex", "month"),
    ("vacancy_rate", "numerator"): ("post", "vacant_fte", "all", "month"),
}
OF_TOPICS = {
    ("pay_per_fte", "numerator"): ("pay", "gross", "position_group", "r12"),
    ("pay_per_fte", "largest_share"): ("largest", "gross_share", "position_category", "year"),
    ("variable_pay_share", "value"): ("pay", "variable / gross", "all", "month"),
    ("pay_compression_p90p10", "value"): ("pay_all", "quantiles[2] / quantiles[1]", "all", "month"),
    ("gender_pay_gap_median", "value"): ("pay_position_group", "(men - women) / men", "position_group", "quarter"),
    ("leave_utilisation", "numerator"): ("away", "annual_days", "all", "ytd"),
    ("leave_utilisation", "denominator"): ("served", "entitled_days", "position_group", "year"),
    ("sickness_absence_rate", "numerator"): ("away", "sick_work_days", "age_band", "year"),
    ("sickness_absence_rate", "denominator"): ("served", "work_days", "sex", "r12"),
    ("training_hours_per_fte", "numerator"): ("course", "hours", "position_category", "r12"),
    ("training_coverage_1y", "numerator"): ("trained", "persons", "age_band", "r12"),
    ("training_compliance_3y", "value"): ("long", "trained / persons", "all", "month"),
    ("headcount_reconciliation", "numerator"): ("reconciled", "paid", "all", "month"),
}

COMPARED = """
select count(*), coalesce(max(abs(ours.amount - floor.amount) / greatest(abs(floor.amount), 1)), 0)
from ({floor}) as floor
join (
    select org_unit_id, date_trunc('month', period_end)::date as last_month, category_1, {column} as amount
    from warehouse.marts.hrm_indicators
    where indicator_id = '{indicator}' and org_view = 'as_was' and period_kind = '{kind}'
        and dimension_1 = '{dimension}' and dimension_2 = 'all'
) as ours on ours.org_unit_id = floor.ancestor and ours.last_month = floor.last_month
    and ours.category_1 = floor.category
where ours.amount is not null and floor.amount is not null
"""


def compare(folder: Path, *, topics: bool = False) -> str:
    """Return how many figures are alike.

    Raises:
        ValueError: A figure differs, or there is none to compare.
    """
    connection, total = duckdb.connect(), 0
    connection.execute(f"attach '{folder / 'warehouse' / 'warehouse.duckdb'}' as warehouse (read_only)")
    figures = MAIN | (OF_TOPICS if topics else {})
    for (indicator, column), (table, amount, dimension, kind) in figures.items():
        floor = _of_floor(connection, folder / f"{table}.parquet", amount, dimension, kind)
        asked = COMPARED.format(floor=floor, column=column, indicator=indicator, kind=kind, dimension=dimension)
        [(found, furthest)] = connection.execute(asked).fetchall()
        if not found or furthest > CLOSE:
            raise ValueError(f"{indicator} ({column}) by {dimension}, {kind}: {found} figures, {furthest} apart")
        total += found
    return f"{len(figures)} kinds of figures compared with the floor, {total:,} values, all alike"


def _of_floor(connection: duckdb.DuckDBPyConnection, file: Path, amount: str, dimension: str, kind: str) -> str:
    columns = {name for name, *_ in connection.execute(f"describe from '{file}'").fetchall()}
    broken = sorted(columns & set(DIMENSIONS))
    only = ["view = 'as_was'"] if "view" in columns else []
    only += [f"kind = '{kind}'"] if "kind" in columns else []
    only += [f"{one} is {'not ' if one == dimension else ''}null" for one in broken]
    month = "last_month" if "kind" in columns else "month"
    category = "'all'" if dimension == "all" else dimension
    where = f"where {' and '.join(only)}" if only else ""
    return f"select ancestor, {month} as last_month, {category} as category, {amount} as amount from '{file}' {where}"

"""Rows that tell who was there on a day have become rows that tell of stays, from their first day to their last.

What happened between two snapshots is dated by the file where a date of it lies between them, else in their middle:
so the average headcount of the time between is the mean of both, and each movement lies in the span that it changed.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flows.contracts.model import Contracts, Panel
from flows.intake.normalise import literal
from flows.warehouse.choose import Delivery

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TABLE = "personnel"
DATED = ("start_date", "end_date", "seen_on", "_delivery_id", "_row")  # what a stay has of its own


def make_stays(
    connection: "DuckDBPyConnection", contracts: Contracts, deliveries: Sequence[Delivery]
) -> list[dict[str, Any]]:
    """Put stays in the place of the rows of panels in `lake.personnel`; without a panel nothing is done.

    Args:
        connection: Holds the views of the lake, with corrections applied, and the table `lake.deliveries`.
        contracts: Which sources are panels, and of what.
        deliveries: All that are known; the sources of those that count are looked at.

    Returns:
        The snapshots: `source`, `first_day` (of the span that it tells of) and `day`; between them nobody looked.
    """
    sources = {one.manifest["source"] for one in deliveries if one.is_current}
    panels = {name: panel for name in sorted(sources) if (panel := contracts.sources[name].panel)}
    if not panels:
        return []
    connection.execute(f"alter view lake.{TABLE} rename to {TABLE}__of_days")
    columns = [name for name, *_ in connection.execute(f"describe lake.{TABLE}__of_days").fetchall()]
    connection.execute(f"create table lake.stays as {stays_query(panels, columns)}")
    others = f"select * from lake.{TABLE}__of_days where _source not in ({', '.join(map(literal, panels))})"
    connection.execute(f"create view lake.{TABLE} as {others} union all by name select * from lake.stays")
    seen = connection.execute(f"{_seen(panels)} select distinct _source, span_start, day from seen order by all")
    return [dict(zip(("source", "first_day", "day"), row, strict=True)) for row in seen.fetchall()]


def stays_query(panels: dict[str, Panel], columns: Sequence[str]) -> str:
    """Return the query of the stays of all panels, with the columns of the rows."""
    kept = ", ".join(name for name in columns if name not in DATED)
    return f"""
        {_seen(panels)},
        snapshots as (
            select _source, day, any_value(span_start) as span_start,
                row_number() over series as place,
                lag(day) over series as day_before, lead(day) over series as day_after
            from seen group by _source, day
            window series as (partition by _source order by day)
        ),
        persons as (
            select _source, person_key, day, any_value(bridges) as bridges,
                list(distinct start_date) as starts, max(end_date) as left_on
            from seen group by _source, person_key, day
        ),
        placed as (
            select persons.*, snapshots.* exclude (_source, day),
                lag(place) over one_person as place_before, lag(persons.day) over one_person as seen_before,
                lead(place) over one_person as place_after
            from persons join snapshots using (_source, day)
            window one_person as (partition by _source, person_key order by persons.day)
        ),
        joined as (
            select *,
                coalesce(place - place_before <= 1 + bridges, false) as has_been,
                coalesce(place_after - place <= 1 + bridges, false) as remains,
                case when has_been then seen_before else day_before end as since
            from placed
        ),
        begun as (
            select *,
                case
                    when since is null then greatest(
                        span_start, list_min(list_filter(starts, lambda one: one <= day))
                    )
                    else coalesce(
                        list_min(list_filter(starts, lambda one: one > since and one <= day)),
                        least(
                            {_middle("since", "day")},
                            case when not remains and left_on > since and left_on <= day then left_on end
                        )
                    )
                end as first_day
            from joined
        ),
        ended as (
            select *,
                case
                    when remains then lead(first_day) over one_person - 1
                    when left_on >= coalesce(since + 1, span_start) and left_on < coalesce(day_after, date '9999-12-31')
                        then greatest(left_on, first_day)
                    else {_middle("day", "day_after")} - 1
                end as last_day
            from begun
            window one_person as (partition by _source, person_key order by day)
        ),
        lines as (
            select {kept}, ended.day,
                any_value(first_day) as first_day,
                any_value(coalesce(last_day, date '9999-12-30')) as last_day,
                arg_min(_delivery_id, _row) as _delivery_id, min(_row) as _row
            from seen join ended using (_source, person_key, day)
            group by all
        ),
        followed as (
            select *, lag(last_day) over alike + 1 is distinct from first_day as is_new
            from lines window alike as (partition by {kept} order by first_day)
        ),
        numbered as (
            select *, count(*) filter (where is_new) over (partition by {kept} order by first_day) as stay
            from followed
        )
        select {kept}, min(first_day) as start_date, nullif(max(last_day), date '9999-12-30') as end_date,
            cast(null as date) as seen_on,
            arg_min(_delivery_id, first_day) as _delivery_id, arg_min(_row, first_day) as _row
        from numbered group by {kept}, stay
    """


def _seen(panels: dict[str, Panel]) -> str:
    """Return the beginning of a query: `seen`, the rows of panels with the day that each tells of."""
    return f"""
        with panels (source, span, bridges) as (
            values {", ".join(f"({literal(name)}, {literal(one.of)}, {one.bridges})" for name, one in panels.items())}
        ),
        dated as (
            select one.*, panels.span, panels.bridges,
                coalesce(one.seen_on, told.period, told.known_from) as told_on
            from lake.{TABLE}__of_days as one
            join panels on one._source = panels.source
            join lake.deliveries as told on one._delivery_id = told.delivery_id
        ),
        seen as (
            select *, {_first_day("told_on")} as span_start, {_last_day("told_on")} as day from dated
        )
    """.strip()


def _first_day(day: str) -> str:
    spans = " ".join(f"when '{span}' then date_trunc('{span}', {day})" for span in ("month", "quarter", "year"))
    return f"cast(case span {spans} else {day} end as date)"


def _last_day(day: str) -> str:
    lengths = {"month": 1, "quarter": 3, "year": 12}
    spans = " ".join(
        f"when '{span}' then date_trunc('{span}', {day}) + interval {months} month - interval 1 day"
        for span, months in lengths.items()
    )
    return f"cast(case span {spans} else {day} end as date)"


def _middle(before: str, after: str) -> str:
    """Return SQL of the first day after a change between two days of which nothing more is known."""
    return f"({before} + 1 + cast(date_diff('day', {before}, {after}) // 2 as integer))"

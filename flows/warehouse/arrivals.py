"""Says since when each order is known: the earliest day on which any delivery of its source held it."""

from collections.abc import Sequence
from datetime import date

import duckdb

from flows.settings import Settings
from flows.warehouse.choose import Delivery

# An order is the same order as long as its key in expectations/kinds/orders.yml is the same.
COLUMNS = {"source": "varchar", "person_key": "varchar", "movement_class": "varchar", "effective_date": "date"}
COLUMNS |= {"org_unit_id": "varchar", "known_from": "date", "source_known_from": "date"}

_ARRIVED = """
insert into lake.order_arrivals
select
    one._source, coalesce(merge.survivor_key, one.person_key), one.movement_class, one.effective_date,
    one.org_unit_id, min(delivery.known_from), any_value(delivery.source_known_from)
from read_parquet(?, union_by_name = true) as one
inner join (select unnest(?) as delivery_id, unnest(?) as known_from, unnest(?) as source_known_from) as delivery
    on one._delivery_id = delivery.delivery_id
left join lake.merges as merge on one.person_key = merge.merged_key
group by all
"""


def write_arrivals(connection: duckdb.DuckDBPyConnection, settings: Settings, deliveries: Sequence[Delivery]) -> None:
    """Write `lake.order_arrivals`: one row per order ever landed, with its first `known_from` and its source's.

    Args:
        connection: A warehouse that has the table `lake.merges`.
        settings: The lake.
        deliveries: All deliveries known on `known_on`; those since replaced tell when an order came.
    """
    typed = ", ".join(f"{name} {sql_type}" for name, sql_type in COLUMNS.items())
    connection.execute(f"create table lake.order_arrivals ({typed})")
    landed = [one.manifest for one in deliveries if one.verdict == "landed" and one.manifest["kind"] == "orders"]
    files = [settings.lake / one["source"] / one["delivery_id"] / "rows.parquet" for one in landed]
    if not files:
        return
    first: dict[str, str] = {}
    for one in landed:
        first[one["source"]] = min(one["known_from"], first.get(one["source"], one["known_from"]))
    days = ([one["known_from"] for one in landed], [first[one["source"]] for one in landed])
    known, sources = ([date.fromisoformat(day) for day in several] for several in days)
    names = [one["delivery_id"] for one in landed]
    connection.execute(_ARRIVED, [sorted(map(str, files)), names, known, sources])

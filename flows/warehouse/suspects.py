"""Counts, for each source, the persons who may stand in it under two numbers; counts alone leave the vault."""

from collections.abc import Sequence
from typing import Any

import duckdb

from flows.intake.persons import persons_file
from flows.settings import Settings
from flows.warehouse.choose import Delivery

# A person is suspected whose name and birth date stand in the file of any source under another number too.
_COUNTS = """
with persons as (
    select distinct
        parse_path(filename)[-3] as source, name_key, coalesce(merge.survivor_key, one.person_key) as person_key
    from read_parquet(?, filename = true) as one
    left join lake.merges as merge on one.person_key = merge.merged_key
),
doubled as (
    select name_key from persons where name_key is not null group by name_key having count(distinct person_key) > 1
)
select
    source, count(distinct person_key),
    count(distinct person_key) filter (where name_key in (select name_key from doubled))
from persons group by source order by source
"""


def count_suspects(
    connection: duckdb.DuckDBPyConnection, settings: Settings, deliveries: Sequence[Delivery]
) -> list[dict[str, Any]]:
    """Return source, persons and persons suspected of the deliveries whose rows count.

    Args:
        connection: A warehouse that has the table `lake.merges`.
        settings: The vault.
        deliveries: All deliveries known; those without a file of persons (kinds without names) are left out.
    """
    current = (one.manifest for one in deliveries if one.is_current and "key_id" in one.manifest)
    files = [path.as_posix() for one in current if (path := persons_file(settings, one, one["key_id"])).is_file()]
    if not files:
        return []
    found = connection.execute(_COUNTS, [sorted(files)]).fetchall()
    return [dict(zip(("source", "persons", "suspected"), row, strict=True)) for row in found]

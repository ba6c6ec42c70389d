"""The answers of a survey stand in one long table: submission, repeat, position, item, option, value."""

from typing import TYPE_CHECKING

from flows.intake.match import NOTHING, Feed, Layout
from flows.intake.normalise import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def land_answers(connection: "DuckDBPyConnection", layouts: tuple[Layout, ...], key: str) -> None:
    """Create `landed_answers` from the landed rows of the main table and of the repeat groups.

    Free text and items that could point to a person are left out. A question that was not asked or not
    answered has a row with null, so that bases can be counted.

    Args:
        connection: Connection to the stage database.
        layouts: Layout of the main table, then those of the repeat groups.
        key: Column of the main table that names the submission.
    """
    main = layouts[0].table
    parts = [_answers(layout, key, main) for layout in layouts if _answer_list(layout)]
    nothing = (
        "select null::bigint as _row, null::varchar as response_key, null::varchar as repeat, "
        "null::bigint as position, null::varchar as item_id, null::varchar as choice, "
        "null::varchar as value where false"
    )
    connection.execute(f"create table landed_answers as {' union all '.join([nothing, *parts])}")


def _answers(layout: Layout, key: str, main: str) -> str:
    repeat = literal(layout.table) if layout.parent else "'none'"
    source = f"stage_{layout.table}"
    if layout.parent:
        source, key = f"{source} left join landed_keys_{main} as one on {layout.parent} = one.parent", "one.response"
    order = f"{layout.order}, " if layout.order else ""
    position = f"row_number() over (partition by {key} order by {order}_row)" if layout.parent else "0"
    landed = f"_row not in (select _row from verdict_{layout.table})"
    # Positions count all rows of a submission, so that a refused one leaves a gap and moves no other.
    rows = (
        f"select _row, {key} as response_key, {position} as position, {landed} as is_landed, "
        f"[{', '.join(_answer_list(layout))}] as answers from {source}"
    )
    return (
        f"select _row, response_key, {repeat} as repeat, position, answer.item_id, answer.choice, answer.value "
        f"from (select * exclude (answers), unnest(answers) as answer from ({rows}) as one where is_landed) as two"
    )


def _answer_list(layout: Layout) -> list[str]:
    return [
        f"{{'item_id': {literal(feed.item.item_id)}, 'choice': {_choice(feed)}, 'value': {_value(feed)}}}"
        for feed in layout.feeds
        if feed.item and _is_landed(feed)
    ]


def _choice(feed: Feed) -> str:
    return literal(feed.choice or "value")


def _is_landed(feed: Feed) -> bool:
    is_question = bool(feed.choice) or (feed.item is not None and feed.item.type != "select_multiple")
    return is_question and feed.column.privacy == "none" and feed.raw != NOTHING


def _value(feed: Feed) -> str:
    name = feed.column.name
    return f"case when {name} then '1' when not {name} then '0' end" if feed.choice else f"cast({name} as varchar)"

"""Each ministry's personnel orders stand as a file in its own style; three of them were never sent."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from data.generator.defects import Defect, any_line, changed, doubled, look_alike, plant, put, spaced
from data.generator.histories import LAST_DAY, History, Order
from data.generator.house_styles import HouseStyle, Line, SampleFile, read_style
from data.generator.organisation import MINISTRIES
from data.generator.standing import rank_orders
from data.generator.writers import Cell

KNOWN_FROM = date(2026, 10, 5)
TITLE = "Kadrlar boʻyicha buyruqlar, {} holatiga"
SIGNED_BEFORE = timedelta(days=6)
# Ministry -> class and earliest day of the movement whose order is missing.
NEVER_SENT = {
    "MOA": ("internal_transfer", date(2026, 2, 1)),
    "MOC": ("quit", date(2026, 3, 1)),
    "MHE": ("new_hire", date(2026, 4, 1)),
}


def orders_files(history: History) -> list[SampleFile]:
    """Return the orders of each ministry."""
    missing, awards = never_sent(history), rank_orders(history)
    return [_file(history, ministry, missing, awards) for ministry in MINISTRIES]


def never_sent(history: History) -> list[Order]:
    """Return the orders that are missing: the change that they ordered stays unexplained."""
    return [_first(history, ministry, *what) for ministry, what in NEVER_SENT.items()]


def _first(history: History, ministry: str, movement_class: str, since: date) -> Order:
    fitting = [
        order
        for order in history.orders
        if order.ministry == ministry and order.movement_class == movement_class and order.effective >= since
    ]
    return min(fitting, key=lambda order: (order.effective, order.person.number))


def _file(history: History, ministry: str, missing: Sequence[Order], awards: Sequence[Order]) -> SampleFile:
    style = read_style("orders", ministry)
    orders = [
        order
        for order in history.orders
        if order.ministry == ministry and order.effective <= LAST_DAY and order not in missing
    ]
    orders.sort(key=lambda order: (order.effective, order.person.number, order.movement_class))
    lines = [Line(_cells(order, number, style), order) for number, order in enumerate(orders, start=1)]
    lines = plant(lines, _PLANTED[ministry], any_line)
    if ministry == "MOC":
        lines = _sent_twice(lines)
    awarded = [order for order in awards if order.ministry == ministry]
    lines = [*lines, *(Line(_cells(order, number, style, "D"), order) for number, order in enumerate(awarded, start=1))]
    name = style.file_name(LAST_DAY, KNOWN_FROM)
    return SampleFile(style, name, KNOWN_FROM, lines, TITLE.format(f"{LAST_DAY:%d.%m.%Y}"))


def _cells(order: Order, number: int, style: HouseStyle, series: str = "K") -> dict[str, Cell]:
    signed = order.effective - SIGNED_BEFORE
    return {
        "order_no": f"{series}-{signed.year}/{number:04d}",
        "order_date": style.day(signed),
        "effective_date": style.day(order.effective),
        "pinfl": order.person.pinfl,
        "movement_class": style.code("movement_class", order.movement_class),
        "org_unit_id": order.org_unit_id,
        "to_org_unit_id": order.to_org_unit_id or None,
        "position_id": order.position_id,
        "qualification_rank": style.code("qualification_rank", order.rank) if order.rank else None,
    }


def _is_move(line: Line) -> bool:
    return line.record.movement_class == "internal_transfer"


def _is_hire(line: Line) -> bool:
    return line.record.movement_class == "new_hire"


_PLANTED: dict[str, Sequence[Defect]] = {
    "MOA": (
        Defect("W-320", changed("org_unit_id", look_alike), rows=2),
        Defect("E-308", put("to_org_unit_id", None), _is_move),
    ),
    "MOC": (Defect("E-303", put("movement_class", "stajirovka"), _is_hire), Defect("", changed("org_unit_id", spaced))),
    "MHE": (Defect("E-310", changed("pinfl", lambda text: f"{text[0]}.{text[1:6]}E+13"), _is_hire),),
}


def _sent_twice(lines: list[Line]) -> list[Line]:
    """Return the lines with one order once more under a later number, as corrections are sent."""
    row = next(i for i, line in enumerate(lines) if not line.code and _is_hire(line))
    twice = doubled(lines, row)
    twice[row + 1] = replace(put("order_no", "K-2024/0000")(twice[row + 1]), code="E-306")
    return twice

"""What the twelve HRM indicators and the headcount bridge must say is counted person by person and day by day."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import Any, TypeVar

from data.generator.histories import FIRST_DAY, LAST_DAY, ONE_DAY, Order, Spell, month_end
from data.generator.organisation import MINISTRIES, Post, Unit

MONTHS = (date(2024, 11, 1), date(2025, 9, 1), date(2025, 10, 1), date(2026, 3, 1), date(2026, 9, 1))
UNITS = ("UZ", *MINISTRIES, "MOA-DIG", "MOA-POL", "MOA-STR", "MOA-AN", "MOC-HR", "MHE-FA")
SEXES = ("all", "male", "female")
SERVICE = "UZ"
COUNTED = ("main", "seconded_out")
DAYS_IN_YEAR = 365.0
HUNDREDTHS = 100  # rates are counted in hundredths of a post
T = TypeVar("T")
SERVICE_EXITS = (
    "quit",
    "agreement",
    "retirement_voluntary",
    "retirement_early",
    "retirement_disability",
    "retirement_other",
    "reduction",
    "termination_expired",
    "death",
    "other",
)
HIRES, TRANSFERS_IN = ("new_hire", "rehire"), ("transfer_in", "transfer_in_mass")
TRANSFERS_OUT = ("transfer_out", "transfer_out_mass")
LINES = {
    **dict.fromkeys(HIRES, "hires"),
    **dict.fromkeys(TRANSFERS_IN, "transfers_in"),
    **dict.fromkeys(SERVICE_EXITS, "exits"),
    **dict.fromkeys(TRANSFERS_OUT, "transfers_out"),
}
Figure = tuple[float | None, float | None, float | None]  # numerator, denominator, value


@dataclass(frozen=True)
class Movement:
    """A movement on the day from which the headcount differs."""

    order: Order
    day: date
    sex: str


@dataclass
class Landed:
    """The rows of the newest deliveries that land, and where the units stand."""

    spells: Sequence[Spell]
    posts: Sequence[Post]
    orders: Sequence[Order]
    units: dict[str, Unit]
    successors: dict[str, str]
    _careers: dict[str, dict[str, list[Spell]]] = field(default_factory=dict)
    _movements: list[Movement] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Lay out each person's career in each ministry and in the service, last post first; date the movements."""
        self._careers = {scope: defaultdict(list) for scope in (SERVICE, *MINISTRIES)}
        for spell in sorted(self.spells, key=lambda one: (one.start, one.end or date.max), reverse=True):
            if spell.assignment_type in COUNTED:
                for scope in (SERVICE, spell.post.ministry):
                    self._careers[scope][spell.person.pinfl].append(spell)
        sexes = {spell.person.pinfl: spell.person.sex for spell in self.spells}
        self._movements = [
            Movement(order, _movement_day(order), sexes.get(order.person.pinfl, "unknown")) for order in self.orders
        ]

    def above(self, unit: str, *, as_is: bool) -> Iterator[str]:
        """Yield a unit and all above it; in today's structure a closed unit is its successor."""
        here = self.successors.get(unit, unit) if as_is else unit
        while here:
            yield here
            here = self.units[here].parent_id

    def places(self, spell: Spell, scope: str, *, as_is: bool) -> Iterator[str]:
        """Yield the units in which a spell counts; in the service a person counts once, not once a ministry."""
        above = (SERVICE,) if scope == SERVICE else self.above(spell.post.org_unit_id, as_is=as_is)
        return (unit for unit in above if (unit == SERVICE) == (scope == SERVICE))

    def counted(self, day: date, scope: str) -> Iterator[Spell]:
        """Yield the spell of each person who counts on a day in a ministry, or in the service as a whole.

        Of posts held at a time that which was entered last counts.
        """
        for career in self._careers[scope].values():
            spell = next((one for one in career if one.start <= day and (one.end is None or one.end >= day)), None)
            if spell:
                yield spell

    def movements(self, first: date, last: date) -> list[Movement]:
        """Return the movements between two days, both included."""
        return [one for one in self._movements if first <= one.day <= last]


def indicators(landed: Landed) -> list[dict[str, Any]]:
    """Return the indicators of some units in some months, by sex, in the structure of the day and in today's."""
    rows = []
    for first in MONTHS:
        month = Month(landed, first)
        for view in ("as_was", "as_is"):
            for unit in UNITS:
                if _is_reported(landed.units[unit], first, view):
                    rows += month.rows(unit, view)
    return rows


def bridge(landed: Landed) -> list[dict[str, Any]]:
    """Return for each unit and month how the headcount went from opening to closing, in the structure of the day."""
    rows, first = [], FIRST_DAY
    before = _headcounts(landed, FIRST_DAY - ONE_DAY)
    while first <= LAST_DAY:
        last = month_end(first)
        after, flows = _headcounts(landed, last), _flows(landed, first, last)
        for unit in landed.units:
            row = _bridge_row(before[unit], flows[unit], after[unit])
            if landed.units[unit].is_valid(first, last) or any(row.values()):
                rows.append({"org_unit_id": unit, "org_view": "as_was", "period_start": first.isoformat(), **row})
        before, first = after, last + ONE_DAY
    return rows


def headcounts(landed: Landed, day: date) -> dict[tuple[str, str], int]:
    """Return the headcount of each unit, and of all above it, by sex on a day."""
    found: Counter[tuple[str, str]] = Counter()
    for unit, spell in _placed(landed, day):
        found[unit, spell.person.sex] += 1
    return dict(found)


def groups(landed: Landed) -> list[dict[str, Any]]:
    """Return the headcount of each ministry on the last day by group, that of the staff outside the register too."""
    written = {post.position_id: post.group for post in landed.posts if _is_standing(post, LAST_DAY)}
    found = Counter(
        (ministry, written.get(spell.post.position_id, "unknown"))
        for ministry in MINISTRIES
        for spell in landed.counted(LAST_DAY, ministry)
    )
    return [{"org_unit_id": unit, "position_group": group, "headcount": found[unit, group]} for unit, group in found]


def _movement_day(order: Order) -> date:
    is_exit = order.movement_class in (*SERVICE_EXITS, *TRANSFERS_OUT)
    return order.effective + ONE_DAY if is_exit else order.effective


def _is_reported(unit: Unit, first: date, view: str) -> bool:
    if view == "as_is":
        return unit.is_valid(LAST_DAY, LAST_DAY)
    return unit.is_valid(first, month_end(first))


def _placed(landed: Landed, day: date) -> Iterator[tuple[str, Spell]]:
    """Yield each unit with each spell that counts in it on a day, in the structure of the day."""
    for scope in (SERVICE, *MINISTRIES):
        for spell in landed.counted(day, scope):
            for unit in landed.places(spell, scope, as_is=False):
                yield unit, spell


class Month:
    """One month of the ministries, counted."""

    def __init__(self, landed: Landed, first: date) -> None:
        """Walk through the days of the month, and look closer at the last one."""
        self._landed, self._first, self._last = landed, first, month_end(first)
        self._days = (self._last - first).days + 1
        self._served: Counter[tuple[bool, str, str]] = Counter()
        self._held: dict[tuple[bool, str], list[Spell]] = defaultdict(list)
        for scope in (SERVICE, *MINISTRIES):
            self._walk(scope)
        active = [spell for spell in landed.spells if _is_active(spell, self._last)]
        posts = [post for post in landed.posts if _is_standing(post, self._last)]
        self._filled: Counter[str] = Counter()
        for spell in active:
            if spell.assignment_type == "main":
                self._filled[spell.post.position_id] += round(HUNDREDTHS * spell.fte)
        self._active = self._by_place(active, lambda spell: spell.post.org_unit_id)
        self._posts = self._by_place(posts, lambda post: post.org_unit_id)
        self._leading = {post.position_id for post in posts if post.is_managerial}
        self._moved = self._by_place(landed.movements(first, self._last), lambda one: one.order.org_unit_id)

    def _walk(self, scope: str) -> None:
        """Count the days of each spell in a ministry or in the service, and keep who is there on the last one."""
        days, spells = Counter[int](), {}
        for offset in range(self._days):
            for spell in self._landed.counted(self._first + timedelta(days=offset), scope):
                days[id(spell)] += 1
                spells[id(spell)] = spell
        for as_is in (False, True):
            for key, spell in spells.items():
                for unit in self._landed.places(spell, scope, as_is=as_is):
                    self._served[as_is, unit, spell.person.sex] += days[key]
            for spell in self._landed.counted(self._last, scope):
                for unit in self._landed.places(spell, scope, as_is=as_is):
                    self._held[as_is, unit].append(spell)

    def _by_place(self, things: Iterable[T], unit_of: Callable[[T], str]) -> dict[tuple[bool, str], list[T]]:
        found: dict[tuple[bool, str], list[T]] = defaultdict(list)
        for thing in things:
            for as_is in (False, True):
                for unit in self._landed.above(unit_of(thing), as_is=as_is):
                    found[as_is, unit].append(thing)
        return found

    def rows(self, unit: str, view: str) -> list[dict[str, Any]]:
        """Return the indicators of a unit in one view."""
        as_is = view == "as_is"
        key = {"org_unit_id": unit, "org_view": view, "period_start": self._first.isoformat()}
        figures = [
            (indicator, sex, figure)
            for sex in SEXES
            for indicator, figure in self._figures(unit, sex, as_is=as_is).items()
        ]
        return [
            {
                "indicator_id": indicator,
                **key,
                "sex": sex,
                "numerator": figure[0],
                "denominator": figure[1],
                "value": figure[2],
            }
            for indicator, sex, figure in figures
        ]

    def _figures(self, unit: str, sex: str, *, as_is: bool) -> dict[str, Figure]:
        place = (as_is, unit)
        days = sum(self._served[*place, one] for one in SEXES[1:] if sex in ("all", one))
        held = _of(sex, self._held[place])
        moves = [one for one in self._moved[place] if sex in ("all", one.sex)]
        moved = Counter(one.order.movement_class for one in moves)
        years = days / DAYS_IN_YEAR
        exits = sum(moved[one] for one in SERVICE_EXITS)
        return {
            "headcount_end": _count(len(held)),
            "headcount_avg": _rate(days, self._days),
            "fte_end": _count(self._fte(_of(sex, self._active[place]))),
            "hires_new": _count(sum(moved[one] for one in HIRES)),
            "separation_rate_service": _rate(exits, years),
            "turnover_rate_ministry": _rate(exits + moved["transfer_out"], years),
            "voluntary_rate": _rate(moved["quit"], years),
            "age_mean": self._age(held),
            "tenure_median": self._tenure(held),
            **(self._of_both_sexes(held, self._posts[place]) if sex == "all" else {}),
        }

    def _of_both_sexes(self, held: Sequence[Spell], posts: Sequence[Post]) -> dict[str, Figure]:
        leaders = [spell for spell in held if spell.post.position_id in self._leading]
        vacant = [max(post.approved_fte - self._filled[post.position_id] / HUNDREDTHS, 0) for post in posts]
        return {
            "vacancy_rate": _rate(sum(vacant), sum(post.approved_fte for post in posts)),
            "women_share": _rate(len(_of("female", held)), len(held)),
            "women_leadership_share": _rate(len(_of("female", leaders)), len(leaders)),
        }

    def _fte(self, active: Sequence[Spell]) -> float:
        return sum(spell.fte for spell in active if not _is_on_leave(spell, self._last))

    def _age(self, held: Sequence[Spell]) -> Figure:
        born = [spell.person.birth_date for spell in held]
        months = sum(12 * (self._last.year - day.year) + self._last.month - day.month for day in born)
        return _rate(months / 12, len(born))

    def _tenure(self, held: Sequence[Spell]) -> Figure:
        starts = [spell.person.service_start for spell in held]
        served = [(self._last - start).days / 365.25 for start in starts if start and start <= self._last]
        return None, None, median(served) if served else None


def _of(sex: str, spells: Iterable[Spell]) -> list[Spell]:
    return [spell for spell in spells if sex in ("all", spell.person.sex)]


def _count(number: float) -> Figure:
    return float(number), None, float(number)


def _rate(numerator: float, denominator: float) -> Figure:
    return float(numerator), float(denominator), numerator / denominator if denominator else None


def _is_active(spell: Spell, day: date) -> bool:
    return spell.start <= day and (spell.end is None or spell.end >= day)


def _is_standing(post: Post, day: date) -> bool:
    return post.valid_from <= day and (post.valid_to is None or post.valid_to >= day)


def _is_on_leave(spell: Spell, day: date) -> bool:
    return spell.leave_start is not None and spell.leave_start <= day <= (spell.leave_end or date.max)


def _headcounts(landed: Landed, day: date) -> Counter[str]:
    return Counter(unit for unit, _ in _placed(landed, day))


def _flows(landed: Landed, first: date, last: date) -> dict[str, Counter[str]]:
    """Return the movements of each unit by line of the bridge; what stays inside a unit is no movement of it."""
    flows: dict[str, Counter[str]] = defaultdict(Counter)
    for movement in landed.movements(first, last):
        order = movement.order
        old = [*landed.above(order.org_unit_id, as_is=False)]
        new = [*landed.above(order.to_org_unit_id, as_is=False)]
        line = LINES.get(order.movement_class, "")
        for unit in old if line else []:
            flows[unit][line] += 1
        for unit in old if new and not line else []:
            flows[unit]["moves_out"] += unit not in new
        for unit in new if not line else []:
            flows[unit]["moves_in"] += unit not in old
    return flows


def _bridge_row(opening: int, flow: Counter[str], closing: int) -> dict[str, int]:
    known = {name: flow[name] for name in ("hires", "transfers_in", "moves_in", "exits", "transfers_out", "moves_out")}
    entered = known["hires"] + known["transfers_in"] + known["moves_in"]
    left = known["exits"] + known["transfers_out"] + known["moves_out"]
    return {"opening": opening, **known, "unexplained": closing - opening - entered + left, "closing": closing}

"""The main HRM indicators worked out once more, day by day in plain Python, from the rows that a ministry sends.

It follows the conventions of the cards and shares nothing with the SQL: whoever is counted is looked up for each day.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from statistics import median
from typing import Any

Row = dict[str, Any]
Key = tuple[str, str, str, date, date, str]  # indicator, unit, kind of period, first day, last day, sex
Figure = tuple[float | None, float | None, float | None]  # numerator, denominator, value
FAR = date(9999, 12, 30)
DAY = timedelta(1)
MATCH_DAYS = 30
HIRES = ("new_hire", "rehire")
EXITS = ("quit", "agreement", "retirement_voluntary", "reduction", "death", "transfer_out")
MOVES = ("internal_transfer", "rotation")
ENTRIES = (*HIRES, "transfer_in")
PENSION = {"female": (55, 20), "male": (60, 25)}  # age, years of work


@dataclass(frozen=True)
class Movement:
    """A movement that counts, with the class by which it counts."""

    row: Row
    day: date
    direction: str
    kind: str
    stays: bool
    sex: str


@dataclass(frozen=True)
class World:
    """Rows as sent, the tree of units (unit -> unit above) and the last day."""

    held: list[Row]
    approved: list[Row]
    orders: list[Row]
    parents: dict[str, str]
    as_of: date

    @cached_property
    def persons(self) -> dict[str, list[Row]]:
        """Rows of each person."""
        return _grouped(self.held, lambda row: row["person_key"])

    @cached_property
    def posts(self) -> dict[tuple[str, str], list[Row]]:
        """Versions of each post of a ministry, in order."""
        found = _grouped(self.approved, lambda row: (self.ministry(row["org_unit_id"]), row["position_id"]))
        return {post: sorted(rows, key=lambda row: row["valid_from"]) for post, rows in found.items()}

    def above(self, unit: str) -> Iterator[str]:
        """The unit and all that hold it, the service last."""
        while unit != "UZ":
            yield unit
            unit = self.parents[unit]
        yield "UZ"

    def ministry(self, unit: str) -> str:
        """The ministry of a unit."""
        return self._ministries[unit]

    @cached_property
    def _ministries(self) -> dict[str, str]:
        return {unit: list(self.above(unit))[-2] for unit in self.parents}

    def active(self, person: str, day: date) -> list[Row]:
        """Rows of a person that hold on a day."""
        return [row for row in self.persons.get(person, ()) if row["start_date"] <= day <= (row["end_date"] or FAR)]

    def counted(self, person: str, scope: str, day: date) -> Row | None:
        """The row in which a person counts in a ministry, or in the service, on a day."""
        rows = [row for row in self.active(person, day) if row["assignment_type"] in ("main", "seconded_out")]
        ours = [row for row in rows if scope in ("UZ", self.ministry(row["org_unit_id"]))]
        return max(ours, key=self._precedence) if len(ours) > 1 else next(iter(ours), None)

    def _precedence(self, row: Row) -> tuple:
        """Named as primary, else entered last, else of the greater rate; rows in one post are one entry into it."""
        rank = {True: 2, None: 1, False: 0}[row.get("is_primary")]
        first, last = self._stay(row)
        return rank, first, row["fte"], last, *_post(row), row["start_date"]

    def _stay(self, row: Row) -> tuple[date, date]:
        first, last = row["start_date"], row["end_date"] or FAR
        alike = [one for one in self.persons[row["person_key"]] if _post(one) == _post(row)]
        for _ in alike:
            near = [one for one in alike if one["start_date"] <= last + DAY and (one["end_date"] or FAR) >= first - DAY]
            first = min(one["start_date"] for one in near)
            last = max(one["end_date"] or FAR for one in near)
        return first, last

    def version(self, row: Row, day: date) -> Row:
        """The post of a row as approved on a day; an empty one where the staffing table does not have it."""
        versions = self.posts.get((self.ministry(row["org_unit_id"]), row["position_id"]), ())
        begun = [one for one in versions if one["valid_from"] <= day]
        return begun[-1] if begun and day <= (begun[-1].get("valid_to") or FAR) else {}


def _post(row: Row) -> tuple[str, str, str]:
    return row["assignment_type"], row["position_id"], row["org_unit_id"]


def _grouped(rows: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    found = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


def recompute(world: World, months: Sequence[date]) -> dict[Key, Figure]:
    """Return the figures of months after the first, and of the quarter and the twelve months that end with them."""
    movements = world_movements(world)
    parts = {month: _parts(world, month, movements) for month in months[1:]}
    figures: dict[Key, Figure] = {}
    for kind, first, last in _periods(months[1:]):
        inside = [month for month in months[1:] if first <= month <= last]
        days = sum((_end(month) - month).days + 1 for month in inside)
        for (unit, sex), total in _totals([parts[month] for month in inside]).items():
            for indicator, figure in _figures(total, days, kind):
                figures[indicator, unit, kind, first, _end(last), sex] = figure
    for before, month in pairwise(months[1:]):
        for (unit, sex), now in parts[month].items():
            if sex == "all" and (opening := len(parts[before].get((unit, "all"), {}).get("ends", ()))):
                change = len(now["ends"]) - opening
                figures["headcount_growth", unit, "month", month, _end(month), sex] = (
                    change,
                    opening,
                    change / opening,
                )
    return figures


def _periods(months: Sequence[date]) -> Iterator[tuple[str, date, date]]:
    yield from (("month", month, month) for month in months)
    yield "quarter", months[-3], months[-1]
    yield "r12", months[-12], months[-1]


def _end(month: date) -> date:
    return (month + timedelta(31)).replace(day=1) - DAY


Parts = dict[tuple[str, str], dict[str, Any]]  # unit, sex -> what adds up or is listed


def _parts(world: World, month: date, movements: Sequence[Movement]) -> Parts:
    found: Parts = defaultdict(lambda: defaultdict(list))
    days = [month + timedelta(n) for n in range((_end(month) - month).days + 1)]
    for person, rows in world.persons.items():
        near = [row for row in rows if row["start_date"] <= days[-1] and (row["end_date"] or FAR) >= month]
        for scope in {"UZ", *(world.ministry(row["org_unit_id"]) for row in near)} if near else ():
            _served(found, world, [world.counted(person, scope, day) for day in days], scope, days[-1])
        for row in near:
            _rated(found, world, row, days)
    _vacancies(found, world, days[-1])
    for movement in movements:
        if month <= movement.day <= days[-1]:
            _moved(found, world, movement)
    return found


def _served(found: Parts, world: World, counted: Sequence[Row | None], scope: str, last: date) -> None:
    """The days of a month on which a person counts, each in the row of that day."""
    for row in {id(row): row for row in counted if row}.values():
        end = [_described(world, row, last)] if counted[-1] is row else []
        for unit in ["UZ"] if scope == "UZ" else list(world.above(row["org_unit_id"]))[:-1]:
            for sex in ("all", row["sex"]):
                found[unit, sex]["days"].append(sum(one is row for one in counted))
                found[unit, sex]["ends"] += end


def _rated(found: Parts, world: World, row: Row, days: Sequence[date]) -> None:
    """The rate of a post for each day held and not on long leave."""
    away = (row.get("long_leave_start") or FAR, row.get("long_leave_end") or FAR)
    worked = [day for day in days if _holds(row, day) and not away[0] <= day <= away[1]]
    rates = [(row["fte"], world.version(row, days[-1]).get("is_managerial", False))] if days[-1] in worked else []
    for unit in world.above(row["org_unit_id"]):
        for sex in ("all", row["sex"]):
            found[unit, sex]["rate_days"].append(row["fte"] * len(worked))
            found[unit, sex]["rates"] += rates


def _described(world: World, row: Row, day: date) -> Row:
    born, since = row["birth_month"], row.get("civil_service_start_date")
    worked = row.get("pension_service_start_date") or (since and since - timedelta(row.get("prior_service_days") or 0))
    months = 12 * (day.year - born.year) + day.month - born.month
    posts = {(world.ministry(r["org_unit_id"]), r["position_id"]) for r in world.active(row["person_key"], day)}
    return {
        "row": row,
        "months": months,
        "tenure": (day - since).days if since and since <= day else None,
        "worked": (day - worked).days if worked and worked <= day else None,
        "leads": world.version(row, day).get("is_managerial", False),
        "several": len(posts) > 1,
    }


def _vacancies(found: Parts, world: World, day: date) -> None:
    for (ministry, position), versions in world.posts.items():
        post = world.version(versions[0], day)
        if not post:
            continue
        holders = [
            row
            for row in world.held
            if row["position_id"] == position and world.ministry(row["org_unit_id"]) == ministry
        ]
        filled = _filled(holders, day, "main")
        is_acted = any(_holds(row, day) for row in holders if row["assignment_type"] == "acting")
        facts = (post, filled, is_acted, (day - _vacated(holders, post, day)).days)
        for unit in world.above(post["org_unit_id"]):
            found[unit, "all"]["posts"].append(facts)


def _holds(row: Row, day: date) -> bool:
    return row["start_date"] <= day <= (row["end_date"] or FAR)


def _filled(holders: list[Row], day: date, kind: str) -> float:
    return sum(row["fte"] for row in holders if row["assignment_type"] == kind and _holds(row, day))


def _vacated(holders: list[Row], post: Row, day: date) -> date:
    """The last day on which the post lost more than it won; else the first day of its version."""
    gone = {row["end_date"] + DAY for row in holders if row["end_date"] and row["assignment_type"] == "main"}
    lost = [one for one in gone if one <= day and _filled(holders, one, "main") < _filled(holders, one - DAY, "main")]
    return max(lost, default=post["valid_from"])


def world_movements(world: World) -> list[Movement]:
    """Orders that count: of several about one entry or exit the last signed, transfers told by their counterpart."""
    latest: dict[tuple, Row] = {}
    for row in sorted(world.orders, key=lambda row: (row["order_date"], row["order_no"])):
        kind, ministry = row["movement_class"], world.ministry(row["org_unit_id"])
        unique = (_direction(kind), ministry) if _direction(kind) in ("in", "out") else (kind, row["org_unit_id"])
        latest[row["person_key"], _moved_on(row), *unique] = row
    return [_movement(world, row, list(latest.values())) for row in latest.values()]


def _direction(kind: str) -> str:
    return "in" if kind in ENTRIES else "out" if kind in EXITS else "internal"


def _moved_on(row: Row) -> date:
    return row["effective_date"] + DAY if _direction(row["movement_class"]) == "out" else row["effective_date"]


def _movement(world: World, row: Row, orders: list[Row]) -> Movement:
    day, kind, ours = _moved_on(row), row["movement_class"], world.ministry(row["org_unit_id"])
    direction = _direction(kind)
    described = world.counted(row["person_key"], ours, day - DAY if direction != "in" else day)
    known = [one["sex"] for one in world.persons.get(row["person_key"], ())]
    sex = described["sex"] if described else max(known, default="unknown")
    if direction == "internal":
        return Movement(row, day, direction, kind, stays=False, sex=sex)
    elsewhere = [
        one
        for one in world.persons.get(row["person_key"], ())
        if world.ministry(one["org_unit_id"]) != ours and one["assignment_type"] in ("main", "seconded_out")
    ]
    near = timedelta(MATCH_DAYS)
    stays = any(
        all(world.counted(row["person_key"], other, one) for one in _kept_days(day, direction))
        for other in {world.ministry(one["org_unit_id"]) for one in elsewhere}
    )
    if direction == "out":
        there = any(one["start_date"] < day + near and (one["end_date"] or FAR) >= day for one in elsewhere)
    else:
        there = any(one["start_date"] < day and (one["end_date"] or FAR) + near >= day for one in elsewhere)
    ordered = any(
        _direction(other["movement_class"]) == ("in" if direction == "out" else "out")
        and other["person_key"] == row["person_key"]
        and world.ministry(other["org_unit_id"]) != ours
        and abs(_moved_on(other) - day) < near
        for other in orders
    )
    if there or ordered:
        kind = "transfer_out" if direction == "out" else "transfer_in"
    return Movement(row, day, direction, kind, stays=stays, sex=sex)


def _kept_days(day: date, direction: str) -> Iterator[date]:
    """The days in another ministry by which an entry to the service, or an exit from it, is none."""
    first, last = (1, MATCH_DAYS - 1) if direction == "in" else (MATCH_DAYS, 0)
    return (day + timedelta(n) for n in range(-first, last + 1))


def _moved(found: Parts, world: World, movement: Movement) -> None:
    is_transfer = movement.kind == "transfer_in" and not movement.stays
    for unit in world.above(movement.row["org_unit_id"]):
        if unit == "UZ" and movement.stays:
            continue
        for sex in ("all", movement.sex):
            found[unit, sex]["movements"].append(movement)
            if movement.kind in MOVES or (unit == "UZ" and is_transfer):
                found[unit, sex]["moved"].append(movement.row["person_key"])


def _totals(parts: Sequence[Parts]) -> Parts:
    """Flows of all months, stocks of the last."""
    found: Parts = defaultdict(lambda: defaultdict(list))
    for part in parts:
        for key, listed in part.items():
            for name in ("days", "rate_days", "movements", "moved"):
                found[key][name] += listed[name]
    for key, listed in parts[-1].items():
        for name in ("ends", "rates", "posts"):
            found[key][name] = listed[name]
    return found


def _ratio(numerator: float, denominator: float) -> Figure:
    return numerator, denominator, numerator / denominator if denominator else None


def _figures(total: dict[str, Any], days: int, kind: str) -> Iterator[tuple[str, Figure]]:
    served = sum(total["days"])
    yield "headcount_avg", _ratio(served, days)
    yield "fte_avg", _ratio(sum(total["rate_days"]), days)
    yield from _flows(total, served / 365)
    if kind != "r12":
        yield from _stocks(total["ends"])
        yield from _posts(total["posts"])
        rates = sum(rate for rate, _ in total["rates"])
        yield "fte_end", (rates, None, rates)
        yield "managerial_ratio", _ratio(sum(rate for rate, leads in total["rates"] if leads), rates)


def _stocks(ends: list[Row]) -> Iterator[tuple[str, Figure]]:
    n = len(ends)
    yield "headcount_end", (n, None, n)
    shares: dict[str, Callable[[Row], bool]] = {
        "women_share": lambda one: one["row"]["sex"] == "female",
        "contingent_share": lambda one: one["row"]["contract_type"] in ("fixed_term", "first_year"),
        "multi_post_share": lambda one: one["several"],
        "secondment_share": lambda one: one["row"]["assignment_type"] == "seconded_out",
        "age_share_u30": lambda one: one["months"] < 360,
        "age_share_55p": lambda one: one["months"] >= 660,
        "tertiary_share": lambda one: one["row"]["education_level"] in ("bachelor", "master"),
        "retirement_eligible_share": lambda one: _pensionable(one, 0),
        "retirement_eligible_5y": lambda one: _pensionable(one, 5),
    }
    told = {
        "women_share": [one for one in ends if one["row"]["sex"]],
        "contingent_share": [one for one in ends if one["row"]["contract_type"]],
        "tertiary_share": [one for one in ends if one["row"]["education_level"]],
        "retirement_eligible_share": [one for one in ends if one["worked"] is not None],
        "retirement_eligible_5y": [one for one in ends if one["worked"] is not None],
    }
    for indicator, holds in shares.items():
        is_untold = bool(ends) and not told.get(indicator, ends)
        yield indicator, (None, n, None) if is_untold else _ratio(sum(map(holds, ends)), n)
    leading = [one["row"]["sex"] == "female" for one in ends if one["leads"]]
    yield "women_leadership_share", _ratio(sum(leading), len(leading))
    known = [flag for one in ends if (flag := one["row"].get("disability_flag")) is not None]
    yield "disability_share", _ratio(sum(known), len(known))
    yield "age_mean", _ratio(sum(one["months"] for one in ends) / 12, n)
    yield "age_median", (None, None, median([one["months"] for one in ends]) / 12 if ends else None)
    tenures = [one["tenure"] for one in ends if one["tenure"] is not None]
    yield "tenure_median", (None, None, median(tenures) / 365.25 if tenures else None)


def _pensionable(one: Row, within: int) -> bool:
    age, years = PENSION[one["row"]["sex"]]
    worked = one["worked"]
    old_enough = one["months"] + 12 * within >= 12 * age
    return old_enough and worked is not None and worked + 365.25 * within >= 365.25 * years


def _posts(posts: list[tuple[Row, float, bool, int]]) -> Iterator[tuple[str, Figure]]:
    approved = sum(post["approved_fte"] for post, *_ in posts)
    yield "approved_fte", (approved, None, approved) if posts else (None, None, None)
    rates = [(post, post["approved_fte"] - filled, days) for post, filled, _, days in posts]
    vacant = [(post, rate, days) for post, rate, days in rates if rate > 0]
    yield "vacancy_rate", _ratio(sum(rate for _, rate, _ in vacant), approved)
    leading = sum(post["approved_fte"] for post, *_ in posts if post["is_managerial"])
    yield "managerial_vacancy_rate", _ratio(sum(rate for post, rate, _ in vacant if post["is_managerial"]), leading)
    over = sum(max(filled - post["approved_fte"], 0) for post, filled, *_ in posts)
    yield "overfilled_fte", (over, None, over) if posts else (None, None, None)
    yield "long_vacant_share", _ratio(sum(days > 180 for *_, days in vacant), len(vacant))
    yield "vacancy_age_median", (None, None, median([days for *_, days in vacant]) if vacant else None)
    held = [(filled, is_acted) for post, filled, is_acted, _ in posts if post["is_managerial"] and (filled or is_acted)]
    yield "acting_share", _ratio(sum(is_acted for _, is_acted in held), len(held))


def _flows(total: dict[str, Any], years: float) -> Iterator[tuple[str, Figure]]:
    kinds = [movement.kind for movement in total["movements"]]
    directions = [movement.direction for movement in total["movements"]]
    hires = sum(kind in HIRES for kind in kinds)
    yield "hires_new", (hires, None, hires)
    left = [kind for kind, direction in zip(kinds, directions, strict=True) if direction == "out"]
    service = sum(kind != "transfer_out" for kind in left)
    yield "separation_rate_service", _ratio(service, years)
    yield "turnover_rate_ministry", _ratio(len(left), years)
    yield "voluntary_rate", _ratio(left.count("quit"), years)
    yield "involuntary_rate", _ratio(left.count("reduction"), years)
    yield "retirement_rate", _ratio(left.count("retirement_voluntary"), years)
    yield "transfer_out_rate", _ratio(left.count("transfer_out"), years)
    yield "other_exit", (left.count("death"), None, left.count("death"))
    yield "replacement_ratio", _ratio(directions.count("in"), len(left))
    promoted = {one.row["person_key"] for one in total["movements"] if one.kind == "promotion"}
    yield "promotion_rate", _ratio(len(promoted), years)
    yield "internal_mobility_rate", _ratio(len(set(total["moved"])), years)

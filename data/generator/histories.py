"""For 24 months people enter, move, take leave and go; every change of a post has its order, every order its change."""

import calendar
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from data.generator.organisation import (
    CATEGORIES,
    MINISTRIES,
    REORGANISED_ON,
    Post,
    Unit,
    closed,
    make_posts,
    read_successors,
    reissue,
)
from data.generator.people import YEAR, People, Person

FIRST_DAY, LAST_DAY = date(2024, 10, 1), date(2026, 9, 30)
# One-year first contracts are the rule from this day (UP-95).
FIRST_YEAR_CONTRACTS = date(2026, 1, 1)
FILLED, HIRED = 0.92, 0.12  # seats filled at the start; vacant seats filled in a month
PENSION_AGE, RETIRING = {"male": 60, "female": 55}, 0.05
ONE_DAY = timedelta(days=1)
# Chance of each event for one person in one month.
EXITS = {
    "quit": 0.0062,
    "agreement": 0.0006,
    "retirement_early": 0.0003,
    "retirement_disability": 0.0002,
    "reduction": 0.0002,
    "death": 0.0002,
    "other": 0.0002,
}
CHANGES = {
    "transfer": 0.0016,
    "internal_transfer": 0.004,
    "promotion": 0.003,
    "leave": 0.0022,
    "combination": 0.0012,
    "acting": 0.001,
    "external": 0.0003,
    "secondment": 0.0003,
}


@dataclass
class Spell:
    """One person in one post; `end` is the last day, `planned_end` that of a fixed term or a secondment.

    A rank is told by the row of a file, as it is known on the day of the file.
    """

    person: Person
    post: Post
    assignment_type: str
    contract_type: str
    fte: float
    start: date
    end: date | None = None
    leave_start: date | None = None
    leave_end: date | None = None
    planned_end: date | None = None
    rank: str = ""
    rank_date: date | None = None


@dataclass(frozen=True)
class Order:
    """One movement of one person, as the ministry that orders it writes it down."""

    ministry: str
    movement_class: str
    effective: date
    person: Person
    org_unit_id: str
    position_id: str
    to_org_unit_id: str = ""
    rank: str = ""


@dataclass
class History:
    """All that happened: posts, spells in them, and orders."""

    posts: list[Post]
    spells: list[Spell] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)

    @property
    def drawn_orders(self) -> list[Order]:
        """Orders of what was drawn; rotations follow from terms, and draws about orders pass them by."""
        return [order for order in self.orders if order.movement_class != "rotation"]


def live(random: Random, units: dict[str, Unit]) -> History:
    """Let the three ministries live through all months and return what happened."""
    careers = Careers(random, units)
    first = FIRST_DAY
    while first < LAST_DAY:
        last = month_end(first)
        careers.live_month(first, last)
        first = last + ONE_DAY
    return careers.history


def month_end(day: date) -> date:
    """Return the last day of the month of a day."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


class Careers:
    """The state of the three ministries between two months."""

    def __init__(self, random: Random, units: dict[str, Unit]) -> None:
        """Fill most posts with people who came before the first month."""
        self._random, self._people, self._units = random, People(random), units
        self.history = History(make_posts(random, units))
        self._held: dict[int, Spell] = {}
        self._extra: list[Spell] = []
        self._gone: list[tuple[date, Person]] = []
        self._free: dict[str, list[Post]] = {}
        self._first, self._last = FIRST_DAY, month_end(FIRST_DAY)
        for post in self.history.posts:
            for _ in range(round(post.approved_fte / post.seat_fte)):
                if post.category == CATEGORIES[0] or random.random() < FILLED:
                    self._settle(post)

    def live_month(self, first: date, last: date) -> None:
        """Let a month pass: at most one event for each person, then the hires."""
        self._first, self._last = first, last
        if first == REORGANISED_ON:
            self._reorganise()
        self._free = self._free_seats()
        for spell in [spell for spell in self._held.values() if spell.start < first]:
            self._pass_month(spell)
        for ministry in MINISTRIES:
            for post in [post for post in self._free[ministry] if self._random.random() < HIRED]:
                self._hire(post)

    def _settle(self, post: Post) -> None:
        start = FIRST_DAY - timedelta(days=self._random.randint(20, 3650))
        age = (34, 54) if post.is_managerial else (22, 52)
        person = self._people.draw(post.ministry, start, age, 14)
        contract = "fixed_term" if self._random.random() < 0.04 else "indefinite"
        self._enter(Spell(person, post, "main", contract, post.seat_fte, start))

    def _enter(self, spell: Spell) -> None:
        self.history.spells.append(spell)
        self._held[spell.person.number] = spell

    def _order(self, movement_class: str, effective: date, spell: Spell, old_unit: str = "") -> None:
        """Write an order about the post of a spell; a move also says which unit was left."""
        unit = spell.post.org_unit_id
        to = unit if old_unit and old_unit != unit else ""
        position = spell.post.position_id
        self.history.orders.append(
            Order(spell.post.ministry, movement_class, effective, spell.person, old_unit or unit, position, to)
        )

    def _free_seats(self) -> dict[str, list[Post]]:
        """Return the posts that nobody held when the month began, once per seat, by ministry."""
        held: dict[str, float] = defaultdict(float)
        for spell in self._held.values():
            held[spell.post.position_id] += spell.fte
        free: dict[str, list[Post]] = {ministry: [] for ministry in MINISTRIES}
        for post in self.history.posts:
            until = self._units[post.org_unit_id].valid_to
            if until is None or until > self._last:
                seats = int((post.approved_fte - held[post.position_id]) / post.seat_fte)
                free[post.ministry] += [post] * seats
        return free

    def _pass_month(self, spell: Spell) -> None:
        if spell.planned_end and spell.planned_end <= self._last:
            self._end_plan(spell, spell.planned_end)
        elif spell.assignment_type == "seconded_out" or (spell.leave_end and spell.leave_end >= self._first):
            return
        elif self._age(spell.person) >= PENSION_AGE[spell.person.sex] and self._random.random() < RETIRING:
            self._exit(spell, "retirement_voluntary", self._work_day())
        else:
            self._meet_event(spell)

    def _end_plan(self, spell: Spell, day: date) -> None:
        """End a fixed term, unless it is prolonged, or let a seconded person return to the post."""
        spell.planned_end = None
        if spell.assignment_type == "seconded_out":
            spell.end = day
            self._enter(replace(spell, assignment_type="main", start=day + ONE_DAY, end=None))
        elif self._random.random() < 0.7:
            self._exit(spell, "termination_expired", day)

    def _meet_event(self, spell: Spell) -> None:
        chances = EXITS if spell.planned_end else EXITS | CHANGES
        event = self._random.choices([*chances, ""], [*chances.values(), 1 - sum(chances.values())])[0]
        if event in EXITS:
            self._exit(spell, event, self._work_day())
        elif event:
            self._change(event)(spell)

    def _change(self, event: str) -> Callable[[Spell], None]:
        return {
            "transfer": self._transfer,
            "internal_transfer": self._move,
            "promotion": self._promote,
            "leave": self._leave,
            "combination": self._combine,
            "acting": self._act,
            "external": self._work_elsewhere,
            "secondment": self._second,
        }[event]

    def _exit(self, spell: Spell, movement_class: str, day: date) -> None:
        self._let_go(spell, day)
        self._order(movement_class, day, spell)
        if movement_class == "quit":
            self._gone.append((day, spell.person))

    def _let_go(self, spell: Spell, day: date) -> None:
        """End a post and whatever the person did besides."""
        spell.end = day
        self._held.pop(spell.person.number)
        for extra in self._extra:
            if extra.person.number == spell.person.number and (extra.end is None or extra.end > day):
                extra.end = day

    def _transfer(self, spell: Spell) -> None:
        """Move a person to another ministry; now and then the old one dismisses some days late."""
        ministry = self._random.choice([one for one in MINISTRIES if one != spell.post.ministry])
        post = self._seat(ministry, lambda seat: seat.category == spell.post.category)
        if post:
            start = self._work_day()
            is_late = start.day <= 20 and self._random.random() < 0.15
            last_day = start + timedelta(days=4) if is_late else start - ONE_DAY
            self._let_go(spell, last_day)
            self._order("transfer_out", last_day, spell)
            self._enter(Spell(spell.person, post, "main", "indefinite", post.seat_fte, start))
            self._order("transfer_in", start, self._held[spell.person.number])

    def _move(self, spell: Spell) -> None:
        old = spell.post
        post = self._seat(
            old.ministry, lambda seat: seat.category == old.category and seat.org_unit_id != old.org_unit_id
        )
        if post:
            self._change_post(spell, post, "internal_transfer")

    def _promote(self, spell: Spell) -> None:
        step = CATEGORIES.index(spell.post.category) - 1
        post = self._seat(spell.post.ministry, lambda seat: step >= 2 and seat.category == CATEGORIES[step])
        if post:
            self._change_post(spell, post, "promotion")

    def _change_post(self, spell: Spell, post: Post, movement_class: str) -> None:
        """Move a person inside the ministry; now and then the old post is closed some days late."""
        start = self._work_day()
        is_late = start.day <= 15 and self._random.random() < 0.04
        spell.end = start + timedelta(days=9) if is_late else start - ONE_DAY
        self._enter(Spell(spell.person, post, "main", spell.contract_type, post.seat_fte, start))
        self._order(movement_class, start, self._held[spell.person.number], spell.post.org_unit_id)

    def _leave(self, spell: Spell) -> None:
        """Start a long leave, mostly parental; half of the absent have a substitute in the same post."""
        if spell.leave_start or (spell.person.sex == "male" and self._random.random() < 0.7):
            return
        spell.leave_start = self._work_day()
        spell.leave_end = spell.leave_start + timedelta(days=self._random.randint(180, 900))
        later = (self._last - spell.leave_start).days
        if later > 1 and self._random.random() < 0.5:
            start = spell.leave_start + timedelta(days=self._random.randint(1, later))
            self._employ(spell.post, start, "fixed_term", spell.leave_end)

    def _combine(self, spell: Spell) -> None:
        post = self._seat(spell.post.ministry, lambda seat: not seat.is_managerial, keep=True)
        if post:
            self._add(spell, post, "internal_combination", 0.5)

    def _act(self, spell: Spell) -> None:
        post = self._seat(spell.post.ministry, lambda seat: seat.is_managerial, keep=True)
        if post:
            self._add(spell, post, "acting", 0.25)

    def _work_elsewhere(self, spell: Spell) -> None:
        post = self._elsewhere(spell)
        if post:
            self._add(spell, post, "external_combination", 0.5)

    def _second(self, spell: Spell) -> None:
        post = self._elsewhere(spell)
        if post:
            guest = self._add(spell, post, "seconded_in", spell.fte)
            spell.end = guest.start - ONE_DAY
            sent = {"assignment_type": "seconded_out", "planned_end": guest.end}
            self._enter(replace(spell, start=guest.start, end=None, **sent))

    def _elsewhere(self, spell: Spell) -> Post | None:
        ministry = self._random.choice([one for one in MINISTRIES if one != spell.post.ministry])
        return self._seat(ministry, lambda seat: seat.category == spell.post.category, keep=True)

    def _add(self, spell: Spell, post: Post, assignment_type: str, fte: float) -> Spell:
        start = self._work_day()
        extra = Spell(spell.person, post, assignment_type, "fixed_term", fte, start)
        extra.end = start + timedelta(days=self._random.randint(90, 270))
        self._extra.append(extra)
        self.history.spells.append(extra)
        return extra

    def _hire(self, post: Post) -> None:
        start = self._work_day()
        back = [(day, person) for day, person in self._gone if (start - day).days > 90]
        if back and self._random.random() < 0.04:
            self._rehire(post, start, self._random.choice(back))
        elif start >= FIRST_YEAR_CONTRACTS:
            self._employ(post, start, "first_year")
        elif self._random.random() < 0.08:
            self._employ(post, start, "fixed_term", start + timedelta(days=334))
        else:
            self._employ(post, start, "indefinite")

    def _rehire(self, post: Post, start: date, gone: tuple[date, Person]) -> None:
        """Take back who quit; the continuous service begins anew."""
        self._gone.remove(gone)
        person = replace(gone[1], service_start=start)
        self._enter(Spell(person, post, "main", "fixed_term", post.seat_fte, start))
        self._order("rehire", start, self._held[person.number])

    def _employ(self, post: Post, start: date, contract_type: str, until: date | None = None) -> None:
        person = self._people.draw(post.ministry, start, (34, 52) if post.is_managerial else (22, 44), 0)
        spell = Spell(person, post, "main", contract_type, post.seat_fte, start, planned_end=until)
        self._enter(spell)
        self._order("new_hire", start, spell)

    def _reorganise(self) -> None:
        """Close the posts of merged units and issue them anew; their holders move by mass order."""
        renewed = reissue(self.history.posts, read_successors())
        posts = [closed(post) if post.position_id in renewed else post for post in self.history.posts]
        self.history.posts = [*posts, *renewed.values()]
        for spell in [spell for spell in self._held.values() if spell.post.position_id in renewed]:
            new = self._carried_over(spell, renewed)
            self._enter(new)
            self._order("internal_transfer_mass", REORGANISED_ON, new, spell.post.org_unit_id)
        for extra in [extra for extra in self._extra if extra.post.position_id in renewed]:
            if extra.end is None or extra.end >= REORGANISED_ON:
                new = self._carried_over(extra, renewed)
                self._extra.append(new)
                self.history.spells.append(new)

    def _carried_over(self, spell: Spell, renewed: dict[str, Post]) -> Spell:
        """End a spell on the eve and return the one that follows; a spell that begins that day leaves no trace."""
        new = replace(spell, post=renewed[spell.post.position_id], start=REORGANISED_ON)
        if spell.start == REORGANISED_ON:
            self.history.spells.remove(spell)
        spell.end = REORGANISED_ON - ONE_DAY
        return new

    def _seat(self, ministry: str, fits: Callable[[Post], bool], *, keep: bool = False) -> Post | None:
        """Return a free seat, and take it unless it is kept free."""
        seats = [post for post in self._free[ministry] if fits(post)]
        if not seats:
            return None
        seat = self._random.choice(seats)
        if not keep:
            self._free[ministry].remove(seat)
        return seat

    def _work_day(self) -> date:
        """Draw a working day of the month, never the first: what ends on the eve ends in the same month."""
        while True:
            day = self._first + timedelta(days=self._random.randint(1, (self._last - self._first).days))
            if day.weekday() < 5:
                return day

    def _age(self, person: Person) -> float:
        return (self._first - person.birth_date).days / YEAR

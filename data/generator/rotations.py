"""Those who lead in a region exchange their posts: most within the month before a term ends, one pair too late.

Nothing is drawn: who exchanges follows from the days on which terms end, so that everybody else stays where they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

from data.generator.facts import months_later, next_work_day
from data.generator.histories import LAST_DAY, ONE_DAY, History, Order, Spell
from data.generator.organisation import MINISTRIES
from data.generator.structure import places

SINCE = date(LAST_DAY.year - 1, LAST_DAY.month + 1, 1)  # the twelve months that end on the last day
NOTICE = timedelta(days=31)
TOO_LATE = timedelta(days=20)
Term = tuple[date, Spell]  # with the day on which it ends


def rotate(history: History) -> None:
    """Let pairs of a ministry exchange their posts, each by an order of its own."""
    for ministry in MINISTRIES:
        terms, moved = _terms(history, ministry), set[int]()
        for (ends, one), (_, other) in _pairs(terms, NOTICE):
            _exchange(history, one, other, _work_day_until(ends))
            moved |= {one.person.number, other.person.number}
        left = [term for term in terms if term[1].person.number not in moved]
        for (_, one), (ends, other) in [*_pairs(left, 2 * NOTICE)][:1]:
            _exchange(history, one, other, next_work_day(ends + TOO_LATE))


def _terms(history: History, ministry: str) -> list[Term]:
    """Return the terms that end within the year, of holders who stay and are present, in the order of their ends."""
    where = places([post for post in history.posts if post.ministry == ministry])
    found = []
    for spell in history.spells:
        place = where.get((spell.post.position_id, spell.post.valid_from))
        is_free = spell.end is None and spell.leave_start is None and spell.planned_end is None
        if place and place.rotation_months and is_free and spell.assignment_type == "main":
            ends = months_later(spell.start, place.rotation_months)
            if SINCE <= ends <= LAST_DAY:
                found.append((ends, spell))
    return sorted(found, key=lambda term: (term[0], term[1].person.number))


def _pairs(terms: Sequence[Term], apart: timedelta) -> Iterator[tuple[Term, Term]]:
    """Yield two by two those of one category and two units whose terms end soon after each other."""
    taken = set[int]()
    for one, other in combinations(terms, 2):
        numbers = {one[1].person.number, other[1].person.number}
        here, there = one[1].post, other[1].post
        fits = here.category == there.category and here.org_unit_id != there.org_unit_id
        if fits and other[0] - one[0] < apart and not numbers & taken:
            taken |= numbers
            yield one, other


def _exchange(history: History, one: Spell, other: Spell, day: date) -> None:
    for spell, post in ((one, other.post), (other, one.post)):
        old = spell.post.org_unit_id
        history.spells.append(replace(spell, post=post, start=day))
        history.orders.append(
            Order(post.ministry, "rotation", day, spell.person, old, post.position_id, post.org_unit_id)
        )
    one.end = other.end = day - ONE_DAY


def _work_day_until(day: date) -> date:
    while day != next_work_day(day):
        day -= ONE_DAY
    return day

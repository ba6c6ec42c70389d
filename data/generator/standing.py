"""Each person holds a qualification rank that rises with time, and of most it is known whether they have a disability.

Both come from draws of the person's own, so that everything else about the person stays as it is.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from data.generator.facts import Career, careers, draws, months_later, next_work_day, spell_on
from data.generator.histories import FIRST_DAY, LAST_DAY, History, Order
from data.generator.organisation import SEEDS
from data.generator.people import Person

# Rank with which a post is entered; the first one is as old as service allows, but not due for the next.
ENTRY = {
    "specialist": "referent_3",
    "leading_specialist": "referent_2",
    "chief_specialist": "referent_1",
    "division_head": "counsellor_3",
    "department_head": "counsellor_2",
    "deputy_minister": "counsellor_1",
    "minister": "counsellor_1",
}
WITH_DISABILITY, NOT_ASKED = 0.028, 0.04
PROMPT, PROMPT_DAYS, SLOW_DAYS = 0.8, (10, 150), (200, 900)  # from the end of the term to the award
NOT_WRITTEN = 0.03  # of awards, never brought into the personnel file
MONTH = 30.4375


@dataclass(frozen=True)
class Award:
    """A rank from the day on which it was awarded; `is_written` says whether the personnel file took note of it."""

    rank: str
    day: date
    is_written: bool = True


@cache
def terms() -> dict[str, int | None]:
    """Return the ranks of the code list, lowest first, with the months until the next; None at the top."""
    with (SEEDS.parent / "codes" / "qualification_rank.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: -int(row["position"]))
    return {row["code"]: int(row["months_to_next"]) if row["months_to_next"] else None for row in rows}


def has_disability(person: Person) -> bool | None:
    """Return whether a person has a registered disability; None where nobody asked."""
    draw = draws("disability", str(person.number)).random()
    return None if draw > 1 - NOT_ASKED else draw < WITH_DISABILITY


def ranks(history: History) -> dict[int, list[Award]]:
    """Return all ranks of each person, by the person's number, first rank first."""
    return {career[0].person.number: [*_awards(career)] for career in careers(history)}


def rank_on(awards: Sequence[Award], day: date) -> Award | None:
    """Return the rank that the personnel file knows on a day."""
    known = [award for award in awards if award.day <= day and award.is_written]
    return known[-1] if known else None


def rank_orders(history: History) -> list[Order]:
    """Return the orders by which ranks were awarded, as those who held a post on the day received them."""
    found = []
    for career in careers(history):
        for award in [*_awards(career)][1:]:
            spell = spell_on(career, award.day)
            if spell and FIRST_DAY <= award.day <= LAST_DAY:
                place = (spell.post.org_unit_id, spell.post.position_id)
                found.append(Order(spell.post.ministry, "rank_award", award.day, spell.person, *place, rank=award.rank))
    return sorted(found, key=lambda order: (order.effective, order.person.number))


def ripe_on(rank: str, since: date) -> date | None:
    """Return the day on which the time in a rank is over; None in the highest."""
    months = terms()[rank]
    return None if months is None else months_later(since, months)


def _awards(career: Career) -> Iterator[Award]:
    """Yield ranks until the time in one is not over, or the person has left when the next would have come.

    Whoever entered a technical post is no civil servant and has none.
    """
    draw, first = draws("rank", str(career[0].person.number)), career[0]
    if first.post.is_technical:
        return
    award = Award(ENTRY[first.post.category], first.start)
    served = first.person.service_start
    if served and served < first.start:
        months = terms()[award.rank] or 60
        age = timedelta(days=round(draw.random() * min(months * MONTH, (first.start - served).days)))
        award = Award(award.rank, first.start - age)
    order = [*terms()]
    while award.day <= LAST_DAY:
        yield award
        due = ripe_on(award.rank, award.day)
        if due is None:
            return
        days = PROMPT_DAYS if draw.random() < PROMPT else SLOW_DAYS
        day = next_work_day(due + timedelta(days=draw.randint(*days)))
        if spell_on(career, day) is None:
            return
        award = Award(order[order.index(award.rank) + 1], day, draw.random() >= NOT_WRITTEN)

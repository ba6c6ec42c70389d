"""The service sends its reserve: members for managerial posts, some of whom were appointed, withdrew or left."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from data.generator.defects import Defect, put
from data.generator.facts import SERVICE, Career, careers, draws, facts_file, spell_on
from data.generator.histories import LAST_DAY, History
from data.generator.house_styles import Line, SampleFile
from data.generator.organisation import Post
from data.generator.people import Person

FROM_RESERVE = 0.5  # of those promoted to lead a unit
HAS_MEMBERS = 0.7
FIRST_ENTRY = date(2025, 1, 6)
TYPES, TYPE_WEIGHTS = ("national_republican", "national_regional", "ministry"), (2, 3, 5)
READINESS, READINESS_WEIGHTS = ("ready_now", "ready_1y", "ready_3y"), (5, 3, 2)
EXITS, EXIT_WEIGHTS = ("withdrawn", "excluded", "term_over"), (4, 2, 4)


@dataclass(frozen=True)
class Member:
    """One stay of one person in the reserve for one post."""

    person: Person
    target_position: str
    org_unit_id: str
    reserve_type: str
    readiness: str
    entered_date: date
    left_date: date | None = None
    exit_reason: str = ""


def reserve_files(history: History) -> list[SampleFile]:
    """Return the reserve of the service."""
    random = draws("reserve", SERVICE)
    members = sorted(
        [*_appointed(random, history), *_waiting(random, history)],
        key=lambda one: (one.entered_date, one.target_position, one.person.number),
    )
    return [facts_file("reserve", SERVICE, members, _PLANTED, "Kadrlar zaxirasi")]


def _appointed(random: Random, history: History) -> Iterator[Member]:
    """Yield who stood in reserve for the post to which an order promoted them, until that day."""
    posts = {post.position_id: post for post in history.posts}
    for order in history.drawn_orders:
        post = posts[order.position_id]
        is_head = order.movement_class == "promotion" and post.is_managerial
        entered = order.effective - timedelta(days=random.randint(60, 300))
        if is_head and order.effective <= LAST_DAY and random.random() < FROM_RESERVE:
            kind = random.choices(TYPES, TYPE_WEIGHTS)[0]
            place = (post.position_id, post.org_unit_id)
            yield Member(order.person, *place, kind, "ready_now", entered, order.effective, "appointed")


def _waiting(random: Random, history: History) -> Iterator[Member]:
    """Yield one to three members for most managerial posts that stand, from the same ministry."""
    free: dict[str, list[Career]] = defaultdict(list)
    for career in careers(history):
        spell = spell_on(career, FIRST_ENTRY)
        if spell and not spell.post.is_managerial:
            free[spell.post.ministry].append(career)
    for post in history.posts:
        is_wanted = post.is_managerial and post.valid_to is None and post.category != "minister"
        if is_wanted and random.random() < HAS_MEMBERS:
            for _ in range(min(random.choice((1, 2, 2, 3)), len(free[post.ministry]))):
                pool = free[post.ministry]
                yield _member(random, post, pool.pop(random.randrange(len(pool))))


def _member(random: Random, post: Post, career: Career) -> Member:
    entered = max(FIRST_ENTRY, post.valid_from) + timedelta(days=random.randint(0, 300))
    place = (post.position_id, post.org_unit_id, random.choices(TYPES, TYPE_WEIGHTS)[0])
    readiness = random.choices(READINESS, READINESS_WEIGHTS)[0]
    last_day = career[-1].end
    if last_day and entered <= last_day <= LAST_DAY:
        return Member(career[0].person, *place, readiness, entered, last_day, "left_service")
    left = entered + timedelta(days=random.randint(90, 400))
    if random.random() < 0.2 and left <= LAST_DAY:
        reason = random.choices(EXITS, EXIT_WEIGHTS)[0]
        return Member(career[0].person, *place, readiness, entered, left, reason)
    return Member(career[0].person, *place, readiness, entered)


def _is_member(line: Line) -> bool:
    return line.record.left_date is None


_PLANTED: Sequence[Defect] = (
    Defect("E-307", put("left_date", "2024-01-31"), _is_member),
    Defect("E-308", put("exit_reason", "tayinlandi"), _is_member),
    Defect("E-301", put("target_position", None), _is_member),
)

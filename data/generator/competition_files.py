"""The service sends its competitions and applications: filled, failed, announced anew, cancelled and open ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from data.generator.defects import Defect, put
from data.generator.facts import SERVICE, draws, facts_file, next_work_day
from data.generator.histories import LAST_DAY, History, Order
from data.generator.house_styles import Line, SampleFile
from data.generator.people import AREAS, YEAR, Person, personal_number

FIRST_FILLED = date(2025, 1, 1)
COMPETED = {"new_hire": ("external", 0.8), "promotion": ("internal", 0.55)}
ANNOUNCED_ANEW, ENDED_OTHERWISE = 0.12, {"failed": 0.07, "cancelled": 0.02}
OPEN = 30
STAGES = ("applied", "screened", "test", "interview")
WOMEN = 0.42  # share of applicants


@dataclass(frozen=True)
class Competition:
    """One vacancy announced."""

    vacancy_id: str
    position_id: str
    org_unit_id: str
    competition_type: str
    stages: int
    opened_date: date
    announced_date: date | None
    closed_date: date | None
    filled_date: date | None
    outcome: str
    selected: Person | None
    previous_vacancy_id: str = ""

    @property
    def selected_pinfl(self) -> str:
        """Personal number of who was selected."""
        return self.selected.pinfl if self.selected else ""


@dataclass(frozen=True)
class Application:
    """One applicant for one vacancy."""

    application_id: str
    vacancy_id: str
    applicant_pinfl: str
    applied_date: date
    sex: str
    birth_year: int
    stage_reached: str
    test_score: int | None
    interview_score: int | None
    selected: bool


def competition_files(history: History) -> list[SampleFile]:
    """Return the competitions of the service, and the applications for them."""
    random = draws("competitions", SERVICE)
    competitions = _competitions(random, history)
    taken = {spell.person.pinfl for spell in history.spells}
    applications = [one for competition in competitions for one in _applications(random, competition, taken)]
    numbered = [replace(one, application_id=f"A-{number:06d}") for number, one in enumerate(applications, start=1)]
    return [
        facts_file("competitions", SERVICE, competitions, _PLANTED, "Tanlovlar"),
        facts_file("applications", SERVICE, numbered, _PLANTED_APPLICATIONS, "Arizalar"),
    ]


def _competitions(random: Random, history: History) -> list[Competition]:
    """Return the competitions by the day of opening, each under a number of its own."""
    chains = [chain for order in _competed(random, history) for chain in [_chain(random, order)]]
    chains += [[one] for one in _open(random, history)]
    chains.sort(key=lambda chain: (chain[0].opened_date, chain[0].position_id))
    found, number = [], 0
    for chain in chains:
        before = ""
        for one in chain:
            number += 1
            found.append(replace(one, vacancy_id=f"V-{one.opened_date:%Y}/{number:05d}", previous_vacancy_id=before))
            before = found[-1].vacancy_id
    return found


def _competed(random: Random, history: History) -> Iterator[Order]:
    for order in sorted(history.drawn_orders, key=lambda one: (one.effective, one.person.number)):
        _, share = COMPETED.get(order.movement_class, ("", 0.0))
        if FIRST_FILLED <= order.effective <= LAST_DAY and random.random() < share:
            yield order


def _chain(random: Random, order: Order) -> list[Competition]:
    """Return the competition through which a person came, after one that failed or instead of it."""
    unit = order.to_org_unit_id or order.org_unit_id
    kind = COMPETED[order.movement_class][0]
    opened = next_work_day(order.effective - timedelta(days=random.randint(28, 75)))
    closed = order.effective - timedelta(days=random.randint(3, 9))
    won = Competition(
        "", order.position_id, unit, kind, 3 if kind == "external" else 2, opened,
        opened + timedelta(days=random.randint(1, 6)), closed, order.effective, "filled", order.person,
    )  # fmt: skip
    if random.random() < ANNOUNCED_ANEW:
        return [_ended(random, won, "failed", opened - timedelta(days=random.randint(45, 80))), won]
    for outcome, share in ENDED_OTHERWISE.items():
        if random.random() < share:
            return [_ended(random, won, outcome, opened - timedelta(days=random.randint(200, 300))), won]
    return [won]


def _ended(random: Random, won: Competition, outcome: str, opened: date) -> Competition:
    """Return an earlier competition for the same post, in which nobody was appointed."""
    opened = next_work_day(opened)
    days = {"opened_date": opened, "announced_date": opened + timedelta(days=3)}
    closed = opened + timedelta(days=random.randint(25, 38))
    return replace(won, **days, closed_date=closed, filled_date=None, outcome=outcome, selected=None)


def _open(random: Random, history: History) -> Iterator[Competition]:
    """Yield competitions for vacant posts that run on the last day."""
    held = {spell.post.position_id for spell in history.spells if spell.end is None or spell.end >= LAST_DAY}
    vacant = [post for post in history.posts if post.valid_to is None and post.position_id not in held]
    for post in random.sample(vacant, min(OPEN, len(vacant))):
        opened = next_work_day(LAST_DAY - timedelta(days=random.randint(5, 80)))
        yield Competition(
            "", post.position_id, post.org_unit_id, "external", 3, opened,
            opened + timedelta(days=2), None, None, "", None,
        )  # fmt: skip


def _applications(random: Random, competition: Competition, taken: set[str]) -> Iterator[Application]:
    """Yield who applied: many where the competition is external, few where it failed, and who was selected."""
    most = 9 if competition.competition_type == "external" else 4
    rivals = random.randint(0, 2) if competition.outcome == "failed" else random.randint(1, most)
    for _ in range(rivals):
        sex = "female" if random.random() < WOMEN else "male"
        birth = competition.opened_date - timedelta(days=random.randint(round(22 * YEAR), round(45 * YEAR)))
        number = _free_number(random, birth, sex, taken)
        stage = random.choices(STAGES, (25, 30, 25, 20))[0] if competition.closed_date else "applied"
        yield _application(random, competition, (number, sex, birth.year), stage)
    if competition.selected:
        who = competition.selected
        yield _application(random, competition, (who.pinfl, who.sex, who.birth_date.year), "selected")


def _application(random: Random, competition: Competition, who: tuple[str, str, int], stage: str) -> Application:
    is_tested, is_heard = stage in ("test", "interview", "selected"), stage in ("interview", "selected")
    applied = (competition.announced_date or competition.opened_date) + timedelta(days=random.randint(0, 12))
    test = random.randint(50 if stage == "test" else 65, 99) if is_tested else None
    heard = random.randint(88 if stage == "selected" else 50, 99) if is_heard else None
    return Application("", competition.vacancy_id, who[0], applied, *who[1:], stage, test, heard, stage == "selected")


def _free_number(random: Random, birth: date, sex: str, taken: set[str]) -> str:
    """Return a personal number that nobody else has."""
    while True:
        number = personal_number(birth, sex, random.choice(AREAS), random.randint(1, 999))
        if number not in taken:
            taken.add(number)
            return number


def _is_closed(line: Line) -> bool:
    return line.record.outcome == "failed"


def _is_rival(line: Line) -> bool:
    return not line.record.selected


_PLANTED: Sequence[Defect] = (
    Defect("E-308", put("closed_date", None), _is_closed),
    Defect("E-307", put("announced_date", "2024-06-03"), _is_closed),
    Defect("E-303", put("competition_type", "aralash"), _is_closed),
)
_PLANTED_APPLICATIONS: Sequence[Defect] = (
    Defect("E-304", put("birth_year", "199"), _is_rival),
    Defect("E-311", put("applicant_pinfl", "31010199900"), _is_rival, rows=2),
    Defect("E-303", put("stage_reached", "kutilmoqda"), _is_rival),
)

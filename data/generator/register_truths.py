"""What competitions, reserve and posts say when they are held against personnel file and orders, by ministry."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from statistics import median
from typing import Any

from data.generator.facts import months, months_later
from data.generator.histories import LAST_DAY, ONE_DAY, Order, Spell, month_end
from data.generator.house_styles import SampleFile
from data.generator.hrm_truths import COUNTED, SERVICE, Landed
from data.generator.organisation import MINISTRIES, Post
from data.generator.standing import has_disability, ripe_on
from data.generator.structure import family, places

YEAR_START = date(LAST_DAY.year - 1, LAST_DAY.month + 1, 1)  # of the twelve months that end on the last day
READY = "ready_now"
LAYERS = 4  # minister, head of department, head of division, staff; a deputy is no layer
NOTICE = timedelta(days=31)  # before a rotation is due
CHAIN = timedelta(days=180)  # within which a post announced again is the same competition
APPOINTING = ("new_hire", "rehire", "transfer_in", "promotion", "internal_transfer", "rotation")
Told = tuple[str, str, str, str, float]  # indicator, ministry, kind of period, part of the formula, amount


def of_registers(files: Sequence[SampleFile], landed: Landed) -> Iterator[Told]:
    """Yield what adds up to the figures of hiring (C), structure (M) and reserve (N)."""
    of_kind: dict[str, list[Any]] = defaultdict(list)
    for file in files:
        of_kind[file.style.source.partition("_")[0]] += file.landed
    known = {post.position_id for post in landed.posts if not post.is_technical}
    yield from _competitions([one for one in of_kind["competitions"] if one.position_id in known], landed)
    yield from _applications(of_kind["competitions"], of_kind["applications"], known)
    yield from _reserve(of_kind["reserve"], landed)
    yield from _structure(landed)
    yield from _succession(of_kind["reserve"], landed)
    yield from _disability(landed)
    yield from _ranks(landed)
    yield from _rotations(landed)


def _ministry(unit: str) -> str:
    return unit.partition("-")[0]


def _is_in_year(day: date | None) -> bool:
    return day is not None and YEAR_START <= day <= LAST_DAY


def _competitions(competitions: Sequence[Any], landed: Landed) -> Iterator[Told]:
    for chain in _chains(competitions):
        last = chain[-1]
        if _is_in_year(last.closed_date):
            yield "failed_competition_rate", _ministry(last.org_unit_id), "r12", "denominator", 1
            yield "failed_competition_rate", _ministry(last.org_unit_id), "r12", "numerator", last.filled_date is None
    for one in competitions:
        if one.selected and _is_in_year(one.filled_date):
            ministry = _ministry(one.org_unit_id)
            spells = [spell for spell in _of_person(landed, one.selected.pinfl) if spell.post.ministry == ministry]
            was_there = any(spell.start < one.filled_date <= (spell.end or LAST_DAY) + ONE_DAY for spell in spells)
            yield "internal_fill_rate", ministry, "r12", "denominator", 1
            yield "internal_fill_rate", ministry, "r12", "numerator", was_there


def _chains(competitions: Sequence[Any]) -> list[list[Any]]:
    """Announcements for one post that follow a failed one soon are one competition."""
    chains: list[list[Any]] = []
    for one in sorted(competitions, key=lambda one: (one.position_id, one.opened_date, one.vacancy_id)):
        if chains and _is_again(chains[-1][-1], one):
            chains[-1].append(one)
        else:
            chains.append([one])
    return chains


def _is_again(before: Any, one: Any) -> bool:
    ended_in_vain = before.closed_date is not None and before.filled_date is None
    same_post = before.position_id == one.position_id
    return same_post and ended_in_vain and one.opened_date - before.closed_date <= CHAIN


def _applications(competitions: Sequence[Any], applications: Sequence[Any], known: set[str]) -> Iterator[Told]:
    counts: dict[str, int] = defaultdict(int)
    for one in applications:
        counts[one.vacancy_id] += 1
    for chain in _chains([one for one in competitions if one.position_id in known]):
        if _is_in_year(chain[-1].closed_date):
            applied = sum(counts[one.vacancy_id] for one in chain)
            yield "applicants_per_vacancy", _ministry(chain[-1].org_unit_id), "r12", "numerator", applied


def _of_person(landed: Landed, pinfl: str) -> list[Spell]:
    main = ("main", "seconded_out")
    return [one for one in landed.spells if one.person.pinfl == pinfl and one.assignment_type in main]


def _reserve(members: Sequence[Any], landed: Landed) -> Iterator[Told]:
    standing = {
        (_ministry(one.org_unit_id), one.person.pinfl)
        for one in members
        if one.entered_date <= LAST_DAY and (one.left_date or LAST_DAY) >= LAST_DAY
    }
    for ministry, _ in standing:
        yield "reserve_coverage", ministry, "month", "numerator", 1
    leading = {post.position_id: post for post in landed.posts if post.is_managerial}
    for post in leading.values():
        if _stands(post, LAST_DAY):
            yield "reserve_coverage", post.ministry, "month", "denominator", 1
    for order in {_unique(order): order for order in landed.orders if order.movement_class in APPOINTING}.values():
        post = _post_on(landed, order)
        if _is_in_year(order.effective) and post in leading and _stands(leading[post], order.effective):
            yield "reserve_utilisation", _appointing(order), "r12", "denominator", 1
            yield (
                "reserve_utilisation",
                _appointing(order),
                "r12",
                "numerator",
                any(
                    one.person.pinfl == order.person.pinfl
                    and one.entered_date <= order.effective <= (one.left_date or LAST_DAY)
                    for one in members
                ),
            )


def _unique(order: Order) -> tuple[str, date, str]:
    return order.person.pinfl, order.effective, _appointing(order)


def _appointing(order: Order) -> str:
    return _ministry(order.to_org_unit_id or order.org_unit_id)


def _post_on(landed: Landed, order: Order) -> str:
    """The post in which the person counts on the day of an order, in the ministry that appoints; none where unknown."""
    for spell in landed.counted(order.effective, _appointing(order)):
        if spell.person.pinfl == order.person.pinfl:
            return spell.post.position_id
    return ""


def _stands(post: Post, day: date) -> bool:
    return post.valid_from <= day <= (post.valid_to or LAST_DAY)


def _structure(landed: Landed) -> Iterator[Told]:
    yield from _tree(landed)
    standing = {post.position_id: post for post in landed.posts if _stands(post, LAST_DAY)}
    leading = {name for name, post in standing.items() if post.is_managerial}
    for spell in landed.spells:
        is_there = spell.start <= LAST_DAY <= (spell.end or LAST_DAY)
        is_away = spell.leave_start is not None and spell.leave_start <= LAST_DAY <= (spell.leave_end or LAST_DAY)
        if is_there and not is_away:
            yield "managerial_ratio", spell.post.ministry, "month", "denominator", spell.fte
            if spell.post.position_id in leading:
                yield "managerial_ratio", spell.post.ministry, "month", "numerator", spell.fte
            if spell.post.position_id in standing:
                yield "hr_staff_ratio", spell.post.ministry, "month", "denominator", spell.fte
                is_hr = family(spell.post.org_unit_id) == "hr"
                yield "hr_staff_ratio", spell.post.ministry, "month", "numerator", 100 * spell.fte * is_hr


def _tree(landed: Landed) -> Iterator[Told]:
    """Yield layers, and the median of filled posts below each managerial post that has any."""
    filled = {
        spell.post.position_id
        for spell in landed.spells
        if spell.assignment_type in ("main", "seconded_out") and spell.start <= LAST_DAY <= (spell.end or LAST_DAY)
    }
    for ministry in MINISTRIES:
        posts = [post for post in landed.posts if post.ministry == ministry]
        standing = [post for post in posts if _stands(post, LAST_DAY)]
        where, reports = places(posts), Counter[str]()
        for post in standing:
            place = where[post.position_id, post.valid_from]
            reports[place.reports_to] += post.position_id in filled
        below = [reports[post.position_id] for post in standing if post.is_managerial and reports[post.position_id]]
        yield "span_of_control_median", ministry, "month", "value", median(below)
        yield "layers_max", ministry, "month", "value", LAYERS


def _succession(members: Sequence[Any], landed: Landed) -> Iterator[Told]:
    """Yield critical posts, and those of them with two ready members of the reserve or more."""
    ready: dict[str, set[str]] = defaultdict(set)
    for one in members:
        if one.readiness == READY and one.entered_date <= LAST_DAY <= (one.left_date or LAST_DAY):
            ready[one.target_position].add(one.person.pinfl)
    for ministry in MINISTRIES:
        posts = [post for post in landed.posts if post.ministry == ministry]
        where = places(posts)
        for post in posts:
            if _stands(post, LAST_DAY) and where[post.position_id, post.valid_from].is_critical:
                yield "critical_succession_share", ministry, "month", "denominator", 1
                yield "critical_succession_share", ministry, "month", "numerator", len(ready[post.position_id]) >= 2


def _disability(landed: Landed) -> Iterator[Told]:
    for ministry in MINISTRIES:
        for spell in landed.counted(LAST_DAY, ministry):
            is_disabled = has_disability(spell.person)
            if is_disabled is not None:
                yield "disability_share", ministry, "month", "denominator", 1
                yield "disability_share", ministry, "month", "numerator", is_disabled


def _ranks(landed: Landed) -> Iterator[Told]:
    """Due is who was awarded a rank in the year, or stood there on a month's end past the time in rank, unawarded."""
    ripe: dict[str, date] = {}
    for spell in landed.spells:
        over = ripe_on(spell.rank, spell.rank_date) if spell.rank and spell.rank_date else None
        if over:
            ripe[spell.person.pinfl] = max(over, ripe.get(spell.person.pinfl, over))
    for ministry in MINISTRIES:
        awarded: dict[str, list[date]] = defaultdict(list)
        for order in landed.orders:
            if order.movement_class == "rank_award" and order.ministry == ministry:
                awarded[order.person.pinfl].append(order.effective)
        now = {pinfl for pinfl, days in awarded.items() if any(_is_in_year(day) for day in days)}
        due = now | {
            spell.person.pinfl
            for first in months(YEAR_START, LAST_DAY)
            for spell in landed.counted(month_end(first), ministry)
            if _waits(ripe.get(spell.person.pinfl), awarded[spell.person.pinfl], first)
        }
        yield "rank_award_rate", ministry, "r12", "denominator", len(due)
        yield "rank_award_rate", ministry, "r12", "numerator", len(now)


def _rotations(landed: Landed) -> Iterator[Told]:
    """Due is who still held the post a month before its term ended, and is in the service on the day."""
    for ministry in MINISTRIES:
        posts = [post for post in landed.posts if post.ministry == ministry]
        where = places(posts)
        versions = defaultdict(list)
        for post in posts:
            versions[post.position_id].append(post)
        for spell in landed.spells:
            entered = next((post for post in versions[spell.post.position_id] if _stands(post, spell.start)), None)
            term = where[entered.position_id, entered.valid_from].rotation_months if entered else None
            if term is None or spell.assignment_type not in COUNTED:
                continue
            due, last = months_later(spell.start, term), spell.end or date.max
            serves = any(one.person.pinfl == spell.person.pinfl for one in landed.counted(due, SERVICE))
            if _is_in_year(due) and last >= due - NOTICE and serves:
                yield "rotation_compliance", ministry, "r12", "denominator", 1
                yield "rotation_compliance", ministry, "r12", "numerator", last <= due


def _waits(ripe: date | None, awarded: Sequence[date], first: date) -> bool:
    """Whether the time in rank is over by a month's end, and no award had ended the wait before the month."""
    if ripe is None or ripe > month_end(first):
        return False
    return not any(ripe <= day < first for day in awarded)

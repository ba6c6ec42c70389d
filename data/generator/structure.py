"""Each post of the staffing table has a superior post, a job family, and says whether it is critical or rotates.

All of it follows from unit and category, so that nothing is drawn and the persons in these posts stay as they are.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from data.generator.organisation import Post

FAMILIES = {
    "HR": "hr",
    "FIN": "finance",
    "LEG": "legal",
    "DIG": "ict",
    "POL": "policy",
    "STR": "policy",
}
HEADQUARTERS = frozenset(FAMILIES)
HEAD, LEADER, DEPUTY, MINISTER = "department_head", "division_head", "deputy_minister", "minister"
ROTATION_MONTHS = 18  # of those who lead in a region; a term that ends within the 24 months of the files


@dataclass(frozen=True)
class Place:
    """What the staffing table says of a post beside who may hold it.

    Attributes:
        reports_to: Id of the superior post; empty at the top.
        rotation_months: Months after which the holder is due for rotation; None where the post does not rotate.
    """

    reports_to: str
    job_family: str
    is_critical: bool
    rotation_months: int | None


def places(posts: Sequence[Post]) -> dict[tuple[str, date], Place]:
    """Return the place of each post of a ministry, by its id and first day."""
    of_unit: dict[str, list[Post]] = defaultdict(list)
    for post in posts:
        of_unit[post.org_unit_id].append(post)
    top = {post.category: post for post in posts if post.category == MINISTER}
    deputies = [post for post in posts if post.category == DEPUTY]
    found = {}
    for number, unit in enumerate(sorted(of_unit)):
        for post in of_unit[unit]:
            superior = _superior(post, of_unit[unit], deputies[number % len(deputies)], top[MINISTER])
            found[post.position_id, post.valid_from] = _place(post, superior)
    return found


def family(unit: str) -> str:
    """Return the job family of a unit's posts: headquarters by department, regions serve, the top leads."""
    _, _, name = unit.partition("-")
    return FAMILIES.get(name, "service_delivery") if name else "leadership"


def _superior(post: Post, unit: Sequence[Post], deputy: Post, minister: Post) -> str:
    """Staff report to the heads of divisions in turn, these to the head of the unit, who reports to a deputy."""
    if post.category in (MINISTER, DEPUTY):
        return "" if post.category == MINISTER else minister.position_id
    heads = [one for one in unit if one.category == HEAD]
    if post.category == HEAD or not heads:
        return deputy.position_id
    leaders = [one for one in unit if one.category == LEADER]
    if post.category == LEADER or not leaders:
        return heads[0].position_id
    return leaders[unit.index(post) % len(leaders)].position_id


def _place(post: Post, superior: str) -> Place:
    _, _, name = post.org_unit_id.partition("-")
    in_region = bool(name) and name not in HEADQUARTERS
    rotates = in_region and post.category in (HEAD, LEADER)
    is_critical = post.category == HEAD or (post.category == LEADER and not in_region)
    work = "service_delivery" if post.is_technical else family(post.org_unit_id)
    return Place(superior, work, is_critical, ROTATION_MONTHS if rotates else None)

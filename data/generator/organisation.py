"""The three pilot ministries have units, as the seed lists them, and a staffing table of posts in these units."""

import csv
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "org"
CALENDAR = "uz_5day"  # working days of the invented service
MINISTRIES = ("MOA", "MOC", "MHE")
# Approved posts of a ministry; with about 8 % of them vacant, some 3,000 persons pass through in two years.
POSTS = {"MOA": 1050, "MOC": 780, "MHE": 780}
DEPARTMENT_WEIGHTS = {"HR": 30, "FIN": 40, "LEG": 26, "DIG": 46, "POL": 50}
REGION_WEIGHT = 112
REORGANISED_ON = date(2025, 10, 1)
APPROVED_ON = date(2024, 1, 1)
CATEGORIES = (
    "minister",
    "deputy_minister",
    "department_head",
    "division_head",
    "chief_specialist",
    "leading_specialist",
    "specialist",
)
SPECIALISTS, SPECIALIST_WEIGHTS = CATEGORIES[4:], (20, 30, 50)
STAFF_PER_DIVISION = 12


@dataclass(frozen=True)
class Unit:
    """A structural unit; `valid_to` is its last day, None while it stands."""

    org_unit_id: str
    parent_id: str
    ministry_id: str
    valid_from: date
    valid_to: date | None

    def is_valid(self, first: date, last: date) -> bool:
        """Whether the unit stands on any day from `first` to `last`."""
        return self.valid_from <= last and (self.valid_to is None or self.valid_to >= first)


@dataclass(frozen=True)
class Post:
    """A post of the staffing table; `valid_to` is its last day, None while it stands."""

    position_id: str
    org_unit_id: str
    category: str
    approved_fte: float
    valid_from: date = APPROVED_ON
    valid_to: date | None = None

    @property
    def ministry(self) -> str:
        """Ministry of the post."""
        return self.org_unit_id.split("-")[0]

    @property
    def is_managerial(self) -> bool:
        """Whether the holder leads a unit."""
        return self.category in CATEGORIES[:4]

    @property
    def is_technical(self) -> bool:
        """Whether the post is outside the State Register: the lowest posts of finance and supply keep the house."""
        return self.category == CATEGORIES[-1] and self.org_unit_id.endswith("-FIN")

    @property
    def grade(self) -> str:
        """Category as the staffing table writes it; careers go by `category`, so that no draw depends on it."""
        return "technical_staff" if self.is_technical else self.category

    @property
    def group(self) -> str:
        """Group of the State Register, or that of the staff outside it."""
        if self.category in CATEGORIES[:2]:
            return "political"
        if self.is_technical:
            return "technical"
        return "managerial" if self.is_managerial else "auxiliary"

    @property
    def seat_fte(self) -> float:
        """Rate of one holder: a post of two full rates is shared by two persons."""
        return min(self.approved_fte, 1.0)


def read_units() -> dict[str, Unit]:
    """Read the units of the seed, by id."""
    with (SEEDS / "org_units.csv").open(encoding="utf-8", newline="") as file:
        return {row["org_unit_id"]: _unit(row) for row in csv.DictReader(file)}


def read_successors() -> dict[str, str]:
    """Read which unit took the place of which."""
    with (SEEDS / "org_unit_successors.csv").open(encoding="utf-8", newline="") as file:
        return {row["org_unit_id"]: row["successor_id"] for row in csv.DictReader(file)}


def make_posts(random: Random, units: dict[str, Unit]) -> list[Post]:
    """Make the posts that stand before the reorganisation, unit by unit."""
    old = [unit for unit in units.values() if unit.ministry_id and unit.valid_from < REORGANISED_ON]
    return [post for unit in old for post in _posts_of(random, unit, _size(unit, old))]


def reissue(posts: list[Post], successors: dict[str, str]) -> dict[str, Post]:
    """Return the posts that take the place of those of reorganised units, by the id of the old post.

    The successor has one head: the heads of the other units become heads of divisions.
    """
    renewed: dict[str, Post] = {}
    for old in (post for post in posts if post.org_unit_id in successors):
        unit = successors[old.org_unit_id]
        has_head = any(post.category == "department_head" for post in renewed.values())
        category = "division_head" if old.category == "department_head" and has_head else old.category
        position_id = f"{unit}-{len(renewed) + 1:04d}"
        renewed[old.position_id] = replace(
            old, position_id=position_id, org_unit_id=unit, category=category, valid_from=REORGANISED_ON
        )
    return renewed


def closed(post: Post) -> Post:
    """Return a post of a reorganised unit with its last day."""
    return replace(post, valid_to=REORGANISED_ON - timedelta(days=1))


def _unit(row: dict[str, str]) -> Unit:
    until = date.fromisoformat(row["valid_to"]) if row["valid_to"] else None
    return Unit(row["org_unit_id"], row["parent_id"], row["ministry_id"], date.fromisoformat(row["valid_from"]), until)


def _size(unit: Unit, units: list[Unit]) -> int:
    """Return the number of posts of a unit; that of a ministry itself counts its leadership alone."""
    if unit.org_unit_id == unit.ministry_id:
        return 6
    own = [one for one in units if one.ministry_id == unit.ministry_id and one.org_unit_id != unit.ministry_id]
    return round(POSTS[unit.ministry_id] * _weight(unit) / sum(_weight(one) for one in own))


def _weight(unit: Unit) -> int:
    return DEPARTMENT_WEIGHTS.get(unit.org_unit_id.split("-")[1], REGION_WEIGHT)


def _posts_of(random: Random, unit: Unit, size: int) -> list[Post]:
    if unit.org_unit_id == unit.ministry_id:
        categories = ["minister", *["deputy_minister"] * (size - 1)]
    else:
        heads = ["department_head", *["division_head"] * (size // STAFF_PER_DIVISION)]
        categories = heads + random.choices(SPECIALISTS, SPECIALIST_WEIGHTS, k=size - len(heads))
    return [
        Post(f"{unit.org_unit_id}-{number:04d}", unit.org_unit_id, category, _rate(random, category))
        for number, category in enumerate(categories, start=1)
    ]


def _rate(random: Random, category: str) -> float:
    return random.choices((1.0, 0.5, 2.0), (90, 5, 5))[0] if category in SPECIALISTS else 1.0

"""Invented persons have a sex, a birth date, a schooling and a personal number that agrees with both."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from data.generator.person_names import Name, draw_name

WEIGHTS = (7, 3, 1)  # of the check digit, hrm.md 5.2
# Areas of issue far above those that are in use, so that an invented number is nobody's.
AREAS = range(990, 1000)
EDUCATION, EDUCATION_WEIGHTS = ("secondary", "vocational", "bachelor", "master", "doctorate"), (3, 12, 55, 27, 3)
# Share of women by ministry.
WOMEN = {"MOA": 0.31, "MOC": 0.27, "MHE": 0.46}
YEAR = 365.25


@dataclass(frozen=True)
class Person:
    """An invented person; `number` tells two of them apart."""

    number: int
    pinfl: str
    name: Name
    phone: str
    birth_date: date
    sex: str
    education: str
    service_start: date | None


class People:
    """Draws persons, each with a personal number of its own."""

    def __init__(self, random: Random) -> None:
        """Start without anybody."""
        self._random = random
        self._taken: set[str] = set()

    def draw(self, ministry: str, entry: date, age: tuple[int, int], seniority: int) -> Person:
        """Draw a person who enters a post on a day.

        Args:
            ministry: Ministry, for the share of women.
            entry: First day in the post.
            age: Youngest and oldest age on that day, in years.
            seniority: Most years of service before that day; fewer where the person is too young.
        """
        random = self._random
        sex = "female" if random.random() < WOMEN[ministry] else "male"
        birth = entry - timedelta(days=random.randint(round(age[0] * YEAR), round(age[1] * YEAR)))
        adult = round((entry - birth).days - 21 * YEAR)
        served = random.randint(0, max(0, min(adult, round(seniority * YEAR))))
        return Person(
            len(self._taken),
            self._personal_number(birth, sex),
            draw_name(random, sex),
            f"+998 9{random.choice('01347')} {random.randint(100, 999)} 00 {random.randint(10, 99)}",
            birth,
            sex,
            random.choices(EDUCATION, EDUCATION_WEIGHTS)[0],
            None if random.random() < 0.02 else entry - timedelta(days=served),
        )

    def _personal_number(self, birth: date, sex: str) -> str:
        while True:
            number = personal_number(birth, sex, self._random.choice(AREAS), self._random.randint(1, 999))
            if number not in self._taken:
                self._taken.add(number)
                return number


def personal_number(birth: date, sex: str, area: int, serial: int) -> str:
    """Return a personal number (PINFL) with its check digit, as hrm.md 5.2 describes it."""
    century = 3 if birth.year < 2000 else 5
    first = f"{century + (sex == 'female')}{birth:%d%m%y}{area:03d}{serial:03d}"
    return first + check_digit(first)


def check_digit(digits: str) -> str:
    """Return the check digit of the first 13 digits."""
    return str(sum(int(digit) * WEIGHTS[place % 3] for place, digit in enumerate(digits)) % 10)

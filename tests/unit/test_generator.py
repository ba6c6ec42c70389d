"""Invented persons, posts and orders agree with each other; the gate finds what was planted and nothing else."""

import zipfile
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from data.generator.__main__ import SAMPLE, generate, landed_rows, make_history, merged
from data.generator.histories import FIRST_DAY, LAST_DAY, History, Order, Spell, month_end
from data.generator.house_styles import SampleFile
from data.generator.hrm_truths import Landed, bridge, indicators
from data.generator.orders_files import never_sent, orders_files
from data.generator.organisation import REORGANISED_ON, Post, Unit, read_successors, read_units
from data.generator.people import Person, check_digit, personal_number
from data.generator.person_names import Name
from data.generator.personnel_files import personnel_files
from data.generator.staffing_files import staffing_files
from data.generator.standing import Award, has_disability, rank_on, rank_orders, ranks, ripe_on, terms
from data.generator.structure import places

UNITS = {
    "UZ": Unit("UZ", "", "", date(2000, 1, 1), None),
    "MOA": Unit("MOA", "UZ", "MOA", date(2000, 1, 1), None),
    "MOA-DIG": Unit("MOA-DIG", "MOA", "MOA", date(2000, 1, 1), date(2025, 9, 30)),
    "MOA-POL": Unit("MOA-POL", "MOA", "MOA", date(2000, 1, 1), date(2025, 9, 30)),
    "MOA-STR": Unit("MOA-STR", "MOA", "MOA", REORGANISED_ON, None),
    "MOA-AN": Unit("MOA-AN", "MOA", "MOA", date(2000, 1, 1), None),
    "MOC": Unit("MOC", "UZ", "MOC", date(2000, 1, 1), None),
    "MOC-HR": Unit("MOC-HR", "MOC", "MOC", date(2000, 1, 1), None),
    "MHE": Unit("MHE", "UZ", "MHE", date(2000, 1, 1), None),
    "MHE-FA": Unit("MHE-FA", "MHE", "MHE", date(2000, 1, 1), None),
}
WOMAN = Person(0, "A", Name("Азизова Лола Темур қизи"), "", date(1986, 9, 10), "female", "master", date(2016, 9, 30))
MAN = Person(1, "B", Name("Азимов Темур Ҳасан ўғли"), "", date(1996, 9, 10), "male", "master", None)
POST = Post("MOC-HR-0001", "MOC-HR", "division_head", 1.0)
SHARED = Post("MOA-AN-0002", "MOA-AN", "specialist", 2.0)


@pytest.fixture(scope="module")
def history() -> History:
    return make_history()


@pytest.fixture(scope="module")
def files(history: History) -> list[SampleFile]:
    return [*personnel_files(history), *staffing_files(history), *orders_files(history)]


@pytest.fixture(scope="module")
def landed(files: list[SampleFile]) -> Landed:
    return landed_rows(files)


def figures(spells: list[Spell], posts: list[Post], orders: list[Order]) -> dict[tuple[str, ...], tuple[Any, ...]]:
    rows = indicators(Landed(spells, posts, orders, UNITS, read_successors()))
    names = ("indicator_id", "org_unit_id", "org_view", "period_start", "sex")
    return {tuple(row[name] for name in names): (row["numerator"], row["denominator"], row["value"]) for row in rows}


def test_a_personal_number_ends_in_its_published_check_digit() -> None:
    for number in ("30101900150017", "41506850420175", "52301019990010", "63105041201236"):
        assert check_digit(number[:13]) == number[13]


def test_a_personal_number_says_birth_date_and_sex() -> None:
    assert personal_number(date(1990, 1, 31), "male", 990, 7)[:13] == "3310190990007"
    assert personal_number(date(2001, 1, 31), "female", 990, 7)[0] == "6"


def test_a_name_can_be_written_in_three_ways() -> None:
    name = Name("Ўринов Шаҳло Ғайрат қизи")
    assert name.uzbek_latin == "Oʻrinov Shahlo Gʻayrat qizi"
    assert name.russian.encode("cp1251").decode("cp1251") == "Уринов Шахло Гайрат кизи"


def test_the_same_seed_gives_the_same_history(history: History) -> None:
    assert make_history() == history


def test_about_three_thousand_persons_live_through_the_24_months(history: History) -> None:
    assert 2800 < len({spell.person.number for spell in history.spells}) < 3400


def test_nobody_holds_two_main_posts_on_the_last_day(history: History) -> None:
    holders = Counter(
        spell.person.number
        for spell in history.spells
        if spell.assignment_type in ("main", "seconded_out")
        and spell.start <= LAST_DAY
        and (spell.end is None or spell.end >= LAST_DAY)
    )
    assert max(holders.values()) == 1


def test_no_post_begins_after_it_ends(history: History) -> None:
    assert not [spell for spell in history.spells if spell.end and spell.end < spell.start]


def test_every_transfer_has_an_order_in_both_ministries(history: History) -> None:
    out = sorted(order.person.number for order in history.orders if order.movement_class == "transfer_out")
    into = sorted(order.person.number for order in history.orders if order.movement_class == "transfer_in")
    assert out == into
    assert out


def test_the_reorganised_units_are_empty_afterwards_and_their_posts_closed(history: History) -> None:
    old = [spell for spell in history.spells if spell.post.org_unit_id in ("MOA-DIG", "MOA-POL")]
    assert all(spell.end and spell.end < REORGANISED_ON for spell in old)
    mass = [order for order in history.orders if order.movement_class == "internal_transfer_mass"]
    assert {order.to_org_unit_id for order in mass} == {"MOA-STR"}
    assert {order.effective for order in mass} == {REORGANISED_ON}


def test_the_bridge_of_all_orders_and_posts_leaves_nothing_unexplained(history: History) -> None:
    everything = Landed(history.spells, history.posts, history.orders, read_units(), read_successors())
    assert not [row for row in bridge(everything) if row["unexplained"]]


def test_the_bridge_of_a_ministry_is_unexplained_where_an_order_was_lost_or_a_row_refused(landed: Landed) -> None:
    ministries = [row for row in bridge(landed) if row["org_unit_id"] in ("MOA", "MOC", "MHE") and row["unexplained"]]
    assert {(row["org_unit_id"], row["period_start"], row["unexplained"]) for row in ministries} == {
        ("MOC", "2025-05-01", 1),  # a hire whose order has an unknown class
        ("MHE", "2025-10-01", 1),  # a hire whose order has a rounded personal number
        ("MOC", "2026-03-01", -1),  # who quit without an order
        ("MHE", "2026-04-01", 1),  # a hire without an order
        ("MOA", "2026-09-01", 1),  # an exit dated before the entry: the row is refused, its order is not
    }


def test_three_orders_were_never_sent(history: History, landed: Landed) -> None:
    missing = never_sent(history)
    assert len(missing) == 3
    assert not [order for order in missing if order in landed.orders]


def test_a_row_that_is_refused_says_nothing(files: list[SampleFile], landed: Landed) -> None:
    newest = {file.style.source: file for file in sorted(files, key=lambda one: one.known_from) if not file.refused_for}
    rows = sum(len(file.landed) for file in newest.values())
    assert rows == len(landed.spells) + len(landed.posts) + len(landed.orders)


def test_an_extract_knows_no_later_day(files: list[SampleFile]) -> None:
    early = next(file for file in files if file.key.startswith("personnel_education/personnel_asof2025"))
    days = [day for line in early.lines for day in (line.record.start, line.record.end, line.record.leave_end) if day]
    assert max(days) <= date(2025, 9, 30)


def test_every_planned_kind_of_defect_is_planted(files: list[SampleFile]) -> None:
    errors = {"E-211", *(f"E-30{digit}" for digit in (1, 2, 3, 4, 6, 7, 8, 9)), *(f"E-31{digit}" for digit in "0124")}
    assert {defect["code"] for file in files for defect in file.defects()} == errors | {
        "I-390",
        "W-311",
        "W-320",
        "W-321",
    }


def test_a_person_in_two_ministries_counts_once_in_the_service() -> None:
    first = Spell(WOMAN, SHARED, "main", "indefinite", 1.0, date(2020, 1, 1), date(2025, 9, 30))
    second = Spell(WOMAN, POST, "main", "indefinite", 1.0, date(2025, 9, 16))
    found = figures([first, second], [], [])
    month = ("as_was", "2025-09-01", "all")
    assert found["headcount_end", "UZ", *month][2] == 1
    assert found["headcount_end", "MOC", *month][2] == 1
    assert found["headcount_avg", "UZ", *month] == (30, 30, 1)
    assert found["headcount_avg", "MOA", *month] == (30, 30, 1)


def test_a_post_entered_later_ends_the_one_before() -> None:
    first = Spell(MAN, SHARED, "main", "indefinite", 1.0, date(2020, 1, 1), date(2025, 9, 20))
    second = Spell(MAN, Post("MOA-DIG-1", "MOA-DIG", "specialist", 1.0), "main", "", 1.0, date(2025, 9, 11))
    found = figures([first, second], [], [])
    assert found["headcount_avg", "MOA-AN", "as_was", "2025-09-01", "all"][0] == 10
    assert found["headcount_avg", "MOA-DIG", "as_was", "2025-09-01", "all"][0] == 20


def test_who_leaves_counts_on_the_last_day_and_as_exit_of_the_next_month() -> None:
    spell = Spell(WOMAN, POST, "main", "indefinite", 1.0, date(2020, 1, 1), date(2025, 9, 30))
    order = Order("MOC", "quit", date(2025, 9, 30), WOMAN, "MOC-HR", POST.position_id)
    found = figures([spell], [POST], [order])
    assert found["headcount_end", "MOC-HR", "as_was", "2025-09-01", "all"][2] == 1
    assert found["voluntary_rate", "MOC-HR", "as_was", "2025-09-01", "all"][0] == 0
    assert found["voluntary_rate", "MOC-HR", "as_was", "2025-10-01", "all"] == (1, 0, None)


def test_long_leave_counts_as_person_but_not_as_full_time_equivalent() -> None:
    spell = Spell(WOMAN, POST, "main", "", 1.0, date(2020, 1, 1), leave_start=date(2025, 9, 1))
    found = figures([spell], [POST], [])
    assert found["headcount_end", "MOC-HR", "as_was", "2025-09-01", "female"][2] == 1
    assert found["fte_end", "MOC-HR", "as_was", "2025-09-01", "female"][2] == 0
    assert found["vacancy_rate", "MOC-HR", "as_was", "2025-09-01", "all"] == (0, 1, 0)


def test_an_overfilled_post_does_not_hide_a_vacancy() -> None:
    both = [Spell(person, POST, "main", "", 1.0, date(2020, 1, 1)) for person in (WOMAN, MAN)]
    empty = Post("MOC-HR-0009", "MOC-HR", "specialist", 1.0)
    found = figures(both, [POST, empty], [])
    assert found["vacancy_rate", "MOC-HR", "as_was", "2025-09-01", "all"] == (1, 2, 0.5)
    assert found["women_leadership_share", "MOC-HR", "as_was", "2025-09-01", "all"] == (1, 2, 0.5)


def test_age_is_counted_from_the_month_of_birth_and_tenure_in_years_of_service() -> None:
    both = [Spell(person, POST, "main", "", 1.0, date(2020, 1, 1)) for person in (WOMAN, MAN)]
    found = figures(both, [], [])
    assert found["age_mean", "MOC", "as_was", "2026-09-01", "all"] == (70, 2, 35)
    assert found["tenure_median", "MOC", "as_was", "2026-09-01", "all"][2] == 3652 / 365.25


def test_in_the_structure_of_today_a_closed_unit_is_its_successor() -> None:
    digital = Post("MOA-DIG-1", "MOA-DIG", "specialist", 1.0, valid_to=date(2025, 9, 30))
    found = figures([Spell(MAN, digital, "main", "", 1.0, date(2020, 1, 1), date(2025, 9, 30))], [digital], [])
    assert found["headcount_end", "MOA-DIG", "as_was", "2025-09-01", "all"][2] == 1
    assert found["headcount_end", "MOA-STR", "as_is", "2025-09-01", "all"][2] == 1
    assert ("headcount_end", "MOA-DIG", "as_is", "2025-09-01", "all") not in found


def test_both_halves_of_the_truths_stand_together() -> None:
    one = {"files": {"b": 1}, "defects": [1], "hrm": {}}
    other = {"files": {"a": 2}, "defects": [2], "bpr": {}}
    assert merged(one, other) == {"files": {"a": 2, "b": 1}, "defects": [1, 2], "hrm": {}, "bpr": {}}


@pytest.mark.slow
def test_the_sample_is_what_the_generator_writes(tmp_path: Path) -> None:
    generate(tmp_path)
    made, kept = _contents(tmp_path), _contents(SAMPLE)
    assert sorted(made) == sorted(kept)
    assert [name for name in kept if made[name] != kept[name]] == []


def _contents(folder: Path) -> dict[str, object]:
    """Return what files say; workbooks by their parts, because how they are compressed is up to the machine."""
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {name: _parts(path) if path.suffix == ".xlsx" else path.read_bytes() for name, path in files.items()}


def _parts(book: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(book) as parts:
        return {name: parts.read(name) for name in parts.namelist()}


@pytest.mark.parametrize("day", [FIRST_DAY, date(2026, 2, 3), LAST_DAY])
def test_a_month_ends_on_its_last_day(day: date) -> None:
    assert (month_end(day).month, month_end(day).day) in {(10, 31), (2, 28), (9, 30)}


def test_a_rank_follows_the_one_before_it_when_its_time_is_over(history: History) -> None:
    order = [*terms()]
    for awards in ranks(history).values():
        for before, award in pairwise(awards):
            due = ripe_on(before.rank, before.day)
            assert due is not None
            assert due < award.day
            assert order.index(award.rank) == order.index(before.rank) + 1
    assert ripe_on("referent_3", date(2022, 2, 28)) == date(2024, 2, 28)
    assert ripe_on("referent_1", date(2024, 2, 29)) == date(2027, 2, 28)
    assert ripe_on("counsellor_1", date(2024, 2, 29)) is None


def test_the_file_knows_of_a_rank_that_was_written_down() -> None:
    awards = [Award("referent_3", date(2020, 1, 1)), Award("referent_2", date(2022, 3, 1), is_written=False)]
    assert rank_on(awards, date(2019, 12, 31)) is None
    assert rank_on(awards, date(2026, 9, 30)) == awards[0]


def test_ranks_are_awarded_to_those_in_post_and_few_have_a_disability(history: History) -> None:
    orders = rank_orders(history)
    assert 1000 < len(orders) < 2000
    assert all(FIRST_DAY <= order.effective <= LAST_DAY and order.rank in terms() for order in orders)
    told = Counter(has_disability(spell.person) for spell in history.spells)
    assert 0.01 < told[True] / (told[True] + told[False]) < 0.05
    assert 0 < told[None] < told[False] / 10


def test_every_post_but_the_ministers_has_a_superior_of_its_ministry_without_a_circle(history: History) -> None:
    for ministry in ("MOA", "MOC", "MHE"):
        posts = [post for post in history.posts if post.ministry == ministry]
        above = {name: place.reports_to for (name, _), place in places(posts).items()}
        assert [post.category for post in posts if not above[post.position_id]] == ["minister"]
        for name in above:
            steps, one = 0, name
            while one:
                one, steps = above[one], steps + 1
                assert steps <= 5

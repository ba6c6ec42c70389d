"""What must hold for any persons: three hundred invented ones, 220 messy ones, awkward ones, all told in two ways.

Department AA-3 is shared out on 1 February 2026, two fifths to AA-2 and three fifths to AA-21. The other telling has
all rows in another order, two rows for one spell in the same post, and other ids of units; its files arrive in the
opposite order, the extract that no longer counts at last. The main indicators are worked out once more without SQL,
over the same rows.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from flows.warehouse import build
from tests.parsed_once import built_only
from tests.warehouse import awkward, messy
from tests.warehouse.lake import Lake, query, settings
from tests.warehouse.project import small_project
from tests.warehouse.recomputed import World, recompute

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("properties"), pytest.mark.timeout(600)]
PERSONS = 300
FIRST, LAST = "2026-01-01", "2026-04-01"  # the first extract lacks half the spells, the last one counts
SHARED_OUT = date(2026, 1, 31)
CHART = "AA-3,2000-01-01,2026-01-31,AA,AA,department,,AA-3,AA-3,AA-3,AA-3,\n"
SUCCESSORS = "AA-3,AA-2,2026-02-01,0.4,UP-2\nAA-3,AA-21,2026-02-01,0.6,UP-2\n"
NAMES_OF_UNITS = ("org_unit_id", "to_org_unit_id", "position_id")
KEY = "org_view, period_kind, period_start, period_end"
KINDS = ("personnel", "staffing", "orders")
ABOVE = {"AA-2": "AA", "AA-21": "AA-2", "AA-3": "AA", "BB-1": "BB", "CC-1": "CC", "CC-2": "CC", **awkward.ABOVE}
Row = dict[str, Any]


def _people(rng: random.Random) -> tuple[list[Row], list[Row], list[Row]]:
    """Posts held, posts approved and orders of invented persons."""
    held, approved, orders = [], [], []
    for number in range(PERSONS):
        start = date(2022, 1, 1) + timedelta(rng.randrange(1500))
        end = start + timedelta(rng.randrange(30, 900)) if rng.random() < 0.4 else None
        unit = rng.choice(("AA-2", "AA-21", "AA-3"))
        if unit == "AA-3" and start > SHARED_OUT:
            unit = "AA-2"
        person = {
            "person_key": f"h1_{number:03d}",
            "position_id": f"P-{number:03d}",
            "assignment_type": "main",
            "fte": rng.choice((0.5, 1.0)),
            "sex": rng.choice(("female", "male")),
            "birth_month": date(rng.randrange(1955, 2003), rng.randrange(1, 13), 1),
            "civil_service_start_date": start - timedelta(rng.randrange(0, 4000)),
            "education_level": rng.choice(("secondary", "bachelor", "master", None)),
            "contract_type": rng.choice(("indefinite", "fixed_term", None)),
        }
        held += list(_spells(person, unit, start, end, rng))
        approved.append(
            {
                "position_id": person["position_id"],
                "org_unit_id": "AA-2",
                "position_group": rng.choice(("managerial", "auxiliary", "technical")),
                "position_category": "specialist",
                "is_managerial": rng.random() < 0.2,
                "approved_fte": 1.0,
                "valid_from": date(2022, 1, 1),
            }
        )
        orders.append(_order(person, "new_hire", unit, start))
        if end:
            orders.append(_order(person, "quit", held[-1]["org_unit_id"], end))
    return held, approved, orders


def _spells(person: Row, unit: str, start: date, end: date | None, rng: random.Random) -> Iterator[Row]:
    if unit == "AA-3" and (end is None or end > SHARED_OUT):
        yield person | {"org_unit_id": unit, "start_date": start, "end_date": SHARED_OUT}
        unit, start = rng.choice(("AA-2", "AA-21")), SHARED_OUT + timedelta(1)
    yield person | {"org_unit_id": unit, "start_date": start, "end_date": end}


def _order(person: Row, kind: str, unit: str, day: date) -> Row:
    number = f"{kind}-{person['person_key']}"
    facts = {"order_no": number, "order_date": day, "effective_date": day, "movement_class": kind}
    return facts | {"person_key": person["person_key"], "org_unit_id": unit}


def _split(row: Row, rng: random.Random) -> list[Row]:
    """The same spell in two rows."""
    last = row["end_date"] or date(2026, 3, 31)
    days = (last - row["start_date"]).days
    if days < 2:
        return [row]
    middle = row["start_date"] + timedelta(rng.randrange(1, days))
    return [row | {"end_date": middle}, row | {"start_date": middle + timedelta(1)}]


def _in_conflict(rows: Sequence[Row]) -> set[str]:
    """Persons with two rows that tell differently of one post at a time: which of them counts, cutting would decide."""
    posts: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        posts.setdefault((row["person_key"], row["position_id"]), []).append(row)
    both = (pairwise(sorted(rows, key=lambda row: row["start_date"])) for rows in posts.values())
    return {
        one["person_key"]
        for pairs in both
        for one, other in pairs
        if other["start_date"] <= (one["end_date"] or date.max)
    }


def _renamed(text: str) -> str:
    return text.replace("AA", "QQ").replace("BB", "RR").replace("CC", "SS")


def _rows() -> dict[str, list[Row]]:
    """The rows of the world by kind, the awkward ones last."""
    clean, untidy = _people(random.Random(26)), messy.messy_people(random.Random(27))
    parts = zip(KINDS, clean, untidy, awkward.awkward_people(), strict=True)
    return {kind: [row for rows in given for row in rows] for kind, *given in parts}


def _built(folder: Path, *, otherwise: bool) -> Path:
    """Build the world, or the same world told otherwise."""
    rows_by_kind, rng = _rows(), random.Random(62)
    project, ministry = small_project(folder / "dbt_project"), "AA"
    for name, more in (
        ("org_units", CHART + messy.CHART + awkward.CHART),
        ("org_unit_successors", SUCCESSORS + awkward.SUCCESSORS),
    ):
        file = project / "seeds" / "org" / f"{name}.csv"
        text = file.read_text(encoding="utf-8") + more
        file.write_text(_renamed(text) if otherwise else text, encoding="utf-8")
    if otherwise:
        ministry = _renamed(ministry)
        held = rows_by_kind["personnel"]
        whole = _in_conflict(held)
        rows_by_kind["personnel"] = [
            part for row in held for part in ([row] if row["person_key"] in whole else _split(row, rng))
        ]
        for rows in rows_by_kind.values():
            rng.shuffle(rows)
            rows[:] = [row | {name: _renamed(row[name]) for name in NAMES_OF_UNITS if row.get(name)} for row in rows]
    lake = Lake(settings(folder / "workspace"))
    for kind in rows_by_kind:
        lake.source(kind, kind, organisation=ministry, required=kind == "personnel")
    early = ("personnel", rows_by_kind["personnel"][: PERSONS // 2], FIRST)
    sent = [early, *((kind, rows, LAST) for kind, rows in rows_by_kind.items())]
    for kind, rows, known_from in reversed(sent) if otherwise else sent:
        lake.deliver(kind, rows, known_from=known_from)
    with pytest.MonkeyPatch.context() as patch, built_only("path:models/marts/hrm"):
        patch.setattr(build, "PROJECT", project)
        return build.build(lake.settings, lake.contracts).path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, _parsed_once: None) -> Path:
    return _built(tmp_path_factory.mktemp("world"), otherwise=False)


@pytest.fixture(scope="module")
def told_otherwise(tmp_path_factory: pytest.TempPathFactory, _parsed_once: None) -> Path:
    return _built(tmp_path_factory.mktemp("otherwise"), otherwise=True)


def test_order_of_rows_split_spells_and_names_of_units_change_nothing(world: Path, told_otherwise: Path) -> None:
    columns = f"indicator_id, {KEY}, dimension_1, category_1, dimension_2, category_2, numerator, denominator, value, n"
    new_id = "replace(replace(replace(org_unit_id, 'AA', 'QQ'), 'BB', 'RR'), 'CC', 'SS')"
    # what counts the rows of a file is another number where the file has more rows
    of_rows = "('code_unmapped_share', 'pinfl_valid_share', 'pinfl_birthdate_agreement')"
    figures = f"{columns} from marts.hrm_indicators where indicator_id not in {of_rows} order by all"
    before = query(world, f"select {new_id}, {figures}")
    after = query(told_otherwise, f"select org_unit_id, {figures}")
    assert len(before) > 10_000
    assert before == after
    lines = "opening, hires, transfers_in, moves_in, exits, transfers_out, moves_out, unexplained, closing"
    bridge = f"{KEY}, {lines} from marts.hrm_headcount_bridge order by all"
    assert query(world, f"select {new_id}, {bridge}") == query(told_otherwise, f"select org_unit_id, {bridge}")


def test_a_ministry_counts_the_same_in_both_views(world: Path) -> None:
    """Units shared out by fractions add up to the last digit; the median of persons does not change either."""
    sql = f"""
        select indicator_id, {KEY}, dimension_1, category_1, dimension_2, category_2
        from marts.hrm_indicators as was
        full join (select * replace ('as_was' as org_view) from marts.hrm_indicators where org_view = 'as_is') as today
            using (indicator_id, org_unit_id, {KEY}, dimension_1, category_1, dimension_2, category_2)
        where was.org_view = 'as_was' and org_unit_id in ('AA', 'BB', 'CC', 'UZ')
            and (was.numerator, was.denominator, was.value, was.n)
            is distinct from (today.numerator, today.denominator, today.value, today.n)"""
    assert query(world, sql) == []


def test_the_shares_of_a_unit_are_counted_with_its_successors(world: Path) -> None:
    sql = """
        select sum(value) filter (where org_unit_id in ('AA-2', 'AA-3') and org_view = 'as_was'),
            sum(value) filter (where org_unit_id = 'AA-2' and org_view = 'as_is'),
            sum(value) filter (where org_unit_id = 'AA-3' and org_view = 'as_was')
        from marts.hrm_indicators
        where indicator_id = 'headcount_end' and period_kind = 'month' and dimension_1 = 'all'
            and period_start = date '2025-12-01'"""
    [(was, today, shared_out)] = query(world, sql)
    assert shared_out > 0
    assert was == pytest.approx(today)  # AA-21 lies below AA-2


@pytest.mark.parametrize(
    "dimension", ["sex", "age_band", "contract_type", "education_level", "position_group", "level"]
)
def test_the_categories_of_a_breakdown_add_up_to_all(world: Path, dimension: str) -> None:
    sql = f"""
        with counts as (
            select indicator_id, org_unit_id, {KEY}, dimension_1, sum(numerator) as numerator
            from marts.hrm_indicators where dimension_2 = 'all' and unit = 'persons' group by all
        )
        select count(*), count(*) filter (where abs(parts.numerator - whole.numerator) > 1e-6)
        from counts as parts
        inner join counts as whole using (indicator_id, org_unit_id, {KEY})
        where parts.dimension_1 = '{dimension}' and whole.dimension_1 = 'all'"""
    [(compared, wrong)] = query(world, sql)
    assert compared > 0
    assert wrong == 0


def test_technical_staff_stand_apart_from_the_civil_service(world: Path) -> None:
    """A staffing table says which posts are none of the State Register; the other groups are the civil service."""
    rows, last_day = _rows(), date(2026, 3, 31)
    posts = {post["position_id"] for post in rows["staffing"] if post["position_group"] == "technical"}
    held = [row for row in rows["personnel"] if row["position_id"] in posts and row["start_date"] <= last_day]
    there = {row["person_key"] for row in held if (row["end_date"] or last_day) >= last_day}
    told = """
        select distinct numerator from marts.hrm_indicators
        where indicator_id = 'headcount_end' and org_unit_id = 'UZ' and period_end = date '2026-03-31'
            and dimension_1 = 'position_group' and category_1 = 'technical' and dimension_2 = 'all'"""
    assert query(world, told) == [(len(there),)]


def test_the_bridge_closes_without_anything_unexplained(world: Path) -> None:
    """Each entry and exit has its order, so a ministry has nothing to explain."""
    sql = """
        select count(*), count(*) filter (where unexplained <> 0)
        from marts.hrm_headcount_bridge where org_unit_id = 'AA' and hires + exits > 0"""
    [(months, unexplained)] = query(world, sql)
    assert months > 10
    assert unexplained == 0


def test_awkward_careers_and_reorganisations_are_counted_as_by_hand(world: Path) -> None:
    lines = "hires, transfers_in, moves_in, exits, transfers_out, moves_out"
    rows = query(
        world,
        f"select org_unit_id, org_view, strftime(period_start, '%Y-%m'), opening, {lines}, unexplained, closing"
        " from marts.hrm_headcount_bridge where period_kind = 'month'",
    )
    found = {row[:3]: row[3:] for row in rows}
    assert {key: found.get(key) for key in awkward.BRIDGE} == awkward.BRIDGE
    days = query(
        world,
        "select org_unit_id, strftime(period_start, '%Y-%m'), numerator from marts.hrm_indicators"
        " where indicator_id = 'headcount_avg' and org_view = 'as_was' and period_kind = 'month'"
        " and dimension_1 = 'all'",
    )
    served = {row[:2]: row[2] for row in days}
    assert {key: served.get(key) for key in awkward.DAYS} == awkward.DAYS


def test_main_indicators_are_what_plain_python_makes_of_the_same_rows(world: Path) -> None:
    """Doubled, conflicting and overlapping rows included; each unit, month and sex, and longer periods."""
    rows, units = _rows(), ABOVE | dict.fromkeys(("AA", "BB", "CC", "DD", "EE", "FF"), "UZ")
    month_starts = [date(2025 + (n + 1) // 12, (n + 1) % 12 + 1, 1) for n in range(14)]
    expected = recompute(World(*(rows[kind] for kind in KINDS), units, date(2026, 3, 31)), month_starts)
    told = query(
        world,
        "select indicator_id, org_unit_id, period_kind, period_start, period_end, category_1, numerator, denominator,"
        " value from marts.hrm_indicators where org_view = 'as_was' and dimension_1 in ('all', 'sex')"
        " and dimension_2 = 'all'",
    )
    found = {row[:6]: row[6:] for row in told}
    compared = {key: figure for key, figure in expected.items() if key in found}
    assert len({key[0] for key in compared}) == len({key[0] for key in expected}) > 35
    wrong = {key: (figure, found[key]) for key, figure in compared.items() if not _alike(figure, found[key])}
    assert wrong == {}
    assert len(compared) > 8_000


def _alike(ours: Sequence[float | None], theirs: Sequence[float | None]) -> bool:
    return all(a == pytest.approx(b, abs=1e-9) if a is not None else not b for a, b in zip(ours, theirs, strict=True))

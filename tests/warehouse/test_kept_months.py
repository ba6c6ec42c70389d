"""A month whose digest has not changed has the rows that it had, whatever was changed in what its models read."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from flows.warehouse import kept
from flows.warehouse.build import Build
from tests.warehouse.kept import MODELS, Months, compiled, digests_sql, months_of
from tests.warehouse.lake import settings

SEEDS = ("pension_rules",)
COPIED = ("int_org__months", "int_org__placements", "int_org__unit_versions", "int_org__periods")
COPIED += ("int_org__closure", "int_hrm__wanted", "int_hrm__asked_measures")
FILLED = (
    "int_hrm__post_spells",
    "int_hrm__spells",
    "int_hrm__assignments",
    "int_hrm__post_versions",
    "int_hrm__several_posts",
)
PERSONS, POSTS = 12, 4
FIRST_MONTH = date(2025, 8, 1)  # fewer months prove the same
PERSON = {"ministry_id": "AA", "assignment_type": "main", "education_level": "master", "contract_type": "indefinite"}
PERSON |= {"birth_month": date(1970, 1, 1)}
POST = {"ministry_id": "AA", "position_group": "auxiliary"}
# Each changes a row or more of what the models read.
CHANGES = (
    "update {spells} set valid_to = least(valid_to, valid_from + {days}) where person_key = '{person}'",
    "update {spells} set valid_from = valid_from + {few}, post_since = post_since + 1 where person_key = '{person}'",
    "update {spells} set sex = case sex when 'male' then 'female' else 'male' end where person_key = '{person}'",
    "update {spells} set grade_since = grade_since - {days} where person_key = '{person}'",
    "update {spells} set org_unit_id = 'AA-21' where person_key = '{person}'",
    "update {spells} set long_leave_start = date '{day}', long_leave_end = '9999-12-30' where person_key = '{person}'",
    "delete from {spells} where person_key = '{person}' and valid_from > date '{day}'",
    "insert into {spells} select * replace ('new' as person_key) from {spells} where person_key = '{person}' limit 1",
    "update {assignments} set fte = 0.25 + fte / 2 where person_key = '{person}'",
    "update {assignments} set end_date = date '{day}' where person_key = '{person}' and start_date <= date '{day}'",
    "update {versions} set position_category = 'division_head' where position_id = '{post}' and valid_from > '{day}'",
    "update {versions} set valid_to = date '{day}' where position_id = '{post}' and valid_from <= date '{day}'",
    "update {posts} set filled_fte = 1 where position_id = '{post}' and valid_from <= date '{day}'",
    "update {posts} set valid_to = date '{day}' where position_id = '{post}' and valid_from <= date '{day}'",
    "delete from {closure} where period_start = date_trunc('month', date '{day}') and ancestor_id = 'AA-2'",
    "insert into {several} select date_trunc('month', date '{day}')::date, person_key from {spells}",
    "delete from {several} where person_key = '{person}'",
    "update {months} set period_end = period_start + {few} where period_start = '2026-03-01'",
    "delete from {placements} where period_start = date_trunc('month', date '{day}') and ancestor_id = 'AA-2'",
    "update {pensions} set age_years = age_years + 1 where sex = 'male'",
    "delete from {wanted} where measure_id in ('tertiary_end', 'fte_days') and dimension_1 = 'all'",
    "delete from {asked} where dimension_1 = 'position_group' and is_below_ministries",
)


@pytest.fixture
def read_models(empty: Build) -> Iterator[duckdb.DuckDBPyConnection]:
    """The structure of the small project, and a few persons in posts that change."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{empty.path}' as built (read_only); attach ':memory:' as warehouse; use warehouse")
        connection.execute("create schema intermediate; create schema seeds")
        for name in (*COPIED, *FILLED):
            connection.execute(f"create table intermediate.{name} as from built.intermediate.{name}")
        for name in SEEDS:
            connection.execute(f"create table seeds.{name} as from built.seeds.{name}")
        connection.execute("detach built")
        connection.execute("delete from intermediate.int_org__months where period_start < ?", [FIRST_MONTH])
        connection.execute(
            f"create view intermediate.int_hrm__post_months as {compiled(empty, 'int_hrm__post_months')}"
        )
        _fill(connection, random.Random(4))
        yield connection


def _fill(connection: duckdb.DuckDBPyConnection, rng: random.Random) -> None:
    for number in range(PERSONS):
        start = FIRST_MONTH + timedelta(rng.randrange(-400, 200))
        middle, post = start + timedelta(rng.randrange(20, 300)), f"P{number % POSTS}"
        for first, last in ((start, middle), (middle + timedelta(1), date(9999, 12, 30))):
            unit, sex = rng.choice(("AA-2", "AA-21")), rng.choice(("male", "female"))
            row = PERSON | {"person_key": f"p{number}", "position_id": post, "org_unit_id": unit, "sex": sex}
            row |= {"civil_service_start_date": start, "pension_service_since": date(1990, 1, 1)}
            _insert(connection, "int_hrm__assignments", row | {"fte": 1.0, "start_date": first, "end_date": last})
            spell = {"scope": "all", "valid_from": first, "valid_to": last, "post_since": start, "grade_since": start}
            _insert(connection, "int_hrm__spells", row | spell)
    for number in range(POSTS):
        post = POST | {"position_id": f"P{number}", "is_managerial": number == 0}
        cut = FIRST_MONTH + timedelta(rng.randrange(20, 200))
        earlier = {"position_category": "specialist", "valid_from": date(2000, 1, 1), "valid_to": cut}
        later = {"position_category": "chief", "valid_from": cut + timedelta(1), "valid_to": date(9999, 12, 30)}
        for version in (earlier, later):
            _insert(connection, "int_hrm__post_versions", post | version)
            held = {"org_unit_id": "AA-21", "approved_fte": 1, "filled_fte": 0.5, "vacated_on": version["valid_from"]}
            _insert(connection, "int_hrm__post_spells", post | version | held)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, row: dict[str, object]) -> None:
    marks = ", ".join("?" for _ in row)
    connection.execute(f"insert into intermediate.{table} ({', '.join(row)}) values ({marks})", list(row.values()))


def test_a_month_whose_digest_stays_has_the_rows_that_it_had(
    empty: Build, read_models: duckdb.DuckDBPyConnection
) -> None:
    rng, sql = random.Random(26), {model: compiled(empty, model) for model in MODELS}
    digests = {model: digests_sql(model, sql[model], SEEDS) for model in MODELS}
    tables = {"spells": "int_hrm__spells", "assignments": "int_hrm__assignments", "versions": "int_hrm__post_versions"}
    tables |= {"several": "int_hrm__several_posts", "months": "int_org__months", "placements": "int_org__placements"}
    tables |= {"asked": "int_hrm__asked_measures", "wanted": "int_hrm__wanted"}
    tables |= {"posts": "int_hrm__post_spells", "closure": "int_org__closure"}
    names = {name: f"intermediate.{table}" for name, table in tables.items()} | {"pensions": "seeds.pension_rules"}
    before: dict[str, Months] = {}
    stayed = changed = 0
    for change in (*CHANGES, ""):
        after = {model: months_of(read_models, model, sql[model], digests[model]) for model in MODELS}
        for model, months in before.items():
            for month, (digest, rows) in months.items():
                if after[model][month][0] == digest:
                    assert after[model][month][1] == rows, (model, month)
                    stayed += bool(rows)
                else:
                    changed += 1
        before = after
        drawn = {"person": f"p{rng.randrange(PERSONS)}", "post": f"P{rng.randrange(POSTS)}", "few": rng.randrange(1, 5)}
        drawn |= {"days": rng.randrange(20, 500), "day": FIRST_MONTH + timedelta(rng.randrange(200))}
        read_models.execute(change.format(**names, **drawn))
    assert stayed > 200
    assert changed > 60


def test_what_the_last_build_does_not_vouch_for_goes(tmp_path: Path) -> None:
    place = settings(tmp_path)
    for name in ("m/digest=a", "m/digest=b", "n/digest=c"):
        (kept.folder_of(place) / name).mkdir(parents=True)
        (kept.folder_of(place) / name / "data_0.parquet").write_bytes(b"half")
    kept.trust_alone(place, ["m/digest=b"])
    assert [file.parent.name for file in kept.folder_of(place).glob("*/*/*")] == ["digest=b"]
    kept.trust_alone(place, [])
    assert not list(kept.folder_of(place).glob("*/*"))

"""Inputs of the benchmarks: a personnel extract of any length, and its contract."""

from pathlib import Path

import duckdb

SOURCE = "personnel_bench"

CONTRACT = """\
source: personnel_bench
kind: personnel
version: 1
title: {en: Benchmark extract, uz: Sinov, ru: Замер, ko: 측정}
organisation: MOA
scope: whole
cadence: monthly
file: {name: '.*[.]csv', format: csv, encoding: utf-8, delimiter: ',', date_formats: ['%d.%m.%Y'], decimal: '.'}
volume: {min: 1, max: 50000000}
refused_share_max: 0.5
"""

COLUMNS = (
    "pinfl,full_name,phone,birth_date,sex,education_level,civil_service_start_date,position_id,org_unit_id,"
    "assignment_type,contract_type,fte,start_date,end_date,long_leave_start,long_leave_end"
)

# One person and post a row; the last digit is the check digit: weights 7, 3, 1 over the first thirteen, modulo 10.
ROWS = """
with drawn as (
    select
        i,
        date '1962-01-01' + cast(hash(i) % 14000 as integer) as born,
        hash(i * 7 + 1) % 2 as woman,
        date '2005-01-01' + cast(hash(i * 3 + 2) % 7900 as integer) as entered
    from range($rows) as numbers(i)
),
digits as (
    select
        *,
        cast(3 + woman as varchar) || strftime(born, '%d%m%y') || lpad(cast(1 + i % 999 as varchar), 3, '0')
        || lpad(cast(1 + (i // 999) % 999 as varchar), 3, '0') as first_13
    from drawn
)
select
    first_13 || cast(list_sum(list_transform(range(13),
        lambda k: cast(substr(first_13, k + 1, 1) as integer) * [7, 3, 1][cast(k % 3 + 1 as integer)]
    )) % 10 as varchar) as pinfl,
    'Ism ' || i as full_name,
    '+998 90 ' || (1000000 + i) as phone,
    strftime(born, '%d.%m.%Y') as birth_date,
    if(woman = 1, 'female', 'male') as sex,
    ['secondary', 'bachelor', 'master'][cast(1 + hash(i) % 3 as integer)] as education_level,
    strftime(entered, '%d.%m.%Y') as civil_service_start_date,
    'POS-' || lpad(cast(i as varchar), 8, '0') as position_id,
    'MOA' as org_unit_id,
    'main' as assignment_type,
    'indefinite' as contract_type,
    '1.0' as fte,
    strftime(entered, '%d.%m.%Y') as start_date,
    if(hash(i) % 20 = 0, strftime(entered + 400, '%d.%m.%Y'), '') as end_date,
    '' as long_leave_start,
    '' as long_leave_end
from digits
"""


def write_extract(folder: Path, rows: int) -> Path:
    """Write an extract of `rows` rows and return its path."""
    target = folder / f"extract_{rows}.csv"
    query = ROWS.replace("$rows", str(rows))
    duckdb.connect().execute(f"copy ({query}) to '{target}' (header, delimiter ',')")
    return target


def write_contract(folder: Path) -> Path:
    """Write the contract of the extract under `folder` and return the folder."""
    (folder / "sources").mkdir(parents=True, exist_ok=True)
    (folder / "column_maps").mkdir(exist_ok=True)
    (folder / "sources" / f"{SOURCE}.yml").write_text(CONTRACT, encoding="utf-8")
    (folder / "column_maps" / f"{SOURCE}.csv").write_text(f"version,{COLUMNS}\n1,{COLUMNS}\n", encoding="utf-8")
    return folder

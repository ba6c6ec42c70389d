"""Inputs of the benchmarks: a personnel extract of 25 columns and any length, with damaged rows, and its contract."""

import shutil
from pathlib import Path

import duckdb
import yaml

from flows.settings import ROOT

SOURCE = "personnel_bench"

CONTRACT = """\
source: personnel_bench
kind: personnel_wide
version: 1
title: {en: Benchmark extract, uz: Sinov, ru: Замер, ko: 측정}
organisation: MOA
scope: whole
cadence: monthly
file: {name: '.*', format: FORMAT, encoding: utf-8, delimiter: ',', date_formats: ['%d.%m.%Y'], decimal: '.'}
volume: {min: 1, max: 50000000}
refused_share_max: 0.5
"""

# Nine columns more than the kind of the project has, so that each of the 25 is typed, judged and landed.
FURTHER = """\
order_no: {type: text, pattern: 'N-[0-9]+', description: Order of the appointment.}
region: {type: code, codes: ['1703', '1706', '1708', '1710'], required: true, description: Region.}
salary: {type: decimal, min: 0, description: Salary of a month.}
allowance: {type: decimal, min: 0, description: Allowance of a month.}
children: {type: integer, min: 0, max: 20, description: Children under 18.}
experience_months: {type: integer, min: 0, max: 720, description: Months of service.}
is_union_member: {type: boolean, description: Member of the union.}
is_remote: {type: boolean, description: Works from home.}
changed_at: {type: timestamp, required: true, description: Last change of the record.}
"""

DATES = ("birth_date", "civil_service_start_date", "start_date", "end_date", "long_leave_start", "long_leave_end")
TYPES = dict.fromkeys(DATES, "date") | {
    "fte": "double",
    "salary": "double",
    "allowance": "double",
    "children": "bigint",
    "experience_months": "bigint",
    "is_union_member": "boolean",
    "is_remote": "boolean",
    "changed_at": "timestamp",
}
COLUMNS = (
    "pinfl,full_name,phone,birth_date,sex,education_level,civil_service_start_date,position_id,org_unit_id,"
    "assignment_type,contract_type,fte,start_date,end_date,long_leave_start,long_leave_end,"
    "order_no,region,salary,allowance,children,experience_months,is_union_member,is_remote,changed_at"
)

# One person and post a row; the last digit is the check digit: weights 7, 3, 1 over the first thirteen, modulo 10.
# One row in a hundred is damaged, by one of five faults in turn.
ROWS = """
with drawn as (
    select
        i,
        if(i % 100 = 57, (i // 100) % 5, -1) as fault,
        date '1962-01-01' + cast(hash(i) % 10200 as integer) as born,
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
    ['Каримов', 'Юсупова', 'Абдуллаев', 'Ғуломова', 'Тошматов'][cast(1 + hash(i * 5) % 5 as integer)] || ' '
    || ['Дилшод', 'Нигора', 'Ўктам', 'Зулфия'][cast(1 + hash(i * 9) % 4 as integer)] || ' ' || i as full_name,
    '+998 90 ' || (1000000 + i) as phone,
    if(fault = 0, '31.02.1980', strftime(born, '%d.%m.%Y')) as birth_date,
    if(fault = 1, 'x', if(woman = 1, 'female', 'male')) as sex,
    ['secondary', 'bachelor', 'master'][cast(1 + hash(i) % 3 as integer)] as education_level,
    strftime(entered, '%d.%m.%Y') as civil_service_start_date,
    'POS-' || lpad(cast(i as varchar), 8, '0') as position_id,
    if(fault = 2, 'NO-UNIT', 'MOA') as org_unit_id,
    'main' as assignment_type,
    'indefinite' as contract_type,
    if(fault = 3, '9', '1.0') as fte,
    strftime(entered, '%d.%m.%Y') as start_date,
    if(fault = 4, '01.01.1999', if(hash(i) % 20 = 0, strftime(entered + 400, '%d.%m.%Y'), '')) as end_date,
    '' as long_leave_start,
    '' as long_leave_end,
    'N-' || hash(i) % 100000 as order_no,
    ['1703', '1706', '1708', '1710'][cast(1 + hash(i * 11) % 4 as integer)] as region,
    2000000 + hash(i * 13) % 9000000 || '.50' as salary,
    if(hash(i) % 3 = 0, cast(hash(i * 17) % 900000 as varchar), '') as allowance,
    hash(i * 19) % 6 as children,
    hash(i * 23) % 400 as experience_months,
    if(hash(i * 29) % 2 = 0, 'true', 'false') as is_union_member,
    if(hash(i * 31) % 9 = 0, '1', '0') as is_remote,
    strftime(timestamp '2024-01-01' + to_seconds(cast(hash(i * 37) % 60000000 as bigint)), '%Y-%m-%d %H:%M:%S')
        as changed_at
from digits
"""


def write_extract(folder: Path, rows: int, form: str = "csv") -> Path:
    """Write an extract of `rows` rows and return its path."""
    target = folder / f"extract_{rows}.{form}"
    relation = duckdb.connect().sql(ROWS.replace("$rows", str(rows)))
    if form == "csv":
        relation.write_csv(str(target))
    else:
        _write_book(target, relation)
    return target


def _write_book(target: Path, relation: duckdb.DuckDBPyConnection) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(target), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate((COLUMNS.split(","), *relation.fetchall())):
            for column, cell in enumerate(row):
                if cell != "":
                    sheet.write_string(number, column, str(cell))


def write_project(folder: Path, form: str = "csv") -> Path:
    """Write the kind of the extract and its contract below `folder`, beside the code lists of the project."""
    shutil.copytree(ROOT / "expectations" / "kinds", folder / "expectations" / "kinds")
    shutil.copytree(ROOT / "dbt_project" / "seeds", folder / "dbt_project" / "seeds")
    kind = yaml.safe_load((ROOT / "expectations" / "kinds" / "personnel.yml").read_text(encoding="utf-8"))
    rows = kind["tables"]["rows"]
    columns = {name: column for name, column in rows["columns"].items() if name in COLUMNS.split(",")}
    rows |= {"lake_table": "personnel_wide", "columns": columns | yaml.safe_load(FURTHER)}
    rules = [rule for rule in kind["rules"] if set(rule["columns"]) <= set(columns)]
    kind |= {"kind": "personnel_wide", "rules": rules}
    wide = folder / "expectations" / "kinds" / "personnel_wide.yml"
    wide.write_text(yaml.safe_dump(kind, sort_keys=False, allow_unicode=True), encoding="utf-8")
    contracts = folder / "contracts"
    (contracts / "sources").mkdir(parents=True)
    (contracts / "column_maps").mkdir()
    contract = CONTRACT.replace("FORMAT", form)
    (contracts / "sources" / f"{SOURCE}.yml").write_text(contract, encoding="utf-8")
    (contracts / "column_maps" / f"{SOURCE}.csv").write_text(f"version,{COLUMNS}\n1,{COLUMNS}\n", encoding="utf-8")
    return folder

"""A small project with contracts of every kind stands in a folder, and raw files for it can be made from rows."""

import shutil
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from flows.contracts.load import load_contracts
from flows.contracts.model import Contracts
from flows.intake.raw import BadRow, RawFile, RawTable
from flows.settings import ROOT, Settings

TITLE = "title: {en: A, uz: B, ru: C, ko: D}"
CODES = {
    "sex": "male female",
    "education_level": "secondary vocational bachelor master doctorate",
    "assignment_type": "main internal_combination external_combination acting seconded_in seconded_out",
    "contract_type": "indefinite fixed_term first_year",
    "position_group": "political managerial auxiliary",
    "position_category": "minister deputy_minister department_head division_head chief_specialist specialist",
    "movement_class": "new_hire rehire quit internal_transfer internal_transfer_mass",
}
STAFF = f"""source: staff
kind: personnel
version: 1
{TITLE}
organisation: MOA
file:
  name: 'staff_(?P<known_from>\\d{{4}}-\\d{{2}}-\\d{{2}})\\.csv'
  format: csv
  encoding: cp1251
  delimiter: ";"
  date_formats: ["%d.%m.%Y"]
  decimal: ","
  missing: ["-", "йўқ"]
  exclude: [{{column: position_id, matches: '^(Жами|Jami).*'}}]
constants: {{assignment_type: main}}
values:
  sex: {{"Э": male, "А": female}}
  contract_type: {{"bo'sh": indefinite}}
volume: {{min: 1, max: 2000000}}
refused_share_max: 0.5
"""
STAFF_MAP = (
    "version,pinfl,full_name,birth_date,sex,position_id,org_unit_id,contract_type,fte,start_date,end_date\n"
    "1,ЖШШИР,Ф.И.О.,Туғилган,Жинс,Штат,Бўлим,Шартнома,Ставка,Кирган,Кетган\n"
)
STAFF_HEADER = ("ЖШШИР", "Ф.И.О.", "Туғилган", "Жинс", "Штат", "Бўлим", "Шартнома", "Ставка", "Кирган", "Кетган")
LOG = f"""source: log
kind: event_log
version: 1
{TITLE}
file: {{name: '.*', format: csv, timestamp_formats: ["%d.%m.%Y %H:%M"]}}
constants: {{process_id: correspondence}}
"""
LOG_MAP = "version,case_id,activity,started_at,completed_at,resource,is_case_closed\n1,Case,Step,Start,End,Who,Closed\n"
LOG_HEADER = ("Case", "Step", "Start", "End", "Who", "Closed")
POLL = f"""source: poll
kind: survey
version: 1
{TITLE}
file:
  name: '.*'
  format: xlsx
  repeats: {{step: {{sheet: step, parent: _submission__uuid, order: _index}}}}
others: drop
instrument: {{id: pulse, version: "1"}}
refused_share_max: 0.6
"""
POLL_MAP = (
    "version,response_id,submission_id,submitted_at,sex\n"
    "1,_uuid,,_submission_time,sex\n"
    "2,meta/rootUuid,_uuid,_submission_time,sex\n"
)
ITEMS = (
    "item_id,column,type,choices,repeat,min,max,required,privacy\n"
    "q1,q1,select_one,agree,,,,1,\n"
    "q2,q2,integer,,,0,10,,\n"
    "q3,q3,select_multiple,tools,,,,,\n"
    "q4,q4,text,,,,,,\n"
    "s1,d1,select_one,agree,step,,,1,\n"
    "s2,d2,decimal,,step,0,,,\n"
)
CHOICES = (
    "list,code,position,score,is_missing,label_uz,label_ru,label_en,label_ko\n"
    "agree,1,1,1,,Yo'q,Нет,No,아니요\n"
    "agree,2,2,2,,Ha,Да,Yes,예\n"
    "agree,98,3,,1,Bilmayman,Не знаю,Don't know,모름\n"
    "tools,mail,1,,,Pochta,Почта,Mail,메일\n"
    "tools,edms,2,,,EHT,СЭД,EDMS,전자\n"
)
POLL_HEADER = ("_uuid", "_submission_time", "sex", "q1", "q2", "q3", "q3/mail", "q3/edms", "q4", "extra")
STEP_HEADER = ("d1", "d2", "_index", "_submission__uuid")


def make_project(root: Path) -> Settings:
    """Write the project's files below a folder and return settings that name its contracts."""
    shutil.copytree(ROOT / "expectations" / "kinds", root / "expectations" / "kinds")
    seeds = root / "dbt_project" / "seeds"
    shutil.copytree(ROOT / "dbt_project" / "seeds" / "codes", seeds / "codes")
    for name, codes in CODES.items():
        write(seeds / "codes" / f"{name}.csv", "code\n" + "\n".join(codes.split()) + "\n")
    shutil.copytree(ROOT / "dbt_project" / "seeds" / "indicators", seeds / "indicators")
    write(seeds / "org" / "org_units.csv", "org_unit_id,name\nMOA,Ministry\nMOA-1,Department\n")
    for name, contract, headers in (("staff", STAFF, STAFF_MAP), ("log", LOG, LOG_MAP), ("poll", POLL, POLL_MAP)):
        write(root / "contracts" / "sources" / f"{name}.yml", contract)
        write(root / "contracts" / "column_maps" / f"{name}.csv", headers)
    book = root / "contracts" / "codebooks" / "pulse" / "1"
    write(book / "instrument.yml", f"instrument: pulse\nversion: '1'\n{TITLE}\n")
    write(book / "items.csv", ITEMS)
    write(book / "choices.csv", CHOICES)
    return settings_for(root)


def settings_for(root: Path) -> Settings:
    """Return settings whose workspace and contracts lie below a folder."""
    day = date(2026, 1, 1)
    return Settings(root / "data", root / "inbox", (root / "contracts",), day, day, root / "key")


def load_project(root: Path) -> tuple[Contracts, Settings]:
    """Write the small project and load its contracts."""
    settings = make_project(root)
    return load_contracts(settings, root), settings


def write(path: Path, text: str) -> None:
    """Write a text file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def raw_table(
    folder: Path,
    header: Sequence[str],
    rows: Iterable[Sequence[str | None]],
    name: str = "rows",
    bad_rows: tuple[BadRow, ...] = (),
) -> RawTable:
    """Write rows as the reader would and return the raw table; line 1 is the header."""
    cells = list(rows)
    numbers = pa.array(range(1, len(cells) + 1), pa.int64())
    columns = {"_row": numbers, "_line": pa.array(range(2, len(cells) + 2), pa.int64())}
    columns |= {f"c{i}": pa.array([row[i] for row in cells], pa.string()) for i in range(len(header))}
    path = folder / f"raw_{name}.parquet"
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return RawTable(name, "", tuple(header), path, len(cells) + len(bad_rows), bad_rows)


def raw_file(*tables: RawTable) -> RawFile:
    """Return a raw file of tables."""
    return RawFile({table.name: table for table in tables})

"""A wrong contract file is told with its file and its line."""

from pathlib import Path

import pytest

from flows.contracts.check import check_contracts
from flows.contracts.load import load_contracts
from flows.errors import Finding, QdeepError
from tests.contracts.small_project import make_project, write

STAFF = "contracts/sources/staff.yml"
LOG = "contracts/sources/log.yml"
MAP = "contracts/column_maps/staff.csv"
ITEMS = "contracts/codebooks/pulse/1/items.csv"
CHOICES = "contracts/codebooks/pulse/1/choices.csv"
INDICES = "contracts/codebooks/pulse/1/indices.csv"
INDEX = "index_id,item_id,score_family,min_answered_share\n"
ITEM_MAP = "contracts/item_maps/poll.csv"
GHOST_MAP = "contracts/item_maps/ghost.csv"
MERGES, MERGE = "contracts/merges/2026.csv", "survivor_key,merged_key,reason,who,when,active\n"
KEY_A, KEY_B, KEY_C = (f"h1_{sign * 26}" for sign in "abc")
KIND = "expectations/kinds/personnel.yml"
CARDS = "dbt_project/seeds/indicators/indicators.csv"
FORMULAS = "dbt_project/seeds/indicators/formulas.csv"
MEASURES = "dbt_project/seeds/indicators/measures.csv"
RULE = "rules:\n  - {id: one, code: E-308, columns: [fte], check: CHECK, description: A.}\n"
REGISTER = "contracts/corrections/staff.yml"
ENTRY = """source: staff
corrections:
  - id: one
    reason: The rate was typed twice.
    who: HR
    date: '2026-01-01'
    status: reported
    where: position_id = 'MOA-1'
    expect: fte = 2
    set: {fte: 1}
"""


GHOST_REGISTER, GHOST_ENTRY = REGISTER.replace("staff", "ghost"), ENTRY.replace("staff", "ghost")


def entry(line: str) -> str:
    """Return a register whose entry has this line in the place of its own."""
    key = line.partition(":")[0]
    kept = [one for one in ENTRY.splitlines() if not one.startswith(f"    {key}:")]
    return "\n".join([*kept, f"    {line}", ""])


def total(measure: str) -> str:
    """Return lines for a control total in front of `volume`."""
    return f"control_totals:\n  measures:\n    one: {{{measure}}}\nvolume:"


# file, text replaced, replacement, text of the line at fault (after the replacement), word of the message
FAULTS = {
    "not yaml": (STAFF, "version: 1", "version: [1", "title:", "YAML"),
    "a key twice": (STAFF, "version: 1", "version: 1\nversion: 2", "version: 2", "twice"),
    "an unknown key": (STAFF, "version: 1", "version: 1\nverzion: 2", "verzion", "verzion"),
    "an unknown key of the file": (STAFF, "  decimal:", "  decimals: 1\n  decimal:", "decimals", "decimals"),
    "a wrong type": (STAFF, "version: 1", "version: one", "version: one", "version"),
    "another name than the file's": (STAFF, "source: staff", "source: stuff", "source: stuff", "stuff"),
    "an unknown kind": (STAFF, "kind: personnel", "kind: person", "kind: person", "person"),
    "an unknown constant": (STAFF, "{assignment_type: main}", "{assignment: main}", "constants", "assignment"),
    "a constant outside its list": (STAFF, "{assignment_type: main}", "{assignment_type: x}", "constants", "x"),
    "an unknown column of values": (STAFF, "  sex: {", "  sexes: {", "sexes", "sexes"),
    "a value that is no code": (STAFF, '"А": female', '"А": woman', "sex:", "woman"),
    "an unknown excluded column": (STAFF, "column: position_id", "column: post", "exclude", "post"),
    "a bad excluding pattern": (STAFF, "'^(Жами|Jami).*'", "'^(Жами|Jami.*'", "exclude", "regular"),
    "a bad file name": (STAFF, "(?P<known_from>", "(?P<known from>", "name:", "file.name"),
    "an unknown encoding": (STAFF, "cp1251", "cp12510", "encoding", "encoding"),
    "an unknown zone": (STAFF, "  decimal:", "  timezone: Asia/Toshkent\n  decimal:", "timezone", "timezone"),
    "a bad date format": (STAFF, '"%d.%m.%Y"', '"%Q.%m.%Y"', "date_formats", "%Q"),
    "a date format without a field": (STAFF, '"%d.%m.%Y"', '"unix_second"', "date_formats", "`unix_second`"),
    "a check that is no SQL": (STAFF, "volume:", RULE.replace("CHECK", "'fte >'") + "volume:", "id: one", "one"),
    "a check of an unnamed column": (STAFF, "volume:", RULE.replace("CHECK", "sex > 1") + "volume:", "id: one", "sex"),
    "a rule of an unknown column": (STAFF, "volume:", RULE.replace("fte", "wage") + "volume:", "id: one", "wage"),
    "a rule with a hostile name": (STAFF, "volume:", RULE.replace("[fte]", "['a;b']") + "volume:", "id: one", "a;b"),
    "an override of an unknown column": (STAFF, "volume:", "columns: {wage: {min: 1}}\nvolume:", "wage", "wage"),
    "an override with a bad pattern": (STAFF, "volume:", "columns: {fte: {pattern: '('}}\nvolume:", "fte", "pattern"),
    "a survey that asks for persons": (
        "expectations/kinds/survey.yml", "becomes: response_key", "becomes: person_key", "response_id", "person_key"
    ),
    "a survey with the key of persons": (
        "contracts/sources/poll.yml", "others: drop", "others: drop\ncolumns: {response_id: {purpose: hr}}",
        "response_id", "purpose"
    ),
    "personnel with the key of surveys": (
        KIND, "becomes: person_key", "becomes: person_key, purpose: survey", "pinfl", "survey"
    ),
    "an unknown codebook": ("contracts/sources/poll.yml", 'version: "1"}', 'version: "2"}', "instrument", "codebook"),
    "a repeat without its sheet": ("contracts/sources/poll.yml", "{step: {", "{steps: {", "repeats", "step"),
    "an unknown column in a map": (MAP, ",fte,", ",wage,", "version,", "wage"),
    "a version twice in a map": (MAP, "1,ЖШШИР", "1,P,F,B,S,P,O,C,R,A,Z\n1,ЖШШИР", "1,ЖШШИР", "twice"),
    "a version that is no number": (MAP, "1,ЖШШИР", "one,ЖШШИР", "one,", "version"),
    "a required column without header": (MAP, ",Жинс,", ",,", "1,ЖШШИР", "sex"),
    "a short row in a map": (MAP, ",Кетган", "", "1,ЖШШИР", "cells"),
    "a map of no source": ("contracts/column_maps/ghost.csv", "", "version,pinfl\n1,P\n", "version", "ghost"),
    "an unknown tool": ("contracts/sources/poll.yml", "others: drop", "answers: {tool: x}", "answers", "tool"),
    "an unknown item in a map": (ITEM_MAP, "", "item_id,choice,column,code\nq9,,Q9,\n", "q9", "q9"),
    "an unknown option in a map": (ITEM_MAP, "", "item_id,choice,column,code\nq1,7,,A7\n", "q1,7", "option"),
    "a code without its option": (ITEM_MAP, "", "item_id,choice,column,code\nq1,,,A7\n", "q1,,", "option"),
    "an item map of no source": (GHOST_MAP, "", "item_id,choice,column,code\nq1,,Q,\n", "item", "ghost"),
    "a merge of no key": (MERGES, "", MERGE + f"h1_x,{KEY_B},other,HR,2026-10-01,yes\n", "h1_x", "survivor"),
    "a merge into itself": (MERGES, "", MERGE + f"{KEY_B},{KEY_B},other,HR,2026-10-01,yes\n", KEY_B, "itself"),
    "a merge in a chain": (
        MERGES,
        "",
        MERGE + f"{KEY_A},{KEY_B},other,HR,2026-10-01,yes\n{KEY_B},{KEY_C},other,HR,2026-10-01,yes\n",
        KEY_C,
        "itself",
    ),
    "an item twice": (ITEMS, "q2,q2", "q1,q2", "q1,q2", "twice"),
    "an item of an unknown type": (ITEMS, "q2,q2,integer", "q2,q2,number", "q2,q2", "number"),
    "an item of an unknown list": (ITEMS, "q3,select_multiple,tools", "q3,select_multiple,tool", "q3,q3", "choice"),
    "a code twice": (CHOICES, "agree,2,", "agree,1,", "agree,1,2", "twice"),
    "a missing header": (CHOICES, "list,code", "list,kod", "list,kod", "code"),
    "a codebook in another folder": (
        "contracts/codebooks/pulse/1/instrument.yml", "instrument: pulse", "instrument: puls", "puls", "puls"
    ),
    "an index of an unknown item": (INDICES, "", INDEX + "mood,q9,mean_0_100,\n", "q9", "q9"),
    "an index of an unknown family": (INDICES, "", INDEX + "mood,q1,median,\n", "q1", "median"),
    "an index of two families": (INDICES, "", INDEX + "mood,q1,sum,\nmood,q1,mean_0_100,\n", "mean_0_100", "families"),
    "an index of what has no scores": (INDICES, "", INDEX + "mood,q3,sum,\n", "q3", "scores"),
    "an unknown way of weighting": (
        "contracts/codebooks/pulse/1/instrument.yml", "instrument: pulse",
        "instrument: pulse\nweighting: {method: guess, margins: [sex]}", "weighting", "guess"
    ),
    "a kind with an unknown list": (KIND, "codes: sex,", "codes: sexes,", "codes: sexes", "sexes"),
    "a kind with an unknown seed": (KIND, "org_units.org_unit_id", "org.org_unit_id", "org.org_unit_id", "org."),
    "a kind with a bad check": (KIND, "end_date >= start_date\n", "end_date >= begin_date\n", "begin_date", "exit_not"),
    "a card of an unknown direction": (CARDS, ",persons,neutral,", ",persons,good,", "good", "direction"),
    "a card twice": (CARDS, "fte_demand,2,", "fte_avg,1,", "fte_avg,1,", "twice"),
    "a card out of order": (CARDS, "fte_demand,2,", "a_end,1,", "a_end,1,", "fte_avg"),
    "a card of HRM without a group": (CARDS, "fte_end,1,hrm,A,", "fte_end,1,hrm,,", "fte_end", "indicator_group"),
    "a card with a straight apostrophe in Uzbek": (CARDS, "Toʻliq stavka", "To'liq stavka", "fte_end", "name_uz"),
    "a formula without a card": (FORMULAS, "fte_end,count", "fte_fin,count", "fte_fin", "card"),
    "a formula of an unknown measure": (FORMULAS, "fte_end,count,fte_end,", "fte_end,count,x,", "count,x", "measure"),
    "a formula of an unknown indicator": (FORMULAS, "difference,women_share", "difference,womens", "womens", "womens"),
    "an unknown breakdown": (FORMULAS, "sex;age_band;tenure_band", "sex;age;tenure_band", "sex;age;", "breakdowns"),
    "an unknown period": (FORMULAS, "month;quarter;year;r12", "month;week;year;r12", "month;week", "week"),
    "a unit that is not the card's": (FORMULAS, "headcount_end,fte,", "headcount_end,hours,", "end,hours,", "unit"),
    "a measure of none": (MEASURES, "person_years,sum,person_days", "person_years,sum,x", "years,sum,x", "measure"),
    "corrections without their guard": (
        "contracts/corrections/staff.yml", "", "source: staff\ncorrections:\n  - {id: one}\n", "id: one", "expect"
    ),
    "a correction of no source": (GHOST_REGISTER, "", GHOST_ENTRY, "source: ghost", "ghost"),
    "a correction that is there twice": (REGISTER, "", ENTRY + ENTRY.split("corrections:\n")[1], "id: one", "twice"),
    "a correction by a pseudonym's column": (REGISTER, "", entry("where: person_key = 'x'"), "where:", "person_key"),
    "a correction by a month of birth": (REGISTER, "", entry("where: birth_month is null"), "where:", "birth_month"),
    "a correction by a number": (REGISTER, "", entry("where: position_id = '31505600010014'"), "where:", "numb"),
    "a correction by a spaced personal number": (
        REGISTER, "", entry("expect: position_id = '315 0560 001 0014'"), "expect:", "number"
    ),
    "a correction by a pseudonym": (REGISTER, "", entry(f"where: position_id = '{KEY_A}'"), "where:", "pseudonym"),
    "a correction that sets a personal number": (
        REGISTER, "", entry("set: {position_id: 31505600010014}"), "set:", "number"
    ),
    "a reason that tells a number": (REGISTER, "", entry("reason: wrong for 31505600010014"), "reason:", "numb"),
    "a correction that sets a pseudonym": (REGISTER, "", entry("set: {person_key: x}"), "set:", "person_key"),
    "a correction that sets no code": (REGISTER, "", entry("set: {sex: other}"), "set:", "other"),
    "a correction that sets another type": (REGISTER, "", entry("set: {fte: half}"), "set:", "decimal"),
    "a correction that reads other rows": (
        REGISTER, "", entry("expect: fte = (select max(person_key) from lake.personnel)"), "expect:", "row"
    ),
    "a correction that takes all columns": (REGISTER, "", entry("expect: columns(*) is null"), "expect:", "row"),
    "a correction that leaves its brackets": (REGISTER, "", entry("expect: 'true) or (true'"), "expect:", "row"),
    "a correction that ends before it starts": (REGISTER, "", entry("until: '2026-01-01'"), "until:", "after"),
    "a correction of rows of no delivery": (REGISTER, "", entry("rows: [3]"), "id: one", "deliveries"),
    "a correction that sets and drops": (REGISTER, "", entry("drop: true"), "id: one", "more than one of the schemas"),
    "a part by a personal column": (STAFF, "volume:", "slice_column: person_key\nvolume:", "slice_column", "part"),
    "a part that the file name does not say": (
        STAFF, "volume:", "slice_column: org_unit_id\nvolume:", "slice_column", "file name"
    ),
    "a panel of no day": (STAFF, "volume:", "panel: {of: month}\nvolume:", "panel", "of which day"),
    "a whole number divided": (
        STAFF, "volume:", "columns: {annual_leave_days: {divided_by: 12}}\nvolume:", "divided_by", "integer"
    ),
    "a panel of events": (LOG, "constants:", "panel: {of: month}\nconstants:", "panel", "event_log"),
    "a total of texts": (STAFF, "volume:", total("sum: full_name"), "sum: full_name", "full_name"),
    "a total by person": (STAFF, "volume:", total("rows: true, by: pinfl"), "by: pinfl", "pinfl"),
    "a total of an unknown column": (STAFF, "volume:", total("distinct: phones"), "distinct: phones", "phones"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_contract_names_its_line(fault: str, tmp_path: Path) -> None:
    file, old, new, line, word = FAULTS[fault]
    settings = make_project(tmp_path)
    path = tmp_path / file
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    assert old in text
    changed = text.replace(old, new, 1) if old else new
    write(path, changed)
    findings = check_contracts(settings, tmp_path)
    lines = [number for number, one in enumerate(changed.splitlines(), start=1) if line in one]
    found = [one for one in findings if one.where.line in lines and word in one.text and one.where.file == str(path)]
    assert found, findings
    assert {one.code for one in findings} == {"E-409"}
    with pytest.raises(QdeepError, match="E-409"):
        load_contracts(settings, tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "where: extract(year from start_date) = 2024 and sex is distinct from 'male'",
        "expect: end_date is null or start_date < date '2020-01-01'",
        "set: {sex: male, end_date: '2026-03-31', fte: 0.5}",
        "deliveries: ['0123456789abcdef']",
    ],
)
def test_a_right_register_has_no_faults(line: str, tmp_path: Path) -> None:
    settings = make_project(tmp_path)
    write(tmp_path / REGISTER, entry(line))
    assert check_contracts(settings, tmp_path) == ()


def test_a_right_project_has_no_faults(tmp_path: Path) -> None:
    settings = make_project(tmp_path)
    assert check_contracts(settings, tmp_path) == ()


def test_a_source_in_two_folders_is_a_fault(tmp_path: Path) -> None:
    from dataclasses import replace

    settings = make_project(tmp_path)
    second = tmp_path / "more" / "sources" / "staff.yml"
    write(second, (tmp_path / STAFF).read_text(encoding="utf-8"))
    both = replace(settings, contracts=(*settings.contracts, tmp_path / "more"))
    assert [one.where.file for one in check_contracts(both, tmp_path)] == [str(second)]


def test_a_later_folder_adds_sources(tmp_path: Path) -> None:
    from dataclasses import replace

    settings = make_project(tmp_path)
    for folder, ending in (("sources", "yml"), ("column_maps", "csv")):
        text = (tmp_path / "contracts" / folder / f"staff.{ending}").read_text(encoding="utf-8")
        write(tmp_path / "more" / folder / f"other.{ending}", text.replace("source: staff", "source: other"))
    both = replace(settings, contracts=(*settings.contracts, tmp_path / "more"))
    assert set(load_contracts(both, tmp_path).sources) == {"staff", "log", "poll", "other"}


def test_a_missing_contract_folder_is_a_fault(tmp_path: Path) -> None:
    from dataclasses import replace

    settings = replace(make_project(tmp_path), contracts=(tmp_path / "nowhere",))
    findings: tuple[Finding, ...] = check_contracts(settings, tmp_path)
    assert [one.where.file for one in findings] == [str(tmp_path / "nowhere")]


def test_overrides_and_constants_reach_the_contract(tmp_path: Path) -> None:
    settings = make_project(tmp_path)
    path = tmp_path / STAFF
    write(path, path.read_text(encoding="utf-8") + "columns: {fte: {max: 1}, sex: {codes: [male, female, 9]}}\n")
    contract = load_contracts(settings, tmp_path).sources["staff"]
    columns = {column.name: column for column in contract.kind.tables[0].columns}
    assert columns["fte"].max == 1
    assert columns["sex"].codes == ("male", "female", "9")
    assert contract.constants == {"assignment_type": "main"}
    assert contract.pull == {"connector": "folder", "folder": "staff"}

"""Who may stand twice is found by hashes alone, and the list says where without saying who."""

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from flows.intake.persons import FIELDS, NameKeys, find_duplicates, persons_name, write_review
from flows.intake.pseudonym import Key
from flows.settings import Settings

KEY = Key(b"k" * 32)
BORN = date(1980, 5, 17)
ANNA, CYRILLIC = "Каримова Анна Олимовна", "Karimova Anna Olimovna"


def workspace(folder: Path, *deliveries: list[tuple], key: Key = KEY) -> Settings:
    """Commit deliveries of rows: pseudonym, name, birth date, sex, line."""
    settings = Settings(folder, folder / "inbox", (), BORN, BORN, folder / "key")
    for number, rows in enumerate(deliveries):
        for root in (settings.lake, settings.vault):
            (root / "staff" / f"d{number}").mkdir(parents=True, exist_ok=True)
        told = {"source": "staff", "delivery_id": f"d{number}", "verdict": "landed", "key_id": KEY.id}
        (settings.lake / "staff" / f"d{number}" / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
        write_rows(rows, key, settings.vault / "staff" / f"d{number}" / persons_name(key.id))
    return settings


def write_rows(rows: list[tuple], key: Key, path: Path) -> None:
    names, days = ([row[1] for row in rows], [row[2].isoformat() if row[2] else None for row in rows])
    columns = {
        "person_key": pa.array([row[0] for row in rows], pa.string()),
        "name_key": NameKeys(key).of_columns(pa.array(names, pa.string()), pa.array(days, pa.string())),
        "birth_month": pa.array([row[2].replace(day=1) if row[2] else None for row in rows], pa.date32()),
        "sex": pa.array([row[3] for row in rows], pa.string()),
        "line": pa.array([row[4] for row in rows], pa.int64()),
    }
    pq.write_table(pa.table(columns), path)


def test_names_that_repeat_have_the_hashes_of_each() -> None:
    names, days = pa.array([ANNA, None, ANNA], pa.string()), pa.array([BORN, BORN, None], pa.date32())
    for told in (names, pa.nulls(3, pa.string())):
        found = NameKeys(KEY).of_columns(told, days).to_pylist()
        assert NameKeys(KEY).of_columns(told.dictionary_encode(), days).to_pylist() == found
        assert [one is None for one in found] == [told is not names, True, True]


def test_one_name_and_birth_date_under_two_numbers_is_a_pair(tmp_path: Path) -> None:
    rows = [("h1_a", ANNA, BORN, "female", 2), ("h1_c", "Boshqa", BORN, "female", 3)]
    settings = workspace(tmp_path, rows, [("h1_b", CYRILLIC, BORN, "female", 7)])
    expected = ("same_name", "h1_a", "h1_b", "staff", "d0", 2, "staff", "d1", 7)
    assert find_duplicates(settings, {}) == [dict(zip(FIELDS, expected, strict=True))]


def test_another_birth_date_or_no_name_is_no_pair(tmp_path: Path) -> None:
    rows = [("h1_a", ANNA, BORN, "female", 2), ("h1_b", ANNA, date(1980, 5, 18), "female", 3)]
    assert find_duplicates(workspace(tmp_path, [*rows, ("h1_c", None, BORN, "male", 4)]), {}) == []


def test_one_number_with_two_birth_months_and_sexes_is_told_for_both(tmp_path: Path) -> None:
    rows = [("h1_a", ANNA, BORN, "female", 2), ("h1_a", "Boshqa", date(1990, 1, 1), "male", 3)]
    found = find_duplicates(workspace(tmp_path, rows), {})
    assert [(one["reason"], one["line"], one["other_line"]) for one in found] == [("birth_month", 2, 3), ("sex", 2, 3)]


def test_a_merged_pair_is_left_out_and_comes_back_when_parted(tmp_path: Path) -> None:
    settings = workspace(tmp_path, [("h1_a", ANNA, BORN, "female", 2), ("h1_b", ANNA, BORN, "female", 3)])
    assert find_duplicates(settings, {"h1_b": "h1_a"}) == []
    assert len(find_duplicates(settings, {})) == 1


def test_a_delivery_that_was_not_committed_counts_for_nothing(tmp_path: Path) -> None:
    settings = workspace(tmp_path, [("h1_a", ANNA, BORN, "female", 2)], [("h1_b", ANNA, BORN, "female", 2)])
    (settings.lake / "staff" / "d1" / "manifest.json").unlink()
    assert find_duplicates(settings, {}) == []


def test_hashes_of_another_key_and_refused_deliveries_count_for_nothing(tmp_path: Path) -> None:
    rows = [("h1_a", ANNA, BORN, "female", 2), ("h1_b", ANNA, BORN, "female", 3)]
    assert find_duplicates(workspace(tmp_path / "other", rows, key=Key(b"o" * 32)), {}) == []
    settings = workspace(tmp_path, rows)
    manifest = settings.lake / "staff" / "d0" / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace("landed", "refused"), encoding="utf-8")
    assert find_duplicates(settings, {}) == []


def test_the_list_is_private_and_names_nobody(tmp_path: Path) -> None:
    settings = workspace(tmp_path, [("h1_a", ANNA, BORN, "female", 2), ("h1_b", ANNA, BORN, "female", 3)])
    path = write_review(settings, find_duplicates(settings, {}))
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text(encoding="utf-8")
    assert "same_name,h1_a,h1_b,staff,d0,2,staff,d0,3" in text
    assert not any(word in text for word in ("Карим", "karim", "1980"))


def test_the_hash_joins_no_other_purpose(tmp_path: Path) -> None:
    settings = workspace(tmp_path, [("h1_a", ANNA, BORN, "female", 2)])
    (row,) = pq.read_table(settings.vault / "staff" / "d0" / persons_name(KEY.id)).to_pylist()
    assert row["birth_month"] == date(1980, 5, 1)
    assert "full_name" not in row
    assert row["name_key"] not in {KEY.token("hr", ANNA), KEY.token("hr", f"{ANNA}|{BORN}")}

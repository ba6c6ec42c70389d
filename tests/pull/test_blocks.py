"""A `pull:` block is checked by the schema of its connector and against the file that the contract expects."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import meta
from pulling import make

from flows.errors import QdeepError
from flows.pull import SCHEMAS, connectors
from flows.settings import ROOT

HTTPS = {"connector": "https", "url": "https://data.example.uz/far.csv"}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKJG10YKVb"
SFTP = {"connector": "sftp", "host": "sftp.example.uz", "user": "moa", "folder": "/out", "host_key": KEY}
PG = {"connector": "postgresql", "host": "db", "user": "r", "database": "hr", "query": "select 1 as a"}
PERIOD = r"far_(?P<period>\d{4}-\d{2})_.*\.csv"
WINDOW = {"every": "month", "first": "2026-01"}


def test_every_connector_has_a_module_and_a_valid_schema() -> None:
    modules = {path.stem for path in (ROOT / "flows" / "pull").glob("*.py")}
    assert len(connectors()) == 8
    for name in connectors():
        schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
        meta.validate(schema)
        assert schema["properties"]["connector"] == {"const": name}
        assert name in modules


@pytest.mark.parametrize("pull", [HTTPS, SFTP, PG])
def test_a_right_block_is_accepted(tmp_path: Path, pull: dict[str, Any]) -> None:
    assert make(tmp_path, pull).contract.pull["connector"] == pull["connector"]


@pytest.mark.parametrize(
    ("pull", "key", "says"),
    [
        ({"connector": "ftp"}, "connector", "There is no connector `ftp`"),
        ({"connector": "spool"}, "connector", "There is no connector `spool`"),
        ({**SFTP, "password": "geheim"}, "password", "`password` is not known here"),
        ({**SFTP, "password_secret": "geheim!"}, "password_secret", "password_secret"),
        ({name: value for name, value in SFTP.items() if name != "host_key"}, "pull", "host_key"),
        ({**HTTPS, "url": "https://moa:geheim@data.example.uz/far.csv"}, "url", "pull.url"),
        ({**HTTPS, "url": "http://data.example.uz/far.csv"}, "url", "pull.url"),
        ({**HTTPS, "name": "other.csv"}, "name", "`other.csv`"),
        ({**HTTPS, "name": "../far_.csv"}, "name", "pull.name"),
        ({**PG, "query": "delete from hr.staff"}, "query", "pull.query"),
        ({**PG, "window": {"every": "month"}}, "window", "first"),
        ({"connector": "storage", "url": "s3://x/y", "options": {"secret": "geheim"}}, "options", "pull.options"),
    ],
)
def test_a_wrong_block_is_told_with_its_line(tmp_path: Path, pull: dict[str, Any], key: str, says: str) -> None:
    with pytest.raises(QdeepError) as caught:
        make(tmp_path, pull)
    finding = caught.value.finding
    path = Path(finding.where.file)
    assert (finding.code, path.name) == ("E-409", "far.yml")
    assert says in finding.text
    assert path.read_text(encoding="utf-8").splitlines()[(finding.where.line or 0) - 1].strip().startswith(f"{key}:")


@pytest.mark.parametrize(
    ("pull", "others", "says"),
    [
        ({**HTTPS, "window": WINDOW}, {"file": {"name": "far_.*", "format": "csv"}, "scope": "period"}, "which"),
        ({**HTTPS, "window": WINDOW}, {"file": {"name": PERIOD, "format": "csv"}}, "must not replace"),
        ({**HTTPS, "window": WINDOW}, {"file": {"name": PERIOD, "format": "csv"}, "scope": "period"}, "{period}"),
        ({**PG, "window": WINDOW}, {"file": {"name": PERIOD, "format": "csv"}, "scope": "period"}, ":start and :end"),
    ],
)
def test_a_window_that_would_lose_or_double_rows_is_refused(
    tmp_path: Path, pull: dict[str, Any], others: dict[str, Any], says: str
) -> None:
    with pytest.raises(QdeepError, match="E-409") as caught:
        make(tmp_path, pull, **others)
    assert says in caught.value.finding.text

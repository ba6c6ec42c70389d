"""A file for which the machine is too small is refused after some tries, and stops no later run."""

from pathlib import Path

from flows.errors import Finding
from flows.intake.tries import FOLDER, MOST, forget, told
from flows.pull.received import fingerprint
from tests.contracts.small_project import settings_for

ENDED = Finding("E-134", "The reading process was killed from outside.")


def test_the_last_of_some_ended_tries_refuses_the_file(tmp_path: Path) -> None:
    (tmp_path / "large.csv").write_text("a\n1\n")
    received, settings = fingerprint("staff", tmp_path / "large.csv"), settings_for(tmp_path)
    codes = [told(ENDED, received, settings).code for _ in range(MOST)]
    assert codes == ["E-134"] * (MOST - 1) + ["E-235"]
    assert told(Finding("E-101", "It is empty."), received, settings).code == "E-101"
    assert not list((settings.vault / FOLDER).iterdir())


def test_a_file_that_was_read_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "large.csv").write_text("a\n1\n")
    received, settings = fingerprint("staff", tmp_path / "large.csv"), settings_for(tmp_path)
    forget(received, settings)
    told(ENDED, received, settings)
    forget(received, settings)
    assert [told(ENDED, received, settings).code for _ in range(MOST - 1)] == ["E-134"] * (MOST - 1)

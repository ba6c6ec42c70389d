"""A file for which the machine is too small is refused after some tries, and stops no later run."""

from pathlib import Path

import pytest

from flows.errors import Finding, QdeepError
from flows.intake import tries
from flows.intake.tries import FOLDER, MOST, begin, end, forget, told
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


def test_a_run_that_is_killed_while_it_reads_is_a_try_too(tmp_path: Path) -> None:
    """Nobody hears its end, so nothing takes the try back; one that ends by itself does."""
    (tmp_path / "large.csv").write_text("a\n1\n")
    received, settings = fingerprint("staff", tmp_path / "large.csv"), settings_for(tmp_path)
    for _ in range(2 * MOST):
        begin(received, settings)
        end(received, settings)
    for _ in range(MOST - 1):
        begin(received, settings)
    begin(received, settings)
    with pytest.raises(QdeepError, match="E-235"):
        begin(received, settings)
    forget(received, settings)
    begin(received, settings)
    assert told(ENDED, received, settings).code == "E-134"


def test_a_machine_that_was_started_anew_says_nothing_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "large.csv").write_text("a\n1\n")
    received, settings = fingerprint("staff", tmp_path / "large.csv"), settings_for(tmp_path)
    monkeypatch.setattr(tries, "BOOT", tmp_path / "boot")
    for number in range(2 * MOST):
        (tmp_path / "boot").write_text(str(number))
        begin(received, settings)
    (settings.vault / FOLDER / received.delivery_id).write_text("....")  # of an earlier version, or cut
    begin(received, settings)

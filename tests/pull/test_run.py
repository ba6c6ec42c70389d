"""A run goes on where one sender is down, empties the spool of what has landed, and finds nothing to do afterwards."""

import asyncio
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from pulling import MARKER, TABLE, make, write
from serving import Answer, free_port, serving

from flows import steps
from flows.intake.pseudonym import new_key
from flows.pull import secret
from flows.pull.remote import run_apart

pytestmark = pytest.mark.slow


def test_a_run_lands_what_it_can_and_tells_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "umask", lambda _mask: 0)
    with serving(lambda _asked: Answer(200, TABLE, {"ETag": '"1"'})) as site:
        far = make(tmp_path, {"connector": "https", "url": f"{site.url}/far.csv"})
        contract = (tmp_path / "contracts" / "sources" / "far.yml").read_text(encoding="utf-8")
        gone = contract.replace("source: far", "source: gone").replace(site.url, f"http://127.0.0.1:{free_port()}")
        write(tmp_path / "contracts" / "sources" / "gone.yml", gone.replace("far_", "gone_"))
        columns = (tmp_path / "contracts" / "column_maps" / "far.csv").read_text(encoding="utf-8")
        write(tmp_path / "contracts" / "column_maps" / "gone.csv", columns)
        new_key(far.settings.key_file)
        first = steps.run(far.settings, phases=("intake",))
        assert [(item.source, item.status) for item in first.items] == [("far", "landed")]
        assert [(one.code, one.where.source) for one in first.findings] == [("E-121", "gone")]
        assert first.exit == 1
        assert sorted(path.name for path in far.spool.iterdir()) == ["state.json"]
        second = steps.run(far.settings, ("far",), phases=("intake",))
        assert (second.exit, [item.status for item in second.items], second.findings) == (0, ["unchanged"], ())
        assert sorted(path.name for path in far.spool.iterdir()) == ["state.json"]


def test_a_secret_may_stand_in_a_block_of_a_prefect_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    far = make(tmp_path, {"connector": "https", "url": "https://x.example.uz/far.csv", "token_secret": "FAR_TOKEN"})
    asked: list[str] = []

    def secret_block(name: str) -> str:
        asked.append(name)
        return MARKER

    monkeypatch.setattr("flows.pipeline.secret_block", secret_block)
    with pytest.raises(Exception, match="E-126"):
        secret.secret(far.contract, "token_secret")
    assert asked == []  # no server is named, so none is started for it
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    assert secret.secret(far.contract, "token_secret") == MARKER
    assert asked == ["qdeep-far-token"]


def test_who_interrupts_a_run_does_not_wait_for_the_end_of_a_download() -> None:
    ended: list[str] = []

    async def download() -> None:
        try:
            await asyncio.sleep(30)
        finally:
            ended.append("cancelled")

    began = time.monotonic()
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        run_apart(download())
    assert time.monotonic() - began < 10
    assert ended == ["cancelled"]

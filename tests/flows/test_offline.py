"""A whole run needs no network: it works where only the loopback of the machine itself exists."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tiny

CUT_OFF = ["unshare", "--net", "--map-root-user", "sh", "-c"]


def _can_cut_off() -> bool:
    if not shutil.which("unshare") or not shutil.which("ip"):
        return False
    return subprocess.run([*CUT_OFF, "ip link set lo up"], check=False, capture_output=True).returncode == 0


pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("line"),
    pytest.mark.skipif(not _can_cut_off(), reason="network namespaces cannot be made here"),
]


def test_a_run_through_prefect_works_without_a_network(tmp_path: Path) -> None:
    place = tiny.make(tmp_path)
    place.send("staff_moa", tiny.staff("MOA-HR", 30))
    place.send("staff_mhe", tiny.staff("MHE", 20))
    script = f"ip link set lo up && exec {sys.executable} -m flows.cli run"
    environment = {**os.environ, "PYTHONPATH": str(tiny.ROOT)}
    answer = subprocess.run(
        [*CUT_OFF, script], cwd=place.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert (place.workspace / "published" / "current.txt").exists()

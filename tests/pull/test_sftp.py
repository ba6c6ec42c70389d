"""Files on an SFTP server are fetched by a host whose key is known, once each, and further after a cut."""

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest
from pulling import MARKER, ROW, TABLE, Far, make
from serve_sftp import PASSWORD, USER, Sftp, serving
from serving import Answer, free_port
from serving import serving as web

LONG = TABLE + b"".join(ROW.replace("P001", f"P{number:05d}").encode() + b"\n" for number in range(30_000))
OLD = 1_700_000_000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "server" / "out"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def server(root: Path) -> Iterator[Sftp]:
    with serving(root.parent) as one:
        yield one


@pytest.fixture
def far(tmp_path: Path, server: Sftp, monkeypatch: pytest.MonkeyPatch) -> Far:
    monkeypatch.setenv("QDEEP_SECRET_SFTP", PASSWORD)
    return _far(tmp_path, server)


def _far(place: Path, server: Sftp, **others: object) -> Far:
    pull = {"host": "127.0.0.1", "port": server.port, "user": USER, "folder": "/out", "host_key": server.host_key}
    return make(place, {"connector": "sftp", "password_secret": "SFTP", **pull, **others})


def _put(root: Path, name: str, content: bytes = TABLE, changed: int = OLD) -> Path:
    path = root / name
    path.write_bytes(content)
    os.utime(path, (changed, changed))
    return path


def test_expected_files_are_received_and_nothing_else(root: Path, far: Far) -> None:
    for name in ("far_b.csv", "far_a.csv", "far_c.csv.part", ".far_d.csv", "other.csv"):
        _put(root, name)
    (root / "far_folder.csv").mkdir()
    (root / "far_link.csv").symlink_to(root / "far_a.csv")
    received = far.pull()
    assert [one.name for one in received] == ["far_a.csv", "far_b.csv"]
    assert {one.path.read_bytes() for one in received} == {TABLE}
    assert len(list(root.iterdir())) == 7  # nothing was moved or removed there


def test_what_has_landed_is_not_fetched_again_until_it_changes(root: Path, far: Far, server: Sftp) -> None:
    _put(root, "far_a.csv")
    assert far.land(far.pull()[0]).status == "landed"
    reads = len(server.opened)
    assert far.pull() == []
    assert len(server.opened) == reads
    _put(root, "far_a.csv", TABLE + ROW.encode() + b"\n", OLD + 60)
    assert len(far.pull()) == 1


def test_a_file_that_changed_just_before_it_was_fetched_is_fetched_once_more(
    tmp_path: Path, root: Path, far: Far, server: Sftp, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _put(root, "far_a.csv")
    monkeypatch.setattr("flows.pull.sftp.SETTLED_S", 0.1)
    os.utime(path)  # now: the clock of the server is coarse, the same second may hold another change
    far.land(far.pull()[0])
    assert [far.land(one).status for one in far.pull()] == ["unchanged"]
    assert _far(tmp_path, server, overlap_days=0).pull() == []


def test_a_cut_line_is_taken_up_where_it_broke(root: Path, far: Far, server: Sftp) -> None:
    _put(root, "far_a.csv")
    _put(root, "far_b.csv", LONG)
    server.cuts = [len(LONG) // 2]
    received = far.pull()
    assert [one.path.read_bytes() for one in received] == [TABLE, LONG]
    assert server.log_ins == 2
    assert server.opened.count(("far_b.csv", 0)) == 1
    assert server.opened.count(("far_a.csv", 0)) == 1


def test_a_line_that_never_holds_ends_in_a_finding(root: Path, far: Far, server: Sftp) -> None:
    _put(root, "far_a.csv")
    server.cuts = [1] * 10
    assert far.codes() == ["E-124"]
    assert server.log_ins == 3


def test_one_file_that_cannot_be_read_does_not_hold_back_the_others(root: Path, far: Far, server: Sftp) -> None:
    from flows.pull import PartlyError

    _put(root, "far_a.csv")
    _put(root, "far_b.csv")
    server.refused = {"far_a.csv"}
    with pytest.raises(PartlyError) as caught:
        far.pull()
    assert [one.name for one in caught.value.received] == ["far_b.csv"]
    assert [(one.code, one.where.file) for one in caught.value.findings] == [("E-122", "far_a.csv")]


def test_a_wrong_password_is_not_tried_again(far: Far, server: Sftp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDEEP_SECRET_SFTP", MARKER)
    assert far.codes() == ["E-122"]
    assert server.log_ins == 1


def test_a_key_opens_the_door_too(tmp_path: Path, root: Path, server: Sftp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDEEP_SECRET_MOA_KEY", server.user_key)
    _put(root, "far_a.csv")
    pull = {"host": "127.0.0.1", "port": server.port, "user": USER, "folder": "/out", "host_key": server.host_key}
    far = make(tmp_path, {"connector": "sftp", "key_secret": "MOA_KEY", **pull})
    assert len(far.pull()) == 1
    monkeypatch.setenv("QDEEP_SECRET_MOA_KEY", MARKER)
    assert far.codes() == ["E-122"]


def test_another_host_key_is_refused_before_the_password_is_shown(tmp_path: Path, server: Sftp, far: Far) -> None:
    assert far.codes() == []
    other = " ".join(asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().split()[:2])
    log_ins = server.log_ins
    assert _far(tmp_path / "b", server, host_key=other).codes() == ["E-122"]
    assert server.log_ins == log_ins


def test_a_missing_folder_and_a_missing_server_are_told_apart(tmp_path: Path, server: Sftp, far: Far) -> None:
    assert far.codes() == []
    assert _far(tmp_path / "a", server, folder="/nowhere").codes() == ["E-123"]
    assert _far(tmp_path / "b", server, port=free_port()).codes() == ["E-121"]


@pytest.mark.parametrize("what", ["scandir", "open", "read", "stat", "drip"])
def test_a_server_that_holds_the_line_and_says_nothing_is_left(
    tmp_path: Path, root: Path, server: Sftp, far: Far, what: str
) -> None:
    _put(root, "far_a.csv")
    server.silent = what
    began = time.monotonic()
    assert _far(tmp_path, server, timeout_s=0.5, tries=2).codes() == ["E-121"]
    assert time.monotonic() - began < 30
    server.silent = ""
    assert [one.path.read_bytes() for one in far.pull()] == [TABLE]


def test_names_in_cp1251_are_read_and_hold_nothing_back(tmp_path: Path, root: Path, server: Sftp, far: Far) -> None:
    _put(root, "far_a.csv")
    (root / os.fsdecode("Кадры_1.csv".encode("cp1251"))).write_bytes(TABLE)
    os.utime(root / os.fsdecode("Кадры_1.csv".encode("cp1251")), (OLD, OLD))
    assert [one.name for one in far.pull()] == ["far_a.csv"]
    others = {"host": "127.0.0.1", "port": server.port, "user": USER, "folder": "/out", "host_key": server.host_key}
    pull = {"connector": "sftp", "password_secret": "SFTP", **others}
    cyrillic = make(tmp_path / "b", pull, file={"name": r"Кадры_.*\.csv", "format": "csv"})
    assert [(one.name, one.path.read_bytes()) for one in cyrillic.pull()] == [("Кадры_1.csv", TABLE)]


def test_a_folder_that_holds_other_things_alone_is_told_until_something_came(root: Path, far: Far) -> None:
    assert far.codes() == []  # nothing was sent yet
    _put(root, "far_b.csv.part")
    assert far.codes() == []  # it arrives
    (root / "2026").mkdir()
    assert far.codes() == ["E-207"]
    path = _put(root, "far_a.csv")
    far.land(far.pull()[0])
    path.unlink()
    assert far.codes() == []  # it was taken away, what lies there besides concerns others


def test_a_name_that_is_a_path_or_holds_control_signs_is_not_asked_for(root: Path, server: Sftp, far: Far) -> None:
    _put(root, "far_a.csv")
    server.named = [b"far_/../../../etc/x.csv", b"/etc/far_x.csv", b"../far_x.csv", b"far_\x1b[31m.csv", b".."]
    assert [one.name for one in far.pull()] == ["far_a.csv"]


def test_a_file_that_is_still_being_written_is_left_to_the_next_run(
    root: Path, far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.pull.sftp.SETTLED_S", 3.0)
    path = _put(root, "far_a.csv", TABLE[:60])
    os.utime(path)
    writing = threading.Thread(target=_go_on_writing, args=(path,))
    writing.start()
    assert far.codes() == ["E-116"]
    writing.join()
    monkeypatch.setattr("flows.pull.sftp.SETTLED_S", 0)
    assert [one.path.stat().st_size for one in far.pull()] == [path.stat().st_size]


def _go_on_writing(path: Path) -> None:
    for _ in range(8):
        time.sleep(1)
        with path.open("ab") as file:
            file.write(ROW.encode() + b"\n")


def test_a_server_of_another_protocol_is_told(tmp_path: Path, server: Sftp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDEEP_SECRET_SFTP", PASSWORD)
    with web(lambda _asked: Answer(400)) as site:
        port = int(site.url.rpartition(":")[2])
        assert _far(tmp_path / "a", replace(server, port=port), tries=1).codes() == ["E-121"]

"""Files of an S3-compatible store (moto's server) and of any fsspec file system are fetched once each."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from moto.server import ThreadedMotoServer
from pulling import MARKER, TABLE, Far, make
from serving import Answer, free_port, make_certificate, serving

OTHER = TABLE.replace(b"P001", b"P002")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("QDEEP_SECRET_S3_KEY", "key")
    monkeypatch.setenv("QDEEP_SECRET_S3_SECRET", MARKER)
    files = fsspec.filesystem("s3", key="key", secret=MARKER, endpoint_url=endpoint, skip_instance_cache=True)
    if not files.exists("ministry"):
        files.mkdir("ministry")
    for path in files.find("ministry"):
        files.rm(path)
    return files


def _far(folder: Path, endpoint: str, **others: Any) -> Far:
    pull = {"url": "s3://ministry/out", "options": {"endpoint_url": endpoint}}
    secrets = {"key": "S3_KEY", "secret": "S3_SECRET"}
    return make(folder, {"connector": "storage", "secrets": secrets, **pull, **others})


@pytest.mark.slow
def test_objects_are_received_once_and_again_when_they_change(tmp_path: Path, endpoint: str, bucket: Any) -> None:
    for name in ("far_b.csv", "far_a.csv", "else.csv", "deeper/far_c.csv"):
        bucket.pipe_file(f"ministry/out/{name}", TABLE if name != "far_b.csv" else OTHER)
    far = _far(tmp_path, endpoint)
    received = far.pull()
    assert [(one.name, one.path.read_bytes()) for one in received] == [("far_a.csv", TABLE), ("far_b.csv", OTHER)]
    for one in received:
        far.land(one)
    assert far.pull() == []
    bucket.pipe_file("ministry/out/far_a.csv", TABLE.replace(b"P001", b"P003"))
    assert [one.name for one in far.pull()] == ["far_a.csv"]


@pytest.mark.slow
def test_an_object_is_taken_up_where_the_last_try_left_it(tmp_path: Path, endpoint: str, bucket: Any) -> None:
    bucket.pipe_file("ministry/out/far_a.csv", TABLE)
    far = _far(tmp_path, endpoint)
    file = next(iter(_store(far).listed()))
    part = _store(far).spool.part(file.path, file.mark)
    part.write(TABLE[:20])
    part.close()
    assert [one.path.read_bytes() for one in far.pull()] == [TABLE]
    stale = _store(far).spool.part(file.path, "another tag")
    stale.write(b"something else")
    stale.close()
    (far.spool / "state.json").unlink()
    assert [one.path.read_bytes() for one in far.pull()] == [TABLE]


def _store(far: Far) -> Any:
    from flows.pull.storage import Store

    return Store(far.contract, far.settings)


@pytest.mark.slow
def test_a_missing_bucket_is_told(tmp_path: Path, endpoint: str, bucket: Any) -> None:
    assert bucket.exists("ministry")
    assert _far(tmp_path, endpoint, url="s3://nowhere/out").codes() == ["E-123"]


@pytest.mark.slow
def test_refusals_and_overload_of_a_store_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDEEP_SECRET_S3_KEY", "key")
    monkeypatch.setenv("QDEEP_SECRET_S3_SECRET", MARKER)
    error = '<?xml version="1.0"?><Error><Code>{}</Code><Message>no</Message></Error>'
    answers = {"a": (403, "AccessDenied", "E-122"), "b": (503, "SlowDown", "E-121")}
    for name, (status, text, code) in answers.items():
        answer = Answer(status, error.format(text).encode(), {"Content-Type": "application/xml"})
        with serving(lambda _asked, answer=answer: answer) as site:
            assert _far(tmp_path / name, site.url).codes() == [code]
    assert _far(tmp_path / "c", f"http://127.0.0.1:{free_port()}").codes() == ["E-121"]


def test_a_missing_secret_is_named_before_anything_is_asked(tmp_path: Path) -> None:
    with serving(lambda _asked: Answer(500)) as site:
        assert _far(tmp_path, site.url).codes() == ["E-126"]
        assert site.asked == []


def test_any_file_system_of_fsspec_can_be_named(tmp_path: Path) -> None:
    share = tmp_path / "share"
    share.mkdir()
    (share / "far_a.csv").write_bytes(TABLE)
    (share / "far_link.csv").symlink_to(share / "far_a.csv")
    far = make(tmp_path, {"connector": "storage", "url": f"file://{share}", "overlap_days": 0})
    received = far.pull()
    assert [(one.name, one.path.read_bytes()) for one in received] == [("far_a.csv", TABLE)]
    far.land(received[0])
    assert far.pull() == []
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/qdeep-test/far_b.csv", TABLE)
    far = make(tmp_path / "b", {"connector": "storage", "url": "memory://qdeep-test"})
    assert [one.name for one in far.pull()] == ["far_b.csv"]
    assert make(tmp_path / "c", {"connector": "storage", "url": "memory://nowhere"}).codes() == ["E-123"]


def test_a_protocol_without_its_library_is_told(tmp_path: Path) -> None:
    assert make(tmp_path / "a", {"connector": "storage", "url": "nosuch://x"}).codes() == ["E-409"]
    if _lacks("gcsfs"):
        assert make(tmp_path / "b", {"connector": "storage", "url": "gs://x"}).codes() == ["E-127"]
    assert make(tmp_path / "c", {"connector": "storage", "url": f"zip://{tmp_path}"}).codes() == ["E-121"]
    block = {"connector": "storage", "url": f"ftp://127.0.0.1:{free_port()}/out", "options": {"timeout": 1}}
    assert make(tmp_path / "d", block).codes() == ["E-121"]  # its host stands in the address


def _lacks(library: str) -> bool:
    from importlib.util import find_spec

    return find_spec(library) is None


@pytest.mark.slow
def test_a_store_whose_certificate_nobody_vouches_for_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QDEEP_SECRET_S3_KEY", "key")
    monkeypatch.setenv("QDEEP_SECRET_S3_SECRET", MARKER)
    with serving(lambda _asked: Answer(200), make_certificate(tmp_path)) as site:
        assert _far(tmp_path, site.url).codes() == ["E-122"]
        assert site.asked == []


def test_a_folder_that_holds_other_things_alone_is_told_until_something_came(tmp_path: Path) -> None:
    share = tmp_path / "share"
    share.mkdir()
    far = make(tmp_path, {"connector": "storage", "url": f"file://{share}"})
    assert far.codes() == []  # nothing was sent yet
    (share / "far_a.csv.part").write_bytes(TABLE)
    assert far.codes() == []  # it arrives
    (share / "personnel.csv").write_bytes(TABLE)
    assert far.codes() == ["E-207"]
    (share / "far_a.csv").write_bytes(TABLE)
    far.land(far.pull()[0])
    (share / "far_a.csv").unlink()
    assert far.codes() == []  # it was taken away, what lies there besides concerns others


@pytest.mark.slow
def test_an_object_that_changes_between_two_tries_is_never_patched_together(
    tmp_path: Path, endpoint: str, bucket: Any
) -> None:
    bucket.pipe_file("ministry/out/far_a.csv", TABLE)
    far = _far(tmp_path, endpoint)
    store = _store(far)
    file = next(iter(store.listed()))
    part = store.spool.part(file.path, file.mark)
    part.write(TABLE[:100])
    part.close()
    bucket.pipe_file("ministry/out/far_a.csv", OTHER)  # as long as the other
    with pytest.raises(Exception, match="E-116"):
        store.fetched(file)
    assert [one.path.read_bytes() for one in far.pull()] == [OTHER]


def test_a_file_system_that_drips_or_lists_nonsense_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    share = tmp_path / "share"
    share.mkdir()
    (share / "far_a.csv").write_bytes(TABLE)
    block = {"connector": "storage", "url": f"file://{share}", "timeout_s": 0.02, "tries": 1}
    local = fsspec.get_filesystem_class("file")
    with monkeypatch.context() as patch:
        patch.setattr(local, "ls", lambda *_given, **_options: time.sleep(30))
        assert make(tmp_path / "a", block).codes() == ["E-121"]
    with monkeypatch.context() as patch:
        patch.setattr(local, "_open", lambda *_given, **_options: time.sleep(30))
        assert make(tmp_path / "b", block).codes() == ["E-121"]
    with monkeypatch.context() as patch:
        patch.setattr(local, "ls", lambda *_given, **_options: [{"type": "file", "name": "x", "size": "many"}])
        assert make(tmp_path / "c", block).codes() == ["E-125"]
    with monkeypatch.context() as patch:
        patch.setattr(local, "ls", _takes_no_refresh)
        assert make(tmp_path / "d", block).codes() == ["E-122"]


def _takes_no_refresh(_files: Any, _path: str, detail: bool = True) -> None:  # noqa: FBT001, FBT002, ARG001 - as fsspec
    raise PermissionError

"""Responses of a LimeSurvey survey are exported as codes, through session keys that expire and are given back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pulling import MARKER, Far, make
from serve_limesurvey import EXPORT, PASSWORD, SURVEY, USER, Lime
from serving import Answer, Site, as_json, serving


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDEEP_SECRET_LIME", PASSWORD)


@pytest.fixture
def lime() -> Lime:
    return Lime()


@pytest.fixture
def site(lime: Lime) -> Iterator[Site]:
    with serving(lime.answer) as one:
        yield one


def _far(folder: Path, site: Site, **others: Any) -> Far:
    pull = {"connector": "limesurvey", "url": site.url, "survey": SURVEY, "user": USER}
    return make(folder, {**pull, "password_secret": "LIME", **others})


def test_codes_are_asked_for_and_the_key_is_given_back(tmp_path: Path, site: Site, lime: Lime) -> None:
    far = _far(tmp_path, site, language="uz", completion="complete")
    received = far.pull()
    assert received[0].path.read_text(encoding="utf-8") == EXPORT
    assert lime.arguments == ["csv", "uz", "complete", "code", "short"]
    assert lime.keys == {}
    assert [one.delivery_id for one in far.pull()] == [received[0].delivery_id]


def test_an_expired_key_is_replaced_once(tmp_path: Path, site: Site, lime: Lime) -> None:
    lime.lives = 0
    assert _far(tmp_path, site).codes() == ["E-122"]
    assert lime.log_ins == 2
    expired = as_json({"id": 1, "result": {"status": "Invalid session key"}, "error": None})
    lime.lives, lime.log_ins, site.faults = 5, 0, [None, expired]
    assert len(_far(tmp_path, site).pull()) == 1
    assert lime.log_ins == 2


def test_a_wrong_password_is_shown_once_because_the_server_locks_out(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QDEEP_SECRET_LIME", MARKER)
    assert _far(tmp_path, site).codes() == ["E-122"]
    assert len(site.asked) == 1


def test_a_survey_without_responses_gives_no_delivery(tmp_path: Path, site: Site, lime: Lime) -> None:
    lime.says = {"status": "No Data, could not get max id."}
    assert _far(tmp_path, site).pull() == []


@pytest.mark.parametrize(
    ("says", "code"),
    [
        ({"status": "No permission"}, "E-122"),
        ({"status": f"something new {MARKER}"}, "E-125"),
        ("no base64!", "E-125"),
        ([1], "E-125"),
    ],
)
def test_refusals_come_with_http_200_and_have_their_code(
    tmp_path: Path, site: Site, lime: Lime, says: Any, code: str
) -> None:
    lime.says = says
    assert _far(tmp_path, site).codes() == [code]
    assert lime.keys == {}


def test_an_inactive_survey_is_told(tmp_path: Path, site: Site) -> None:
    assert _far(tmp_path, site, survey=1).codes() == ["E-123"]


def test_an_interface_that_is_switched_off_is_told(tmp_path: Path, site: Site) -> None:
    site.faults = [Answer(200, b"")]
    assert _far(tmp_path, site).codes() == ["E-125"]
    site.faults = [as_json({"id": 1, "result": None, "error": {"code": -32601, "message": MARKER}})]
    assert _far(tmp_path, site).codes() == ["E-125"]


def test_overload_and_cuts_are_survived(tmp_path: Path, site: Site) -> None:
    busy, cut = Answer(429, headers={"Retry-After": "0"}), Answer(200, b"{" * 100, cut_at=50)
    site.faults = [busy, cut, None, Answer(503), cut]
    assert len(_far(tmp_path, site).pull()) == 1


def test_an_export_without_content_and_letters_that_are_none_are_told(tmp_path: Path, site: Site) -> None:
    for content in ("", "ЯЯЯЯ"):
        site.faults = [None, as_json({"id": 1, "result": content, "error": None})]
        assert _far(tmp_path, site).codes() == ["E-125"]


def test_responses_that_are_gone_are_told_each_time(tmp_path: Path, site: Site, lime: Lime) -> None:
    far = _far(tmp_path, site)
    far.land(far.pull()[0])
    lime.says = {"status": "No Data, could not get max id."}
    assert [far.codes() for _ in range(2)] == [["E-123"], ["E-123"]]


@pytest.mark.parametrize("answer", [[], "x", None, {"id": 1}, {"result": {"status": ["odd"]}}])
def test_json_of_another_shape_is_told(tmp_path: Path, site: Site, answer: Any) -> None:
    site.faults = [as_json(answer)]
    assert _far(tmp_path, site).codes() == ["E-125"]

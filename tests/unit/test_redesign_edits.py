"""Each kind of edit on a list of four steps, and at its edges."""

from dataclasses import replace

import pytest

from flows.redesign.edits import KINDS, EditError, apply
from flows.redesign.process import Pool, Process, Spread, Step
from flows.redesign.scenario import WORDS
from flows.settings import ROOT

STEPS = tuple(
    Step(name, "clerk", Spread(touch, 0.5), Spread(wait, 0.7), returned=0.1, signoffs=2, rekeyed=4)
    for name, touch, wait in (("a", 1, 2), ("b", 2, 4), ("c", 3, 6), ("d", 4, 8))
)
PROCESS = Process("p", STEPS, {"clerk": Pool(3, 0.5)}, cases_year=100, applicant_hours=1, applicant_uzs=5)


def _after(*edits: dict, process: Process = PROCESS) -> Process:
    return apply(process, edits)


def _names(process: Process) -> str:
    return "".join(step.step_id for step in process.steps)


def _step(process: Process, name: str) -> Step:
    return process.steps[process.places[name]]


def _back(name: str, to: str) -> Process:
    steps = tuple(replace(step, return_to=to) if step.step_id == name else step for step in STEPS)
    return replace(PROCESS, steps=steps)


def test_every_kind_has_its_words() -> None:
    assert set(KINDS) == set(WORDS)


def test_eliminate() -> None:
    assert _names(_after({"edit": "eliminate", "step": "b"})) == "acd"


def test_what_returned_to_an_eliminated_step_returns_to_what_stands_there() -> None:
    after = _after({"edit": "eliminate", "step": "b"}, process=_back("d", "b"))
    assert _step(after, "d").return_to == "c"


def test_a_return_never_leads_forward() -> None:
    after = _after({"edit": "move", "step": "b", "after": "d"}, process=_back("c", "b"))
    assert _names(after) == "acdb"
    assert not _step(after, "c").return_to


def test_the_last_step_stays() -> None:
    with pytest.raises(EditError, match="last step"):
        _after(*({"edit": "eliminate", "step": name} for name in "abcd"))


def test_combine_takes_one_wait_and_all_work() -> None:
    merged = _step(_after({"edit": "combine", "steps": ["b", "c"]}), "b")
    assert (merged.touch.mean, merged.wait.mean) == (5, 4)
    assert merged.returned == pytest.approx(1 - 0.9 * 0.9)
    assert (merged.signoffs, merged.rekeyed) == (2, 8)


def test_combine_may_take_the_longest_work() -> None:
    assert _step(_after({"edit": "combine", "steps": ["c", "b"], "touch": "max"}), "b").touch.mean == 3


def test_combine_asks_for_neighbours() -> None:
    with pytest.raises(EditError, match="one after another"):
        _after({"edit": "combine", "steps": ["a", "c"]})


def test_move_before_and_after() -> None:
    assert _names(_after({"edit": "move", "step": "d", "before": "a"})) == "dabc"
    assert _names(_after({"edit": "move", "step": "a", "after": "d"})) == "bcda"


def test_a_step_does_not_move_beside_itself() -> None:
    with pytest.raises(EditError, match="itself"):
        _after({"edit": "move", "step": "a", "after": "a"})


def test_parallel_makes_one_block() -> None:
    after = _after({"edit": "parallel", "steps": ["b", "c"]})
    assert [[step.step_id for step in block] for block in after.blocks] == [["a"], ["b", "c"], ["d"]]


def test_a_parallel_step_that_moves_away_runs_alone() -> None:
    after = _after({"edit": "parallel", "steps": ["b", "c"]}, {"edit": "move", "step": "c", "after": "d"})
    assert [len(block) for block in after.blocks] == [1, 1, 1, 1]


def test_simplify_scales() -> None:
    edit = {"edit": "simplify", "step": "b", "touch_factor": 0.5, "wait_factor": 0, "return_factor": 0.5, "signoffs": 1}
    step = _step(_after(edit), "b")
    assert (step.touch, step.wait.mean, step.returned, step.signoffs) == (Spread(1, 0.5), 0, 0.05, 1)


def test_automate_leaves_nobody_at_work() -> None:
    step = _step(_after({"edit": "automate", "step": "b", "touch_min": 6}), "b")
    assert (step.role, step.touch.mean, step.wait.mean, step.signoffs, step.rekeyed) == ("none", 0.1, 0, 0, 0)


def test_set_time_is_in_minutes_and_hours() -> None:
    step = _step(_after({"edit": "set_time", "step": "b", "touch_min": 30, "wait_wh": 1}), "b")
    assert (step.touch, step.wait) == (Spread(0.5, 0.5), Spread(1, 0.7))


def test_set_reach_and_role() -> None:
    after = _after({"edit": "set_reach", "step": "b", "share": 0}, {"edit": "set_role", "step": "b", "role": "legal"})
    assert (_step(after, "b").reach, _step(after, "b").role) == (0, "legal")


def test_set_return_goes_back_and_not_forward() -> None:
    after = _after({"edit": "set_return", "step": "c", "share": 0.3, "to": "a"})
    assert (_step(after, "c").returned, _step(after, "c").return_to) == (0.3, "a")
    assert not _step(_after({"edit": "set_return", "step": "c", "share": 0.3, "to": "c"}), "c").return_to
    with pytest.raises(EditError, match="later"):
        _after({"edit": "set_return", "step": "a", "share": 0.3, "to": "c"})


def test_set_pool_keeps_what_it_does_not_say() -> None:
    assert _after({"edit": "set_pool", "role": "clerk", "persons": 5}).pools["clerk"] == Pool(5, 0.5)
    assert _after({"edit": "set_pool", "role": "legal", "persons": 2}).pools["legal"] == Pool(2, 1.0)


def test_set_volume_and_applicant() -> None:
    after = _after({"edit": "set_volume", "cases_year": 7}, {"edit": "set_applicant", "minutes": 30})
    assert (after.cases_year, after.applicant_hours, after.applicant_uzs) == (7, 0.5, 5)


def test_add_stands_first_or_after() -> None:
    new = {"edit": "add", "step": "n", "role": "it", "touch_min": 60}
    assert _names(_after(new)) == "nabcd"
    assert _names(_after({**new, "after": "d"})) == "abcdn"
    with pytest.raises(EditError, match="already"):
        _after(new, new)


@pytest.mark.parametrize("kind", sorted(kind for kind, (must, _) in WORDS.items() if "step" in must and kind != "add"))
def test_an_unknown_step_is_named(kind: str) -> None:
    edit = {"edit": kind, "step": "z", "share": 0.5, "role": "clerk", "after": "a"}
    with pytest.raises(EditError, match="`z`"):
        _after(edit)


def test_the_place_of_a_wrong_edit_is_told() -> None:
    with pytest.raises(EditError) as caught:
        _after({"edit": "eliminate", "step": "a"}, {"edit": "eliminate", "step": "a"})
    assert caught.value.place == 1


@pytest.mark.parametrize("kind", sorted(WORDS))
def test_the_readme_says_what_an_edit_takes(kind: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = [line for line in readme.splitlines() if line.startswith("| `") and f"`{kind}`" in line.split("|")[1]]
    assert len(rows) == 1
    assert [word for words in WORDS[kind] for word in words if f"`{word}`" not in rows[0]] == []

"""A process becomes another by a list of edits, each of which says in a word what is done to which step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from flows.redesign.process import Pool, Process, Spread, Step

Edit = Mapping[str, Any]
MINUTES = 60
MACHINE = "none"


class EditError(ValueError):
    """An edit cannot be made on the steps that it finds; carries its place in the list and what would be right."""

    def __init__(self, text: str, expected: str = "") -> None:
        """Keep the sentence; the place is added by `apply`."""
        self.text, self.expected, self.place = text, expected, 0
        super().__init__(text)


def apply(process: Process, edits: Sequence[Edit]) -> Process:
    """Return the process after all edits, one after another.

    Raises:
        EditError: The first edit that names a step that is not there (any more) or cannot be made; `place` says which.
    """
    for place, edit in enumerate(edits):
        try:
            process = KINDS[edit["edit"]](process, edit)
        except EditError as error:
            error.place = place
            raise
    return process


def _eliminate(process: Process, edit: Edit) -> Process:
    """A step is done no more; what returned to it returns to what now stands in its place."""
    gone = _place(process, edit["step"])
    if len(process.steps) == 1:
        raise EditError("The last step of a process cannot be eliminated.", "a process keeps at least one step")
    left = [step for step in process.steps if step.step_id != edit["step"]]
    instead = left[min(gone, len(left) - 1)].step_id
    return _with(process, [_redirected(step, edit["step"], instead) for step in left])


def _combine(process: Process, edit: Edit) -> Process:
    """Neighbouring steps become one, at the first: one wait, the work of all (or the longest), any of their returns."""
    parts = _neighbours(process, edit["steps"])
    kept = parts[0]
    touch = sum(part.touch.mean for part in parts)
    variance = sum((part.touch.mean * part.touch.cv) ** 2 for part in parts)
    work = Spread(touch, variance**0.5 / touch if touch else 0.0)
    if edit.get("touch") == "max":
        work = max((part.touch for part in parts), key=lambda one: one.mean)
    merged = replace(
        kept,
        role=edit.get("role", kept.role),
        touch=work,
        reach=max(part.reach for part in parts),
        returned=1 - reduce(lambda passed, part: passed * (1 - part.returned), parts, 1.0),
        return_to="" if kept.return_to in edit["steps"] else kept.return_to,
        group="",
        signoffs=max(part.signoffs for part in parts),
        rekeyed=sum(part.rekeyed for part in parts),
    )
    gone = set(edit["steps"]) - {kept.step_id}
    steps = [merged if step is kept else step for step in process.steps if step.step_id not in gone]
    for name in sorted(gone):
        steps = [_redirected(step, name, kept.step_id) for step in steps]
    return _with(process, steps)


def _move(process: Process, edit: Edit) -> Process:
    """A step stands elsewhere in the order; it leaves the steps that it ran beside."""
    moved = replace(_step(process, edit["step"]), group="")
    side = "before" if "before" in edit else "after"
    if edit[side] == edit["step"]:
        raise EditError(f"`{edit['step']}` cannot stand {side} itself.", "another step")
    left = [step for step in process.steps if step.step_id != edit["step"]]
    _place(process, edit[side])
    place = next(number for number, step in enumerate(left) if step.step_id == edit[side]) + (side == "after")
    return _with(process, [*left[:place], moved, *left[place:]])


def _parallel(process: Process, edit: Edit) -> Process:
    """Neighbouring steps run side by side; the slowest decides. A return from one of them repeats it alone."""
    names = {part.step_id for part in _neighbours(process, edit["steps"])}
    group = "+".join(edit["steps"])
    changed = [replace(step, group=group, return_to="") if step.step_id in names else step for step in process.steps]
    return _with(process, changed)


def _simplify(process: Process, edit: Edit) -> Process:
    """A step takes a part of its work, waits, returns, sign-offs or typing."""
    step = _step(process, edit["step"])
    return _changed(
        process,
        replace(
            step,
            touch=step.touch.times(edit.get("touch_factor", 1.0)),
            wait=step.wait.times(edit.get("wait_factor", 1.0)),
            returned=step.returned * edit.get("return_factor", 1.0),
            signoffs=edit.get("signoffs", step.signoffs),
            rekeyed=step.rekeyed * edit.get("rekeyed_factor", 1.0),
        ),
    )


def _automate(process: Process, edit: Edit) -> Process:
    """A machine does the step: no wait, no typing, no hour of anybody; what it cannot do goes on as returns."""
    step = _step(process, edit["step"])
    work = Spread(edit.get("touch_min", 0.0) / MINUTES)
    returned = step.returned * edit.get("return_factor", 1.0)
    done = replace(step, role=MACHINE, touch=work, wait=Spread(0.0), returned=returned, signoffs=0.0, rekeyed=0.0)
    return _changed(process, done)


def _set_time(process: Process, edit: Edit) -> Process:
    """Work or wait of a step has another mean; its shape stays."""
    step = _step(process, edit["step"])
    touch = replace(step.touch, mean=edit["touch_min"] / MINUTES) if "touch_min" in edit else step.touch
    wait = replace(step.wait, mean=edit["wait_wh"]) if "wait_wh" in edit else step.wait
    return _changed(process, replace(step, touch=touch, wait=wait))


def _set_reach(process: Process, edit: Edit) -> Process:
    return _changed(process, replace(_step(process, edit["step"]), reach=edit["share"]))


def _set_return(process: Process, edit: Edit) -> Process:
    """A step sends back another share, to itself or to an earlier step."""
    step = _step(process, edit["step"])
    target = edit.get("to", "")
    if target and _place(process, target) > _place(process, edit["step"]):
        raise EditError(f"`{edit['step']}` cannot return to `{target}`, which comes later.", "an earlier step")
    if target and (step.group or _step(process, target).group):
        raise EditError("A step that runs beside others cannot return to another.", "no `to`")
    return _changed(process, replace(step, returned=edit["share"], return_to="" if target == step.step_id else target))


def _set_role(process: Process, edit: Edit) -> Process:
    return _changed(process, replace(_step(process, edit["step"]), role=edit["role"]))


def _set_pool(process: Process, edit: Edit) -> Process:
    """A role has other people, or another part of their time."""
    before = process.pools.get(edit["role"], Pool(1.0))
    persons = edit.get("persons", before.persons)
    pool = Pool(persons, edit.get("time_share", before.time_share))
    return replace(process, pools={**process.pools, edit["role"]: pool})


def _set_volume(process: Process, edit: Edit) -> Process:
    return replace(process, cases_year=edit["cases_year"])


def _set_applicant(process: Process, edit: Edit) -> Process:
    """Applicants spend other time or money on a case."""
    hours = edit["minutes"] / MINUTES if "minutes" in edit else process.applicant_hours
    return replace(process, applicant_hours=hours, applicant_uzs=edit.get("cost_uzs", process.applicant_uzs))


def _add(process: Process, edit: Edit) -> Process:
    """A step that was not there."""
    if edit["step"] in process.places:
        raise EditError(f"There is a step `{edit['step']}` already.", "a new code")
    place = _place(process, edit["after"]) + 1 if "after" in edit else 0
    touch, wait = Spread(edit["touch_min"] / MINUTES, edit.get("touch_cv", 0.0)), Spread(edit.get("wait_wh", 0.0))
    new = Step(edit["step"], edit["role"], touch, wait, edit.get("share", 1.0))
    return _with(process, [*process.steps[:place], new, *process.steps[place:]])


KINDS: dict[str, Callable[[Process, Edit], Process]] = {
    "eliminate": _eliminate,
    "combine": _combine,
    "move": _move,
    "parallel": _parallel,
    "simplify": _simplify,
    "automate": _automate,
    "set_time": _set_time,
    "set_reach": _set_reach,
    "set_return": _set_return,
    "set_role": _set_role,
    "set_pool": _set_pool,
    "set_volume": _set_volume,
    "set_applicant": _set_applicant,
    "add": _add,
}


def _place(process: Process, name: str) -> int:
    if name not in process.places:
        raise EditError(f"There is no step `{name}` at this point.", f"one of: {', '.join(process.places)}")
    return process.places[name]


def _step(process: Process, name: str) -> Step:
    return process.steps[_place(process, name)]


def _neighbours(process: Process, names: Sequence[str]) -> list[Step]:
    """Return the steps named, in their order, where nothing stands between them."""
    places = sorted(_place(process, name) for name in names)
    if places != list(range(places[0], places[0] + len(names))):
        raise EditError("The steps do not stand one after another.", "neighbours; `move` them first")
    return [process.steps[place] for place in places]


def _redirected(step: Step, gone: str, instead: str) -> Step:
    """Return the step with its return led to what stands instead; to itself where that would be later."""
    return replace(step, return_to=instead) if step.return_to == gone else step


def _changed(process: Process, changed: Step) -> Process:
    return _with(process, [changed if step.step_id == changed.step_id else step for step in process.steps])


def _with(process: Process, steps: Sequence[Step]) -> Process:
    """Return the process with other steps. Returns lead back, never forward, never into parallel steps."""
    places = {step.step_id: place for place, step in enumerate(steps)}
    grouped = {step.step_id for step in steps if step.group}
    settled = [
        replace(step, return_to="")
        if step.return_to and (places[step.return_to] >= place or {step.return_to, step.step_id} & grouped)
        else step
        for place, step in enumerate(steps)
    ]
    return replace(process, steps=tuple(settled))

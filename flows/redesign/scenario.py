"""A scenario file has been read and checked; each fault names its line."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from flows.contracts.marked import Document, wrong
from flows.errors import Finding
from flows.redesign.edits import EditError, apply
from flows.redesign.process import Pool, Process, Spread, Step

REPLICATIONS = 40
# Edit -> what it must say, what it may say. `because` and `article` stand anywhere.
WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "eliminate": (("step",), ()),
    "combine": (("steps",), ("touch", "role")),
    "move": (("step",), ("before", "after")),
    "parallel": (("steps",), ()),
    "simplify": (("step",), ("touch_factor", "wait_factor", "return_factor", "rekeyed_factor", "signoffs")),
    "automate": (("step",), ("touch_min", "return_factor")),
    "set_time": (("step",), ("touch_min", "wait_wh")),
    "set_reach": (("step", "share"), ()),
    "set_return": (("step", "share"), ("to",)),
    "set_role": (("step", "role"), ()),
    "set_pool": (("role",), ("persons", "time_share")),
    "set_volume": (("cases_year",), ()),
    "set_applicant": ((), ("minutes", "cost_uzs")),
    "add": (("step", "role", "touch_min"), ("after", "wait_wh", "touch_cv", "share")),
}
ONE_OF = ("move", "simplify", "set_time", "set_pool", "set_applicant")  # edits that say at least one of what they may
FREE = frozenset({"edit", "because", "article"})


@dataclass(frozen=True)
class Scenario:
    """A changed process as a list of edits.

    Attributes:
        scenario_id: Code; the name of its file.
        process_id: Process that is changed.
        names: Name in uz, ru, en and ko.
        edits: Edits in the order in which they are made.
        one_off_cost_uzs: What the change costs once.
        running_cost_year_uzs: What it costs each year from then on.
        evidence: Source of the AS-IS; the better one where empty.
        in_force_from: First day of the changed process, where it has come.
        pools: People by role where the file knows better than the register.
        seed: Seed of the random numbers.
        replications: How often each process is simulated.
        cases: Cases of one replication; as many as the process needs where 0.
    """

    scenario_id: str
    process_id: str
    names: Mapping[str, str]
    edits: Sequence[Mapping[str, Any]]
    one_off_cost_uzs: float = 0.0
    running_cost_year_uzs: float = 0.0
    evidence: str = ""
    in_force_from: str = ""
    pools: Mapping[str, Pool] = field(default_factory=dict)
    seed: int = 0
    replications: int = REPLICATIONS
    cases: int = 0


def scenario_of(value: Mapping[str, Any]) -> Scenario:
    """Return the scenario of a checked file; the seed is that of its name where the file names none."""
    return Scenario(
        value["scenario"],
        value["process"],
        value["name"],
        value["edits"],
        float(value["one_off_cost_uzs"]),
        float(value.get("running_cost_year_uzs", 0)),
        value.get("evidence", ""),
        value.get("in_force_from", ""),
        {role: Pool(one["persons"], one.get("time_share", 1.0)) for role, one in value.get("pools", {}).items()},
        int(value.get("seed", crc32(value["scenario"].encode()))),
        int(value.get("replications", REPLICATIONS)),
        int(value.get("cases", 0)),
    )


def as_row(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the scenario as the warehouse holds it: names as columns, the whole file as JSON."""
    names = {f"name_{language}": text for language, text in sorted(value["name"].items())}
    columns = {"scenario_id": value["scenario"], "process_id": value["process"]}
    dates = {"in_force_from": value.get("in_force_from")}
    return columns | names | dates | {"document": json.dumps(value, sort_keys=True, ensure_ascii=False)}


def scenario_faults(document: Document, steps: Mapping[str, Sequence[str]], roles: Sequence[str]) -> Iterator[Finding]:
    """Return what is wrong with a file that follows its schema.

    Args:
        document: The file.
        steps: Codes of the steps of each listed process, in their order.
        roles: Roles that have a price.
    """
    process = document.value["process"]
    if process not in steps:
        text = f"There is no process `{process}`."
        yield wrong(document.path, document.line("process"), text, f"one of: {', '.join(sorted(steps))}")
        return
    found = [*_word_faults(document), *_role_faults(document, {*roles, "none"})]
    yield from found or _edit_faults(document, steps[process])


def _word_faults(document: Document) -> Iterator[Finding]:
    """Return words that an edit lacks or does not know."""
    for place, edit in enumerate(document.value["edits"]):
        kind = edit["edit"]
        must, may = WORDS[kind]
        for word in must:
            if word not in edit:
                yield _at(document, place, "edit", f"`{kind}` does not say `{word}`.", f"{word}: ...")
        for word in sorted(set(edit) - {*must, *may} - FREE):
            known = ", ".join((*must, *may))
            yield _at(document, place, word, f"`{kind}` does not know `{word}`.", f"one of: {known}")
        said = [word for word in may if word in edit]
        if kind in ONE_OF and not said:
            yield _at(
                document, place, "edit", f"`{kind}` says nothing of what it changes.", f"one of: {', '.join(may)}"
            )
        if kind == "move" and len(said) > 1:
            yield _at(document, place, "after", "`move` says both `before` and `after`.", "one of the two")
        if kind == "set_return" and edit.get("share", 0) >= 1:
            yield _at(document, place, "share", "A step from which every case returns is never left.", "less than 1")


def _role_faults(document: Document, known: set[str]) -> Iterator[Finding]:
    expected = f"one of: {', '.join(sorted(known))}"
    for place, edit in enumerate(document.value["edits"]):
        if edit.get("role", "none") not in known:
            yield _at(document, place, "role", f"There is no role `{edit['role']}`.", expected)
    for role in document.value.get("pools", {}):
        if role not in known:
            yield wrong(document.path, document.line("pools", role), f"There is no role `{role}`.", expected)


def _edit_faults(document: Document, steps: Sequence[str]) -> Iterator[Finding]:
    """Make the edits on a bare step list: the first that cannot be made is a fault."""
    nothing = Spread(1.0)
    process = Process(document.value["process"], tuple(Step(step, "clerk", nothing, nothing) for step in steps))
    try:
        apply(process, document.value["edits"])
    except EditError as error:
        yield _at(document, error.place, "edit", error.text, error.expected)


def _at(document: Document, place: int, word: str, text: str, expected: str = "") -> Finding:
    return wrong(document.path, document.line("edits", place, word), text, expected)

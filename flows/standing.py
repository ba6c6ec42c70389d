"""What stands in a workspace is known without building: each source's last delivery, what is due, release, last run."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from flows.due import covered_by, due
from flows.errors import Finding, Place
from flows.runs import FINDINGS, FINE, last_run
from flows.settings import Settings
from flows.steps import load_contracts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.contracts.model import Contract
    from flows.warehouse.choose import Delivery

State = Literal["ok", "partly_refused", "held", "refused", "missing"]


@dataclass(frozen=True)
class SourceStanding:
    """One source: its last landed delivery, the state of its last delivery, and what is due next.

    Attributes:
        state: `ok`, `partly_refused` (rows of the last delivery were), `held` (the last delivery breaks with those
            before it and does not count), `refused` (the whole last delivery was; the one before counts) or `missing`.
        landed, refused: Rows of the last delivery.
        held: Deliveries held back that nothing has replaced yet: each waits for a person.
        due_on: Day by which the first period that is missing was or is due; empty where no day was agreed.
        late_days: Days from then to `known_on`; 0 where nothing is late.
    """

    source: str
    state: State
    required: bool
    cadence: str
    delivery_id: str = ""
    period: str = ""
    known_from: str = ""
    landed: int = 0
    refused: int = 0
    held: tuple[str, ...] = ()
    due_on: str = ""
    late_days: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self) | {"held": list(self.held)}


@dataclass(frozen=True)
class Standing:
    """What stands in a workspace; `exit` is 1 where a source needs somebody's attention."""

    sources: tuple[SourceStanding, ...]
    release: str
    last_run: dict[str, Any] | None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """A finding for each source that is late (W-357)."""
        return tuple(
            Finding(
                "W-357",
                f"What was due on {one.due_on} is {one.late_days} days late.",
                Place(one.source),
                expected="the delivery of the period that is missing",
            )
            for one in self.sources
            if one.late_days
        )

    @property
    def exit(self) -> int:
        """Return 1 where a delivery is held or refused whole, or a source is late or missing though required."""
        return FINDINGS if any(_needs_somebody(one) for one in self.sources) else FINE


def _needs_somebody(one: SourceStanding) -> bool:
    is_missing = one.state == "missing" and one.required
    return bool(one.held) or one.late_days > 0 or one.state in ("held", "refused") or is_missing


def standing(settings: Settings) -> Standing:
    """Read contracts, manifests and the log of runs; only deliveries known on `known_on` count."""
    from flows.intake.store import deliveries
    from flows.warehouse.choose import choose

    contracts = load_contracts(settings)
    by_source: dict[str, list[Delivery]] = {}
    whole = [one for one in deliveries(settings) if one["scope"] != "rows"]
    for one in choose(whole, contracts, settings.known_on):
        by_source.setdefault(one.manifest["source"], []).append(one)
    sources = tuple(
        _of_source(one, by_source.get(one.source, []), settings.known_on) for one in contracts.sources.values()
    )
    return Standing(sources, current_release(settings), last_run(settings))


def current_release(settings: Settings) -> str:
    """Return the id of the release that readers see, empty where there is none; reads one small file."""
    pointer = settings.published / "current.txt"
    return pointer.read_text(encoding="utf-8").strip() if pointer.is_file() else ""


def _of_source(contract: "Contract", known: "Sequence[Delivery]", known_on: date) -> SourceStanding:
    good = [one.manifest for one in known if one.verdict == "landed"]
    expected = due(contract, covered_by(good, contract), known_on)
    last, newest = known[-1].manifest if known else {}, good[-1] if good else {}
    return SourceStanding(
        contract.source,
        _state(known[-1]) if known else "missing",
        contract.required,
        contract.cadence,
        newest.get("delivery_id", ""),
        newest.get("period") or "",
        newest.get("known_from", ""),
        last.get("landed", 0),
        last.get("refused", 0),
        tuple(_waiting(known)),
        expected.due_on.isoformat() if expected.due_on else "",
        expected.late_days,
    )


def _waiting(known: "Sequence[Delivery]") -> list[str]:
    """Return the deliveries held back after the last one that counts: an older one was answered by a newer."""
    waiting: list[str] = []
    for one in known:
        if one.verdict == "landed" and not one.manifest.get("slice"):
            waiting = []
        elif one.verdict == "held":
            waiting.append(one.delivery_id)
    return waiting


def _state(delivery: "Delivery") -> State:
    if delivery.verdict == "refused":
        return "refused"
    if delivery.verdict == "held":
        return "held"
    return "partly_refused" if delivery.manifest["refused"] else "ok"

"""What stands in a workspace is known without building: last good delivery of each source, release, last run."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from flows.runs import FINDINGS, FINE, last_run
from flows.settings import Settings
from flows.steps import load_contracts

State = Literal["ok", "partly_refused", "refused", "missing"]


@dataclass(frozen=True)
class SourceStanding:
    """One source: its last landed delivery, and the state of its last delivery.

    Attributes:
        state: `ok`, `partly_refused` (rows of the last delivery were), `refused` (the whole last delivery was;
            the one before counts) or `missing`.
        landed, refused: Rows of the last delivery.
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

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Standing:
    """What stands in a workspace; `exit` is 1 where a source needs somebody's attention."""

    sources: tuple[SourceStanding, ...]
    release: str
    last_run: dict[str, Any] | None

    @property
    def exit(self) -> int:
        """Return 1 where a delivery was refused whole or a required source is missing."""
        needs = any(one.state == "refused" or (one.state == "missing" and one.required) for one in self.sources)
        return FINDINGS if needs else FINE


def standing(settings: Settings) -> Standing:
    """Read contracts, manifests and the log of runs; only deliveries known on `known_on` count."""
    from flows.intake.store import deliveries

    day = settings.known_on.isoformat()
    known = [one for one in deliveries(settings) if one["known_from"] <= day and one["scope"] != "rows"]
    known.sort(key=lambda one: (one["known_from"], one["period"] or "", one["delivery_id"]))
    by_source: dict[str, list[dict[str, Any]]] = {}
    for one in known:
        by_source.setdefault(one["source"], []).append(one)
    contracts = load_contracts(settings).sources.values()
    sources = tuple(_of_source(one.source, by_source.get(one.source, []), one) for one in contracts)
    return Standing(sources, current_release(settings), last_run(settings))


def current_release(settings: Settings) -> str:
    """Return the id of the release that readers see, empty where there is none; reads one small file."""
    pointer = settings.published / "current.txt"
    return pointer.read_text(encoding="utf-8").strip() if pointer.is_file() else ""


def _of_source(source: str, known: list[dict[str, Any]], contract: Any) -> SourceStanding:
    if not known:
        return SourceStanding(source, "missing", contract.required, contract.cadence)
    last = known[-1]
    good = next((one for one in reversed(known) if one["verdict"] == "landed"), None)
    return SourceStanding(
        source,
        _state(last),
        contract.required,
        contract.cadence,
        good["delivery_id"] if good else "",
        (good["period"] or "") if good else "",
        good["known_from"] if good else "",
        last["landed"],
        last["refused"],
    )


def _state(manifest: dict[str, Any]) -> State:
    if manifest["verdict"] == "refused":
        return "refused"
    return "partly_refused" if manifest["refused"] else "ok"

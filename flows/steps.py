"""Every received file has a verdict and, where something changed, a new release stands: the plain order of a run.

The steps are plain functions over values. `flows.pipeline` wraps the same steps as Prefect tasks; nothing here
knows of it.
"""

import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from flows.errors import Busy, Finding, Place, QdeepError
from flows.runs import COULD_NOT_RUN, FINDINGS, FINE, Item, RunResult, failed, log, needs_attention, what_broke
from flows.settings import TIMEZONE, Settings

if TYPE_CHECKING:
    from flows.contracts.model import Contract, Contracts
    from flows.intake.deliver import Outcome
    from flows.intake.pseudonym import Key
    from flows.intake.rekey import Rotation
    from flows.pull import Received
    from flows.release.publish import Release
    from flows.warehouse.build import Build

Phase = Literal["intake", "release"]
PULL_WAITS = (1.0, 5.0)  # seconds before the second and third try of a sender that does not answer


@dataclass(frozen=True)
class Event:
    """Something that a watcher may want to show: `plan`, `delivery`, `source`, `build` or `release`.

    Attributes:
        items: Steps that the event tells of; for `source` all deliveries of that source.
        total: For `plan`: deliveries to take in.
    """

    kind: Literal["plan", "start", "delivery", "source", "build", "release"]
    items: tuple[Item, ...] = ()
    name: str = ""
    total: int = 0


Progress = Callable[[Event], None]


@dataclass(frozen=True)
class Job:
    """What one run has to do, decided before any heavy library is loaded.

    Attributes:
        received: Files that stand ready, by source and name.
        waiting: Those of them that have no verdict that still counts.
        findings: What went wrong while they were fetched.
        phases: Whether to take in deliveries, to build and publish, or both.
        is_release_due: Whether a release has to be made even if nothing new arrives.
    """

    settings: Settings
    contracts: "Contracts"
    key: "Key | None"
    received: tuple["Received", ...]
    waiting: tuple["Received", ...]
    findings: tuple[Finding, ...]
    phases: tuple[Phase, ...]
    is_release_due: bool


@dataclass(frozen=True)
class Hands:
    """The three steps that do the work, plain or wrapped as Prefect tasks."""

    take: "Callable[[Received], Item]"
    build: "Callable[[], Build]"
    publish: "Callable[[Build], Release]"


Engine = Callable[[Job, Progress], RunResult]


def quiet(_event: Event) -> None:
    """Show nothing."""


def run(  # noqa: PLR0913 - the options of `qdeep run`, all by name
    settings: Settings,
    only: tuple[str, ...] = (),
    *,
    engine: Engine | None = None,
    progress: Progress = quiet,
    wait: float = 0,
    phases: tuple[Phase, ...] = ("intake", "release"),
) -> RunResult:
    """Pull, take in, build and publish, as the only writer of the workspace.

    Args:
        settings: Workspace, dates and key.
        only: Sources to take in; all where empty. The release is always made of everything in the lake.
        engine: What works the steps; plain functions where none is given.
        progress: Called after each step.
        wait: Seconds to wait for another run to end.
        phases: `intake`, `release` or both.

    Raises:
        Busy: E-403, another run holds the lock.
        QdeepError: Nothing could run: no key (E-401, E-402), a wrong contract (E-409), an unknown source (E-208).
    """
    started = datetime.now(TIMEZONE)
    os.umask(0o077)  # what a run makes is for its own user alone
    with only_writer(settings, wait):
        try:
            job = prepare(settings, only, phases)
            result = _work(job, engine or plain, progress)
            _empty_spool(job)
        except QdeepError as error:
            log(settings, RunResult("run", error.exit_code, findings=(error.finding,)), started)
            raise
        log(settings, result, started)
    return result


def prepare(settings: Settings, only: tuple[str, ...] = (), phases: tuple[Phase, ...] = ("intake", "release")) -> Job:
    """Decide what there is to do: contracts read, key there, files fetched and fingerprinted, nothing written yet."""
    from flows.intake.again import outdated
    from flows.intake.keys import key_of
    from flows.intake.store import standing

    clean(settings)
    contracts = load_contracts(settings)
    sources = _chosen(contracts, only)
    due = "release" in phases and not _is_current(settings, contracts)
    if "intake" not in phases:
        return Job(settings, contracts, None, (), (), (), phases, due)
    key = key_of(settings)
    received, findings = pull_all(contracts, sources, settings)
    again, lost = outdated(contracts, sources, settings)
    waiting = [one for one in received if not standing(one, contracts.sources[one.source], settings)]
    received, waiting = _with_again(received, waiting, again)
    return Job(settings, contracts, key, received, waiting, (*findings, *lost), phases, due)


def _with_again(
    received: Sequence["Received"], waiting: Sequence["Received"], again: Sequence["Received"]
) -> tuple[tuple["Received", ...], tuple["Received", ...]]:
    """Return all files and those to be taken in; what is judged again comes from the vault, with its day of arrival."""
    ids = {one.delivery_id for one in again}
    places = {one.delivery_id: place for place, one in enumerate(again)}  # a delivery before what mends it
    others = [one for one in received if one.delivery_id not in ids]
    all_files = sorted([*others, *again], key=lambda one: (one.source, places.get(one.delivery_id, -1), one.name))
    return tuple(all_files), (*(one for one in waiting if one.delivery_id not in ids), *again)


def load_contracts(settings: Settings) -> "Contracts":
    """Return all contracts, checked; E-409 names the file that is wrong."""
    from flows.contracts.load import load_contracts as load

    return load(settings)


def mart_names(settings: Settings) -> tuple[str, ...]:
    """Return the names of the tables that the built warehouse has for publication."""
    from flows.release.tables import read_tables

    return tuple(sorted(table.name for table in read_tables(settings.warehouse / "dbt_manifest.json")))


def pull_all(
    contracts: "Contracts", sources: list[str], settings: Settings
) -> tuple[tuple["Received", ...], tuple[Finding, ...]]:
    """Fetch the files of all sources; files of watched folders that no contract expects become findings."""
    from flows.pull import strangers

    received: list[Received] = []
    findings = [one for one in strangers(contracts, settings) if _concerns(one, sources, contracts)]
    for source in sources:
        files, found = pull(contracts.sources[source], settings)
        received += files
        findings += found
    return tuple(received), tuple(findings)


def _concerns(finding: Finding, sources: list[str], contracts: "Contracts") -> bool:
    """Return whether a finding belongs to a run of these sources; a folder of no source belongs to a run of all."""
    return finding.where.source in sources or len(sources) == len(contracts.sources)


def pull(contract: "Contract", settings: Settings) -> tuple[list["Received"], list[Finding]]:
    """Fetch the files of one source; a disk that does not answer is asked three times, then becomes a finding."""
    from flows.pull import PartlyError, receive

    where = Place(source=contract.source)
    for wait in (*PULL_WAITS, None):
        try:
            return receive(contract, settings), []
        except PartlyError as partly:
            return partly.received, partly.findings
        except OSError as error:
            if wait is None:
                return [], [what_broke(error, where)]
            time.sleep(wait)
        except Exception as error:  # noqa: BLE001 - one source must never stop the others
            return [], [what_broke(error, where)]
    return [], []


def plain(job: Job, progress: Progress) -> RunResult:
    """Work a job by calling the steps."""
    return replace(work(job, plain_hands(job), progress), engine="plain")


def plain_hands(job: Job) -> Hands:
    """Return the steps as plain functions."""
    return Hands(lambda received: take(job, received), lambda: build(job), lambda built: publish(job, built))


def work(job: Job, hands: Hands, progress: Progress) -> RunResult:
    """Take in all deliveries, then build and publish where that is due."""
    deliveries = _take_all(job, hands, progress) if "intake" in job.phases else ()
    is_due = "release" in job.phases and (
        job.is_release_due or any(item.status in ("landed", "held") for item in deliveries)
    )
    items = deliveries + (_release(job.settings, hands, progress) if is_due else ())
    release, missing = _standing_release(job.settings)
    findings = (*job.findings, *(finding for item in items for finding in item.findings), *missing)
    return RunResult("run", _exit_code(items, findings), release, items, findings, _note(items))


def take(job: Job, received: "Received") -> Item:
    """Take in one delivery; whatever happens inside becomes an item, so that the others go on."""
    from flows.intake.again import case_of
    from flows.intake.deliver import take_in

    if job.key is None:
        raise QdeepError("E-401", "This job was prepared without the key.", expected="the phase intake")
    place = Place(source=received.source, delivery_id=received.delivery_id, file=received.name)
    try:
        contract, part = case_of(received, job.contracts.sources[received.source], job.settings)
        outcome = take_in(received, contract, job.contracts, job.settings, job.key, part=part)
    except Exception as error:  # noqa: BLE001 - a broken delivery never stops the others
        return failed("delivery", error, place)
    return _item(outcome)


def replay(settings: Settings, book: Path, sent_on: date | None = None) -> RunResult:
    """Take a mended workbook in as a delivery of its own, as the only writer of the workspace; the next run builds.

    Raises:
        Busy: E-403, another run holds the lock.
        QdeepError: E-440 to E-443 where it is not a mended workbook of this workspace; nothing is stored then.
    """
    from flows.intake.deliver import replay as take
    from flows.intake.keys import key_of

    started = datetime.now(TIMEZONE)
    os.umask(0o077)
    with only_writer(settings, 0):
        clean(settings)
        items = (_item(take(book, load_contracts(settings), settings, key_of(settings), sent_on)),)
        findings = items[0].findings
        result = RunResult("refused replay", _exit_code(items, findings), "", items, findings, _note(items))
        log(settings, result, started)
    return result


def rotate(settings: Settings, old: Path, new: Path) -> "Rotation":
    """Give the lake a new key, as the only writer of the workspace.

    Raises:
        Busy: E-403, another run holds the lock.
        QdeepError: E-401, E-402 a key is missing or not safe, E-444 the lake has another key, E-445 it cannot be
            made anew; the lake is as it was then.
    """
    from flows.intake.keys import safe_key
    from flows.intake.rekey import rotate as make

    os.umask(0o077)
    with only_writer(settings, 0):
        clean(settings)
        first, second = (safe_key(replace(settings, key_file=path)) for path in (old, new))
        return make(settings, load_contracts(settings), first, second)


def roll_back(settings: Settings, release: str, reason: str = "") -> "Release":
    """Let readers see an earlier release again, as the only writer of the workspace.

    Raises:
        Busy: E-403, another run holds the lock.
        QdeepError: E-504 there is no such release, E-505 it is not whole or not safe.
    """
    from flows.release.publish import roll_back as back

    with only_writer(settings, 0):
        return back(settings, release, reason)


def _item(outcome: "Outcome") -> Item:
    return Item(
        "delivery",
        outcome.status,
        outcome.source,
        outcome.delivery_id,
        outcome.file,
        outcome.read,
        outcome.landed,
        outcome.refused,
        findings=tuple(outcome.findings),
    )


def build(job: Job) -> "Build":
    """Build the warehouse from all that has landed; one that holds just that already is taken as it is."""
    from flows.warehouse.build import build as make
    from flows.warehouse.build import build_key, last_build

    last = last_build(job.settings)
    if last and last.build_key == build_key(job.settings, job.contracts):
        return last
    return make(job.settings, job.contracts)


def publish(job: Job, built: "Build") -> "Release":
    """Publish what was built."""
    from flows.release.publish import publish as make

    return make(job.settings, job.contracts, built)


def _work(job: Job, engine: Engine, progress: Progress) -> RunResult:
    """Load an engine only where there is work for it: most scheduled runs find nothing new."""
    if job.waiting or (job.is_release_due and _has_landed(job.settings)):
        return engine(job, progress)
    return work(job, plain_hands(job), progress)


def _take_all(job: Job, hands: Hands, progress: Progress) -> tuple[Item, ...]:
    progress(Event("plan", total=len(job.received)))
    done: list[Item] = []
    waiting = {one.delivery_id: one for one in reversed(job.waiting)}  # the same bytes under two names: the first
    for position, received in enumerate(job.received):
        progress(Event("start", name=received.source))
        done.append(hands.take(received) if waiting.get(received.delivery_id) is received else _unchanged(received))
        progress(Event("delivery", (done[-1],), received.source))
        following = job.received[position + 1 : position + 2]
        if not following or following[0].source != received.source:
            of_source = tuple(item for item in done if item.source == received.source)
            progress(Event("source", of_source, received.source))
    return tuple(done)


def _unchanged(received: "Received") -> Item:
    return Item("delivery", "unchanged", received.source, received.delivery_id, received.name)


def _release(settings: Settings, hands: Hands, progress: Progress) -> tuple[Item, ...]:
    """Build and publish; a step that breaks leaves the last release standing and ends the run."""
    from flows.warehouse.build import last_build

    if not _has_landed(settings):
        nothing = QdeepError("E-502", "No delivery has landed yet.", expected="files in the inbox that fit a contract")
        return (failed("release", nothing),)
    progress(Event("start", name="build"))
    before = last_build(settings)
    try:
        built = hands.build()
    except Exception as error:  # noqa: BLE001 - becomes a finding; the last good warehouse stands
        return (failed("build", error),)
    status = "unchanged" if built == before else "built"
    items = (Item("build", status, counts={"build_key": built.build_key, **built.dbt, "seconds": built.seconds}),)
    progress(Event("build", items))
    progress(Event("start", name="release"))
    try:
        made = hands.publish(built)
    except Exception as error:  # noqa: BLE001 - same: `current` still names the last good release
        return (*items, failed("release", error))
    counts = {"release": made.release_id, "tables": len(made.tables), "rows": made.rows, "withheld": made.withheld}
    items += (Item("release", "published" if made.changed else "unchanged", counts=counts),)
    progress(Event("release", items[-1:]))
    return items


def _is_current(settings: Settings, contracts: "Contracts") -> bool:
    """Return whether the release that stands is the one that this lake, these contracts and this code give."""
    from flows.release.lineage import release_id
    from flows.release.publish import current
    from flows.release.shelf import withdrawn
    from flows.release.verify import is_intact
    from flows.warehouse.build import build_key

    release = current(settings)
    due = release_id(settings, build_key(settings, contracts))
    if release is None or (release.release_id != due and due not in withdrawn(settings)):
        return False
    return is_intact(release.path)


def _has_landed(settings: Settings) -> bool:
    from flows.intake.store import deliveries

    return any(one["verdict"] == "landed" for one in deliveries(settings))


def _standing_release(settings: Settings) -> tuple[str, tuple[Finding, ...]]:
    """Return the id of the release that readers see, with findings: each required source it lacks, a rollback."""
    from flows.release.publish import current
    from flows.release.shelf import is_rolled_back

    release = current(settings)
    if release is None:
        return "", ()
    lacking = tuple(
        Finding("E-406", "The release stands without a required source.", Place(source=source), expected="a delivery")
        for source in release.missing_sources
    )
    back = (Finding("W-506", "Readers see an earlier release: the last one was withdrawn."),)
    return release.release_id, lacking + (back if is_rolled_back(settings) else ())


def _exit_code(items: tuple[Item, ...], findings: tuple[Finding, ...]) -> int:
    if any(item.status == "failed" and item.step != "delivery" for item in items):
        return COULD_NOT_RUN
    is_broken = any(item.status in ("held", "refused", "failed") for item in items)
    return FINDINGS if is_broken or needs_attention(findings) else FINE


def _note(items: tuple[Item, ...]) -> str:
    if all(item.status == "unchanged" for item in items):
        return "nothing changed"
    counts = Counter(item.status for item in items if item.step == "delivery")
    told = ", ".join(f"{counts[name]} {name}" for name in ("landed", "held", "refused", "failed") if counts[name])
    return f"deliveries: {told or 'none new'}"


def _empty_spool(job: Job) -> None:
    """Remove what connectors had fetched and has landed: the vault holds it now."""
    from flows.pull.spool import sweep

    if "intake" in job.phases:
        sweep(job.contracts.sources, job.settings)


def _chosen(contracts: "Contracts", only: tuple[str, ...]) -> list[str]:
    unknown = sorted(set(only) - set(contracts.sources))
    if unknown:
        known = ", ".join(sorted(contracts.sources))
        raise QdeepError("E-208", f"No contract for source {', '.join(unknown)}.", expected=f"one of: {known}")
    return sorted(set(only) or contracts.sources)


@contextmanager
def only_writer(settings: Settings, wait: float) -> Generator[None]:
    """Hold the lock of the workspace; wait for it some seconds."""
    from flows.lock import writer

    deadline = time.monotonic() + wait
    while True:
        lock = writer(settings)
        try:
            lock.__enter__()
            break
        except Busy:
            if time.monotonic() >= deadline:
                raise
            time.sleep(min(1.0, wait))
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


def clean(settings: Settings) -> None:
    """Finish what a killed run had committed, and remove what it left in tmp/; nothing there was ever acknowledged."""
    from flows.intake.land import restore
    from flows.intake.rekey import finish

    finish(settings)
    restore(settings)
    if settings.tmp.is_dir():
        for left in settings.tmp.iterdir():
            shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()

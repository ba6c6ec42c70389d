"""After this a received file has its verdict: landed, refused with reasons, or already known; and nothing is lost.

take_in is one delivery in and one committed delivery out; check_file gives the same verdict and writes nothing. A
delivery whose verdict hangs on something that has changed is judged again; the verdict before stays in its history.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Literal

from flows.contracts.model import Contract, Contracts
from flows.errors import Finding, Place, QdeepError, is_full
from flows.intake import land, tries
from flows.intake.filegate import Copy, copy_in, make_folder, no_room
from flows.intake.formats import FORMATS
from flows.intake.gate import Before, Judged, judge
from flows.intake.history import is_held, past_of
from flows.intake.inside.memory import keep_memory
from flows.intake.judgement import what_changed
from flows.intake.manifest import Scope, about, history_of, is_future, scope_of, unnamed_scope, write_manifest
from flows.intake.mend import lines_landed, read_mended
from flows.intake.parcel import Target, opened, write_answers, write_refused, write_rows
from flows.intake.parts import Part, identify
from flows.intake.persons import persons_of
from flows.intake.pseudonym import Key
from flows.intake.raw import RawFile
from flows.intake.read import read_tables
from flows.intake.store import of_source, original_of, refused_name, standing
from flows.intake.taken import taken
from flows.intake.totals import KEPT, Totals, as_dict, read_totals, totals_changed, totals_path
from flows.intake.unfold import unfolded
from flows.pull.received import Received, fingerprint
from flows.settings import Settings

REFUSALS = ("E-1", "E-2", "E-3")  # about the file; all others are about the run
# No copy could be made, or the machine ended its reader: there is no delivery to keep, and the next run tries again.
NO_BYTES = ("E-102", "E-103", "E-116", "E-134")
NO_RIGHT = (errno.EROFS, errno.EACCES, errno.EPERM)


@dataclass(frozen=True)
class Outcome:
    """What became of a received file; rows read are rows landed and rows refused.

    Attributes:
        status: `held`: its rows landed and do not count, because it breaks with the deliveries before it.
        file: Name of the file at the sender's.
    """

    delivery_id: str
    source: str
    status: Literal["landed", "held", "refused", "unchanged"]
    read: int = 0
    landed: int = 0
    refused: int = 0
    findings: tuple[Finding, ...] = ()
    file: str = ""


@dataclass(frozen=True)
class Case:
    """A received file with what it is judged by."""

    received: Received
    contract: Contract
    contracts: Contracts
    settings: Settings
    part: Part | None = None


@dataclass(frozen=True)
class Verdict:
    """What reading and judging a copy gave; all but the first two are None where it could not be read."""

    copy: Copy
    findings: tuple[Finding, ...]
    scope: Scope | None = None
    raw: RawFile | None = None
    judged: Judged | None = None
    totals: Totals = field(default_factory=Totals)

    @property
    def is_refused(self) -> bool:
        """Whether no row lands."""
        return self.judged is None or self.judged.refused

    @property
    def counts(self) -> dict[str, int]:
        """Rows read, landed and refused over all tables."""
        tables = self.judged.counts.values() if self.judged else ()
        return {name: sum(table[name] for table in tables) for name in ("read", "landed", "refused")}

    def as_dict(self) -> dict[str, Any]:
        """Return what the manifest says of the verdict: counts and positions, no values."""
        judged = self.judged
        return {
            "verdict": "refused" if self.is_refused else "landed",
            **self.counts,
            "map_version": judged.map_version if judged else 0,
            "tables": judged.counts if judged else {},
            "rules": [asdict(rule) for rule in judged.rules] if judged else [],
            "expected_rules": [list(one) for one in judged.expected] if judged else [],
            "gx": judged.gx if judged else {"success": False, "evaluated": 0, "unsuccessful": 0},
            "findings": [finding.as_dict() for finding in self.findings],
            "statistics": judged.statistics if judged else {},
            "control_totals": as_dict(self.totals, judged.totals if judged else ()),
        }


def take_in(  # noqa: PLR0913 - a file, what it is judged by, and where from if it was mended
    received: Received,
    contract: Contract,
    contracts: Contracts,
    settings: Settings,
    key: Key,
    *,
    part: Part | None = None,
) -> Outcome:
    """Take a received file into lake and vault, once; judge it again where its verdict is out of date.

    Args:
        received: The file.
        contract: Contract of its source.
        contracts: All contracts.
        settings: Workspace.
        key: Key of the pseudonyms.
        part: Where its rows come from, for a workbook of mended rows.

    Raises:
        QdeepError: E-4xx when the run cannot go on (no room on the disk); nothing is visible then.
    """
    known = standing(received, contract, settings)
    why = (*what_changed(known, contract, contracts), *totals_changed(known, received, contract)) if known else ()
    if known and not why:
        counts = {name: known[name] for name in ("read", "landed", "refused")}
        return Outcome(received.delivery_id, received.source, "unchanged", **counts, file=received.name)
    make_folder(settings.tmp)
    parcel = Path(tempfile.mkdtemp(prefix=f"{received.delivery_id}-", dir=settings.tmp))
    try:
        with _room(settings):
            return _take_in(parcel, Case(received, contract, contracts, settings, part), key, known, why)
    finally:
        shutil.rmtree(parcel, ignore_errors=True)


def replay(book: Path, contracts: Contracts, settings: Settings, key: Key, sent_on: date | None = None) -> Outcome:
    """Take a mended workbook in: its rows are judged like all others and land as a delivery that adds to its origin.

    Raises:
        QdeepError: E-440 to E-443 where it is not a mended workbook of this workspace; nothing is stored then.
    """
    with tempfile.TemporaryDirectory(prefix="replay-", dir=make_folder(settings.tmp)) as folder, _room(settings):
        received, contract, part = identify(book, contracts, settings, Path(folder), sent_on)
    return take_in(received, contract, contracts, settings, key, part=part)


def write_again(  # noqa: PLR0913 - a file, what it is judged by, and where its rows go
    received: Received,
    contract: Contract,
    contracts: Contracts,
    settings: Settings,
    keys: tuple[Key, Key],
    *,
    part: Part | None,
    folder: Path,
) -> dict[str, dict[str, Any]] | None:
    """Write the landed rows of a delivery again, judged with the first key, named with the second.

    The vault gets its file of persons made with the second key, beside that of the first.

    Returns:
        File name -> sha256, rows and bytes; None where the delivery would be refused.
    """
    parcel = Path(tempfile.mkdtemp(prefix=f"{received.delivery_id}-", dir=make_folder(settings.tmp)))
    try:
        with _room(settings):
            persons = persons_of(contract, keys[1], parcel)
            target = Target(received, folder, keys[1], persons)
            verdict = _judge(parcel, Case(received, contract, contracts, settings, part), keys[0], target)
            if verdict.judged is None or verdict.is_refused:
                return None
            with opened(verdict.judged.database, settings) as connection:
                files = verdict.judged.files | write_answers(connection, verdict.judged, target)
            if persons and persons.path.exists():
                land.add(persons.path, settings.vault / received.source / received.delivery_id)
            return files
    finally:
        shutil.rmtree(parcel, ignore_errors=True)


def check_file(path: Path, contract: Contract, contracts: Contracts, settings: Settings) -> Outcome:
    """Give the verdict that taking in a file would give, and leave nothing behind."""
    received = fingerprint(contract.source, path)
    with tempfile.TemporaryDirectory(prefix="qdeep-check-") as folder:
        try:
            verdict = _judge(Path(folder), Case(received, contract, contracts, settings))
        except QdeepError as error:
            if error.finding.code not in NO_BYTES:
                raise
            return _unread(received, error.finding)
        return _outcome(received, verdict)


def _take_in(parcel: Path, case: Case, key: Key, known: dict[str, Any] | None, why: tuple[str, ...] = ()) -> Outcome:
    received = case.received
    for name in ("vault", "lake"):
        (parcel / name).mkdir(mode=0o700)
    target = Target(received, parcel / "lake", key, persons_of(case.contract, key, parcel / "vault"))
    try:
        verdict = _judge(parcel, case, key, target, is_counted=True)
    except QdeepError as error:
        if error.finding.code not in NO_BYTES:
            raise
        return _unread(received, error.finding)
    land.checkpoint("judged")
    _fill(parcel, case, verdict, target, history_of(known, why))
    land.checkpoint("written")
    if known and original_of(case.settings, known):
        verdict.copy.path.unlink()  # the vault has it already, and it stays untouched
        land.replace_verdict(parcel, received.source, received.delivery_id, case.settings)
    else:
        land.land(parcel, received.source, received.delivery_id, case.settings)
    return _outcome(received, verdict, why)


def _judge(
    parcel: Path, case: Case, key: Key | None = None, target: Target | None = None, *, is_counted: bool = False
) -> Verdict:
    keep_memory()
    received, write = case.received, partial(write_rows, target) if target else None
    original = make_folder(parcel / "vault") / f"original{_suffix(case)}"
    copy = copy_in(received.path, original)
    if received.sha256 and copy.sha256 != received.sha256:
        where = Place(file=received.name)
        raise QdeepError("E-116", "The file changed while it was read.", where, "a file that stays as it is")
    land.checkpoint("copied")
    try:
        if is_counted:
            tries.begin(received, case.settings)
        scope = case.part.scope if case.part else scope_of(received, case.contract)
        before = _before(parcel, case, scope, key)
        raw = _tables(copy.path, case, parcel)
        land.checkpoint("read")
        stage = parcel / "stage"
        judged = judge(raw, case.contract, case.contracts, stage, case.settings, before=before, write=write)
    except QdeepError as error:
        finding = tries.told(error.finding, received, case.settings) if is_counted else error.finding
        if finding.code in NO_BYTES or not finding.code.startswith(REFUSALS):
            raise
        if is_counted:
            tries.forget(received, case.settings)
        return Verdict(copy, _placed((finding,), received))
    except BaseException:
        if is_counted:
            tries.end(received, case.settings)
        raise
    if is_counted:
        tries.forget(received, case.settings)
    findings = (*judged.findings, *_future(scope, received))
    return Verdict(copy, _placed(findings, received), scope, raw, judged, before.totals)


def _before(parcel: Path, case: Case, scope: Scope, key: Key | None) -> Before:
    """Return what is known before the rows are read: history, signed totals (kept in the vault) and slice.

    Mended rows are few of many: neither history nor totals can be held against them.
    """
    if case.part:
        return Before(slice=scope.slice, taken=taken(case.contract, case.part.files, key) if key else None)
    received, contract = case.received, case.contract
    beside = totals_path(received, contract)
    kept = copy_in(beside, parcel / "vault" / KEPT).path if beside else None
    totals = read_totals(kept, received, contract)
    manifest = about(received, contract, case.contracts, scope)
    past = past_of(manifest, of_source(contract.source, case.settings), contract, case.contracts)
    return Before(tuple(past), totals, scope.slice)


def _future(scope: Scope, received: Received) -> tuple[Finding, ...]:
    if not is_future(scope, received):
        return ()
    text = f"The file name says that it is known from {scope.known_from}, a day after it came."
    return (Finding("W-358", text, expected="a day not after the day of receipt"),)


def _tables(path: Path, case: Case, folder: Path) -> RawFile:
    if case.part:
        with _named(case.received.name):
            return read_mended(path, case.part.asked, case.contract, case.settings, folder)
    return unfolded(read_tables(path, case.contract, case.settings, folder), case.contract, folder)


@contextmanager
def _named(file: str) -> Generator[None]:
    """Tell what is wrong with a workbook under the name that it came with, not that of our copy."""
    try:
        yield
    except QdeepError as error:
        one = error.finding
        raise QdeepError(one.code, one.text, replace(one.where, file=file), one.expected) from error


def _suffix(case: Case) -> str:
    """Return the suffix of the kept original; of the sender's name nothing is used but whether it is gzipped."""
    if case.part:
        return ".xlsx"
    style = case.contract.file
    if style.packing:
        return f".{style.packing}"
    is_gzipped = FORMATS[style.format].may_gzip and case.received.name.endswith(".gz")
    return f".{style.format}{'.gz' if is_gzipped else ''}"


def _placed(findings: tuple[Finding, ...], received: Received) -> tuple[Finding, ...]:
    """Name source, delivery and the sender's file in all findings."""
    names = {"source": received.source, "delivery_id": received.delivery_id, "file": received.name}
    return tuple(replace(finding, where=replace(finding.where, **names)) for finding in findings)


def _outcome(received: Received, verdict: Verdict, why: tuple[str, ...] = ()) -> Outcome:
    status: Literal["landed", "held", "refused"] = "refused" if verdict.is_refused else "landed"
    if status == "landed" and verdict.judged and is_held(verdict.judged.learned):
        status = "held"
    again = Finding("I-449", f"Judged again, because of a change of {', '.join(why)}.")
    findings = _placed((again,), received) if why else ()
    return Outcome(
        received.delivery_id,
        received.source,
        status,
        **verdict.counts,
        findings=(*findings, *verdict.findings),
        file=received.name,
    )


def _unread(received: Received, finding: Finding) -> Outcome:
    """Return the outcome of what could not even be copied; it leaves no trace and is tried again by the next run."""
    findings = _placed((finding,), received)
    return Outcome(received.delivery_id, received.source, "refused", findings=findings, file=received.name)


def _fill(parcel: Path, case: Case, verdict: Verdict, landed: Target, history: list[dict[str, Any]]) -> None:
    """Write the files of both folders that are not written yet; the manifest last."""
    files, lines = {}, {}
    if verdict.judged and verdict.raw:
        target = parcel / "vault" / refused_name(len(history))
        with opened(verdict.judged.database, case.settings) as connection:
            write_refused(connection, verdict.judged, verdict.raw, case.contract, target)
            if not verdict.is_refused:
                files = verdict.judged.files | write_answers(connection, verdict.judged, landed)
                lines = lines_landed(connection, verdict.raw.tables) if case.part else {}
    scope = verdict.scope or unnamed_scope(case.received, case.contract)
    origin = {"origin": case.part.told(lines)} if case.part else {}
    manifest = {
        **about(case.received, case.contract, case.contracts, scope),
        **verdict.as_dict(),
        **origin,
        "files": files,
        "key_id": landed.key.id,
        "history": history,
    }
    write_manifest(parcel / "lake", manifest)


@contextmanager
def _room(settings: Settings) -> Generator[None]:
    """Turn a full disk or a folder that cannot be written into E-405: it is no fault of the file."""
    try:
        yield
    except QdeepError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and (is_full(error) or error.errno in NO_RIGHT):
            raise no_room(settings.workspace, error) from error
        if not is_full(error):
            raise
        raise no_room(settings.workspace, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))) from None

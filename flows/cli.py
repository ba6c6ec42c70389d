"""`qdeep` parses a command, calls one function of a room, prints its answer and ends with a code that means one thing.

Nothing heavy is imported before the command that needs it.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, CycloptsError, Group, Parameter

from flows import __version__, console
from flows.engine import EngineName, named
from flows.errors import Finding, Place, QdeepError
from flows.runs import COULD_NOT_RUN, FINDINGS, FINE, INTERRUPTED, RunResult, needs_attention, shape, what_broke
from flows.settings import Settings, load_settings

if TYPE_CHECKING:
    from flows.contracts.model import Contract, Contracts

RUNNING, LOOKING, UPKEEP = (Group(name, sort_key=place) for place, name in enumerate(("Running", "Looking", "Upkeep")))
UNITS = {"s": 1, "m": 60, "h": 3600}
app = App(
    name="qdeep",
    version=f"qdeep {__version__}",
    help="Personnel extracts, surveys and event logs in; checked indicators and process metrics out.",
    help_epilogue=(
        "Exit codes: 0 nothing for you to do, 1 findings, 2 could not run, 3 another run is at work, 130 interrupted."
        "\n\nFirst steps: qdeep key new, then qdeep run, then qdeep status."
    ),
)
refused_app, persons_app, key_app, contract_app, release_app, questionnaire_app, scenario_app = (
    App(name=name, help=text, group=group)
    for name, text, group in (
        ("refused", "What was refused: list, explain, export for mending, replay.", LOOKING),
        ("persons", "Persons who may stand twice: list them for review.", LOOKING),
        ("key", "The key of the pseudonyms.", UPKEEP),
        ("contract", "The contracts of the sources.", UPKEEP),
        ("release", "Published releases.", UPKEEP),
        ("questionnaire", "Questionnaires: list them, write them for a survey tool or for print.", UPKEEP),
        ("scenario", "Changed processes: list them, check them, simulate one.", LOOKING),
    )
)
for _sub in (refused_app, persons_app, key_app, contract_app, release_app, questionnaire_app, scenario_app):
    app.command(_sub)


@Parameter(name="*")
@dataclass(frozen=True)
class Common:
    """Options of every command."""

    config: Annotated[Path | None, Parameter(help="Configuration; else $QDEEP_CONFIG, else ./qdeep.toml.")] = None
    output: Annotated[
        Literal["text", "json"],
        Parameter(name=["--output", "-o"], help="json prints one JSON object on stdout, all talk goes to stderr."),
    ] = "text"

    @property
    def is_json(self) -> bool:
        """Whether stdout is one JSON object."""
        return self.output == "json"


USUAL = Common()
Language = Annotated[Literal["en", "ru", "uz", "ko"] | None, Parameter(help="Else $QDEEP_LANG.")]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    console.prepare()
    os.umask(0o077)  # whatever a command writes is for its own user alone; a release opens itself to readers
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = app(tokens, exit_on_error=False, print_error=False, result_action="return_value") or FINE
        if sys.stdout is not None:
            sys.stdout.flush()
    except CycloptsError as error:
        return _could_not(tokens, Finding("E-407", _one_line(str(error)), expected="see qdeep --help"), COULD_NOT_RUN)
    except QdeepError as error:
        return _could_not(tokens, error.finding, error.exit_code)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        console.leave_pipe()
        return FINE
    except Exception as error:
        if os.environ.get("QDEEP_DEBUG"):
            raise
        return _could_not(tokens, what_broke(error, Place()), COULD_NOT_RUN)
    return code


@app.command(group=RUNNING)
def run(  # noqa: PLR0913 - one parameter for each option
    *,
    only: Annotated[tuple[str, ...], Parameter(help="Sources to take in; all where not given.", negative=())] = (),
    engine: Annotated[EngineName, Parameter(help="Work through Prefect, or call the steps directly.")] = "prefect",
    ui: Annotated[bool, Parameter(help="Show Prefect's pages while the run lasts.", negative=())] = False,
    wait: Annotated[str, Parameter(help="How long to wait for another run: 30s, 10m, 1h.")] = "0s",
    as_of: Annotated[date | None, Parameter(help="The world as it was on that day.")] = None,
    known_on: Annotated[date | None, Parameter(help="Deliveries known later are left out.")] = None,
    common: Common = USUAL,
) -> int:
    """Take in what has arrived, build the marts, publish a release."""
    from flows import steps

    settings = load_settings(common.config, as_of=as_of, known_on=known_on)
    worker = named(engine, ui=ui, announce=console.tell)
    with console.progress(is_json=common.is_json) as progress:
        result = steps.run(settings, only, engine=worker, progress=progress, wait=_seconds(wait))
    if common.is_json:
        console.say_json(result.as_dict())
    else:
        _say_result(result)
    return result.exit


@app.command(group=RUNNING)
def check(
    file: Path,
    /,
    *,
    source: Annotated[str, Parameter(help="Source that sent it; guessed from the file name where not given.")] = "",
    common: Common = USUAL,
) -> int:
    """Check one file against its contract and write nothing.

    Parameters
    ----------
    file: The file as it was received.
    """
    from flows.intake.deliver import check_file
    from flows.steps import load_contracts

    settings = load_settings(common.config)
    contracts = load_contracts(settings)
    contract = _contract_of(file, source, contracts, settings)
    outcome = check_file(file, contract, contracts, settings)
    code = FINDINGS if needs_attention(outcome.findings) or outcome.status == "refused" else FINE
    item = {"source": contract.source, "file": file.name, "status": outcome.status}
    rows = {"read": outcome.read, "landed": outcome.landed, "refused": outcome.refused}
    if common.is_json:
        console.say_json(shape("check", code, [item | rows], tuple(outcome.findings)))
        return code
    verdict = "would be refused whole" if outcome.status == "refused" else f"{outcome.landed:,} rows would land"
    console.say(f"{file.name}  contract {contract.source}, version {contract.version}")
    console.say_findings(outcome.findings)
    state = {FINE: "ok"}.get(code, "fail" if outcome.status == "refused" else "warn")
    console.say_state(state, f"{outcome.read:,} rows read, {outcome.refused:,} refused: {verdict}")
    return code


@app.command(group=RUNNING)
def serve(*, common: Common = USUAL) -> int:
    """Register the schedules of prefect.yaml with Prefect and work until Ctrl-C."""
    from flows.engine import told
    from flows.server import server

    settings = load_settings(common.config)
    with server(settings, ui=True) as where:
        from flows.pipeline import definitions, serve_deployments

        console.say(told(where))
        for entry in definitions():
            times = ", ".join(f"{one['cron']} {one['timezone']}" for one in entry["schedules"])
            console.say(f"  {entry['name']:<16} {times:<44} {entry['description']}")
        console.say("working  (Ctrl-C stops after the current run)")
        serve_deployments(_config_file(common.config))
    return INTERRUPTED


@app.command(group=LOOKING)
def status(*, common: Common = USUAL) -> int:
    """Say for each source what was last taken in, what is held, due or late, and which release stands."""
    from flows.standing import standing

    settings = load_settings(common.config)
    found = standing(settings)
    if common.is_json:
        sources = [source.as_dict() for source in found.sources]
        said = shape("status", found.exit, sources, found.findings, release=found.release)
        console.say_json(said | {"last_run": found.last_run})
        return found.exit
    headers = ("source", "state", "last good", "period", "known from", "rows", "refused", "due", "days late")
    rows = [
        (s.source, s.state, s.delivery_id, s.period, s.known_from, s.landed, s.refused, s.due_on, s.late_days)
        for s in found.sources
    ]
    console.say_table(headers, rows)
    console.say(f"release  {found.release or 'none yet: qdeep run'}")
    if found.last_run:
        last = found.last_run
        console.say(f"last run {last['started_at']}, {last['seconds']} s, exit {last['exit']}: {last['note']}")
    return found.exit


@app.command(group=LOOKING)
def deliveries(
    *,
    source: Annotated[str, Parameter(help="Only those of this source.")] = "",
    common: Common = USUAL,
) -> int:
    """List all deliveries that have a verdict."""
    from flows.intake.store import deliveries as stored
    from flows.steps import load_contracts
    from flows.warehouse.choose import standings

    names = ("source", "delivery_id", "period", "known_from", "verdict", "read", "landed", "refused")
    settings = load_settings(common.config)
    contracts = load_contracts(settings)
    _known(source, contracts)
    found = standings(stored(settings), contracts)
    items = [{**{name: one[name] for name in names}, "verdict": said} for one, said in found]
    items = [one for one in items if source in ("", one["source"])]
    items.sort(key=lambda one: (one["source"], one["known_from"], one["delivery_id"]))
    return _answer("deliveries", names, items, common)


@app.command(group=LOOKING)
def restate(before: date, after: date, /, *, common: Common = USUAL) -> int:
    """Tell which published HRM figures changed between two days of knowledge, by how much, and which deliveries did it.

    Writes the mart hrm_restatements into the workspace, beside the releases.

    Parameters
    ----------
    before: The earlier known_on; a release of it is made with qdeep run --known-on.
    after: The later known_on.
    """
    from flows.release.restate import find, write_restatements
    from flows.release.restate import restate as compare

    settings = load_settings(common.config)
    folders = [find(settings.published, str(day), str(settings.as_of)) for day in (before, after)]
    rows = compare(*folders)
    path = write_restatements(rows, settings.workspace / "restatements", "__".join(folder.name for folder in folders))
    counts = ", ".join(f"{count} {what}" for what, count in sorted(rows["what"].value_counts().iter_rows()))
    return _done(
        "restate", f"{rows.height} figures differ{f': {counts}' if counts else ''}; see {path}", str(path), common
    )


@refused_app.command(name="list")
def refused_list(
    *,
    source: Annotated[str, Parameter(help="Only those of this source.")] = "",
    delivery: Annotated[str, Parameter(help="Only those of this delivery.")] = "",
    common: Common = USUAL,
) -> int:
    """List what was refused: how much by reason, or with --delivery the places of its rows; never what they say."""
    from flows.intake.refused import count_refused, list_refused

    settings = load_settings(common.config)
    _known_source(settings, source)
    items = list_refused(settings, source or None, delivery) if delivery else count_refused(settings, source or None)
    names = tuple(items[0]) if items else ("source", "delivery_id")
    return _answer("refused list", names, items, common)


@refused_app.command(name="explain")
def refused_explain(delivery: str, /, *, lang: Language = None, common: Common = USUAL) -> int:
    """Say what is wrong with a delivery: where, what was expected, why it happens, what to do.

    Parameters
    ----------
    delivery: Id of the delivery, as `qdeep deliveries` shows it.
    """
    from flows.intake.refused import explain_refused

    items = explain_refused(load_settings(common.config), delivery, lang or _language(common))
    if common.is_json:
        console.say_json(shape("refused explain", FINE, items))
        return FINE
    for item in items:
        console.say(f"{item['code']}  {item['title']}", "bold")
        lines = f"lines {_flat(item['lines'])}" if item["lines"] else ""
        console.say("  " + ", ".join(filter(None, (item["file"], item["sheet"], item["column"], lines))))
        console.say(f"  {item['text']}{' Expected: ' + item['expected'] if item['expected'] else ''}")
        console.say(f"  {item['cause']} {item['cure']}")
    return FINE


@refused_app.command(name="export")
def refused_export(
    delivery: str, target: Path | None = None, /, *, lang: Language = None, common: Common = USUAL
) -> int:
    """Write the refused rows of a delivery as a workbook with the wrong cells marked and the reasons in words.

    Parameters
    ----------
    delivery: Id of the delivery, as `qdeep deliveries` shows it.
    target: Workbook to write, for its owner alone; in the vault where not given. It holds personal data.
    """
    from flows.intake.refused import export_refused, place_of_export

    settings = load_settings(common.config)
    if target and target.suffix != ".xlsx":  # a slip of the pen must not overwrite another file
        raise QdeepError(
            "E-407", "This is no name of a workbook.", Place(file=str(target)), "a name that ends in .xlsx"
        )
    path = target or place_of_export(settings, delivery)
    export_refused(settings, delivery, path, lang or _language(common))
    warning = "  (personal data outside the vault: remove it when done)" if target else ""
    return _done("refused export", f"wrote  {path}{warning}", str(path), common)


@refused_app.command(name="replay")
def refused_replay(
    workbook: Path,
    /,
    *,
    sent_on: Annotated[date | None, Parameter(help="Day on which it was sent; today where not given.")] = None,
    common: Common = USUAL,
) -> int:
    """Take in a mended workbook of refused rows; what passes lands as a delivery of its own.

    Parameters
    ----------
    workbook: A workbook of `qdeep refused export` in which cells were mended.
    """
    from flows import steps

    settings = load_settings(common.config)
    _must_exist(workbook)
    result = steps.replay(settings, workbook, sent_on)
    if common.is_json:
        console.say_json(result.as_dict())
        return result.exit
    (item,) = result.items
    console.say_findings(result.findings)
    known = {"unchanged": "this workbook was taken in before"}.get(item.status, item.status)
    console.say(f"{item.delivery_id}  {known}: {item.read:,} rows, {item.landed:,} landed, {item.refused:,} refused")
    console.say("next   qdeep run" if item.status == "landed" else f"next   qdeep refused explain {item.delivery_id}")
    return result.exit


@persons_app.command(name="duplicates")
def persons_duplicates(*, common: Common = USUAL) -> int:
    """List persons who may stand twice, by pseudonym and place, and write the review list into the vault."""
    from flows.intake.persons import FIELDS, find_duplicates, write_review
    from flows.steps import load_contracts

    settings = load_settings(common.config)
    pairs = find_duplicates(settings, load_contracts(settings).merges)
    path = write_review(settings, pairs)
    code = _answer("persons duplicates", FIELDS, pairs, common)
    if not common.is_json:
        console.say(f"wrote  {path}  (look them up, then merge them in expectations/merges/)")
    return code


@app.command(group=LOOKING)
def explain(
    code: str,
    /,
    *,
    lang: Language = None,
    common: Common = USUAL,
) -> int:
    """Explain a code in plain words: what it means, why it happens, what to do.

    Parameters
    ----------
    code: A code such as E-303.
    """
    from flows.explain import explain as look_up

    message = look_up(code, lang or _language(common))
    if not common.is_json and not console.can_show(message.title):
        message = look_up(code)
    if common.is_json:
        console.say_json(shape("explain", FINE, [vars(message)]))
        return FINE
    console.say(f"{message.code}  {message.title}", "bold")
    console.say(message.cause)
    console.say(message.cure)
    return FINE


@app.command(group=UPKEEP)
def doctor(*, common: Common = USUAL) -> int:
    """Check this machine and this workspace."""
    from flows.doctor import examine

    checks = examine(load_settings(common.config))
    code = FINDINGS if any(one.state == "fail" for one in checks) else FINE
    if common.is_json:
        console.say_json(shape("doctor", code, [vars(one) for one in checks]))
        return code
    for one in checks:
        console.say_state(one.state, f"{one.name:<14} {one.text}")
    return code


@key_app.command(name="new")
def key_new(path: Path | None = None, /, *, common: Common = USUAL) -> int:
    """Make a new key; an existing one is never overwritten.

    Parameters
    ----------
    path: File to write; the key_file of the configuration where not given.
    """
    from flows.intake.pseudonym import new_key

    target = path or load_settings(common.config).key_file
    new_key(target)
    return _done(
        "key new", f"wrote  {target}  (back it up: without it no person can be matched again)", str(target), common
    )


@key_app.command(name="check")
def key_check(*, common: Common = USUAL) -> int:
    """Say whether the key is safe and the one of the lake, and never what it is."""
    from flows.intake.keys import examine

    found = examine(load_settings(common.config))
    code = FINE if found["fits"] else FINDINGS
    if common.is_json:
        console.say_json(shape("key check", code, [found]))
        return code
    console.say(f"key    {found['path']}, mode {found['mode']}, id {found['key_id']}")
    lake = _flat(found["lake_keys"]) or "no key yet"
    console.say_state("ok" if found["fits"] else "fail", f"the lake was made with {lake}")
    return code


@key_app.command(name="rotate")
def key_rotate(old: Path, new: Path, /, *, common: Common = USUAL) -> int:
    """Give the lake a new key, prove that nobody was lost or doubled, and switch; goes on where it was stopped.

    Parameters
    ----------
    old: Key of the lake.
    new: Key to take its place; make it with `qdeep key new NEW`.
    """
    from flows import steps

    found = steps.rotate(load_settings(common.config), old, new)
    if common.is_json:
        console.say_json(shape("key rotate", FINE, [vars(found)]))
        return FINE
    persons = ", ".join(f"{count:,} {purpose}" for purpose, count in found.persons.items()) or "none"
    console.say(f"proved {found.deliveries} deliveries, {found.rows:,} rows, persons by purpose: {persons}")
    if found.merged:
        console.say(f"wrote  {found.merged} keys of merged persons anew in expectations/merges: keep the changed files")
    console.say(f"next   set key_file to {new} in qdeep.toml, then destroy {old} and its copies")
    return FINE


@contract_app.command(name="check")
def contract_check(*, common: Common = USUAL) -> int:
    """Check all contract files; name file and line of what is wrong."""
    from flows.contracts.check import check_contracts
    from flows.steps import load_contracts

    settings = load_settings(common.config)
    faults = check_contracts(settings)
    if faults:
        return _found("contract check", faults, f"{len(faults)} faults in the contracts", common)
    sources = load_contracts(settings).sources
    return _found("contract check", (), f"{len(sources)} contracts are right", common)


@contract_app.command(name="draft")
def contract_draft(
    file: Path,
    /,
    *,
    source: Annotated[str, Parameter(help="Name of the source: small letters, digits and _.")],
    organisation: Annotated[str, Parameter(help="Code of the organisation that sends it.")] = "",
    into: Annotated[Path, Parameter(help="Folder of contracts to write to.")] = Path("draft"),
    common: Common = USUAL,
) -> int:
    """Propose a contract from a file; no cell stands in it but words of code lists that many rows hold.

    Parameters
    ----------
    file: A file as the sender would send it.
    """
    from flows.draft.write import draft

    made = draft(file, source, organisation, into, load_settings(common.config))
    found = made.proposal
    if common.is_json:
        item = {"source": source, "kind": found.kind.name, "columns": sorted(found.headers), "to_do": found.todo}
        item["files"] = [str(path) for path in made.files]
        console.say_json(shape("contract draft", FINDINGS if made.faults else FINE, [item], made.faults))
        return FINDINGS if made.faults else FINE
    console.say(f"{file.name}  looks like {found.kind.name}: {len(found.headers)} of its columns are there")
    for text in (*(f"to do  {one}" for one in found.todo), *(f"note   {one}" for one in found.notes)):
        console.say(text)
    console.say("wrote  " + ", ".join(map(str, made.files)))
    return _found("contract draft", made.faults, "read each line before you trust it", common)


@release_app.command(name="list")
def release_list(*, common: Common = USUAL) -> int:
    """List the releases that stand, the newest first, and which one readers see."""
    from flows.release.shelf import releases

    found = releases(load_settings(common.config))
    if common.is_json:
        console.say_json(shape("release list", FINE, [one.as_dict() for one in found]))
        return FINE
    if not found:
        console.say("none yet: qdeep run")
        return FINE
    headers = ("release", "state", "published", "as of", "known on", "tables", "rows", "withheld", "MB")
    rows = [
        (r.release_id, r.state, r.published_at[:16], r.as_of, r.known_on, r.tables, r.rows, r.withheld, r.size // 10**6)
        for r in found
    ]
    console.say_table(headers, rows)
    return FINE


@release_app.command(name="show")
def release_show(release: str = "", /, *, common: Common = USUAL) -> int:
    """Say of a release what it rests on, what its files are, and what its protection withholds, table by table.

    Parameters
    ----------
    release: Id, or its beginning; the current one where not given.
    """
    from flows.release.shelf import chosen, described

    entry = chosen(load_settings(common.config), release)
    told = described(entry)
    if common.is_json:
        console.say_json(shape("release show", FINE, told["tables"], release=entry.release_id) | told)
        return FINE
    console.say(f"{entry.release_id}  {entry.state}, published {entry.published_at[:16]}", "bold")
    console.say(f"as of {entry.as_of}, known on {entry.known_on}, {len(told['deliveries'])} deliveries, {told['code']}")
    for source in told["missing_sources"]:
        console.say_state("warn", f"stands without {source}")
    names = ("table", "version", "rows", "figures", "withheld", "figures_pct", "mass_pct")
    console.say_table(
        [name.replace("_", " ") for name in names], [[one[name] for name in names] for one in told["tables"]]
    )
    console.say(
        "withheld: figures whose base is too small or would give one away; pct: share of figures, and of those behind"
    )
    return FINE


@release_app.command(name="verify")
def release_verify(release: str = "", /, *, common: Common = USUAL) -> int:
    """Prove that a release is whole and shows no figure that it must not.

    Parameters
    ----------
    release: Folder of a release, wherever it was copied, or id of one that stands here; the current one if not given.
    """
    from flows.release.shelf import chosen
    from flows.release.verify import verify

    path = Path(release)
    folder = path if release and path.is_dir() else chosen(load_settings(common.config), release).path
    faults = verify(folder, deep=True)
    text = f"{folder.name}: {len(faults)} faults" if faults else f"{folder.name} is whole and safe"
    return _found("release verify", tuple(faults), text, common)


@app.command(group=LOOKING)
def report(  # noqa: PLR0913 - one parameter for each option
    *,
    release: Annotated[str, Parameter(help="Folder or id of a release; the current one where not given.")] = "",
    org: Annotated[tuple[str, ...], Parameter(help="Ministries by their code; all where not given.", negative=())] = (),
    lang: Annotated[str, Parameter(help="Languages, the first of which is shown first.")] = "uz,ru,en,ko",
    to: Annotated[Path | None, Parameter(help="Folder to write into; else report/ in the workspace.")] = None,
    pdf: Annotated[
        bool, Parameter(help="Set printed reports, and a brief of each ministry named.", negative=())
    ] = False,
    xlsx: Annotated[bool, Parameter(help="Write the rows behind the pictures as workbooks.", negative=())] = False,
    single_file: Annotated[bool, Parameter(help="One file that can be sent by e-mail.", negative=())] = False,
    common: Common = USUAL,
) -> int:
    """Make the pages of a release: a site that opens from disk, printed reports, workbooks."""
    from flows.release.shelf import chosen
    from flows.report.make import make_report
    from flows.report.site import Choice

    settings = load_settings(common.config)
    folder = Path(release) if release and Path(release).is_dir() else chosen(settings, release).path
    choice = Choice(tuple(_languages(lang)), org, single_file, "dictionary.html")
    made = make_report(folder, to or settings.workspace / "report" / folder.name, choice, pdf=pdf, xlsx=xlsx)
    rows = [{"file": str(path), "kB": path.stat().st_size // 1024} for path in made]
    return _answer("report", ("file", "kB"), rows, common)


@app.command(group=LOOKING)
def explore(
    *,
    release: Annotated[str, Parameter(help="Folder or id of a release; the current one where not given.")] = "",
    lang: Annotated[str, Parameter(help="Language of the page: uz, ru, en or ko.")] = "uz",
    port: Annotated[int, Parameter(help="Port of this machine.")] = 8501,
    common: Common = USUAL,
) -> int:
    """Look into the tables of a release with filters, in a browser; optional, needs `pip install qdeep[explore]`."""
    from flows.explore.start import explore as serve_tables
    from flows.release.shelf import chosen

    folder = Path(release) if release and Path(release).is_dir() else chosen(load_settings(common.config), release).path
    (language,) = _languages(lang) or ["uz"]
    return FINE if serve_tables(folder, language, port) == 0 else COULD_NOT_RUN


@release_app.command(name="diff")
def release_diff(
    before: str = "",
    after: str = "",
    /,
    *,
    lang: Language = None,
    lines: Annotated[int, Parameter(help="Lines shown at most; 0 shows all.")] = 60,
    common: Common = USUAL,
) -> int:
    """Say in words what a release shows otherwise than another, and because of which deliveries or definitions.

    Parameters
    ----------
    before: Id of the earlier release; the one before where not given.
    after: Id of the later one; the current one where not given.
    """
    from flows.release.differ import differ
    from flows.release.shelf import pair
    from flows.release.words import language, tell

    first, second = pair(load_settings(common.config), before, after)
    found = differ(first.path, second.path)
    if common.is_json:
        console.say_json(shape("release diff", FINE, found.as_dict()["changes"]) | found.as_dict())
        return FINE
    code = lang or _language(common)
    told = tell(found, code)
    shown = told[: lines or len(told)]
    for text in shown:
        console.say(text)
    if len(told) > len(shown):
        console.say(language(code)("diff_more", n=len(told) - len(shown)))
    return FINE


@release_app.command(name="rollback")
def release_rollback(
    release: str,
    /,
    *,
    reason: Annotated[str, Parameter(help="Why, for the log.")] = "",
    common: Common = USUAL,
) -> int:
    """Let readers see an earlier release again; the one that they see now is withdrawn until something changes.

    Parameters
    ----------
    release: Id of the release to go back to, or its beginning.
    """
    from flows import steps

    made = steps.roll_back(load_settings(common.config), release, reason)
    text = f"readers see {made.release_id}" if made.changed else f"{made.release_id} is what readers see already"
    return _done("release rollback", text, str(made.path), common)


@questionnaire_app.command(name="list")
def questionnaire_list(*, common: Common = USUAL) -> int:
    """List the codebooks that can be asked."""
    from flows.contracts.folders import read_folders
    from flows.questionnaire.export import form_of

    forms = [form_of(book) for _, book in sorted(read_folders(load_settings(common.config)).books.items())]
    names = ("questionnaire", "title", "questions", "parts")
    rows = [(f"{one.instrument}/{one.version}", one.texts["en"], len(one.questions), len(one.parts)) for one in forms]
    return _answer("questionnaire list", names, [dict(zip(names, row, strict=True)) for row in rows], common)


@questionnaire_app.command(name="new")
def questionnaire_new(
    name: str,
    /,
    *,
    like: Annotated[str, Parameter(name="--like")] = "engagement",
    common: Common = USUAL,
) -> int:
    """Begin a questionnaire, or a new version of one, as a copy of another.

    Parameters
    ----------
    name: Name of the copy, such as morale/1 or engagement/2.
    like: Codebook to begin with.
    """
    from flows.contracts.folders import read_folders
    from flows.questionnaire.draft import new_book
    from flows.questionnaire.export import find_book

    settings = load_settings(common.config)
    folder = new_book(find_book(read_folders(settings), like), name, settings.contracts[-1])
    written = [{"file": str(path), "note": "to be edited"} for path in sorted(folder.iterdir())]
    return _answer("questionnaire new", ("file", "note"), written, common)


@questionnaire_app.command(name="check")
def questionnaire_check(name: str, /, *, common: Common = USUAL) -> int:
    """Check a questionnaire: files, texts in four languages, conditions, scoring, licence, and XLSForm by pyxform.

    Parameters
    ----------
    name: Codebook, such as engagement or engagement/1.
    """
    from flows.contracts.folders import read_folders
    from flows.questionnaire.draft import proven
    from flows.questionnaire.export import find_book

    found, note = proven(find_book(read_folders(load_settings(common.config)), name))
    return _found("questionnaire check", found, f"{name}: {note}", common)


@questionnaire_app.command(name="export")
def questionnaire_export(
    name: str,
    /,
    *,
    to: Literal["xlsform", "limesurvey", "docx"] = "xlsform",
    folder: Annotated[Path, Parameter(name=["--folder", "-f"])] = Path(),
    lang: str = "uz,ru,en,ko",
    common: Common = USUAL,
) -> int:
    """Write a questionnaire as files; the XLSForm is proven by pyxform, and by ODK Validate where Java is there.

    Parameters
    ----------
    name: Codebook, such as engagement or engagement/1.
    to: xlsform (KoboToolbox, ODK Central), limesurvey (tab-separated structure) or docx (paper, a file a language).
    folder: Folder to write into.
    lang: Languages of the printed forms.
    """
    from flows.contracts.folders import read_folders
    from flows.questionnaire.export import export_form, find_book, form_of

    form = form_of(find_book(read_folders(load_settings(common.config)), name))
    written = [{"file": str(path), "note": note} for path, note in export_form(form, to, folder, _languages(lang))]
    return _answer("questionnaire export", ("file", "note"), written, common)


@scenario_app.command(name="list")
def scenario_list(*, common: Common = USUAL) -> int:
    """List the scenarios of the contract folders."""
    from flows.redesign.run import listed

    names = ("scenario", "process", "title", "edits", "in_force_from")
    return _answer("scenario list", names, listed(load_settings(common.config)), common)


@scenario_app.command(name="check")
def scenario_check(name: str = "", /, *, common: Common = USUAL) -> int:
    """Check scenario files: their words, and whether each edit can be made on the steps that it finds.

    Parameters
    ----------
    name: Scenario; all where not given.
    """
    from flows.redesign.run import checked

    found = checked(load_settings(common.config), name)
    return _found("scenario check", found, "scenarios are right" if not found else "scenarios have faults", common)


@scenario_app.command(name="run")
def scenario_run(name: str, /, *, common: Common = USUAL) -> int:
    """Simulate a scenario from the step table of the last build; writes nothing.

    Parameters
    ----------
    name: Scenario, as `qdeep scenario list` names it.
    """
    from flows.redesign.run import SHOWN, misses, worked

    rows = worked(load_settings(common.config), name)
    found = misses(name, rows)
    if common.is_json:
        console.say_json(shape("scenario run", FINDINGS if found else FINE, rows, found))
    else:
        console.say_table(
            [one.replace("_", " ") for one in SHOWN], [[_flat(row[one]) for one in SHOWN] for row in rows]
        )
        console.say_findings(found)
    return FINDINGS if found else FINE


def _languages(text: str) -> list[str]:
    from flows.questionnaire.form import LANGUAGES

    asked = [part.strip() for part in text.split(",")]
    if set(asked) - set(LANGUAGES):
        raise QdeepError("E-407", "There is no such language.", expected=f"some of: {','.join(LANGUAGES)}")
    return asked


def _say_result(result: RunResult) -> None:
    if result.findings:
        console.say(f"findings ({len(result.findings)})")
        console.say_findings(result.findings)
    console.say(f"{result.note}; release {result.release or 'none'}")
    gravest = max((finding.code for finding in result.findings if finding.code.startswith("E")), default="")
    if gravest:
        has_rows = any(item.refused for item in result.items)
        console.say("next   " + ("qdeep refused list, " if has_rows else "") + f"qdeep explain {gravest}")


def _answer(command: str, names: Sequence[str], items: list[dict[str, Any]], common: Common) -> int:
    if common.is_json:
        console.say_json(shape(command, FINE, items))
    elif items:
        console.say_table([name.replace("_", " ") for name in names], [[_flat(one[n]) for n in names] for one in items])
    else:
        console.say("none")
    return FINE


def _flat(value: Any) -> Any:
    return ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else value


def _found(command: str, findings: tuple[Finding, ...], text: str, common: Common) -> int:
    code = FINDINGS if findings else FINE
    if common.is_json:
        console.say_json(shape(command, code, [], findings, note=text))
        return code
    console.say_findings(findings)
    console.say_state("fail" if findings else "ok", text)
    return code


def _done(command: str, text: str, path: str, common: Common) -> int:
    if common.is_json:
        console.say_json(shape(command, FINE, [{"path": path}]))
    else:
        console.say(text)
    return FINE


def _could_not(tokens: list[str], finding: Finding, code: int) -> int:
    """Say in one line why nothing could be done; as JSON too where that was asked for."""
    command = " ".join(token for token in tokens[:2] if not token.startswith("-"))
    is_json = (
        "--output=json" in tokens or "-o=json" in tokens or ("json" in tokens and {"-o", "--output"} & set(tokens))
    )
    if is_json:
        console.say_json(shape(command, code, [], (finding,)))
    console.tell(console.told(finding), "red")
    console.tell(f"next   qdeep explain {finding.code}")
    return code


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _seconds(text: str) -> float:
    number, unit = (text[:-1], text[-1:]) if text[-1:] in UNITS else (text, "s")
    try:
        return float(number) * UNITS[unit]
    except ValueError as error:
        raise QdeepError("E-407", "The time to wait is not a duration.", expected="30s, 10m or 1h") from error


def _config_file(given: Path | None) -> Path | None:
    named_file = given or os.environ.get("QDEEP_CONFIG") or "qdeep.toml"
    return Path(named_file) if Path(named_file).is_file() else None


def _language(common: Common) -> str:
    """Return the language of messages; a broken configuration must not keep its own explanation away."""
    try:
        return load_settings(common.config).language
    except QdeepError:
        return os.environ.get("QDEEP_LANG", "en")


def _must_exist(file: Path) -> None:
    if not file.is_file():
        raise QdeepError("E-407", "There is no such file.", Place(file=str(file)), "the path of a file")


def _known_source(settings: Settings, source: str) -> None:
    """Refuse a source that no contract knows: an empty list would say that all is well with it."""
    from flows.steps import load_contracts

    if source:
        _known(source, load_contracts(settings))


def _known(source: str, contracts: "Contracts") -> None:
    if source and source not in contracts.sources:
        text, known = f"No contract for source {source}.", ", ".join(contracts.sources)
        raise QdeepError("E-208", text, expected=f"one of: {known}")


def _contract_of(file: Path, source: str, contracts: "Contracts", settings: Settings) -> "Contract":
    from flows.pull.folder import folder_of, is_expected

    _must_exist(file)
    fitting = [source] if source else [s for s, c in contracts.sources.items() if is_expected(file.name, c)]
    _known(source, contracts)
    if not fitting:
        raise QdeepError("E-207", "The file name fits no contract.", Place(file=file.name), "the source: --source NAME")
    beside = [s for s in fitting if file.resolve().parent.name == folder_of(contracts.sources[s], settings).name]
    fitting = beside if len(beside) == 1 else fitting
    if len(fitting) > 1:
        text = f"The file name fits several contracts: {', '.join(sorted(fitting))}."
        raise QdeepError("E-207", text, Place(file=file.name), "the source: --source NAME")
    return contracts.sources[fitting[0]]


if __name__ == "__main__":
    sys.exit(main())

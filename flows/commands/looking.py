"""Commands that look: at sources, deliveries, changed figures, codes, pages of a release."""

from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows import console
from flows.commands.common import USUAL, Common, Language, language_of, languages, must_be_known, say_done, say_rows
from flows.runs import COULD_NOT_RUN, FINE, shape
from flows.settings import load_settings


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
    must_be_known(source, contracts)
    found = standings(stored(settings), contracts)
    items = [{**{name: one[name] for name in names}, "verdict": said} for one, said in found]
    items = [one for one in items if source in ("", one["source"])]
    items.sort(key=lambda one: (one["source"], one["known_from"], one["delivery_id"]))
    return say_rows("deliveries", names, items, common)


def restate(before: date, after: date, /, *, common: Common = USUAL) -> int:
    """Tell which published HRM figures changed between two days of knowledge, by how much, and which deliveries did it.

    Writes the mart hrm_restatements into the workspace, beside the releases.

    Parameters
    ----------
    before:
        The earlier known_on; a release of it is made with qdeep run --known-on.
    after:
        The later known_on.
    """
    from flows.release.restate import find, write_restatements
    from flows.release.restate import restate as compare

    settings = load_settings(common.config)
    folders = [find(settings.published, str(day), str(settings.as_of)) for day in (before, after)]
    rows = compare(*folders)
    path = write_restatements(rows, settings.workspace / "restatements", "__".join(folder.name for folder in folders))
    counts = ", ".join(f"{count} {what}" for what, count in sorted(rows["what"].value_counts().iter_rows()))
    return say_done(
        "restate", f"{rows.height} figures differ{f': {counts}' if counts else ''}; see {path}", str(path), common
    )


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
    code:
        A code such as E-303.
    """
    from flows.explain import explain as look_up

    message = look_up(code, lang or language_of(common))
    if not common.is_json and not console.can_show(message.title):
        message = look_up(code)
    if common.is_json:
        console.say_json(shape("explain", FINE, [vars(message)]))
        return FINE
    console.say(f"{message.code}  {message.title}", "bold")
    console.say(message.cause)
    console.say(message.cure)
    return FINE


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
    choice = Choice(tuple(languages(lang)), org, single_file, "dictionary.html")
    made = make_report(folder, to or settings.workspace / "report" / folder.name, choice, pdf=pdf, xlsx=xlsx)
    rows = [{"file": str(path), "kB": path.stat().st_size // 1024} for path in made]
    return say_rows("report", ("file", "kB"), rows, common)


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
    (language,) = languages(lang) or ["uz"]
    return FINE if serve_tables(folder, language, port) == 0 else COULD_NOT_RUN

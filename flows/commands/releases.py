"""Published releases: list, show, verify, compare, go back."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from flows import console
from flows.commands.common import UPKEEP, USUAL, Common, Language, language_of, say_done, say_found
from flows.runs import FINE, shape
from flows.settings import load_settings

app = App(name="release", help="Published releases.", group=UPKEEP)


@app.command(name="list")
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


@app.command(name="show")
def release_show(release: str = "", /, *, common: Common = USUAL) -> int:
    """Say of a release what it rests on, what its files are, and what its protection withholds, table by table.

    Parameters
    ----------
    release:
        Id, or its beginning; the current one where not given.
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
    names = ("table", "version", "rows", "counted", "figures", "withheld", "figures_pct", "mass_pct")
    console.say_table(
        [name.replace("_", " ") for name in names], [[one[name] for name in names] for one in told["tables"]]
    )
    console.say(
        "withheld: rows, or cells where cells are withheld one by one, whose base is too small or would give one away; "
        "pct: share of these, and of the persons or cases behind them; columns: an older release counted empty ones too"
    )
    return FINE


@app.command(name="verify")
def release_verify(release: str = "", /, *, common: Common = USUAL) -> int:
    """Prove that a release is whole and shows no figure that it must not.

    Parameters
    ----------
    release:
        Folder of a release, wherever it was copied, or id of one that stands here; the current one if not given.
    """
    from flows.release.shelf import chosen
    from flows.release.verify import proven, verify

    path = Path(release)
    folder = path if release and path.is_dir() else chosen(load_settings(common.config), release).path
    faults = verify(folder, deep=True)
    text = f"{folder} must not be used; faults: {len(faults)}; qdeep explain E-501" if faults else proven(folder)
    return say_found("release verify", tuple(faults), text, common)


@app.command(name="diff")
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
    before:
        Id of the earlier release; the one before where not given.
    after:
        Id of the later one; the current one where not given.
    """
    from flows.release.differ import differ
    from flows.release.shelf import pair
    from flows.release.words import language, tell

    first, second = pair(load_settings(common.config), before, after)
    found = differ(first.path, second.path)
    if common.is_json:
        console.say_json(shape("release diff", FINE, found.as_dict()["changes"]) | found.as_dict())
        return FINE
    code = lang or language_of(common)
    told = tell(found, code)
    shown = told[: lines or len(told)]
    for text in shown:
        console.say(text)
    if len(told) > len(shown):
        console.say(language(code)("diff_more", n=len(told) - len(shown)))
    return FINE


@app.command(name="rollback")
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
    release:
        Id of the release to go back to, or its beginning.
    """
    from flows import steps

    made = steps.roll_back(load_settings(common.config), release, reason)
    text = f"readers see {made.release_id}" if made.changed else f"{made.release_id} is what readers see already"
    return say_done("release rollback", text, str(made.path), common)

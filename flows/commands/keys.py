"""The key of the pseudonyms: make, check, rotate."""

from pathlib import Path

from cyclopts import App

from flows import console
from flows.commands.common import UPKEEP, USUAL, Common, flat, say_done
from flows.runs import FINDINGS, FINE, shape
from flows.settings import load_settings

app = App(name="key", help="The key of the pseudonyms.", group=UPKEEP)


@app.command(name="new")
def key_new(path: Path | None = None, /, *, common: Common = USUAL) -> int:
    """Make a new key; an existing one is never overwritten.

    Parameters
    ----------
    path:
        File to write; the key_file of the configuration where not given.
    """
    from flows.intake.pseudonym import new_key

    target = path or load_settings(common.config).key_file
    new_key(target)
    return say_done(
        "key new", f"wrote  {target}  (back it up: without it no person can be matched again)", str(target), common
    )


@app.command(name="check")
def key_check(*, common: Common = USUAL) -> int:
    """Say whether the key is safe and the one of the lake, and never what it is."""
    from flows.intake.keys import examine

    found = examine(load_settings(common.config))
    code = FINE if found["fits"] else FINDINGS
    if common.is_json:
        console.say_json(shape("key check", code, [found]))
        return code
    console.say(f"key    {found['path']}, mode {found['mode']}, id {found['key_id']}")
    lake = flat(found["lake_keys"]) or "no key yet"
    console.say_state("ok" if found["fits"] else "fail", f"the lake was made with {lake}")
    return code


@app.command(name="rotate")
def key_rotate(old: Path, new: Path, /, *, common: Common = USUAL) -> int:
    """Give the lake a new key, prove that nobody was lost or doubled, and switch; goes on where it was stopped.

    Parameters
    ----------
    old:
        Key of the lake.
    new:
        Key to take its place; make it with `qdeep key new NEW`.
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

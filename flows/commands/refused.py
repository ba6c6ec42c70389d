"""What was refused: list, explain, export for mending, replay."""

from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from flows import console
from flows.commands.common import (
    LOOKING,
    USUAL,
    Common,
    Language,
    flat,
    known_source,
    language_of,
    must_exist,
    say_done,
    say_rows,
)
from flows.errors import Place, QdeepError
from flows.runs import FINE, shape
from flows.settings import load_settings

app = App(name="refused", help="What was refused: list, explain, export for mending, replay.", group=LOOKING)


@app.command(name="list")
def refused_list(
    *,
    source: Annotated[str, Parameter(help="Only those of this source.")] = "",
    delivery: Annotated[str, Parameter(help="Only those of this delivery.")] = "",
    common: Common = USUAL,
) -> int:
    """List what was refused: how much by reason, or with --delivery the places of its rows; never what they say."""
    from flows.intake.refused import count_refused, list_refused

    settings = load_settings(common.config)
    known_source(settings, source)
    items = list_refused(settings, source or None, delivery) if delivery else count_refused(settings, source or None)
    names = tuple(items[0]) if items else ("source", "delivery_id")
    return say_rows("refused list", names, items, common)


@app.command(name="explain")
def refused_explain(delivery: str, /, *, lang: Language = None, common: Common = USUAL) -> int:
    """Say what is wrong with a delivery: where, what was expected, why it happens, what to do.

    Parameters
    ----------
    delivery:
        Id of the delivery, as `qdeep deliveries` shows it.
    """
    from flows.intake.refused import explain_refused

    items = explain_refused(load_settings(common.config), delivery, lang or language_of(common))
    if common.is_json:
        console.say_json(shape("refused explain", FINE, items))
        return FINE
    for item in items:
        console.say(f"{item['code']}  {item['title']}", "bold")
        lines = f"lines {flat(item['lines'])}" if item["lines"] else ""
        console.say("  " + ", ".join(filter(None, (item["file"], item["sheet"], item["column"], lines))))
        console.say(f"  {item['text']}{' Expected: ' + item['expected'] if item['expected'] else ''}")
        console.say(f"  {item['cause']} {item['cure']}")
    return FINE


@app.command(name="export")
def refused_export(
    delivery: str, target: Path | None = None, /, *, lang: Language = None, common: Common = USUAL
) -> int:
    """Write the refused rows of a delivery as a workbook with the wrong cells marked and the reasons in words.

    Parameters
    ----------
    delivery:
        Id of the delivery, as `qdeep deliveries` shows it.
    target:
        Workbook to write, for its owner alone; in the vault where not given. It holds personal data.
    """
    from flows.intake.refused import export_refused, place_of_export

    settings = load_settings(common.config)
    if target and target.suffix != ".xlsx":  # a slip of the pen must not overwrite another file
        raise QdeepError(
            "E-407", "This is no name of a workbook.", Place(file=str(target)), "a name that ends in .xlsx"
        )
    path = target or place_of_export(settings, delivery)
    export_refused(settings, delivery, path, lang or language_of(common))
    warning = "  (personal data outside the vault: remove it when done)" if target else ""
    return say_done("refused export", f"wrote  {path}{warning}", str(path), common)


@app.command(name="replay")
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
    workbook:
        A workbook of `qdeep refused export` in which cells were mended.
    """
    from flows import steps

    settings = load_settings(common.config)
    must_exist(workbook)
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

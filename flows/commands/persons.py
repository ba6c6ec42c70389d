"""Persons who may stand twice."""

from cyclopts import App

from flows import console
from flows.commands.common import LOOKING, USUAL, Common, say_rows
from flows.settings import load_settings

app = App(name="persons", help="Persons who may stand twice: list them for review.", group=LOOKING)


@app.command(name="duplicates")
def persons_duplicates(*, common: Common = USUAL) -> int:
    """List persons who may stand twice, by pseudonym and place, and write the review list into the vault."""
    from flows.intake.persons import FIELDS, find_duplicates, write_review
    from flows.steps import load_contracts

    settings = load_settings(common.config)
    pairs = find_duplicates(settings, load_contracts(settings).merges)
    path = write_review(settings, pairs)
    code = say_rows("persons duplicates", FIELDS, pairs, common)
    if not common.is_json:
        console.say(f"wrote  {path}  (look them up, then merge them in expectations/merges/)")
    return code

"""What all commands share: their options, their answers as text or JSON, and the words of their user."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Group, Parameter

from flows import console
from flows.errors import Finding, Place, QdeepError
from flows.runs import FINDINGS, FINE, shape
from flows.settings import Settings, load_settings

if TYPE_CHECKING:
    from flows.contracts.model import Contracts


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


RUNNING, LOOKING, UPKEEP = (Group(name, sort_key=place) for place, name in enumerate(("Running", "Looking", "Upkeep")))
USUAL = Common()
Language = Annotated[Literal["en", "ru", "uz", "ko"] | None, Parameter(help="Else $QDEEP_LANG.")]


def say_rows(command: str, names: Sequence[str], items: list[dict[str, Any]], common: Common) -> int:
    """Print rows as a table or as JSON."""
    if common.is_json:
        console.say_json(shape(command, FINE, items))
    elif items:
        console.say_table([name.replace("_", " ") for name in names], [[flat(one[n]) for n in names] for one in items])
    else:
        console.say("none")
    return FINE


def flat(value: Any) -> Any:
    """Write a list in one cell."""
    return ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else value


def say_found(command: str, findings: tuple[Finding, ...], text: str, common: Common) -> int:
    """Print what was found; findings end with exit code 1."""
    code = FINDINGS if findings else FINE
    if common.is_json:
        console.say_json(shape(command, code, [], findings, note=text))
        return code
    console.say_findings(findings)
    console.say_state("fail" if findings else "ok", text)
    return code


def say_done(command: str, text: str, path: str, common: Common) -> int:
    """Say what was done, and the path of what was written."""
    if common.is_json:
        console.say_json(shape(command, FINE, [{"path": path}]))
    else:
        console.say(text)
    return FINE


def language_of(common: Common) -> str:
    """Return the language of messages; a broken configuration must not keep its own explanation away."""
    try:
        return load_settings(common.config).language
    except QdeepError:
        return os.environ.get("QDEEP_LANG", "en")


def languages(text: str) -> list[str]:
    """Return the languages asked for; E-407 for one that is none of ours."""
    from flows.questionnaire.form import LANGUAGES

    asked = [part.strip() for part in text.split(",")]
    if set(asked) - set(LANGUAGES):
        raise QdeepError("E-407", "There is no such language.", expected=f"some of: {','.join(LANGUAGES)}")
    return asked


def must_exist(file: Path) -> None:
    """Refuse a path where no file is (E-407)."""
    if not file.is_file():
        raise QdeepError("E-407", "There is no such file.", Place(file=str(file)), "the path of a file")


def known_source(settings: Settings, source: str) -> None:
    """Refuse a source that no contract knows: an empty list would say that all is well with it."""
    from flows.steps import load_contracts

    if source:
        must_be_known(source, load_contracts(settings))


def must_be_known(source: str, contracts: "Contracts") -> None:
    """Refuse a source that no contract knows (E-208)."""
    if source and source not in contracts.sources:
        text, known = f"No contract for source {source}.", ", ".join(contracts.sources)
        raise QdeepError("E-208", text, expected=f"one of: {known}")

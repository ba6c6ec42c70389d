"""`qdeep` parses a command, calls one function of a room, prints its answer and ends with a code that means one thing.

Nothing heavy is imported before the command that needs it.
"""

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from flows import __version__, console
from flows.commands import (
    contracts,
    keys,
    looking,
    machine,
    persons,
    questionnaires,
    refused,
    releases,
    running,
    scenarios,
)
from flows.commands.common import LOOKING, RUNNING, UPKEEP
from flows.errors import Finding, Place, QdeepError
from flows.runs import COULD_NOT_RUN, FINE, INTERRUPTED, shape, what_broke

ALONE = {
    RUNNING: (running.run, running.check, running.serve),
    LOOKING: (
        looking.status,
        looking.deliveries,
        looking.restate,
        looking.explain,
        looking.report,
        looking.explore,
    ),
    UPKEEP: (machine.doctor,),
}
GROUPED = (refused, persons, scenarios, keys, contracts, releases, questionnaires)
app = App(
    name="qdeep",
    version=f"qdeep {__version__}",
    help="Personnel extracts, surveys and event logs in; checked indicators and process metrics out.",
    help_epilogue=(
        "Exit codes: 0 nothing for you to do, 1 findings, 2 could not run, 3 another run is at work, 130 interrupted."
        "\n\nFirst steps: qdeep key new, then qdeep run, then qdeep status."
    ),
)
for _group, _commands in ALONE.items():
    for _command in _commands:
        app.command(_command, group=_group)
for _module in GROUPED:
    app.command(_module.app)


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


if __name__ == "__main__":
    sys.exit(main())

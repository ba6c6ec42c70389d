"""The steps of a run are worked by the engine that was asked for: Prefect with its server, or plain functions."""

from collections.abc import Callable
from typing import Literal

from flows.errors import QdeepError
from flows.runs import RunResult
from flows.server import Server, server
from flows.steps import Engine, Job, Progress, plain

EngineName = Literal["prefect", "plain"]
Announce = Callable[[str], None]


def named(name: EngineName, *, ui: bool = False, announce: Announce = lambda _text: None) -> Engine:
    """Return the engine of that name.

    Args:
        name: `prefect` or `plain`.
        ui: Whether Prefect's pages are shown while the run lasts.
        announce: Told where they are shown, and why Prefect was left out where its server did not start.
    """
    if name == "plain":
        return plain

    def prefect(job: Job, progress: Progress) -> RunResult:
        """Work a job through Prefect; figures must not wait for an orchestrator that cannot start."""
        try:
            running = server(job.settings, ui=ui, meanwhile=_import_prefect)
            where = running.__enter__()
        except QdeepError as error:
            announce(f"{error.finding.text} The steps run without it.")
            return plain(job, progress)
        try:
            return _through(where, job, progress, announce if ui else None)
        finally:
            running.__exit__(None, None, None)

    return prefect


def _import_prefect() -> None:
    import flows.pipeline  # noqa: F401 - takes as long as the server takes to start


def _through(where: Server, job: Job, progress: Progress, announce: Announce | None) -> RunResult:
    from flows.pipeline import through_flow

    if announce:
        announce(told(where))
    return through_flow(job, progress)


def told(where: Server) -> str:
    """Return one sentence that says where Prefect answers and where its password stands."""
    return f"prefect  {where.address}" + (f"  (password in {where.secret_file})" if where.secret_file else "")

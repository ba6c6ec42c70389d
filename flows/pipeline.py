"""The steps of a run stand in Prefect as one flow with tasks, artifacts and assets: ids and counts, never a row.

The only module that imports prefect. It is itself imported only once there is work to do and the environment of
`flows.server` is set.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import yaml
from prefect import flow, serve, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.assets import Asset, add_asset_metadata, materialize
from prefect.blocks.system import Secret
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import EntrypointType
from prefect.logging.handlers import APILogHandler
from prefect.schedules import Cron
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.states import Completed, Failed

from flows import steps
from flows.console import hush_at_exit
from flows.engine import EngineName, named
from flows.errors import Place, QdeepError
from flows.runs import COULD_NOT_RUN, Item, RunResult, failed
from flows.settings import ROOT, Settings, load_settings
from flows.steps import Hands, Job, Phase, Progress, quiet

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State
    from prefect.deployments.runner import RunnerDeployment

    from flows.pull import Received
    from flows.release.publish import Release
    from flows.warehouse.build import Build

DEPLOYMENTS = ROOT / "prefect.yaml"
WORTH_ANOTHER_TRY = ("E-116", "E-134", "E-405")  # a file still being written; memory or a disk short for the moment
TRY_WAITS_S: list[float] = [2, 10]
WAIT_FOR_LOCK_S = 3600  # a scheduled run waits for the run before it
Value = TypeVar("Value")


def run(  # noqa: PLR0913 - the options of `qdeep run`, all by name
    settings: Settings,
    only: tuple[str, ...] = (),
    *,
    engine: EngineName = "prefect",
    ui: bool = False,
    progress: Progress = quiet,
    wait: float = 0,
) -> RunResult:
    """Pull, take in, build and publish; see `flows.steps.run`."""
    return steps.run(settings, only, engine=named(engine, ui=ui), progress=progress, wait=wait)


def through_flow(job: Job, progress: Progress) -> RunResult:
    """Work a job in a flow run of its own."""
    results: list[RunResult] = []

    @flow(name="qdeep", flow_run_name="as of {as_of}", validate_parameters=False)
    def qdeep(as_of: str, known_on: str, deliveries: int) -> Any:  # noqa: ARG001 - shown with the run
        results.append(_without_values(lambda: within_flow(job, progress)))
        return _state(results[0])

    _log_to(job.settings.workspace / "prefect" / "client.log")
    given = (str(job.settings.as_of), str(job.settings.known_on), len(job.waiting))
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):  # its thread costs a second per flow
        qdeep(*given, return_state=True)  # ty: ignore[no-matching-overload] - return_state stands beside P.args
    APILogHandler().flush()  # before the server stops
    if not results:
        text = "Prefect ended the run before its steps did."
        raise QdeepError("E-408", text, expected="see client.log in the folder prefect of the workspace")
    return results[0]


def within_flow(job: Job, progress: Progress) -> RunResult:
    """Work a job in the flow run that is already there; its artifacts tell what was done."""
    result = steps.work(job, _tasks(job), progress)
    _write_artifacts(result)
    return replace(result, engine="prefect")


@flow(name="qdeep-scheduled", flow_run_name="{cadence} {phases}")
def scheduled(
    config: str = "",
    cadence: Literal["", "hourly", "daily", "weekly", "monthly", "yearly"] = "",
    phases: list[Literal["intake", "release"]] | None = None,
) -> "State[None]":
    """Run what a deployment of `prefect.yaml` asks for.

    Args:
        config: Path of `qdeep.toml`; the one of the working directory where empty.
        cadence: Sources to pull: those whose contract names this cadence; all where empty.
        phases: `intake`, `release` or both.
    """
    hush_at_exit()
    settings = load_settings(Path(config) if config else None)
    chosen: tuple[Phase, ...] = tuple(phases or ("intake", "release"))
    contracts = steps.load_contracts(settings).sources
    only = tuple(source for source, contract in contracts.items() if contract.cadence == cadence)
    if cadence and not only:
        return Completed(message=f"no source is {cadence}", name="Nothing")
    work = partial(steps.run, settings, only, engine=within_flow, wait=WAIT_FOR_LOCK_S, phases=chosen)
    return _state(_without_values(work))


def secret_block(name: str) -> str:
    """Return the value of a Prefect Secret block; empty where there is none or no server answers."""
    try:
        block = cast("Secret[str]", Secret.load(name))  # a coroutine only where an event loop runs
        return str(block.get())
    except Exception:  # noqa: BLE001 - the one who asks says which secret is missing; the error could hold it
        return ""


def serve_deployments(config: Path | None) -> None:
    """Register the deployments of `prefect.yaml` and work on what falls due, one run at a time, until interrupted."""
    serve(*deployments(config), limit=1, print_starting_message=False)


def deployments(config: Path | None) -> "tuple[RunnerDeployment, ...]":
    """Return the deployments of `prefect.yaml`; every run gets the configuration file by its full path."""
    given = {"config": str(config.resolve())} if config else {}
    return tuple(_deployment(entry, given) for entry in definitions())


def definitions() -> list[dict[str, Any]]:
    """Return the entries of `prefect.yaml`, the one place where schedules stand."""
    return yaml.safe_load(DEPLOYMENTS.read_text(encoding="utf-8"))["deployments"]


def _deployment(entry: dict[str, Any], given: dict[str, str]) -> "RunnerDeployment":
    schedules = [Cron(one["cron"], timezone=one["timezone"]) for one in entry["schedules"]]
    limit = entry["concurrency_limit"]
    made = scheduled.to_deployment(
        entry["name"],
        schedules=schedules,
        description=entry["description"],
        parameters=entry["parameters"] | given,
        concurrency_limit=ConcurrencyLimitConfig(
            limit=limit["limit"], collision_strategy=ConcurrencyLimitStrategy(limit["collision_strategy"])
        ),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return cast("RunnerDeployment", made)  # a coroutine only where an event loop runs


def _tasks(job: Job) -> Hands:
    """Return the steps as tasks; their parameters are ids, their errors free of values and file names."""
    hands = steps.plain_hands(job)
    waiting = {(received.source, received.delivery_id): received for received in job.received}

    @task(
        name="delivery",
        task_run_name="{source} {delivery_id}",
        cache_policy=NO_CACHE,
        retries=len(TRY_WAITS_S),
        retry_delay_seconds=TRY_WAITS_S,
        retry_condition_fn=_is_passing,
    )
    def delivery(source: str, delivery_id: str) -> Item:
        item = hands.take(waiting[source, delivery_id])
        if item.status == "failed":
            raise _error_of(item)
        return item

    @task(name="build", cache_policy=NO_CACHE)
    def build() -> "Build":
        return _without_values(hands.build)

    def publish(built: "Build") -> "Release":
        return _release_task(job, hands)(built)

    def take(received: "Received") -> Item:
        try:
            return delivery(received.source, received.delivery_id)
        except Exception as error:  # noqa: BLE001 - neither a broken delivery nor Prefect stops the others
            return failed("delivery", error, Place(received.source, received.delivery_id, received.name))

    return Hands(take, build, publish)


def _release_task(job: Job, hands: Hands) -> "Callable[[Build], Release]":
    """Return the release as the task that materialises one asset per published table, made of the sources."""
    marts = {name: Asset(key=f"qdeep://published/{name}") for name in steps.mart_names(job.settings)}
    sources: list[str | Asset] = [f"qdeep://lake/{source}" for source in sorted(job.contracts.sources)]

    @materialize(*marts.values(), by="dbt", name="release", cache_policy=NO_CACHE, asset_deps=sources)
    def release(build_key: str) -> "Release":  # noqa: ARG001 - shown with the task
        made = _without_values(lambda: hands.publish(held[0]))
        for asset in marts.values():
            add_asset_metadata(asset, {"release": made.release_id})
        return made

    held: list[Build] = []

    def publish(built: "Build") -> "Release":
        held.append(built)
        return release(built.build_key)

    return publish


def _without_values(step: Callable[[], Value]) -> Value:
    """Do a step; an error that leaves it holds no value of a row, because Prefect stores its text."""
    try:
        return step()
    except Exception as error:  # noqa: BLE001 - what may be stored of any error is decided in one place
        raise _error_of(failed("build", error)) from None


def _error_of(item: Item) -> QdeepError:
    finding = item.findings[0]
    return QdeepError(finding.code, finding.text, replace(finding.where, file=""), finding.expected)


def _is_passing(_task: object, _run: object, state: "State[Any]") -> bool:
    error = state.result(raise_on_failure=False)
    return isinstance(error, QdeepError) and error.finding.code in WORTH_ANOTHER_TRY


def _state(result: RunResult) -> "State[None]":
    message = f"{result.note}; {len(result.findings)} findings; release {result.release or 'none'}"
    if result.exit == COULD_NOT_RUN:
        return Failed(message=message)
    return Completed(message=message, name="Completed" if result.ok else "Findings")


def _summary(result: RunResult) -> str:
    codes = Counter(finding.code for finding in result.findings)
    lines = [f"- {code}: {count}" for code, count in sorted(codes.items())] or ["- none"]
    head = [f"# Release {result.release or 'none'}", "", result.note, "", "## Findings by code", ""]
    return "\n".join(head + lines)


def _write_artifacts(result: RunResult) -> None:
    """Leave two artifacts; a server that no longer answers does not undo a release that stands."""
    try:
        create_markdown_artifact(key="run", markdown=_summary(result), description="What the run did")
        create_table_artifact(key="deliveries", table=_table(result), description="Deliveries of the run: counts only")
    except Exception as error:  # noqa: BLE001 - of whatever kind
        logging.getLogger("prefect").warning("No artifacts: %s", type(error).__name__)


def _table(result: RunResult) -> list[dict[str, Any]]:
    names = ("source", "delivery_id", "status", "read", "landed", "refused")
    return [{name: getattr(item, name) for name in names} for item in result.items if item.step == "delivery"]


def _log_to(path: Path) -> None:
    """Send Prefect's own talk to a file; the console belongs to the one who runs the line."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.getLogger("prefect").addHandler(handler)

"""Publishing of a warehouse whose tables need no protection: forms, descriptions, origin, hashes and the switch."""

import sys
from dataclasses import replace

from flows.contracts.model import Contracts
from flows.release import publish
from flows.release.policy import load_policy
from flows.settings import load_settings
from flows.warehouse.build import Build


def main(workspace: str, *formats: str) -> None:
    """Publish it in the forms named besides parquet."""
    settings = load_settings(workspace=workspace, as_of="2026-09-30", known_on="2026-10-31")
    policy = replace(load_policy(), formats=formats)
    publish.load_policy = lambda: policy
    build = Build(settings.warehouse / "warehouse.duckdb", (), "benchmark")
    publish.publish(settings, Contracts({}, {}, {}, {}, {}), build)


main(*sys.argv[1:])

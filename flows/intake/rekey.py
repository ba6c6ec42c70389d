"""Placeholder until the next step."""

from flows.settings import Settings


def finish(_settings: Settings) -> None:
    """Nothing yet."""

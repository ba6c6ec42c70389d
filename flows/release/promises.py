"""Whoever built on a published table finds it as before, or its version says that it changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import polars as pl

from flows.errors import Finding, Place, QdeepError
from flows.release.policy import Policy
from flows.release.tables import Table

CARDS = "dim_indicators"
# What an indicator is; another text in one of these is another indicator, so its method_version has to rise.
MEANING = ("formula", "unit", "direction", "is_annualised")


def keep_promises(
    before: Mapping[str, Any],
    cards: pl.DataFrame | None,
    tables: Mapping[str, Table],
    after: pl.DataFrame | None,
    policy: Policy,
) -> None:
    """Refuse a release that takes away or changes what the release before it promised.

    Args:
        before: Manifest of the release that readers see.
        cards: Its indicator cards.
        tables: Tables about to be published.
        after: Their indicator cards.
        policy: Which tables and indicators are given up on purpose.

    Raises:
        QdeepError: E-503 names each table, column and indicator.
    """
    given_up = set(policy.retired)
    old = {raw["name"]: raw for raw in before["tables"]}
    found = [*_tables(old, tables, given_up), *_cards(cards, after, given_up)]
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        told = "; ".join(f"{one.text} ({one.where})" for one in found[:10])
        expected = "a higher version of the table or indicator, or its name under `retired` in expectations/release.yml"
        raise QdeepError("E-503", f"{told}{more}", Place(file=before["release_id"]), expected)


def changed_columns(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield (what, column, type) for each column that is `gone`, `new` or of another `type`."""
    before, after = _types(old), _types(new)
    yield from (("gone", name, kind) for name, kind in before.items() if name not in after)
    yield from (("new", name, kind) for name, kind in after.items() if name not in before)
    yield from (("type", name, after[name]) for name, kind in before.items() if after.get(name, kind) != kind)


def _types(table: Mapping[str, Any]) -> dict[str, str]:
    return {column["name"]: column["type"] for column in table["fields"]}


def _tables(old: Mapping[str, Any], tables: Mapping[str, Table], given_up: set[str]) -> Iterator[Finding]:
    for name, raw in old.items():
        if name not in tables and name not in given_up:
            yield _broken("A table is gone.", name)
        elif name in tables and tables[name].version <= raw.get("version", 1):
            yield from _columns(raw, tables[name])


def _columns(raw: Mapping[str, Any], table: Table) -> Iterator[Finding]:
    words = {"gone": "A column is gone.", "type": "A column has another type."}
    for what, column, _ in changed_columns(raw, asdict(table)):
        if what in words:
            yield _broken(words[what], table.name, column)
    if tuple(raw["grain"]) != table.grain:
        yield _broken("A row is identified by other columns.", table.name)
    if table.version < raw.get("version", 1):
        yield _broken("The version of a table went back.", table.name)


def _cards(before: pl.DataFrame | None, after: pl.DataFrame | None, given_up: set[str]) -> Iterator[Finding]:
    needed = {"indicator_id", "method_version", *MEANING}
    if before is None or after is None or not needed <= {*before.columns} & {*after.columns}:
        return
    new = {row["indicator_id"]: row for row in after.iter_rows(named=True)}
    for card in before.sort("indicator_id").iter_rows(named=True):
        now = new.get(card["indicator_id"])
        if now is None:
            if card["indicator_id"] not in given_up:
                yield _broken("An indicator is gone.", CARDS, card["indicator_id"])
        elif now["method_version"] <= card["method_version"] and _moved(card, now):
            yield _broken(
                f"An indicator means something else ({', '.join(_moved(card, now))}).", CARDS, now["indicator_id"]
            )


def _moved(card: Mapping[str, Any], now: Mapping[str, Any]) -> Sequence[str]:
    return [name for name in MEANING if card[name] != now[name]]


def _broken(text: str, table: str, column: str = "") -> Finding:
    return Finding("E-503", text.rstrip("."), Place(file=table, column=column))

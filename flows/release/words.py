"""A difference of two releases reads as plain sentences in four languages."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from flows.release.differ import UNIT, Change, Difference
from flows.report.texts import LANGUAGES, Language

TABLE = Path(__file__).with_name("words.csv")
# Deliveries named in one sentence; the rest is counted.
NAMED = 4
DIGITS = 9
COUNTS = ("changed", "appeared", "vanished", "withheld", "shown")
ALL = "all"


@cache
def language(code: str) -> Language:
    """Return one language of this room's words, with the months and numbers of the pages."""
    from flows.report.texts import languages

    with TABLE.open(encoding="utf-8", newline="") as stream:
        words = {row["key"]: row[code] for row in csv.DictReader(stream)}
    return Language(code, {**languages()[LANGUAGES.index(code)].words, **words})


def tell(found: Difference, code: str) -> list[str]:
    """Return a difference as sentences, the causes first, then one line for each table or indicator that differs.

    Args:
        found: Two releases held against each other.
        code: uz, ru, en or ko.
    """
    say = language(code)
    lines = [say("diff_heading", after=found.after["release_id"], before=found.before["release_id"])]
    lines += _dates(found, say)
    facts = [*_causes(found, say), *_structure(found, say), *(_line(one, found, say) for one in found.changes)]
    return [*lines, *(facts or [say("diff_same")])]


def _dates(found: Difference, say: Language) -> list[str]:
    days = {
        f"{name}{suffix}": say.day(date.fromisoformat(side[name]))
        for suffix, side in (("", found.after), ("_before", found.before))
        for name in ("as_of", "known_on")
    }
    return [say("diff_dates", **days).replace("..", ".")]  # a day may end with the point of its abbreviation


def _causes(found: Difference, say: Language) -> Iterator[str]:
    for key, deliveries in (("diff_came", found.came), ("diff_went", found.went)):
        if deliveries:
            yield say(key, list=_listed([_delivery(one) for one in deliveries], say))
    for indicator, old, new in found.methods:
        key = "diff_method_new" if old is None else "diff_method_gone" if new is None else "diff_method"
        yield say(key, name=_name(indicator, found, say), old=old, new=new)
    yield from (
        say(key) for key, is_so in (("diff_code", found.is_new_code), ("diff_rules", found.is_new_rules)) if is_so
    )


def _structure(found: Difference, say: Language) -> Iterator[str]:
    for key, tables in (("diff_table_new", found.tables_new), ("diff_table_gone", found.tables_gone)):
        yield from (say(key, table=table, title=_name(table, found, say)) for table in tables)
    for table, what, column, kind in found.columns:
        yield say(f"diff_column_{what}", table=table, column=column, type=kind)


def _line(change: Change, found: Difference, say: Language) -> str:
    """Say of one table or indicator: how many figures, the largest difference, and why."""
    counts = {name: getattr(change, name) for name in COUNTS}
    whole = not change.subject and change.place is None
    keys = {"changed": "diff_rows" if whole else "diff_changed"}
    parts = [say(keys.get(name, f"diff_{name}"), n=say.number(n)) for name, n in counts.items() if n]
    if change.place is not None and change.before is not None and change.after is not None:
        before, after = _figures(change.before, change.after, say)
        parts.append(say("diff_most", place=_place(change.place, found, say), before=before, after=after))
    parts.append(say("diff_because", list=_why(change, found, say)))
    about = f"{change.table}, {_name(change.subject, found, say)}" if change.subject else change.table
    return f"{about}: {'; '.join(parts)}."


def _why(change: Change, found: Difference, say: Language) -> str:
    known = {one["delivery_id"]: one for one in (*found.came, *found.went)}
    why = [say("diff_cause_method")] if change.subject in {name for name, _, _ in found.methods} else []
    why += [_delivery(known[one]) for one in change.deliveries if one in known]
    why += [say("diff_cause_dates")] if found.before["as_of"] != found.after["as_of"] else []
    return _listed(why or [say("diff_cause_code")], say)


def _listed(texts: Sequence[str], say: Language) -> str:
    shown, left = ", ".join(texts[:NAMED]), len(texts) - NAMED
    return say("diff_others", list=shown, n=left) if left > 0 else shown


def _delivery(one: Mapping[str, str]) -> str:
    return f"{one['source']} {one['period']}".strip()


def _name(key: str, found: Difference, say: Language) -> str:
    return found.names.get(key, {}).get(say.code, key)


def _place(place: Mapping[str, Any], found: Difference, say: Language) -> str:
    unit = [_name(place[UNIT], found, say)] if UNIT in place else []
    days = [place[name] for name in ("period_start", "period_end") if place.get(name)]
    when = [say.span(days[0], days[-1])] if days else []
    more = [str(place[name]) for name in ("category_1", "category_2", "process_id", "step_id") if _tells(place, name)]
    return ", ".join([*unit, *when, *more])


def _tells(place: Mapping[str, Any], name: str) -> bool:
    return place.get(name) not in (None, ALL)


def _figures(before: float, after: float, say: Language) -> tuple[str, str]:
    """Return two figures with as many digits as it takes to tell them apart."""
    if float(before).is_integer() and float(after).is_integer():
        return say.number(before), say.number(after)
    size = max(abs(before), abs(after))
    first = 3 if size < 1 else 2 if size < 100 else 1  # noqa: PLR2004 - three figures that count
    texts = [(say.number(before, digits), say.number(after, digits)) for digits in range(first, DIGITS + 1)]
    return next((pair for pair in texts if pair[0] != pair[1]), texts[-1])

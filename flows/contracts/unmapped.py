"""A survey that was made here needs no column map: its tool and its form say under which heading each fact stands."""

import re
from typing import Any

from flows.contracts.folders import Book
from flows.contracts.model import AnswerStyle, Codebook, ColumnMap, Item
from flows.questionnaire.background import background_rows, seed_choices

KEY = "response_id"
LONGEST_SHORT = 20  # signs of a question's code in LimeSurvey


def respondent_items(book: Book, codebook: Codebook) -> dict[str, Item]:
    """Return the questions that say who answers, by the column of the kind that they fill.

    They are those of the background that the form asks, or items that `respondent` of the instrument names.
    """
    instrument = book.instrument.value
    asked = {
        row["becomes"]: Item(
            row["item_id"], row["column"], "select_one", row["choices"], required=row["required"] == "true"
        )
        for row in background_rows(instrument)
    }
    items = {item.item_id: item for item in codebook.items}
    return asked | {column: items[name] for column, name in instrument.get("respondent", {}).items()}


def respondent_choices() -> dict[str, tuple[str, ...]]:
    """Return the codes of the lists of the background, in the order in which a form offers them."""
    return {name: tuple(choice.code for choice in choices) for name, choices in seed_choices().items()}


def own_map(tool: dict[str, Any], style: AnswerStyle, respondent: dict[str, Item]) -> tuple[ColumnMap, ...]:
    """Return the column map of a form exported by a tool that says where it writes a record; none otherwise.

    A heading may be missing from a file where neither the id nor a required question stands under it.
    """
    if "record" not in tool:
        return ()
    headers = tool["record"] | {name: _heading(item, style) for name, item in respondent.items()}
    needed = {KEY, *(name for name, item in respondent.items() if item.required)}
    return (ColumnMap(1, headers, frozenset(set(headers) - needed)),)


def _heading(item: Item, style: AnswerStyle) -> str:
    fields = {
        "column": item.column.replace("/", style.group_sep),
        "path": item.column,
        "name": item.name,
        "short": re.sub(r"[^A-Za-z0-9]", "", item.name)[:LONGEST_SHORT],
        "item": item.item_id,
    }
    return style.column.format(**fields)

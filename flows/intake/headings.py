"""Every question and option of a codebook knows under which headings an export may show it, and finds its columns."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from flows.contracts.model import Contract, Item
from flows.intake.normalise import header_key, match_key

FIELD = re.compile(r"\{(\w+)\}")
FIELDS = ("column", "path", "name", "short", "item", "text", "n", "code", "short_code", "label", "number")
SHORT = 20  # letters and digits of the longest code of a question in LimeSurvey, the number of a copy included
PLACE = "#"  # stands for {n} in the headings of a repeat group that has been unfolded
IMPORT_ID = "ImportId"  # Qualtrics names columns by it in the third header row
TOLD = re.compile(r"""["'](\w+)["']\s*:\s*["']([^"']*)["']""")


class Headers:
    """The headings of one table, found by what they say: exactly, or else in other letters and signs."""

    def __init__(self, texts: Iterable[str], pattern: str = "") -> None:
        """Keep the texts; an import id is taken out of its JSON, and what names a column out of its wording."""
        self.texts = tuple(_named(_plain(text), pattern) for text in texts)

    @cached_property
    def exact(self) -> dict[str, list[int]]:
        """Positions by heading, where blanks, apostrophes and case do not count."""
        return _grouped(header_key(text) for text in self.texts)

    @cached_property
    def loose(self) -> dict[str, list[int]]:
        """Positions by heading, where look-alikes and the script do not count either."""
        return _grouped(match_key(text) for text in self.texts)

    def __contains__(self, header: str) -> bool:
        """Return whether a column has this heading."""
        return bool(self.find(header))

    def find(self, header: str) -> list[int]:
        """Return the positions of a heading; one that is only alike must be the only such one."""
        found = self.exact.get(header_key(header), [])
        alike = [] if found else self.loose.get(match_key(header), [])
        return found or (alike if len(alike) == 1 else [])

    def first_of(self, headings: Iterable[str]) -> list[int]:
        """Return one position for each of several headings that stands in the table, without repetition."""
        found = [places[0] for heading in headings if heading and (places := self.find(heading))]
        return list(dict.fromkeys(found))


def _grouped(keys: Iterable[str]) -> dict[str, list[int]]:
    positions: dict[str, list[int]] = {}
    for index, key in enumerate(keys):
        positions.setdefault(key, []).append(index)
    return positions


def _plain(text: str) -> str:
    """Return the import id of a column, with the option where it has one; exports of 2016 quote it with apostrophes."""
    found = dict(TOLD.findall(text)) if text.startswith("{") else {}
    return "_".join(found[name] for name in (IMPORT_ID, "choiceId") if name in found) or text


def _named(text: str, pattern: str) -> str:
    found = re.match(pattern, text) if pattern else None
    return found[1] if found else text


def item_headings(item: Item, contract: Contract, place: int | str = PLACE) -> tuple[str, ...]:
    """Return the headings under which a question may stand; in a repeat group within one row, at one place."""
    given = contract.answers.columns.get((item.item_id, ""), ())
    wide = contract.wide.get(item.repeat, {})
    templates = given or (wide.get("column") or contract.answers.column,)
    return tuple(_filled(templates, _item_fields(item, contract, place), contract, item))


def option_headings(item: Item, code: str, contract: Contract, place: int | str = PLACE) -> tuple[str, ...]:
    """Return the headings under which one option of a question may have a column of its own."""
    given = contract.answers.columns.get((item.item_id, code), ())
    wide = contract.wide.get(item.repeat, {})
    templates = given or (wide.get("option", "") if wide else contract.answers.option,)
    fields = _item_fields(item, contract, place) | _option_fields(item, code, contract)
    return tuple(_filled(templates, fields, contract, item, code))


def _item_fields(item: Item, contract: Contract, place: int | str) -> dict[str, str]:
    style = contract.answers
    column = item.column.replace("/", style.group_sep) if style.group_sep else item.column
    given = style.columns.get((item.item_id, ""))
    name = re.split(r"[/]", item.column)[-1]
    return {
        "column": given[0] if given else column,
        "path": re.sub(rf"^(.*/)?{re.escape(item.repeat)}/", "", item.column),
        "name": given[0] if given else name,
        "short": given[0] if given else _short(name, "" if item.repeat == "none" else f"x{place}"),
        "item": item.item_id,
        "n": str(place),
    }


def _short(name: str, tail: str = "") -> str:
    return re.sub(r"[^A-Za-z0-9]", "", name)[: SHORT - len(tail)]


def _option_fields(item: Item, code: str, contract: Contract) -> dict[str, str]:
    written = contract.answers.codes
    own = written.get(item.choices, {}) | written.get(item.item_id, {})
    theirs = next((word for word, meant in own.items() if meant == code), code)
    codes = contract.codebook.choices.get(item.choices, ()) if contract.codebook else ()
    short = theirs if theirs != code else _short(code)
    return {"code": theirs, "short_code": short, "number": str(codes.index(code) + 1) if code in codes else ""}


def _filled(
    templates: Iterable[str], fields: dict[str, str], contract: Contract, item: Item, code: str = ""
) -> Iterator[str]:
    """Fill in templates; those that name a wording give one heading for each language of the contract."""
    book, language = contract.codebook, contract.answers.language
    texts = book.texts.get(item.item_id, {}) if book else {}
    labels = book.named.get(item.choices, {}) if book else {}
    for template in templates:
        if "{text}" not in template and "{label}" not in template:
            yield _fill(template, fields)
            continue
        for one in [language] if language else sorted(texts):
            worded = {"text": texts.get(one, ""), "label": labels.get(one, {}).get(code, "")}
            yield _fill(template, fields | worded)


def _fill(template: str, fields: dict[str, str]) -> str:
    """Fill in fields, and those within filled-in ones: a column of an item map may name {n} itself."""
    once = FIELD.sub(lambda found: fields.get(found[1], found[0]), template)
    return FIELD.sub(lambda found: fields.get(found[1], found[0]), once)

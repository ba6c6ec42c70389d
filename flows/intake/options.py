"""The cells of a select-multiple question say of each option whether it was chosen, not chosen, or not asked."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from flows.contracts.load import option_words
from flows.contracts.model import Contract, Item
from flows.intake.normalise import clean, match_key

UNKNOWN = "?"  # no code, so that the rule of codes refuses the row; the text itself goes no further


@dataclass(frozen=True)
class Options:
    """Reads the cells of one question: that which joins the chosen options, and those that options have of their own.

    Attributes:
        name: Name of the SQL function over a list of cells; it gives the joined codes, then a value per option.
        has_summary: Whether the first cell joins the chosen options.
        owned: Options that have a cell, in the order of the cells.
    """

    name: str
    item: Item
    contract: Contract
    codes: tuple[str, ...]
    has_summary: bool
    owned: tuple[str, ...]

    def __call__(self, cells: Sequence[str | None]) -> list[str | None]:
        """Return the codes of the joined cell, then `1`, `0`, null or an unreadable text for each option."""
        summary = cells[0] if self.has_summary else None
        joined = self._joined(summary) if summary is not None else None
        own = dict(zip(self.owned, cells[1:] if self.has_summary else cells, strict=True))
        return [joined, *self._apart(joined, {code: clean(cell) for code, cell in own.items() if cell is not None})]

    def _apart(self, joined: str | None, own: dict[str, str]) -> Iterator[str | None]:
        chosen = {code for code, cell in own.items() if self._is_chosen(code, cell)}
        empty_is_no = "" in self.contract.answers.unchosen
        # A tool that writes zeros even where nothing was asked tells so in the summary column alone.
        was_asked = bool(chosen) or (joined is not None if self.has_summary else not empty_is_no)
        told = frozenset((joined or "").split())
        for code in self.codes:
            if code not in self.owned:
                yield None if joined is None else str(int(code in told))
            elif code in chosen:
                yield "1"
            elif own.get(code, "") in self.contract.answers.unchosen:
                yield "0" if was_asked and (code in own or empty_is_no) else None
            else:
                yield own.get(code)

    def _joined(self, text: str) -> str:
        """Return the codes in a cell that joins the chosen options, with blanks between them.

        Options come from the codebook, the longest first, so that a separator inside a label parts nothing. What is
        left is a text of the respondent's own where the contract names an option for it, else no code.
        """
        style = self.contract.answers
        if style.separator == " " and not self.words:
            return text
        left = f"{style.separator}{self._key(text)}{style.separator}"
        found: set[str] = set()
        for word in self._longest_first:
            wrapped = f"{style.separator}{word}{style.separator}"
            if wrapped in left:
                left = left.replace(wrapped, style.separator)
                found.add(self._known[word])
        if left.replace(style.separator, "").strip():
            found.add(style.other if style.other in self.codes else UNKNOWN)
        return " ".join([code for code in self.codes if code in found] + sorted(found - set(self.codes)))

    def _is_chosen(self, code: str, cell: str) -> bool:
        return cell in self._chosen[code] or match_key(cell) in self._chosen_labels[code]

    def _key(self, text: str) -> str:
        return match_key(text) if self.contract.answers.cells == "labels" else clean(text)

    @cached_property
    def words(self) -> dict[str, str]:
        """What the tool writes for an option -> code; nothing where it writes our codes."""
        book = self.contract.codebook
        return option_words(self.item, book, self.contract.answers) if book else {}

    @cached_property
    def _known(self) -> dict[str, str]:
        if self.contract.answers.cells == "labels":
            return by_key(self.words)
        return {code: code for code in self.codes} | self.words

    @cached_property
    def _longest_first(self) -> list[str]:
        return sorted(self._known, key=lambda word: (-len(word), word))

    @cached_property
    def _chosen(self) -> dict[str, frozenset[str]]:
        theirs = {meant: word for word, meant in self.words.items()}
        words = self.contract.answers.chosen
        return {
            code: frozenset(theirs.get(code, code) if word == "{code}" else word for word in words)
            for code in self.codes
        }

    @cached_property
    def _chosen_labels(self) -> dict[str, frozenset[str]]:
        if "{label}" not in self.contract.answers.chosen or not self.contract.codebook:
            return dict.fromkeys(self.codes, frozenset())
        labels = self.contract.codebook.named.get(self.item.choices, {}).values()
        return {code: frozenset(match_key(named[code]) for named in labels if code in named) for code in self.codes}


def by_key(words: dict[str, str]) -> dict[str, str]:
    """Return match key -> code; a key that two codes share says nothing."""
    return {key: next(iter(codes)) for key, codes in _meanings(words.items()) if len(codes) == 1}


def _meanings(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, set[str]]]:
    meant: dict[str, set[str]] = {}
    for word, code in pairs:
        meant.setdefault(match_key(word), set()).add(code)
    return meant.items()

"""A column is known by how its cells are spelled: typed, mended, or in the sender's words, each as SQL."""

from functools import cache

from flows.contracts.model import Column, Contract
from flows.intake.match import Feed, Layout
from flows.intake.normalise import folded, literal, trimmed, unified_apostrophes
from flows.intake.options import by_key
from flows.intake.values import words


def is_typed(feed: Feed) -> bool:
    """Return whether a value has a type of its own, so that its text is kept only where it cannot be read."""
    return feed.column.type not in ("text", "code")


def is_mended(feed: Feed) -> bool:
    """Return whether look-alikes and apostrophes of a column are mended: codes, and ids and texts that are landed."""
    return feed.column.type in ("code", "text") and feed.column.privacy in ("none", "person")


def is_parsed(feed: Feed, contract: Contract) -> bool:
    """Return whether a value differs from its text: it has a type, or the sender has own words for codes."""
    return feed.column.type not in ("text", "code") or feed.column.name in contract.values


def letters_of(feed: Feed, layout: Layout, tidy: str) -> str:
    """Return SQL of text without look-alikes of another script, in columns of codes and ids."""
    return folded(tidy, is_id=feed.column.type == "text") if is_folded(feed, layout) else tidy


def is_folded(feed: Feed, layout: Layout) -> bool:
    """Return whether look-alikes of another script are replaced in a column: it holds codes or ids."""
    return is_mended(feed) and (feed.column.type == "code" or _is_id(feed.column, layout))


def signs_of(feed: Feed, letters: str) -> str:
    """Return SQL of text with one sign for each apostrophe, in columns that are mended."""
    return unified_apostrophes(letters) if is_mended(feed) else letters


def _is_id(column: Column, layout: Layout) -> bool:
    return bool(column.pattern or column.references or column.name in layout.key)


def worded(feed: Feed, layout: Layout, contract: Contract, text: str) -> str:
    """Return SQL of a text after the sender's words have become canonical codes."""
    codes = contract.values.get(feed.column.name, {})
    if not codes:
        return text
    spelled = canonical_words(tuple(codes), feed, layout)
    cases = [f"when {literal(word)} then {literal(code)}" for word, code in zip(spelled, codes.values(), strict=True)]
    return f"case {text} {' '.join(cases)} else {_alike(text, feed, codes, contract)} end"


def _alike(text: str, feed: Feed, codes: dict[str, str], contract: Contract) -> str:
    """Return SQL of the code of a word that differs from the contract's in script, case or signs alone, else the text.

    Where a tool writes labels, what is no label is a text of the respondent's own, if the contract names an option
    for it.
    """
    listed = () if isinstance(feed.column.codes, str) else feed.column.codes
    known = words(tuple(dict.fromkeys((*codes.values(), *listed))))
    cases = " ".join(f"when {literal(key)} then {literal(code)}" for key, code in by_key(codes).items())
    style = contract.answers
    is_own = feed.item is not None and style.cells == "labels" and style.other in listed
    rest = literal(style.other) if is_own else text
    alike = f"case qd_match_key({text}) {cases} else {rest} end" if cases else rest
    return f"case when {text} is null or {text} in {known} then {text} else {alike} end"


def canonical_words(texts: tuple[str, ...], feed: Feed, layout: Layout) -> tuple[str, ...]:
    """Return words of the contract, spelled exactly as cells of the column are."""
    return _spelled(texts, signs_of(feed, letters_of(feed, layout, trimmed("word"))))


@cache
def _spelled(texts: tuple[str, ...], expression: str) -> tuple[str, ...]:
    import duckdb

    with duckdb.connect() as connection:
        query = (
            f"select {expression} from (select unnest(?::varchar[]) as word, unnest(range(?)) as place) order by place"
        )
        return tuple(word for (word,) in connection.execute(query, [list(texts), len(texts)]).fetchall())

"""Where a question was asked, by the conditions of its form: an empty answer is missed only there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flows.intake.match import NOTHING, Feed, Layout
from flows.intake.normalise import literal
from flows.questionnaire.conditions import Node, NotReadableError, read_condition


@dataclass(frozen=True)
class _Answers:
    """The answers of one stage table: question by its name in the form -> its feed, and feeds of its options."""

    questions: dict[str, Feed]
    options: dict[tuple[str, str], Feed]


class _UnknownError(LookupError):
    """A condition speaks of what does not stand in this table."""


def asked(feed: Feed, layout: Layout) -> str:
    """Return SQL that is true where the question was asked; empty where it always is, or where nobody can tell here.

    A repeat group has rows only where it was asked, so what its conditions say of the submission always holds there.
    """
    if feed.item is None or not feed.item.relevant:
        return ""
    answers = _answers(layout.feeds)
    try:
        tests = [f"coalesce({_test(read_condition(text), answers)}, false)" for text in feed.item.relevant]
    except (NotReadableError, _UnknownError):
        return ""
    return " and ".join(tests)


def _answers(feeds: Iterable[Feed]) -> _Answers:
    there = [feed for feed in feeds if feed.raw != NOTHING and not (feed.item and feed.column.privacy == "free_text")]
    named = {(feed.item.name if feed.item else feed.column.name): feed for feed in there if not feed.choice}
    options = {(feed.item.name, feed.choice): feed for feed in there if feed.item and feed.choice}
    return _Answers(named, options)


def _test(node: Node, answers: _Answers) -> str:
    """Return SQL of a condition."""
    if node.kind == "function":
        return CALLS[node.value](node.parts, answers)
    if node.kind == "operator":
        return _operation(node, answers)
    return _text(node, answers)


def _operation(node: Node, answers: _Answers) -> str:
    left, right = node.parts
    if node.value in ("and", "or"):
        both = (f"coalesce({_test(part, answers)}, false)" for part in node.parts)
        return f"({f' {node.value} '.join(both)})"
    write = _number if node.value not in ("=", "!=") or _is_number(left) or _is_number(right) else _text
    signs = {"=": "is not distinct from", "!=": "is distinct from"}
    return f"({write(left, answers)} {signs.get(node.value, node.value)} {write(right, answers)})"


def _is_number(node: Node) -> bool:
    return node.kind == "number" or (node.kind == "function" and node.value in ("count-selected", "string-length"))


def _number(node: Node, answers: _Answers) -> str:
    return node.value if node.kind == "number" else f"try_cast({_text(node, answers)} as double)"


def _text(node: Node, answers: _Answers) -> str:
    """Return SQL of a text; an empty one is null, as an answer that was not given."""
    if node.kind in ("text", "number"):
        return literal(node.value) if node.value else "null::varchar"
    if node.kind == "name":
        return f"cast({_name(node, answers)} as varchar)"
    return f"cast({_test(node, answers)} as varchar)" if node.kind != "answer" else _unknown()


def _name(node: Node, answers: _Answers) -> str:
    feed = answers.questions.get(node.value)
    if node.kind != "name" or feed is None:
        return _unknown()
    is_several = feed.item is not None and feed.item.type == "select_multiple"
    return f"{feed.column.name}__text" if is_several else feed.column.name


def _selected(parts: tuple[Node, ...], answers: _Answers) -> str:
    name, code = parts
    option = answers.options.get((name.value, code.value))
    if option:
        return f"coalesce({option.column.name}, false)"
    return f"list_contains(string_split({_text(name, answers)}, ' '), {literal(code.value)})"


def _count_selected(parts: tuple[Node, ...], answers: _Answers) -> str:
    options = [feed for (name, _), feed in answers.options.items() if name == parts[0].value]
    return " + ".join(f"coalesce(cast({one.column.name} as integer), 0)" for one in options) or _unknown()


def _unknown() -> str:
    raise _UnknownError


CALLS: dict[str, Callable[[tuple[Node, ...], _Answers], str]] = {
    "not": lambda parts, answers: f"not coalesce({_test(parts[0], answers)}, false)",
    "selected": _selected,
    "count-selected": _count_selected,
    "string-length": lambda parts, answers: f"coalesce(length({_text(parts[0], answers)}), 0)",
    "coalesce": lambda parts, answers: f"coalesce({_text(parts[0], answers)}, {_text(parts[1], answers)})",
}

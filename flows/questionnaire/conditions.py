"""A condition of a form is read once and written for each tool and for people.

The language is the part of XLSForm's that LimeSurvey and a printed sheet can say too: comparisons, `and`, `or`, `not`,
`selected`, `count-selected`, `string-length`, `coalesce`; `.` is the answer itself, `${name}` that of another question.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

TOKEN = re.compile(
    r"(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>'[^']*')|\$\{(?P<name>\w+)\}|(?P<word>[a-z][a-z-]*)|(?P<sign><=|>=|!=|[=<>().,]))"
)
LEVELS = (("or",), ("and",), ("<=", ">=", "!=", "=", "<", ">"))
FUNCTIONS = {"not": 1, "selected": 2, "count-selected": 1, "string-length": 1, "coalesce": 2}


@dataclass(frozen=True)
class Node:
    """A piece of a condition.

    Attributes:
        kind: `number`, `text`, `answer` (to the question itself), `name` (of another), `operator` or `function`.
        value: The number, text, name, sign or word.
        parts: Operands or arguments.
    """

    kind: str
    value: str
    parts: tuple["Node", ...] = ()

    def names(self) -> Iterator[str]:
        """Yield the questions that the condition speaks of."""
        if self.kind == "name":
            yield self.value
        for part in self.parts:
            yield from part.names()


class NotReadableError(ValueError):
    """A condition does not keep to the language; says where and what was awaited."""


def read_condition(text: str) -> Node:
    """Return a condition as a tree.

    Raises:
        NotReadableError: It uses something that not every tool can say, or it breaks off.
    """
    reader = _Reader(text)
    node = reader.level(0)
    reader.expect("end", "")
    return node


class _Reader:
    """Walks once over the tokens of one condition."""

    def __init__(self, text: str) -> None:
        self._tokens = [*_tokens(text), ("end", "", len(text))]
        self._at = 0

    def _peek(self) -> tuple[str, str, int]:
        return self._tokens[self._at]

    def _take(self) -> tuple[str, str, int]:
        token = self._peek()
        self._at += 1
        return token

    def expect(self, kind: str, value: str) -> None:
        found_kind, found, place = self._take()
        if (found_kind, found) != (kind, value):
            raise NotReadableError(
                f"at character {place + 1}: expected {value or 'the end'}, found {found or 'the end'}"
            )

    def level(self, depth: int) -> Node:
        if depth == len(LEVELS):
            return self._piece()
        left = self.level(depth + 1)
        while self._peek()[1] in LEVELS[depth] and self._peek()[0] in ("sign", "word"):
            sign = self._take()[1]
            left = Node("operator", sign, (left, self.level(depth + 1)))
        return left

    def _piece(self) -> Node:
        kind, value, place = self._take()
        if kind in ("number", "text", "name"):
            return Node(kind, value.strip("'"))
        if (kind, value) == ("sign", "."):
            return Node("answer", ".")
        if (kind, value) == ("sign", "("):
            node = self.level(0)
            self.expect("sign", ")")
            return node
        if kind == "word" and value in FUNCTIONS:
            return Node("function", value, self._arguments(FUNCTIONS[value]))
        known = ", ".join(FUNCTIONS)
        raise NotReadableError(f"at character {place + 1}: {value or 'the end'} cannot stand here (functions: {known})")

    def _arguments(self, count: int) -> tuple[Node, ...]:
        self.expect("sign", "(")
        arguments = [self.level(0)]
        for _ in range(count - 1):
            self.expect("sign", ",")
            arguments.append(self.level(0))
        self.expect("sign", ")")
        return tuple(arguments)


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    at = 0
    while rest := text[at:].lstrip():
        place = len(text) - len(rest)
        found = TOKEN.match(text, place)
        if not found or not found.lastgroup:
            raise NotReadableError(f"at character {place + 1}: {rest[:12]} is not known here")
        yield found.lastgroup, found[found.lastgroup], place
        at = found.end()


@dataclass(frozen=True)
class Dialect:
    """How the pieces of a condition are written.

    Attributes:
        text: Writes a text constant.
        name: Writes the answer to another question.
        answer: Stands for the answer to the question itself.
        signs: Operators that are written in another way.
        calls: Writes a function from its written arguments.
        around: Template of an operation.
    """

    text: Callable[[str], str]
    name: Callable[[str], str]
    answer: str
    signs: Mapping[str, str]
    calls: Mapping[str, Callable[[list[str]], str]]
    around: str


def write_condition(node: Node, dialect: Dialect) -> str:
    """Write a condition in a dialect."""
    parts = [write_condition(part, dialect) for part in node.parts]
    match node.kind:
        case "function":
            return dialect.calls[node.value](parts)
        case "operator":
            return dialect.around.format(parts[0], dialect.signs.get(node.value, node.value), parts[1])
        case "answer":
            return dialect.answer
        case "name":
            return dialect.name(node.value)
        case _:
            return dialect.text(node.value) if node.kind == "text" else node.value


def limesurvey(own: str, rename: Callable[[str], str], options: Mapping[str, str]) -> Dialect:
    """Return the dialect of LimeSurvey's expression engine.

    Args:
        own: Code of the question whose answer `.` is.
        rename: From the name of a question, or of an option of several, to its code.
        options: From a code of a choice to the code that LimeSurvey knows; others stay as they are.
    """

    def bare(written: str) -> str:
        return written.removesuffix(".NAOK").strip('"')

    return Dialect(
        text=lambda text: f'"{options.get(text, text)}"',
        name=lambda name: f"{rename(name)}.NAOK",
        answer=f"{own}.NAOK",
        signs={"=": "=="},
        calls={
            "not": lambda parts: f"!({parts[0]})",
            "selected": lambda parts: f'({bare(parts[0])}_{rename(bare(parts[1]))}.NAOK == "Y")',
            "count-selected": lambda parts: f"count(that.{parts[0]})",
            "string-length": lambda parts: f"strlen({parts[0]})",
            "coalesce": lambda parts: f"if(is_empty({parts[0]}), {parts[1]}, {parts[0]})",
        },
        around="({} {} {})",
    )


def in_words(numbers: Mapping[str, str], words: Mapping[str, str]) -> Dialect:
    """Return the dialect of a person who fills in paper.

    Args:
        numbers: From the name of a question to its number on the sheet.
        words: Words of the language, by the names in `expectations/questionnaires/words.csv`.
    """
    return Dialect(
        text=lambda text: text,
        name=lambda name: f"{words['question']} {numbers.get(name, name)}",
        answer=words["answer"],
        signs={"and": words["and"], "or": words["or"], "!=": "≠", ">=": "≥", "<=": "≤"},
        calls={
            "not": lambda parts: f"{words['not']} ({parts[0]})",
            "selected": lambda parts: f"{parts[0]} = {parts[1]}",
            "count-selected": lambda parts: f"{words['chosen']} ({parts[0]})",
            "string-length": lambda parts: f"{words['length']} ({parts[0]})",
            "coalesce": lambda parts: parts[0],
        },
        around="{} {} {}",
    )

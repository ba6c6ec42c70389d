"""XML is parsed as a stream: no document type, no entities, no endless token, no endless depth."""

from collections.abc import Callable, Iterable
from typing import Any
from xml.parsers import expat

from flows.intake.inside.common import RefusedError, damaged

DEEPEST = 64
TOKEN_BYTES = 8 << 20  # text between two `>`; expat 2.5 needs quadratic time for longer ones (CVE-2023-52425)


def parser(
    start: Callable[[str, dict[str, str]], None], end: Callable[[str], None], text: Callable[[str], None] | None = None
) -> Any:
    """Return a parser that names elements `namespace name` and refuses document types and entities."""
    engine = expat.ParserCreate(namespace_separator=" ")
    depth = [0]

    def opened(name: str, attributes: dict[str, str]) -> None:
        depth[0] += 1
        if depth[0] > DEEPEST:
            raise damaged("The XML is nested too deep.", engine.CurrentLineNumber)
        start(name, attributes)

    def closed(name: str) -> None:
        depth[0] -= 1
        end(name)

    engine.StartElementHandler, engine.EndElementHandler = opened, closed
    engine.StartDoctypeDeclHandler = engine.EntityDeclHandler = _refuse
    if text:
        engine.CharacterDataHandler = text
        engine.buffer_text = True
    return engine


class Feeder:
    """Feeds a parser chunk by chunk, within bounds of size and of text between two `>`."""

    def __init__(self, engine: Any, limits: dict[str, Any]) -> None:
        """Begin with nothing fed."""
        self.engine, self.most, self.size, self.token = engine, limits["unpacked"], 0, 0

    def feed(self, chunk: bytes, *, is_last: bool = False) -> None:
        """Parse a chunk."""
        self.size += len(chunk)
        last = chunk.rfind(b">")
        self.token = self.token + len(chunk) if last < 0 else len(chunk) - last
        if self.size > self.most or self.token > TOKEN_BYTES:
            raise RefusedError("E-112", "The XML, or a text in it, is too long.", line=self.engine.CurrentLineNumber)
        try:
            self.engine.Parse(chunk, is_last)
        except (expat.ExpatError, ValueError, LookupError) as error:  # the last two: an encoding that expat lacks
            raise damaged("The XML is not well-formed.", getattr(error, "lineno", None)) from None


def feed(engine: Any, chunks: Iterable[bytes], limits: dict[str, Any]) -> None:
    """Parse the chunks to their end."""
    feeder = Feeder(engine, limits)
    for chunk in chunks:
        feeder.feed(chunk)
    feeder.feed(b"", is_last=True)


def _refuse(*_: Any) -> None:
    text = "The file declares a document type or entities."
    raise RefusedError("E-107", text, expected="no DTD and no entities")

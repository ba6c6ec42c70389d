"""A drawing is SVG with sizes of its own, without script and without references, so that page and print share it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup, escape

# Widths of signs at one pixel of size, measured on Noto Sans and Noto Sans CJK KR, rounded up.
WIDE, CYRILLIC, CAPITAL, NARROW, USUAL = 1.0, 0.62, 0.68, 0.34, 0.58
CJK, CYRILLIC_FIRST, CYRILLIC_LAST = 0x2E80, 0x0400, 0x04FF
SIZE = 13.0
HATCH_STEP = 7.0


@dataclass(frozen=True)
class Drawing:
    """A picture of `width` by `height` pixels.

    Attributes:
        width: Width in pixels of the drawing's own measure.
        height: Height likewise.
        content: What stands inside the `svg` element.
    """

    width: float
    height: float
    content: Markup

    def svg(self, label: str, name: str = "drawing", style: str = "") -> Markup:
        """Return the element; `label` is read aloud, `style` is the style sheet of a picture that stands alone."""
        return Markup(
            '<svg class="{}"{} viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}{}</svg>'
        ).format(
            name,
            Markup(' xmlns="http://www.w3.org/2000/svg"') if style else "",
            _n(self.width),
            _n(self.height),
            _n(self.width),
            _n(self.height),
            label,
            Markup("<style>{}</style>").format(Markup(style)) if style else "",  # noqa: S704 - a style sheet of this project
            self.content,
        )


@lru_cache(maxsize=1 << 16)
def width_of(words: str, size: float = SIZE) -> float:
    """Return how wide a text stands, in pixels, by the kinds of its signs."""
    return size * sum(_sign(sign) for sign in words)


def wrap(words: str, width: float, size: float = SIZE, lines: int = 2) -> list[str]:
    """Break a text at blanks into at most `lines` lines of `width` pixels; what is too long ends in an ellipsis."""
    broken: list[str] = [""]
    for word in words.split(" "):
        longer = f"{broken[-1]} {word}".strip()
        if width_of(longer, size) <= width or not broken[-1]:
            broken[-1] = longer
        else:
            broken.append(word)
    kept = broken[:lines]
    if len(broken) > lines:
        kept[-1] = f"{kept[-1]}…"
    return [_cut(line, width, size) for line in kept]


def text(x: float, y: float, words: str, name: str = "", anchor: str = "start", *, bold: bool = False) -> str:
    """Return a text whose line stands at `y`."""
    weight = ' font-weight="650"' if bold else ""
    at = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text{_class(name)} x="{_n(x)}" y="{_n(y)}"{at}{weight}>{escape(words)}</text>'


def upright(x: float, top: float, words: str, name: str = "") -> str:
    """Return a text that runs upwards and ends at `top`."""
    at = f"{_n(x)} {_n(top)}"
    return f'<text{_class(name)} transform="translate({at}) rotate(-90)" text-anchor="end">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, name: str = "") -> str:
    """Return a straight line."""
    return f'<line{_class(name)} x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"/>'


def rect(x: float, y: float, width: float, height: float, name: str = "", radius: float = 0) -> str:
    """Return a box; one of no width is drawn one pixel wide so that it can be seen."""
    round_ = f' rx="{_n(radius)}"' if radius else ""
    return f'<rect{_class(name)} x="{_n(x)}" y="{_n(y)}" width="{_n(max(width, 1))}" height="{_n(height)}"{round_}/>'


def circle(x: float, y: float, radius: float, name: str = "") -> str:
    """Return a dot."""
    return f'<circle{_class(name)} cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"/>'


def diamond(x: float, y: float, radius: float, name: str = "") -> str:
    """Return a square that stands on its corner."""
    return path(
        f"M{_n(x)} {_n(y - radius)}l{_n(radius)} {_n(radius)} {_n(-radius)} {_n(radius)} {_n(-radius)} {_n(-radius)}z",
        name,
    )


def path(steps: str, name: str = "") -> str:
    """Return a path of SVG path steps."""
    return f'<path{_class(name)} d="{steps}"/>'


def hatched(x: float, y: float, width: float, height: float) -> str:
    """Return a box of slanted lines: a figure stands here and is not shown. Drawn out, since patterns need ids."""
    steps, offset = [], -height + HATCH_STEP / 2
    while offset < width:
        left, right = max(offset, 0.0), min(offset + height, width)
        if right > left:
            low, high = y + height - (left - offset), y + height - (right - offset)
            steps.append(f"M{_n(x + left)} {_n(low)}L{_n(x + right)} {_n(high)}")
        offset += HATCH_STEP
    return rect(x, y, width, height, "veil") + path("".join(steps), "hatch")


def titled(words: str, *parts: str) -> str:
    """Return parts that tell more when a pointer rests on them."""
    return f"<g><title>{escape(words)}</title>{''.join(parts)}</g>"


def joined(parts: Iterable[str]) -> Markup:
    """Return parts, already escaped by the functions that made them, as one."""
    return Markup("".join(parts))  # noqa: S704 - every text in them went through escape


def labels(
    lines: Sequence[str], x: float, middle: float, name: str = "", anchor: str = "start", *, bold: bool = False
) -> str:
    """Return lines of text one below the other around a middle."""
    first = middle + 4.5 - (len(lines) - 1) * 7.5
    return "".join(text(x, first + 15 * place, words, name, anchor, bold=bold) for place, words in enumerate(lines))


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"


def _sign(sign: str) -> float:
    code = ord(sign)
    if code > CJK:
        return WIDE
    if CYRILLIC_FIRST <= code <= CYRILLIC_LAST:
        return CYRILLIC
    if sign in " .,:;ilIjtf'ʻʼ|()":
        return NARROW
    return CAPITAL if sign.isupper() or sign in "mwMW%" else USUAL


def _cut(words: str, width: float, size: float) -> str:
    if width_of(words, size) <= width + size:
        return words
    kept = words.rstrip("…")
    while kept and width_of(f"{kept}…", size) > width:
        kept = kept[:-1]
    return f"{kept}…"

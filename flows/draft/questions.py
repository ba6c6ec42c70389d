"""The columns of a survey that no codebook knows have become questions: type, options, and the headings of both.

Options are shown where five rows or more hold them; whole numbers that lie close together are taken as one scale.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flows.contracts.folders import read_folders
from flows.intake.headings import Headers
from flows.intake.match import WHOLE_ROW
from flows.intake.normalise import clean
from flows.settings import Settings

COMMON = 5  # rows that must hold a word before it is shown
SCALE_MOST = 12  # options of a scale in whole numbers
WORDS_MOST = 40
MOSTLY = 0.9
NAME_MOST = 50
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,29}")
WHOLE = re.compile(r"-?\d{1,3}")
NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
# Where a heading parts into question and option, by tool; the last sign that fits counts.
OPTION = {
    "kobotoolbox": r"(.+)/([^/]+)",
    "odk_central": r"(.+)/([^/]+)",
    "odk_odata": r"(.+)/([^/]+)",
    "limesurvey": r"(.+)\[([^\[\]]+)\]",
    "qualtrics": r"(.+?)[_-](-?\d+)",
    "surveymonkey": r"(.+) / (.+)",
}
MARKS = {"1", "0", "true", "false", "y", ""}
Column = Sequence[str | None]


@dataclass(frozen=True)
class Question:
    """One question as a codebook would name it.

    Attributes:
        type: Type of an item in a codebook.
        heading: Heading of its own column; empty where only its options have columns.
        options: Option -> what the file writes for it.
        columns: Option -> heading of its column.
        rare: How many words of few rows are not among the options.
        repeat: Repeat group in which it is asked; `none` for the main table.
    """

    item_id: str
    type: str
    heading: str
    options: dict[str, str]
    columns: dict[str, str]
    rare: int = 0
    repeat: str = "none"


def tool_of(header: Sequence[str], settings: Settings) -> str:
    """Return the survey tool whose signs all stand among the headings; empty where there is none."""
    found = {name: document.value for name, document in read_folders(settings).tools.items()}
    signed = {name: one for name, one in found.items() if _is_signed(header, one)}
    most = max(signed, key=lambda name: len(signed[name]["signs"]), default="")
    return most if len(signed.get(most, {}).get("signs", ())) > 1 or _begins(header, signed.get(most, {})) else ""


def _is_signed(header: Sequence[str], tool: dict[str, Any]) -> bool:
    seen = Headers(header, tool.get("heading", "")).texts
    signs = tool.get("signs", ())
    return bool(signs) and all(any(re.search(sign, text.strip()) for text in seen) for sign in signs)


def _begins(header: Sequence[str], tool: dict[str, Any]) -> bool:
    """Return whether the first heading is the sign: a word as common as `Timestamp` says little elsewhere."""
    return any(re.search(sign, header[0].strip()) for sign in tool.get("signs", ()))


def worded(header: Sequence[str], settings: Settings) -> str:
    """Return the tool that heads its own columns by wordings in this file, as an export of labels does."""
    return _told("worded", header, settings)


def summed(sheets: Sequence[str], settings: Settings) -> str:
    """Return the tool that writes a sheet of sums for each question, where a file holds such sheets."""
    return _told("summed", sheets, settings)


def _told(what: str, texts: Sequence[str], settings: Settings) -> str:
    for name, document in read_folders(settings).tools.items():
        pattern = document.value.get(what, "")
        if pattern and sum(bool(re.fullmatch(pattern, text.strip())) for text in texts) > 1:
            return name
    return ""


def tool_values(name: str, settings: Settings) -> dict[str, Any]:
    """Return what `expectations/tools/<name>.yml` says."""
    return read_folders(settings).tools[name].value


def record_headers(header: Sequence[str], tool: dict[str, Any]) -> dict[str, str]:
    """Return the columns of the kind that the tool itself writes and that this file has."""
    seen = Headers(header, tool.get("heading", ""))
    told = {column: text.split(" || ") for column, text in tool.get("record", {}).items()}
    there = {column: [one for one in texts if one == WHOLE_ROW or one in seen] for column, texts in told.items()}
    return {column: " || ".join(texts) for column, texts in there.items() if texts}


def questions(  # noqa: PLR0913, PLR0917 - a table, what is known of it, and the names that are given already
    header: Sequence[str],
    cells: Sequence[Column],
    taken: set[int],
    tool: str,
    values: dict[str, Any],
    names: set[str],
) -> list[Question]:
    """Return the questions of the columns that are neither taken nor the tool's own; `names` takes in theirs."""
    texts = Headers(header, values.get("heading", "")).texts
    own = [re.compile(pattern) for pattern in values.get("own", ())]
    free = [
        place
        for place, text in enumerate(texts)
        if text.strip() and place not in taken and not any(one.search(text.strip()) for one in own)
    ]
    groups = dict(_groups(texts, cells, free, tool))
    inside = {place for places in groups.values() for place in places}
    found = []
    for place in free:
        stem = next((stem for stem, places in groups.items() if place in places), "")
        if stem and place == groups[stem][0]:
            found.append(_several(stem, groups[stem], texts, tool, names))
        elif place not in inside and texts[place] not in groups:
            found.append(_one(texts[place], cells[place], values.get("separator", ""), names))
    return [replace(one, heading=one.columns.pop("", one.heading)) for one in found]


def _groups(
    texts: Sequence[str], cells: Sequence[Column], free: list[int], tool: str
) -> Iterator[tuple[str, list[int]]]:
    """Yield questions several of whose options have a column of their own in which only marks stand."""
    pattern = OPTION.get(tool)
    stems: dict[str, list[int]] = {}
    for place in free:
        parted = re.fullmatch(pattern, texts[place], re.DOTALL) if pattern else None
        if parted and _are_marks(cells[place], parted[2]):
            stems.setdefault(parted[1], []).append(place)
    for stem, places in stems.items():
        if len(places) > 1 and _is_one(cells, places, tool):
            yield stem, places


def _are_marks(column: Column, option: str) -> bool:
    return {(cell or "").strip().lower() for cell in column} <= MARKS | {option.strip().lower()}


def _is_one(cells: Sequence[Column], places: list[int], tool: str) -> bool:
    """Return whether the columns are options: in Qualtrics a matrix is headed alike and holds other numbers."""
    marks = {cell for place in places for cell in cells[place] if cell}
    return tool not in ("qualtrics", "surveymonkey") or marks == {"1"} or len(marks) == len(places) > 1


def _several(stem: str, places: list[int], texts: Sequence[str], tool: str, names: set[str]) -> Question:
    options = [re.fullmatch(OPTION[tool], texts[place], re.DOTALL) for place in places]
    words = [clean(one[2]) for one in options if one]
    codes = _codes(words)
    columns = {code: texts[place] for code, place in zip(codes, places, strict=True)}
    if stem in texts:
        columns[""] = stem
    return Question(name_of(stem, names), "select_multiple", "", dict(zip(codes, words, strict=True)), columns)


def _one(text: str, column: Column, separator: str, names: set[str]) -> Question:
    """Return the question of one column by what its cells look like."""
    filled = [cell.strip() for cell in column if cell and cell.strip()]
    counts = Counter(filled)
    name = name_of(text, names)
    if filled and all(map(WHOLE.fullmatch, counts)):
        scale = _scale(counts)
        if scale and sum(counts[code] for code in scale) >= MOSTLY * len(filled):
            rare = len(set(counts) - scale.keys())
            return Question(name, "select_one", text, {code: code for code in scale}, {}, rare)
        return Question(name, "integer", text, {}, {})
    if filled and all(map(NUMBER.fullmatch, counts)):
        is_whole = not any("." in word or "," in word for word in counts)
        return Question(name, "integer" if is_whole else "decimal", text, {}, {})
    parts = Counter(part for cell in filled for part in cell.split(separator)) if separator.strip(" ") else Counter()
    is_joined = parts.keys() != counts.keys() and len(parts) <= len(counts)
    several = [("select_multiple", parts)] if is_joined else []
    for kind, words in (*several, ("select_one", counts), ("select_multiple", parts)):
        common = [word for word, count in words.most_common(WORDS_MOST + 1) if count >= COMMON]
        told = sum(words[word] for word in common)
        if common and len(common) <= WORDS_MOST and told >= MOSTLY * sum(words.values()):
            options = dict(zip(_codes(common, words), common, strict=True))
            return Question(name, kind, text, options, {}, len(words) - len(common))
    return Question(name, "text", text, {}, {})


def _scale(counts: Counter[str]) -> dict[str, str]:
    """Return the numbers from the least to the most where they lie close together, and common ones far from them."""
    near = sorted(int(word) for word in counts if 0 <= int(word) <= SCALE_MOST)
    if not near or len(counts) > SCALE_MOST + 2 or near[-1] - near[0] > SCALE_MOST:
        return {}
    far = [word for word, count in counts.items() if int(word) not in range(SCALE_MOST + 1) and count >= COMMON]
    least = min(near[0], 1)
    return dict.fromkeys([*map(str, range(least, near[-1] + 1)), *sorted(far, key=int)], "")


def _codes(words: Iterable[str], seen: Iterable[str] = ()) -> list[str]:
    """Return the words where they can be codes, else their places; a place never reads as a word that was seen."""
    told = list(words)
    letter = "o" if any(word.isdecimal() for word in (*told, *seen)) else ""
    return told if all(map(CODE.fullmatch, told)) else [f"{letter}{number}" for number in range(1, len(told) + 1)]


def name_of(text: str, names: set[str]) -> str:
    """Return a name for a question, made of the Latin letters and digits of its heading."""
    last = text.rpartition("/")[2] if CODE.fullmatch(text.rpartition("/")[2]) else text
    plain = re.sub(r"[^a-z0-9]+", "_", last.lower()).strip("_")[:NAME_MOST].strip("_")
    stem = plain if re.match(r"[a-z]", plain) else f"q_{plain}".rstrip("_")
    name, number = stem, 1
    while name in names:
        number += 1
        name = f"{stem}_{number}"
    names.add(name)
    return name

"""What senders call our columns and codes, in four languages, compared without case, script and signs."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from flows.contracts.folders import read_folders
from flows.contracts.marked import read_sheet
from flows.contracts.model import Contracts
from flows.intake.normalise import header_key
from flows.settings import ROOT, Settings

FOLDER = ROOT / "expectations" / "draft"
ALIKE = 0.82  # share of equal letters from which two words are taken for the same
# Uzbek Cyrillic in Latin letters, so that one word serves both; Russian keeps its own.
LETTERS = dict(zip("абвгдежзийклмнопрстуфхъэқғҳ", "abvgdejziyklmnoprstufxʼeqgh", strict=True)) | {
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "sh",
    "ы": "i",
    "ь": "",
    "ю": "yu",
    "я": "ya",
    "ё": "yo",
    "ў": "o",
    "ъ": "",
}
NOT_LETTERS = re.compile(r"[^\w]+|_")


@dataclass(frozen=True)
class Words:
    """Names of columns and words of codes, in the form in which they are compared."""

    columns: dict[str, tuple[str, ...]]
    codes: dict[str, dict[str, str]]


def load_words(contracts: Contracts, settings: Settings) -> Words:
    """Return what `expectations/draft`, the seeds and the contracts of known sources call columns and codes."""
    columns: dict[str, list[str]] = {}
    for _, row in read_sheet(FOLDER / "columns.csv").rows:
        columns.setdefault(same(row["name"]), []).append(row["column"])
    for contract in contracts.sources.values():
        for one in contract.maps:
            for column, name in one.headers.items():
                columns.setdefault(same(name), []).append(column)
                columns.setdefault(same(name.rpartition(" / ")[2]), []).append(column)
    return Words({name: tuple(dict.fromkeys(found)) for name, found in columns.items()}, _codes(contracts, settings))


def _codes(contracts: Contracts, settings: Settings) -> dict[str, dict[str, str]]:
    codes: dict[str, dict[str, str]] = {}
    for name, sheet in read_folders(settings).codes.items():
        for _, row in sheet.rows:
            texts = [row["code"], *(text for key, text in row.items() if key.startswith("name_"))]
            codes.setdefault(name, {}).update({same(text): row["code"] for text in texts if text})
    for _, row in read_sheet(FOLDER / "codes.csv").rows:
        codes.setdefault(row["list"], {}).setdefault(same(row["word"]), row["code"])
    for contract in contracts.sources.values():
        lists = {column.name: column.codes for column in contract.kind.tables[0].columns}
        for column, words in contract.values.items():
            wanted = lists.get(column)
            if isinstance(wanted, str) and wanted:
                known = codes.setdefault(wanted, {})
                for word, code in words.items():
                    known.setdefault(same(word), code)
    return codes


def same(text: str) -> str:
    """Return a text without case, script, blanks and signs."""
    low = header_key(text)
    return NOT_LETTERS.sub("", "".join(LETTERS.get(sign, sign) for sign in low).replace("ʼ", ""))


def code_of(word: str, known: dict[str, str]) -> tuple[str, bool]:
    """Return the code of a word and whether that is certain; empty where no code comes near."""
    key = same(word)
    if key in known:
        return known[key], True
    near = sorted(((SequenceMatcher(None, key, one).ratio(), one) for one in known), reverse=True)[:1]
    return (known[near[0][1]], False) if near and near[0][0] >= ALIKE else ("", False)

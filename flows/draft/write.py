"""A proposal stands as a contract file and a column map, in the folder that was named, nothing overwritten."""

import csv
import io
import json
import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flows.contracts.check import check_contracts
from flows.contracts.folders import read_folders
from flows.contracts.load import load_contracts
from flows.contracts.model import Contracts, FileStyle
from flows.draft.propose import Proposal, propose
from flows.draft.questions import Question
from flows.draft.sniff import Sniffed, sniff
from flows.draft.words import load_words
from flows.errors import Finding, Place, QdeepError
from flows.intake.formats import FORMATS
from flows.settings import Settings

DAY = re.compile(r"\d{4}-\d{2}(?:-\d{2})?")
SENT = re.compile(r"(sent|known|yuborilgan|отправ|발송)[^0-9]*$", re.IGNORECASE)
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
TEXT_KEYS = ("encoding", "delimiter")
LANGUAGES = ("en", "uz", "ru", "ko")
EMPTY = [""] * len(LANGUAGES)


@dataclass(frozen=True)
class Draft:
    """What was written, and what is left to do.

    Attributes:
        files: The contract and its column map.
        faults: What `qdeep contract check` says of them.
    """

    proposal: Proposal
    files: tuple[Path, ...]
    faults: tuple[Finding, ...]


def draft(  # noqa: PLR0913 - a file, what a person knows of it, and where the contract goes
    path: Path,
    source: str,
    organisation: str,
    folder: Path,
    settings: Settings,
    *,
    case: str = "",
    kind: str = "",
    sheet: str = "",
) -> Draft:
    """Propose a contract from a file and write it under a contract folder.

    Of a log of objects of several types, `case` is the one that is a case; by default the type of most events. `kind`
    is what the table is, by default what it looks like most, and `sheet` the one of a workbook that holds the rows.

    Raises:
        QdeepError: E-407 a name or kind that cannot be, E-409 a contract of that name is there, E-1xx an unread file.
    """
    if not NAME.fullmatch(source):
        raise QdeepError("E-407", "The source needs another name.", expected="small letters, digits and _")
    book = folder / "codebooks" / source / "1"
    targets = (folder / "sources" / f"{source}.yml", folder / "column_maps" / f"{source}.csv")
    more = (book / "instrument.yml", book / "items.csv", book / "choices.csv", folder / "item_maps" / f"{source}.csv")
    if any(target.exists() for target in targets):
        raise QdeepError("E-409", "There is a contract of that name.", Place(file=str(targets[0])), "another name")
    contracts = load_contracts(settings)
    with tempfile.TemporaryDirectory(prefix="qdeep-draft-") as work:
        file = sniff(path, settings, Path(work), case, sheet)
    found = propose(file, contracts, load_words(contracts, settings), kind)
    texts: tuple[str, ...] = (contract_text(found, file, path, source, organisation), map_text(found))
    if found.questions:
        targets, texts = (*targets, *more), (*texts, *codebook_texts(found.questions, source))
    elif beside := _map_beside(found, contracts, settings):
        targets, texts = (*targets, more[-1]), (*texts, beside)
    for target, text in zip(targets, texts, strict=True):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    roots = settings.contracts if folder in settings.contracts else (*settings.contracts, folder)
    faults = check_contracts(replace(settings, contracts=roots))
    ours = {str(target) for target in targets}
    return Draft(found, targets, tuple(fault for fault in faults if fault.where.file in ours))


def _map_beside(found: Proposal, contracts: Contracts, settings: Settings) -> str:
    """Return the item map of another source with the same codebook and tool; empty where none has one."""
    sheets = read_folders(settings).item_maps
    for name, one in contracts.sources.items():
        is_alike = one.codebook is not None and one.codebook == found.codebook and one.answers.tool == found.tool
        if is_alike and name in sheets:
            return sheets[name].path.read_text(encoding="utf-8")
    return ""


def contract_text(found: Proposal, file: Sniffed, path: Path, source: str, organisation: str) -> str:
    """Return the contract as YAML, in the usual order, with a comment where a person decides."""
    lines = ["# Drafted by `qdeep contract draft`; read each line before you trust it."]
    told = [f"# to do: {text}" for text in found.todo] + [f"# note: {text}" for text in found.notes]
    lines += [" ".join(text.split()) for text in told]  # a name of a file with a line end would end the comment
    lines += [f"source: {source}", f"kind: {found.kind.name}", "version: 1", "title:"]
    lines += [f"  {one}: {_quoted(found.kind.title[one])}" for one in LANGUAGES]
    is_survey = found.kind.name == "survey"
    lines += [f"organisation: {organisation}"] if organisation else [] if is_survey else ["# organisation: fill in"]
    lines += ["scope: whole", "cadence: monthly", "required: false", "file:"]
    lines += [f"  {name}: {_yaml(value)}" for name, value in _style(found, file, path).items()]
    if found.codebook:
        lines.append(f'instrument: {{id: {found.codebook.instrument}, version: "{found.codebook.version}"}}')
    elif found.questions:
        lines.append(f'instrument: {{id: {source}, version: "1"}}')
    lines += [f"answers: {{tool: {found.tool}}}"] if found.tool else []
    lines += _values(found)
    lines += [f"others: {'drop' if found.strangers or is_survey else 'refuse'}"]
    lines += [f"volume: {{min: {max(1, file.count // 2)}, max: {max(10, file.count * 3)}}}", "refused_share_max: 0.05"]
    return "\n".join(lines) + "\n"


def _style(found: Proposal, file: Sniffed, path: Path) -> dict[str, Any]:
    """Return what differs from the defaults of a file's style."""
    style, default = file.style, FileStyle()
    text_keys = TEXT_KEYS if FORMATS[style.format].is_text else ()
    keys = ("packing", "member", *text_keys, "sheet", "title_rows", "header_rows", "header_row", "case")
    own = {key: getattr(style, key) for key in keys if getattr(style, key) != getattr(default, key)}
    guessed = {
        "date_formats": found.dates,
        "timestamp_formats": found.moments,
        "decimal": found.decimal if found.decimal != default.decimal else "",
        "thousands": found.thousands,
        "units": found.units,
        "missing": found.missing,
        "repeats": found.repeats,
        "exclude": [{"column": column, "matches": pattern} for column, pattern in found.exclude.items()],
    }
    return {"name": name_pattern(path.name), "format": style.format} | own | {k: v for k, v in guessed.items() if v}


def name_pattern(name: str) -> str:
    """Return a pattern for the names of later files: the days in it become `period` and `known_from`."""
    days, parts, end = list(DAY.finditer(name)), [], 0
    is_sent = [bool(SENT.search(name[: day.start()])) for day in days]
    known = is_sent.index(True) if any(is_sent) else len(days) - 1
    for number, day in enumerate(days):
        group = {known: "known_from", (0 if known else 1): "period"}.get(number, "")
        form = r"\d{4}-\d{2}-\d{2}" if len(day[0]) > len("2026-01") else r"\d{4}-\d{2}"
        parts += [_loose(name[end : day.start()]), f"(?P<{group}>{form})" if group else form]
        end = day.end()
    return "".join([*parts, _loose(name[end:])])


def _loose(text: str) -> str:
    return re.sub(r"\d+", lambda _: r"\d+", re.escape(text).replace(r"\-", "-").replace(r"\ ", " "))


def _values(found: Proposal) -> list[str]:
    lines = ["values:"] if found.values or found.unknown else []
    for name in dict.fromkeys((*found.values, *found.unknown)):
        words, unsure = found.values.get(name, {}), found.unsure.get(name, [])
        lines.append(f"  {name}:" if words else f"  # {name}:")
        notes = dict.fromkeys(unsure, "  # check: guessed by likeness")
        lines += [f"    {_quoted(word)}: {code}{notes.get(word, '')}" for word, code in words.items()]
        lines += [f"    # {_quoted(word)}: fill in a code" for word in found.unknown.get(name, [])]
    return lines if len(lines) > 1 and found.values else [f"# {line}" for line in lines]


def _yaml(value: Any) -> str:
    if isinstance(value, str):
        return value if re.fullmatch(r"[a-z][a-z0-9-]*", value) else _quoted(value)
    return json.dumps(value, ensure_ascii=False)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def map_text(found: Proposal) -> str:
    """Return the column map: one row of what the sender calls each canonical column."""
    out = io.StringIO()
    names = [column.name for column in found.kind.tables[0].columns if column.name in found.headers]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([["version", *names], ["1", *(found.headers[name] for name in names)]])
    return out.getvalue()


def codebook_texts(questions: list[Question], source: str) -> tuple[str, str, str, str]:
    """Return instrument, items, choices and item map of a drafted codebook; wordings are left to a person."""
    title = "\n".join(f"  {one}: {source}" for one in LANGUAGES)
    instrument = f'instrument: {source}\nversion: "1"\ntitle:\n{title}\nlicence_class: proprietary_mapping_only\n'
    items = [["item_id", "column", "type", "choices", "repeat", "min", "max", "required", "privacy", *_in_each("text")]]
    choices = [["list", "code", "position", "score", "is_missing", *_in_each("label")]]
    columns = [["item_id", "choice", "column", "code"]]
    for one in questions:
        of_list = one.item_id if one.options else ""
        privacy = "free_text" if one.type == "text" else "none"
        items.append(
            [one.item_id, one.heading or one.item_id, one.type, of_list, one.repeat, "", "", "", privacy, *EMPTY]
        )
        columns += [[one.item_id, "", one.heading, ""]] if one.heading else []
        for place, (code, word) in enumerate(one.options.items(), start=1):
            choices.append([one.item_id, code, str(place), "", "false", *EMPTY])
            written = word if word not in ("", code) else ""
            if written or code in one.columns:
                columns.append([one.item_id, code, one.columns.get(code, ""), written])
    return instrument, _csv(items), _csv(choices), _csv(columns)


def _in_each(name: str) -> list[str]:
    return [f"{name}_{language}" for language in LANGUAGES]


def _csv(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()

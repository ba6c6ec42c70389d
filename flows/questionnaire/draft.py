"""A new codebook version stands in a contract folder as a copy of one that can be asked, under its own name."""

import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from flows.contracts.check import book_faults
from flows.contracts.folders import Book
from flows.contracts.links import questionnaire_faults
from flows.errors import Finding, QdeepError
from flows.questionnaire.export import export_form, form_of

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}/[A-Za-z0-9][A-Za-z0-9._-]*")


def new_book(book: Book, name: str, contracts: Path) -> Path:
    """Copy a codebook version, and name the copy.

    Args:
        book: The version to begin with.
        name: `instrument/version` of the copy.
        contracts: Contract folder to write into.

    Returns:
        The folder of the copy.

    Raises:
        QdeepError: E-407, the name is none; E-603, there is a codebook of this name.
    """
    if not NAME.fullmatch(name):
        raise QdeepError("E-407", "The name of a codebook is `instrument/version`.", expected="such as morale/1")
    instrument, version = name.split("/")
    target = contracts / "codebooks" / instrument / version
    if target.exists():
        raise QdeepError("E-603", f"There is a codebook {name}.", expected="a new version, or another name")
    source = book.instrument.path.parent
    target.mkdir(parents=True)
    for file in sorted(source.glob("*.csv")):
        shutil.copyfile(file, target / file.name)
    text = book.instrument.path.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^instrument:.*$", f"instrument: {instrument}", text)
    text = re.sub(r"(?m)^version:.*$", f'version: "{version}"', text)
    (target / "instrument.yml").write_text(text, encoding="utf-8")
    return target


def proven(book: Book) -> tuple[tuple[Finding, ...], str]:
    """Return every fault (E-409) of a codebook version, and what was proven where there is none.

    Raises:
        QdeepError: E-602, pyxform or ODK Validate does not take the form.
    """
    folder = book.instrument.path.parent
    found = tuple(book_faults((folder.parent.name, folder.name), book)) or tuple(questionnaire_faults(book))
    if found:
        return found, f"{len(found)} faults"
    with TemporaryDirectory(prefix="qdeep-form-") as scratch:
        ((_, note),) = export_form(form_of(book), "xlsform", Path(scratch))
    return (), note

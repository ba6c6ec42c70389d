"""After this what was packed stands as plain files of our own naming, and the bombs among archives are refused."""

import fnmatch
import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from flows.contracts.model import FileStyle
from flows.errors import Place, QdeepError
from flows.intake.archive import WHOLE, Archive
from flows.intake.decode import gunzipped
from flows.intake.filegate import no_room, open_plain
from flows.intake.formats import FORMATS
from flows.intake.limits import CHUNK, Limits
from flows.intake.lookout import refused_as

LEFT_OUT = ("__MACOSX", "media")  # what macOS adds, and the photographs of ODK Central
ROWS = "rows"


def gunzip(path: Path, folder: Path, limits: Limits) -> Path:
    """Unpack a gzip file beside the tables; return the plain file."""
    with open_plain(path, limits) as file:
        return _write(folder / "unpacked.bin", gunzipped(iter(lambda: file.read(CHUNK), b""), path, limits))


def members(path: Path, style: FileStyle, folder: Path, limits: Limits) -> dict[str, Path]:
    """Unpack the members of a zip archive that the contract wants: table name -> plain file.

    A workbook holds all its tables itself; of other formats each table is a member of its own.

    Raises:
        QdeepError: E-105, E-106, E-108, E-117 of the archive; E-133 member missing, or several fit.
    """
    with open_plain(path, limits) as file, refused_as("E-106", path, WHOLE):
        archive = Archive(file, path, limits)
        names = [name for name in archive.parts if _is_file(name)]
        chosen = {ROWS: _main(names, style, archive.where)}
        if FORMATS[style.format].is_text:
            wanted = {name: repeat["sheet"] for name, repeat in style.repeats.items()}
            chosen |= {name: _repeat(names, sheet, archive.where) for name, sheet in wanted.items()}
        return {
            table: _write(folder / f"member-{number}.bin", archive.chunks(name))
            for number, (table, name) in enumerate(chosen.items())
        }


def _is_file(name: str) -> bool:
    path = PurePosixPath(name)
    return not name.endswith("/") and path.parts[0] not in LEFT_OUT and not path.name.startswith(".")


def _main(names: list[str], style: FileStyle, where: Place) -> str:
    if style.member:
        fitting = [name for name in names if _fits(name, style.member)]
    else:
        fitting = [name for name in names if name.lower().endswith(FORMATS[style.format].suffixes)]
    if len(fitting) > 1:
        fitting = _root(fitting)
    if len(fitting) != 1:
        text = "The archive holds several files that could be meant." if fitting else "The archive lacks the file."
        raise QdeepError("E-133", text, where, f"one file like {style.member or FORMATS[style.format].suffixes[0]}")
    return fitting[0]


def _fits(name: str, pattern: str) -> bool:
    return any(fnmatch.fnmatch(one.casefold(), pattern.casefold()) for one in (name, PurePosixPath(name).name))


def _root(names: list[str]) -> list[str]:
    """Return the member whose name all others begin with: ODK Central writes `<form>.csv`, `<form>-<repeat>.csv`."""
    stems = {name: str(PurePosixPath(name).with_suffix("")) for name in names}
    roots = [name for name in names if all(one == name or stems[one].startswith(f"{stems[name]}-") for one in names)]
    return roots or names


def _repeat(names: list[str], sheet: str, where: Place) -> str:
    exact = [name for name in names if sheet in (name, PurePosixPath(name).name, PurePosixPath(name).stem)]
    ending = [name for name in names if PurePosixPath(name).stem.endswith(f"-{sheet}")]
    fitting = exact or ending
    if len(fitting) != 1:
        raise QdeepError("E-133", "The archive lacks the file of a repeat group.", where, f"one file named {sheet}")
    return fitting[0]


def _write(target: Path, chunks: Iterable[bytes] | Iterator[bytes]) -> Path:
    try:
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
            for chunk in chunks:
                file.write(chunk)
    except OSError as error:
        raise no_room(target, error) from error
    return target

"""One frozen Settings per run, read from `qdeep.toml` and `QDEEP_*` environment variables."""

import os
import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from flows.errors import Place, QdeepError

ROOT = Path(__file__).resolve().parent.parent
TIMEZONE = ZoneInfo("Asia/Tashkent")
KNOWN = ("workspace", "inbox", "contracts", "as_of", "known_on", "key_file", "sample", "language", "memory_limit")


@dataclass(frozen=True)
class Settings:
    """Everything a run depends on besides the files that it reads.

    Attributes:
        workspace: Folder of lake, vault, warehouse and published releases.
        inbox: Folder that watched-folder sources are pulled from.
        contracts: Folders with `sources/`, `column_maps/` and `codebooks/`; kinds and code lists
            always come from the project.
        as_of: The world as it was on that day.
        known_on: As we knew it on that day: deliveries known later are left out.
        key_file: Key of the pseudonyms; lies outside the workspace.
        sample: Whether the data are invented; every page then says so.
        language: Language of messages (uz, ru, en or ko).
        memory_limit: Memory that one DuckDB connection may use, for example `2GB`.
    """

    workspace: Path
    inbox: Path
    contracts: tuple[Path, ...]
    as_of: date
    known_on: date
    key_file: Path
    sample: bool = False
    language: str = "en"
    memory_limit: str = "2GB"

    @property
    def lake(self) -> Path:
        """Folder of landed rows, one folder per source and delivery."""
        return self.workspace / "lake"

    @property
    def vault(self) -> Path:
        """Folder of received files and refused rows; mode 0700."""
        return self.workspace / "vault"

    @property
    def warehouse(self) -> Path:
        """Folder of the rebuildable DuckDB file."""
        return self.workspace / "warehouse"

    @property
    def published(self) -> Path:
        """Folder of releases; the only one that leaves the building."""
        return self.workspace / "published"

    @property
    def tmp(self) -> Path:
        """Folder for work in progress; emptied when a run starts."""
        return self.workspace / "tmp"

    @property
    def lock_file(self) -> Path:
        """File whose lock the one writer holds for the whole run."""
        return self.workspace / "run.lock"


def load_settings(config: Path | None = None, **overrides: object) -> Settings:
    """Read settings, in order of weight: overrides, environment, configuration file, defaults.

    Args:
        config: A `qdeep.toml`; without one `$QDEEP_CONFIG`, then `./qdeep.toml` where there is one.
        overrides: Values of the command line; None means not given.

    Raises:
        QdeepError: E-407 where the file is missing, is not TOML, or holds an unknown or wrong value.
    """
    path = config or _default_config()
    values = _from_file(path) | _from_environment() | {k: v for k, v in overrides.items() if v is not None}
    base = path.resolve().parent if path else Path.cwd()
    today = datetime.now(TIMEZONE).date()
    workspace = _path(values.get("workspace", "data"), base)
    return Settings(
        workspace=workspace,
        inbox=_path(values.get("inbox", workspace / "inbox"), base),
        contracts=_contract_folders(values.get("contracts"), base),
        as_of=_day("as_of", values.get("as_of", today)),
        known_on=_day("known_on", values.get("known_on", today)),
        key_file=_path(values.get("key_file", "~/.config/qdeep/pseudonym.key"), base),
        sample=_flag("sample", values.get("sample", False)),
        language=str(values.get("language", "en")),
        memory_limit=str(values.get("memory_limit", "2GB")),
    )


def _default_config() -> Path | None:
    named = os.environ.get("QDEEP_CONFIG")
    if named:
        return Path(named)
    here = Path("qdeep.toml")
    return here if here.is_file() else None


def _from_file(path: Path | None) -> dict[str, object]:
    if path is None:
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _wrong(path, f"cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(path, f"is not valid TOML: {error}") from error
    unknown = sorted(set(values) - set(KNOWN))
    if unknown:
        raise _wrong(path, f"has unknown settings: {', '.join(unknown)}")
    return values


def _from_environment() -> dict[str, object]:
    names = {name: f"QDEEP_{name.upper()}" for name in KNOWN} | {"language": "QDEEP_LANG"}
    return {name: os.environ[variable] for name, variable in names.items() if os.environ.get(variable)}


def _path(value: object, base: Path) -> Path:
    return base / Path(str(value)).expanduser()


def _contract_folders(value: object, base: Path) -> tuple[Path, ...]:
    if value is None:
        return (ROOT / "expectations",)
    folders = value.split(os.pathsep) if isinstance(value, str) else value
    return tuple(_path(folder, base) for folder in folders) if isinstance(folders, list | tuple) else ()


def _day(name: str, value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise _wrong(None, f"has {name} that is not a date") from error


def _flag(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if str(value).lower() not in words:
        raise _wrong(None, f"has {name} that is neither true nor false")
    return words[str(value).lower()]


def _wrong(path: Path | None, what: str) -> QdeepError:
    where = Place(file=str(path)) if path else Place()
    return QdeepError("E-407", f"The configuration {what}.", where, f"settings: {', '.join(KNOWN)}; days as YYYY-MM-DD")

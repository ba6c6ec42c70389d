"""Coverage-guided fuzzing of gates, counters and readers: bytes in, a table or a refusal out, and nothing else.

Atheris is no dependency of the project. In a virtual environment of its own:

    python -m venv /tmp/fuzz && /tmp/fuzz/bin/pip install atheris
    export PYTHONPATH=.:.venv/lib/python3.11/site-packages
    /tmp/fuzz/bin/python -m tests.fuzz.fuzz_readers xls -max_total_time=300

The first argument is a target (see targets.py), all others are those of libFuzzer. What it finds stands in `crash-...`
or `timeout-...` in the current folder; with that file as second argument it is shown again. It becomes a hostile case.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["flows.intake", "zipfile"]):
    from tests.fuzz import targets


def main() -> None:
    """Fuzz one target, or show what became of one file."""
    target, *rest = sys.argv[1:]
    if rest and Path(rest[0]).is_file():
        sys.stdout.write(targets.outcome(target, Path(rest[0]).read_bytes()) + "\n")
        return
    folder = Path(tempfile.mkdtemp(prefix=f"seeds-{target}-"))
    targets.seeds(target, folder)
    atheris.Setup([sys.argv[0], *rest, str(folder)], lambda data: targets.outcome(target, data) and None)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

"""How long the pages of very many ministries take: the largest ministry of a release stands for all of them.

python -m tests.benchmarks.pages data/published/current 300
"""

import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time

import polars as pl

from flows.report.marts import SERVICE, Marts, read_marts
from flows.report.site import write_pages

UNITS = ("org_unit_id", "parent_id", "ministry_id", "current_org_unit_id", "from_unit_id", "to_unit_id")


def multiplied(marts: Marts, model: str, number: int) -> Marts:
    """Return the marts with `number` ministries that all have the units and figures of one."""
    return Marts(
        marts.about,
        {name: _copies(frame, model, number) for name, frame in marts.frames.items()},
    )


def _copies(frame: pl.DataFrame, model: str, number: int) -> pl.DataFrame:
    if "org_unit_id" not in frame.columns:
        return frame
    own = frame.filter(pl.col("org_unit_id").str.starts_with(model))
    whole = frame.filter(pl.col("org_unit_id") == SERVICE)
    if "from_unit_id" in frame.columns:  # pairs of ministries, of which only the one is copied
        whole = whole.clear()
    columns = [name for name in UNITS if name in frame.columns]
    return pl.concat(
        [whole, *(own.with_columns(pl.col(columns).str.replace(f"^{model}", f"M{n:03d}")) for n in range(number))]
    )


def main(release: str, number: str) -> None:
    """Write the site of so many ministries and say how long that took and how much it is."""
    marts = read_marts(Path(release))
    many = multiplied(marts, "MOA", int(number))
    with tempfile.TemporaryDirectory() as folder:
        started, worked = perf_counter(), process_time()
        write_pages(many, Path(folder))
        took, work = perf_counter() - started, process_time() - worked
        pages = list(Path(folder).rglob("*.html"))
        megabytes = sum(page.stat().st_size for page in pages) / 1e6
        national = (Path(folder) / "index.html").stat().st_size / 1e6
        print(
            f"{len(pages)} pages, {took:.1f} s ({work:.1f} s CPU), {megabytes:.0f} MB; national page {national:.2f} MB"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])

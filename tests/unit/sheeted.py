"""Invented respondents as the models of the warehouse hand them to the statistics: codes, cells, sheets."""

import numpy as np
import polars as pl
import pyarrow as pa

BOOK = {"instrument_id": "i", "instrument_version": "1"}


def codes(items: tuple[str, ...], scores: tuple[float, ...] = (0, 25, 50, 75, 100)) -> pl.DataFrame:
    """The options of items that share one scale."""
    rows = [
        {
            **BOOK,
            "item_id": item,
            "code": str(score),
            "item_place": place,
            "option_place": option,
            "choice_list": "agree",
            "score": float(score),
            "score_min": float(min(scores)),
            "score_max": float(max(scores)),
            "is_reversed": False,
        }
        for place, item in enumerate(items)
        for option, score in enumerate(scores, 1)
    ]
    return pl.DataFrame(rows)


def indices(named: dict[str, tuple[str, tuple[str, ...], float]]) -> pl.DataFrame:
    """Indices: id -> family, items, share that must be answered."""
    rows = [
        {**BOOK, "index_id": index, "item_id": item, "score_family": family, "min_answered_share": least}
        for index, (family, items, least) in named.items()
        for item in items
    ]
    return pl.DataFrame(rows)


def sheets(answers: np.ndarray, step: float = 25, language: list[str | None] | None = None) -> pa.Table:
    """Sheets of answers of shape (respondents, items), NaN where blank; everybody is a cell of their own."""
    places = np.where(np.isnan(answers), 0, np.nan_to_num(answers) / step + 1).astype(np.uint8)
    column = pa.array([row.tobytes() for row in places], pa.large_binary())
    languages = pa.array(language or [None] * len(answers), pa.string())
    return pa.table({"cell_no": np.arange(len(answers)), "language": languages, "sheet": column})

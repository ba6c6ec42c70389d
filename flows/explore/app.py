"""The page of the explorer: streamlit run flows/explore/app.py -- FOLDER LANGUAGE."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st  # ty: ignore[import-not-found] - an optional part

from flows.explore.query import MOST_ROWS, Question, answer, drawn, filters, tables, values, written
from flows.report.marts import about_of
from flows.report.texts import Language, languages

# Few enough lines to be told apart.
MOST_LINES = 12


def page(folder: Path, code: str) -> None:
    """Show one table of a release with its filters."""
    known = {one.code: one for one in languages()}
    st.set_page_config(page_title="qdeep", layout="wide")
    chosen = st.sidebar.selectbox("Til · Язык · Language · 언어", list(known), list(known).index(code))
    t = known[chosen]
    _head(folder, t)
    names = tables(folder)
    table = st.sidebar.selectbox(t("table"), list(names), format_func=lambda name: f"{_title(names[name], t)} ({name})")
    question = _filtered(Question(folder, table), t)
    rows = answer(question)
    st.subheader(_title(names[table], t))
    st.caption(names[table].get("description", ""))
    if rows.height == MOST_ROWS:
        st.info(t("explore_most", n=t.number(MOST_ROWS)))
    _picture(rows, t)
    st.dataframe(written(rows), hide_index=True)
    st.download_button("CSV", rows.write_csv().encode("utf-8-sig"), f"{table}.csv", "text/csv")
    st.caption(f"{t('legend_c')} · {t('codes_rule')}")


def _title(about: Mapping[str, Any], t: Language) -> str:
    return str(about.get("title", {}).get(t.code) or about.get("table", ""))


def _head(folder: Path, t: Language) -> None:
    about = about_of(folder)
    st.title(t("explore_title"))
    if about["is_sample"]:
        st.warning(f"{t('sample_word')} — {t('sample_sentence')}")
    days = " · ".join(f"{t(name)} {about[name]}" for name in ("as_of", "known_on"))
    st.caption(f"{t('release')} {about['release_id']} · {days}")


def _filtered(question: Question, t: Language) -> Question:
    """Ask for each column that may be filtered by; the values offered are those that the filters above leave."""
    for column in filters(question):
        offered = values(question, column)
        kept = st.sidebar.multiselect(f"{column} ({t.number(len(offered))})", offered, key=f"{question.table}-{column}")
        if kept:
            question = Question(question.folder, question.table, {**question.chosen, column: kept})
    return question


def _picture(rows: pl.DataFrame, t: Language) -> None:
    lines = drawn(rows)
    if lines.is_empty():
        return
    if lines["line"].n_unique() > MOST_LINES:
        st.info(t("explore_lines", n=MOST_LINES))
        return
    st.line_chart(lines, x="period_end", y="value", color="line")


if __name__ == "__main__":
    page(Path(sys.argv[1]), sys.argv[2])

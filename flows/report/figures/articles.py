"""Which rules and prices rest on an act whose wording somebody has read."""

from collections.abc import Sequence

from flows.report.figures.base import Cell, Figure, View, name_of, table
from flows.report.marts import Row
from flows.report.texts import DASH, Language

READ, INTERNAL = "read", "internal"


def status(row: Row, t: Language) -> str:
    """Return in words whether the act behind a row was read; a dash where nobody says, as older releases do."""
    known = row.get("article_status")
    return t(f"article_{known}") if known else DASH


def told(rows: Sequence[Row], t: Language) -> str:
    """Return in a sentence how many of the rules that name an act rest on one that was read."""
    outside = [row for row in rows if row.get("article_status") != INTERNAL]
    return t("articles_read", n=sum(row.get("article_status") == READ for row in outside), all=len(outside))


def rule_articles(view: View) -> Figure | None:
    """Return every rule that cases were checked by, with its act, whether it was read, and where."""
    t = view.t
    rows = sorted(view.rows("bpr_rules"), key=lambda row: (row["process_id"], row["rule_id"]))
    if not rows:
        return None
    return Figure(
        id="rule_articles",
        title=t("rule_articles_title"),
        finding=told(rows, t),
        sub=t("articles_sub"),
        marts=("bpr_rules", "dim_processes"),
        rows=rows,
        table=table(
            (t("process"), t("rule"), t("article"), t("article_status"), t("source")),
            [
                [
                    view.process(row["process_id"]),
                    name_of(row, t, row["rule_id"]),
                    row["article"] or DASH,
                    status(row, t),
                    row.get("article_source") or DASH,
                ]
                for row in rows
            ],
        ),
    )


def tariff_articles(view: View) -> Figure | None:
    """Return the price of an hour of each role today, where it comes from, and whether its act was read."""
    t = view.t
    rows = sorted((row for row in view.marts.rows("bpr_tariffs") if row["is_current"]), key=lambda row: row["role"])
    if not rows:
        return None
    return Figure(
        id="tariff_articles",
        title=t("tariff_articles_title"),
        finding="",
        sub=t("tariff_articles_sub"),
        marts=("bpr_tariffs",),
        rows=rows,
        table=table(
            (t("role"), t("hour_price"), t("source"), t("article_status")),
            [
                [
                    t(f"role_{row['role']}"),
                    Cell(t.number(row["hourly_tariff_uzs"])),
                    t(f"price_{row['price_source']}"),
                    status(row, t),
                ]
                for row in rows
            ],
        ),
    )

"""The page on method: how to read the signs, what is withheld, and the card of every indicator."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from flows.report.figures.articles import rule_articles, tariff_articles
from flows.report.figures.base import View
from flows.report.figures.model_checks import model_checks
from flows.report.marts import Row
from flows.report.pages.base import Page, Section, found

SHOWN = ("formula", "base", "caveats", "standards", "definition_source")


def method(view: View) -> Page:
    """Return the page on method."""
    t = view.t
    cards = sorted(view.marts.indicators.values(), key=lambda row: (row["indicator_group"] or "~", row["indicator_id"]))
    groups: dict[str, list[Row]] = {}
    for card in cards:
        groups.setdefault(card["indicator_group"] or "", []).append(card)
    return Page(
        title=t("section_method"),
        lead=t("method_lead"),
        sections=(
            Section("reading", t("reading_title"), body=_reading(view, view.marts.about["minima"])),
            *_model(view),
            *_articles(view),
            *(
                Section(
                    f"group-{group or 'other'}",
                    t(f"group_{group}") if group else t("group_other"),
                    body=_cards(view, rows),
                )
                for group, rows in groups.items()
            ),
        ),
    )


def _model(view: View) -> list[Section]:
    """Return what was tried on the HRM model: in words what held, and the single checks; none where nothing was."""
    checks, tried = found([model_checks(view)]), view.marts.rows("model_method")
    newest = max((row["period_end"] for row in tried), default=None)
    lines = [
        Markup("<li><b>{}.</b> {}</li>").format(row[f"title_{view.t.code}"], row[f"finding_{view.t.code}"])
        for row in sorted(tried, key=lambda row: row["test_order"])
        if row["period_end"] == newest
    ]
    body = Markup('<ul class="plain">{}</ul>').format(Markup("").join(lines)) if lines else Markup()
    return [Section("model", view.t("section_model"), checks, body=body)] if checks or lines else []


def _articles(view: View) -> list[Section]:
    """Return the acts behind rules and prices; none where no log was checked and no role has a price."""
    figures = found([rule_articles(view), tariff_articles(view)])
    return [Section("articles", view.t("section_articles"), figures)] if figures else []


def _reading(view: View, minima: Mapping[str, Any]) -> Markup:
    t = view.t
    lines = [
        *(Markup('<li><span class="sw hide"></span>{}</li>').format(t(name)) for name in ("legend_c", "legend_n")),
        Markup('<li><span class="sw care"></span>{}</li>').format(t("legend_u")),
        Markup("<li>{}</li>").format(t("legend_dash")),
        Markup("<li>{}</li>").format(t("heat_note")),
        Markup("<li>{}</li>").format(t("interval_note")),
        Markup("<li>{}</li>").format(
            t("thresholds", survey=minima["survey"], headcount=minima["headcount"], process=minima["process"])
        ),
        Markup("<li>{}</li>").format(t("rounding_note")),
        *(Markup("<li><b>{}</b> {}</li>").format(letter, t(f"evidence_{letter}")) for letter in "ABCDE"),
    ]
    return Markup('<ul class="plain">{}</ul>').format(Markup("").join(lines))


def _cards(view: View, rows: list[Row]) -> Markup:
    return Markup("").join(_card(view, row) for row in rows)


def _card(view: View, card: Row) -> Markup:
    t = view.t
    facts = Markup("").join(
        Markup('<dt>{}</dt><dd lang="en">{}</dd>').format(t(_word(name)), card[name]) for name in SHOWN if card[name]
    )
    review = (
        Markup('<p class="sub">{}</p>').format(t("card_review")) if t.code in (card["to_review"] or "").split() else ""
    )
    return Markup(
        '<details class="method" id="{}-{}"><summary>{} <code>{}</code></summary><p>{}</p>'
        '<dl class="card">{}<dt>{}</dt><dd>{}</dd>'
        "<dt>{}</dt><dd>{}</dd></dl>{}</details>"
    ).format(
        t.code,
        card["indicator_id"],
        card[f"name_{t.code}"],
        card["indicator_id"],
        card[f"meaning_{t.code}"],
        facts,
        t("unit"),
        t.words.get(f"unit_{card['unit']}", card["unit"]),
        t("direction"),
        t(f"direction_{card['direction']}"),
        review,
    )


def _word(column: str) -> str:
    return {"definition_source": "card_source"}.get(column, column)

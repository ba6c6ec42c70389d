"""What a ministry should do first, by whom, on which legal basis, and which figures say so."""

from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup

from flows.report.figures.base import Cell, Figure, Key, View, is_hidden, table, withheld
from flows.report.marts import Row
from flows.report.texts import DASH

RECOMMENDATIONS, EVIDENCE = "recommendations", "recommendation_evidence"
SIGN = {"above": ">", "below": "<"}
# Confidence in words and as a second sign.
DOTS = {"high": "●●●", "medium": "●●○", "low": "●○○"}
ALL = "all"
# So many stand open; the rest is one press away.
FIRST = 5
# So many shared by ministries are shown; places up to the third are dark.
SHARED, URGENT = 8, 3
ANSWERS = {0.0: "answer_no", 0.5: "answer_partly", 1.0: "answer_yes"}


def recommendations(view: View) -> Figure | None:
    """Return the recommendations of a ministry at the newest assessment, the first first, with their figures."""
    t, rows = view.t, _newest(view, view.unit)
    if not rows:
        return None
    gone = ("solved", "unknown")  # told below, withheld or not
    standing = [r for r in rows if r["place"] is not None or (is_hidden(r, "place") and r["state"] not in gone)]
    figures = _evidence(view, rows)
    numbers = {row["rule_id"]: row["place"] for row in standing}
    return Figure(
        id="recommendations",
        title=t("recommendations_title"),
        finding=_finding(view, standing),
        sub=t("recommendations_sub", period=view.period(rows[0])),
        marts=(RECOMMENDATIONS, EVIDENCE),
        rows=rows,
        body=_list(view, standing, figures, numbers) + _gone(view, rows),
        table=table(
            ("№", t("recommendation"), t("owner"), t("legal_basis"), t("evidence"), t("confidence"), t("priority")),
            [_line(view, row, figures) for row in standing],
        ),
        legend=(Key("sign", f"{' '.join(DOTS.values())} {t('confidence_scale')}"),),
        notes=(t("recommendations_note"),),
    )


def common(view: View) -> Figure | None:
    """Return the recommendations of all ministries beside each other, the most frequent first."""
    t = view.t
    found = {unit: _standing(view, unit) for unit in view.largest}
    found = {unit: rows for unit, rows in found.items() if rows}
    if not found:
        return None
    titles = {key: row for rows in found.values() for key, row in rows.items()}
    order = sorted(titles, key=lambda key: (-sum(key in rows for rows in found.values()), *key))
    lines = [[_title(view, titles[key]), *(_place(view, rows.get(key)) for rows in found.values())] for key in order]
    headings = (t("recommendation"), *(view.org(unit) for unit in found))
    return Figure(
        id="recommendations",
        title=t("common_title"),
        finding=t(
            "common_finding",
            recommendation=_words(view, titles[order[0]]),
            n=sum(order[0] in rows for rows in found.values()),
            all=len(found),
        ),
        sub=t("common_sub"),
        marts=(RECOMMENDATIONS,),
        rows=[row for rows in found.values() for row in rows.values()],
        body=_shared(headings, lines[:SHARED]),
        table=table(headings, lines),
        notes=(*((t("common_rest", n=len(lines) - SHARED),) if lines[SHARED:] else ()), *view.left_out),
    )


def _shared(headings: Iterable[str], lines: Iterable[Sequence[Cell | str]]) -> Markup:
    """Return the most frequent as a table: the place as a badge, darker where it is among the first three."""
    heads = Markup("").join(Markup('<th scope="col">{}</th>').format(one) for one in headings)
    body = Markup("").join(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(line[0], Markup("").join(_badge(one) for one in line[1:]))
        for line in lines
    )
    return Markup(
        '<div class="scroll" tabindex="0"><table class="shared"><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>"
    ).format(heads, body)


def _badge(one: Cell | str) -> Markup:
    if isinstance(one, str) or one.kind == "none":
        return Markup('<td class="none">{}</td>').format(DASH)
    if one.is_withheld:
        return Markup('<td class="hide"><span class="tag" title="{}">{}</span></td>').format(one.note, one.text)
    return Markup('<td><b class="rank{}">{}</b></td>').format("" if int(one.text) <= URGENT else " later", one.text)


def _newest(view: View, unit: str) -> list[Row]:
    rows = view.rows(RECOMMENDATIONS, unit)
    end = max((row["period_end"] for row in rows), default=None)
    kept = [row for row in rows if row["period_end"] == end]
    return sorted(kept, key=lambda row: (row["place"] is None, row["place"] or 0, row["rule_id"], row["process_id"]))


def _standing(view: View, unit: str) -> dict[tuple[str, str], Row]:
    rows = _newest(view, unit)
    return {(row["rule_id"], row["process_id"]): row for row in rows if row["place"] is not None}


def _evidence(view: View, rows: Sequence[Row]) -> Mapping[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], list[Row]] = {}
    for row in view.rows(EVIDENCE):
        if row["period_end"] == rows[0]["period_end"]:
            found.setdefault((row["rule_id"], row["process_id"]), []).append(row)
    return found


def _words(view: View, row: Row) -> str:
    return str(row[f"title_{view.t.code}"] or row["rule_id"]).rstrip(".")


def _title(view: View, row: Row) -> str:
    """Return what to do, and in which process where it is about one."""
    if row["process_id"] == ALL:
        return _words(view, row)
    return f"{_words(view, row)} ({view.process(row['process_id'])})"


def _place(view: View, row: Row | None) -> Cell:
    if row is None:
        return Cell(DASH, "none", view.t("no_value"))
    return withheld(row, view.t) if is_hidden(row, "place") else Cell(str(row["place"]))


def _proof(view: View, row: Row) -> str:
    """Return one figure with its threshold: `Share of long vacancies 45.2% (> 30%)`."""
    figure = withheld(row, view.t).text if is_hidden(row, "value") else _figure(view, row["value"], row["unit"])
    band = (
        ""
        if row["ci_low"] is None or row["ci_high"] is None
        else f" ({_figure(view, row['ci_low'], row['unit'])}{DASH}{_figure(view, row['ci_high'], row['unit'])})"
    )
    name, threshold = view.measure(row["indicator_id"]), _figure(view, row["threshold"], row["unit"])
    if row["source_table"] == "checklist" and row["value"] in ANSWERS:
        return f"{name}: {view.t(ANSWERS[row['value']])}"
    return f"{name}: {figure}{band}; {view.t('threshold')} {SIGN[row['comparison']]} {threshold}"


def _figure(view: View, value: float | None, unit: str | None) -> str:
    return DASH if value is None else view.t.quantity(value, unit)


def _line(view: View, row: Row, figures: Mapping[tuple[str, str], list[Row]]) -> list[Cell | str]:
    t = view.t
    proofs = "; ".join(_proof(view, one) for one in figures.get((row["rule_id"], row["process_id"]), ()))
    score = withheld(row, t) if is_hidden(row, "priority") else Cell(t.number(row["priority"], 2))
    return [
        Cell(_place(view, row).text),
        _title(view, row),
        t(f"owner_{row['owner']}"),
        row["legal_basis"],
        proofs,
        DOTS.get(row["confidence"], DASH),
        score,
    ]


def _finding(view: View, standing: Sequence[Row]) -> str:
    if not standing or standing[0]["place"] is None:
        return ""
    new = sum(row["state"] == "new" for row in standing)
    return view.t("recommendations_finding", first=_words(view, standing[0]), n=len(standing), new=new)


def _list(
    view: View, rows: Sequence[Row], figures: Mapping[tuple[str, str], list[Row]], numbers: Mapping[str, int | None]
) -> Markup:
    items = [_item(view, row, figures.get((row["rule_id"], row["process_id"]), []), numbers) for row in rows]
    made = [
        Markup('<ol class="advice">{}</ol>').format(Markup("").join(part)) for part in (items[:FIRST], items[FIRST:])
    ]
    if not items[FIRST:]:
        return made[0]
    more = view.t("more_recommendations", n=len(items) - FIRST)
    return made[0] + Markup('<details class="method"><summary>{}</summary>{}</details>').format(more, made[1])


def _item(view: View, row: Row, proofs: Iterable[Row], numbers: Mapping[str, int | None]) -> Markup:
    t = view.t
    facts = [
        (t("owner"), t(f"owner_{row['owner']}")),
        (t("legal_basis"), Markup('<span lang="en">{}</span>').format(row["legal_basis"])),
        (t("effect_effort"), f"{row['effect']} / {row['effort']}"),
        (t("horizon"), t("months", n=row["horizon_months"])),
        (t("confidence"), f"{DOTS.get(row['confidence'], DASH)} {_confidence(view, row)}".strip()),
        *_expected(view, row),
        *_conflicts(view, row, numbers),
    ]
    told = Markup("").join(Markup("<span>{}: <b>{}</b></span>").format(*fact) for fact in facts)
    lines = Markup("").join(
        Markup("<li>{} <code>{}</code></li>").format(_proof(view, one), one["source_table"]) for one in proofs
    )
    state = Markup('<span class="state {}">{}</span>').format(row["state"], t(f"advice_{row['state']}"))
    return Markup(
        '<li><b class="rank">{}</b><div><strong>{}</strong> {}<ul class="proof">{}</ul>'
        '<p class="told">{}</p></div></li>'
    ).format(_place(view, row).text, _title(view, row), state, lines, told)


def _confidence(view: View, row: Row) -> str:
    return view.t(f"confidence_{row['confidence']}") if row["confidence"] else ""


def _expected(view: View, row: Row) -> list[tuple[str, str]]:
    """Return the effect that the simulation of a changed process expects, with its band."""
    if row["expected_effect"] is None:
        return []
    t, unit = view.t, row["expected_effect_unit"]
    known = view.marts.rows("bpr_scenarios", scenario_id=row["scenario_id"], measure_id=row["effect_measure"])
    name = known[0][f"measure_{t.code}"] if known else row["effect_measure"]
    ends = [_figure(view, row[end], unit) for end in ("expected_effect_low", "expected_effect_high")]
    return [(t("expected_effect"), f"{name} {_figure(view, row['expected_effect'], unit)} ({ends[0]} … {ends[1]})")]


def _conflicts(view: View, row: Row, numbers: Mapping[str, int | None]) -> list[tuple[str, str]]:
    others = [f"№ {numbers[one]}" for one in (row["conflicts"] or "").split() if numbers.get(one)]
    return [(view.t("conflicts"), ", ".join(others))] if others else []


def _gone(view: View, rows: Iterable[Row]) -> Markup:
    """Say what was solved since the assessment before, and of what the figures are gone."""
    parts = []
    for state in ("solved", "unknown"):
        names = [_title(view, row) for row in rows if row["state"] == state]
        if names:
            items = Markup("").join(Markup("<li>{}</li>").format(name) for name in names)
            parts.append(Markup("<h3>{}</h3><ul>{}</ul>").format(view.t(f"gone_{state}"), items))
    return Markup('<div class="gone">{}</div>').format(Markup("").join(parts)) if parts else Markup("")

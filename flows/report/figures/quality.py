"""What each source delivered, what is late, and why rows were refused."""

from markupsafe import Markup

from flows.report.figures.base import Figure, View, table
from flows.report.marts import Row
from flows.report.texts import DASH

MOST_REASONS = 12


def sources(view: View) -> Figure | None:
    """Return the state of every source; none where the release tells of none."""
    t, rows = view.t, view.marts.rows("dq_sources")
    if not rows:
        return None
    landed, refused = (sum(row[name] for row in rows) for name in ("rows_landed", "rows_refused"))
    return Figure(
        id="sources",
        title=t("quality_title"),
        finding=t(
            "quality_finding",
            sources=len(rows),
            good=sum(row["state"] == "ok" for row in rows),
            refused=t.number(refused),
            share=t.percent(refused / (landed + refused) if landed + refused else 0, 1),
        ),
        sub=t("quality_sub"),
        marts=("dq_sources",),
        rows=rows,
        body=_body(view, rows),
        is_table=True,
        table=table(
            (t("source"), t("state"), t("newest"), t("due"), t("landed"), t("refused"), "%"),
            [[_title(row, view), t(f"state_{row['state']}"), *_numbers(row, view)] for row in rows],
        ),
    )


def reasons(view: View) -> Figure | None:
    """Return the rules that refused most rows of the deliveries in use."""
    t, used = view.t, {delivery["delivery_id"] for delivery in view.marts.about["deliveries"]}
    rows = [r for r in view.marts.rows("dq_rules", severity="refuse") if r["rows_failed"] and r["delivery_id"] in used]
    sums: dict[tuple[str, str, str], int] = {}
    for row in rows:
        key = (row["code"], row["rule"], row["source"])
        sums[key] = sums.get(key, 0) + row["rows_failed"]
    most = sorted(sums.items(), key=lambda item: (-item[1], item[0]))[:MOST_REASONS]
    if not most:
        return None
    return Figure(
        id="reasons",
        title=t("reasons_heading"),
        finding=t(
            "reasons_finding", code=most[0][0][0], source=_source(view, most[0][0][2]), rows=t.number(most[0][1])
        ),
        sub=t("reasons_sub"),
        marts=("dq_rules",),
        rows=rows,
        is_table=True,
        table=table(
            (t("code"), t("rule"), t("source"), t("rows")),
            [(key[0], key[1], _source(view, key[2]), t.number(count)) for key, count in most],
        ),
    )


def _body(view: View, rows: list[Row]) -> Markup:
    t = view.t
    heads = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(Markup(' class="num"') if is_number else "", t(name))
        for name, is_number in (
            ("source", False),
            ("state", False),
            ("newest", False),
            ("due", False),
            ("landed", True),
            ("refused", True),
            ("share", True),
        )
    )
    return Markup(
        '<div class="scroll"><table class="reflow"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(heads, Markup("").join(_row(view, row) for row in rows))


def _row(view: View, row: Row) -> Markup:
    t = view.t
    required = Markup('<span class="req">{}</span>').format(t("required")) if row["is_expected"] else ""
    newest, due, landed, refused, share = _numbers(row, view)
    return Markup(
        '<tr><th scope="row">{}{}<span class="unit"><code>{}</code></span></th>'
        '<td data-label="{}"><span class="state {}">{}</span></td>'
        '<td class="day" data-label="{}">{}</td><td class="day" data-label="{}">{}</td>'
        '<td class="num" data-label="{}">{}</td><td class="num" data-label="{}">{}</td>'
        '<td class="num" data-label="{}">{}</td></tr>'
    ).format(
        _title(row, view),
        required,
        row["source"],
        t("state"),
        row["state"],
        t(f"state_{row['state']}"),
        t("newest"),
        newest,
        t("due"),
        due,
        t("landed"),
        landed,
        t("refused"),
        refused,
        t("share"),
        share,
    )


def _numbers(row: Row, view: View) -> tuple[str, str, str, str, str]:
    t, total = view.t, row["rows_landed"] + row["rows_refused"]
    late = t("late", days=t.number(row["late_days"])) if row["is_late"] else ""
    due = DASH if row["due_on"] is None else f"{t.day(row['due_on'])} {late}".strip()
    return (
        DASH if row["last_known_from"] is None else t.day(row["last_known_from"]),
        due,
        t.number(row["rows_landed"]),
        t.number(row["rows_refused"]),
        t.percent(row["rows_refused"] / total, 1) if total and row["rows_refused"] else "",
    )


def _source(view: View, source: str) -> str:
    return next((_title(row, view) for row in view.marts.rows("dq_sources", source=source)), source)


def _title(row: Row, view: View) -> str:
    return row[f"title_{view.t.code}"] or row["source"]

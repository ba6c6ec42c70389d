"""The processes beside each other, and the figures that open the page of one."""

from markupsafe import Markup

from flows.report.figures.base import Cell, Figure, View, cell, table, withheld
from flows.report.figures.overview import Card
from flows.report.marts import Row
from flows.report.texts import DASH

# Column -> unit; the log's figure stands first, the questionnaire's where the log has none.
COLUMNS = (
    ("lead_p50", "log_lead_p50", "survey_lead_p50_wd", "wd"),
    ("lead_p90", "log_lead_p90", "survey_lead_p90_wd", "wd"),
    ("touch_time", "log_touch_min", "survey_touch_min", "min"),
    ("waiting_time", "log_waiting", "survey_waiting_wh", "wh"),
    ("handoff_count", "log_handoffs", "survey_handoffs", "per_case"),
    ("sla_compliance", "log_sla_compliance", "survey_sla_compliance", "share"),
)


def processes(view: View, link: str) -> Figure | None:
    """Return the processes of a unit in a table with links to their pages."""
    t, rows = view.t, view.rows("bpr_processes")
    if not rows:
        return None
    names = {row["process_id"]: view.process(row["process_id"]) for row in rows}
    return Figure(
        id="processes",
        title=t("processes_title"),
        finding=_finding(view, rows, names),
        sub=t("processes_sub"),
        marts=("bpr_processes", "dim_processes"),
        rows=rows,
        body=_body(view, rows, names, link),
        is_table=True,
        table=table(
            (t("process"), t("evidence"), *(t(f"col_{name}") for name, *_ in COLUMNS)),
            [
                [names[row["process_id"]], _evidence(view, row), *(_figure(view, row, one) for one in COLUMNS)]
                for row in rows
            ],
        ),
    )


def cards_of(view: View, process: str) -> list[Card]:
    """Return the figures that open the page of a process."""
    row = next(iter(view.rows("bpr_processes", process_id=process)), None)
    if row is None or not is_shown(view, process):
        return []
    t = view.t
    return [
        Card(t(f"col_{one[0]}"), *_split(_figure(view, row, one).text), _evidence(view, row))
        for one in COLUMNS
        if one[0] not in {"touch_time", "handoff_count"}
    ]


def _split(text: str) -> tuple[str, str]:
    """Part a figure from its unit."""
    figure, _, unit = text.partition(" ")
    return (figure[:-1], "%") if figure.endswith("%") else (figure, unit)


def is_shown(view: View, process: str) -> bool:
    """Return whether any figure of a process may be shown."""
    return any(row["conf_status"] == "F" for row in view.rows("bpr_metrics", process_id=process))


def _is_log(row: Row) -> bool:
    return row["log_cases"] is not None


def _evidence(view: View, row: Row) -> str:
    t = view.t
    if _is_log(row):
        return f"{t('log')}, n = {t.number(row['log_cases'])} ({row['log_evidence_level']})"
    if row["survey_respondents"] is not None:
        return f"{t('survey')}, n = {t.number(row['survey_respondents'])} ({row['survey_evidence_level']})"
    return withheld(row, t).text if row["conf_status"] != "F" else DASH


def _figure(view: View, row: Row, column: tuple[str, str, str, str]) -> Cell:
    name, log, survey, unit = column
    t, chosen = view.t, log if _is_log(row) else survey
    if name.startswith("lead") and _is_log(row):
        unit = row["log_lead_unit"] or unit
    return cell(row, chosen, t, lambda value: t.quantity(value, unit))


def _body(view: View, rows: list[Row], names: dict[str, str], link: str) -> Markup:
    t = view.t
    heads = Markup("").join(
        Markup('<th class="num" scope="col">{}</th>').format(t(f"col_{name}")) for name, *_ in COLUMNS
    )
    body = Markup("").join(
        Markup('<tr><th scope="row"><a href="{}#{}">{}</a></th><td data-label="{}">{}</td>{}</tr>').format(
            link.format(row["process_id"]),
            t.code,
            names[row["process_id"]],
            t("evidence"),
            _evidence(view, row),
            Markup("").join(_td(_figure(view, row, one), t(f"col_{one[0]}")) for one in COLUMNS),
        )
        for row in rows
    )
    return Markup(
        '<div class="scroll"><table class="reflow">'
        '<thead><tr><th scope="col">{}</th><th scope="col">{}</th>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>"
    ).format(t("process"), t("evidence"), heads, body)


def _td(one: Cell, label: str) -> Markup:
    if one.is_withheld:
        return Markup('<td class="num hide" data-label="{}"><span class="tag" title="{}">{}</span></td>').format(
            label, one.note, one.text
        )
    return Markup('<td class="num{}" data-label="{}">{}</td>').format(" none" if one.kind else "", label, one.text)


def _finding(view: View, rows: list[Row], names: dict[str, str]) -> str:
    known = [row for row in rows if row["log_wait_share"] is not None]
    if not known:
        return ""
    most = max(known, key=lambda row: row["log_wait_share"])
    return view.t("processes_finding", process=names[most["process_id"]], share=view.t.percent(most["log_wait_share"]))

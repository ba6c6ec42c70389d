"""Where a case waits: the steps of a process, the ways between them, and the three costliest waits."""

from functools import partial

from markupsafe import Markup

from flows.report.drawing.flow import Step, Way, draw_flow
from flows.report.figures.base import Figure, Key, Picture, View, cell, name_of, table
from flows.report.marts import Row

WIDE = 1000.0
# Working hours: up to a working day, up to three, more.
SHORT, LONG = 8.0, 24.0
MOST_WAYS, TOP = 26, 3
MINUTES = 60


def flow(view: View, process: str) -> Figure | None:
    """Return the map of a process by its log; none where the log tells of no ways."""
    t, rows = view.t, view.rows("bpr_flows", process_id=process)
    if not rows:
        return None
    known = {row["step_id"]: row for row in view.marts.rows("dim_process_steps", process_id=process)}
    work = {row["step_id"]: row for row in view.rows("bpr_steps", process_id=process)}
    kept = sorted(
        rows, key=lambda row: (row["cases"] is None, -(row["cases"] or 0), row["from_step_id"], row["to_step_id"])
    )[:MOST_WAYS]
    ids = {row[end] for row in kept for end in ("from_step_id", "to_step_id")}
    order = sorted(ids, key=lambda step: ((known.get(step) or {}).get("position") or 10_000, step))
    names = {step: name_of(known.get(step), t, step) for step in order}
    steps = [Step(step, names[step], _work(view, work.get(step))) for step in order]
    ranks = _ranks(kept)
    ways = [_way(view, row, names, ranks.get((row["from_step_id"], row["to_step_id"]), 0)) for row in kept]
    return Figure(
        id="map",
        title=t("map_title"),
        finding=_finding(view, kept, names),
        sub=t("map_sub"),
        marts=("bpr_flows", "bpr_steps", "dim_process_steps"),
        rows=rows,
        picture=Picture(partial(draw_flow, steps, ways), WIDE),
        body=_costliest(view, kept, names, ranks),
        table=table(
            (t("from"), t("to"), t("cases"), t("wait_p50"), t("wait_p90")),
            [
                (
                    name_of(known.get(row["from_step_id"]), t, row["from_step_id"]),
                    name_of(known.get(row["to_step_id"]), t, row["to_step_id"]),
                    cell(row, "cases", t, t.number),
                    *(
                        cell(row, name, t, lambda value, row=row: _hours(view, value, row))
                        for name in ("wait_p50", "wait_p90")
                    ),
                )
                for row in sorted(rows, key=lambda row: (row["from_step_id"], row["to_step_id"]))
            ],
        ),
        legend=(
            Key("line short", t("wait_short", hours=t.number(SHORT))),
            Key("line middle", t("wait_middle", low=t.number(SHORT), high=t.number(LONG))),
            Key("line long", t("wait_long", hours=t.number(LONG))),
            Key("line veiled", t("few_cases")),
        ),
        notes=(t("map_note"), *((t("map_left_out", n=len(rows) - len(kept)),) if len(rows) > len(kept) else ())),
    )


def _ranks(rows: list[Row]) -> dict[tuple[str, str], int]:
    """Return the ways on which most time is lost, by median wait times cases."""
    lost = [
        (row["wait_p50"] * row["cases"], row["from_step_id"], row["to_step_id"])
        for row in rows
        if row["wait_p50"] and row["cases"]
    ]
    return {(start, end): place + 1 for place, (_, start, end) in enumerate(sorted(lost, reverse=True)[:TOP])}


def _kind(row: Row) -> str:
    wait = row["wait_p50"]
    if row["cases"] is None:
        return "veiled"
    return "short" if wait is None or wait < SHORT else "middle" if wait < LONG else "long"


def _way(view: View, row: Row, names: dict[str, str], rank: int) -> Way:
    t, hidden = view.t, row["cases"] is None
    words = "[c]" if hidden else "" if row["wait_p50"] is None else t.quantity(row["wait_p50"], "h")
    more = "" if hidden else f"×{t.number(row['cases'])}"
    tip = f"{names[row['from_step_id']]} → {names[row['to_step_id']]}: {words} {more}".strip()
    return Way(
        row["from_step_id"],
        row["to_step_id"],
        None if hidden else float(row["cases"]),
        words,
        more,
        _kind(row),
        rank,
        tip,
    )


def _hours(view: View, value: float, row: Row) -> str:
    return view.t.quantity(value, row["wait_unit"])


def _work(view: View, row: Row | None) -> str:
    if row is None or row["log_touch_p50_min"] is None:
        return ""
    return view.t("work_of", hours=view.t.figure(row["log_touch_p50_min"] / MINUTES, "h"))


def _costliest(view: View, rows: list[Row], names: dict[str, str], ranks: dict[tuple[str, str], int]) -> Markup:
    t = view.t
    found = sorted(
        ((ranks[key], row) for row in rows if (key := (row["from_step_id"], row["to_step_id"])) in ranks),
        key=lambda pair: pair[0],
    )
    lines = Markup("").join(
        Markup('<li><b class="rank">{}</b> {} → {}: <b>{}</b> <span>(p90 {}; ×{})</span></li>').format(
            rank,
            names[row["from_step_id"]],
            names[row["to_step_id"]],
            _hours(view, row["wait_p50"], row),
            _hours(view, row["wait_p90"], row),
            t.number(row["cases"]),
        )
        for rank, row in found
    )
    return (
        Markup('<div class="costliest"><h3>{}</h3><ol>{}</ol></div>').format(t("costliest"), lines)
        if found
        else Markup("")
    )


def _finding(view: View, rows: list[Row], names: dict[str, str]) -> str:
    lost = [row for row in rows if row["wait_p50"] and row["cases"]]
    if not lost:
        return ""
    most = max(lost, key=lambda row: row["wait_p50"] * row["cases"])
    return view.t(
        "map_finding",
        start=names[most["from_step_id"]],
        end=names[most["to_step_id"]],
        wait=_hours(view, most["wait_p50"], most),
        n=view.t.number(most["cases"]),
    )

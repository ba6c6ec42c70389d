"""The page of one process: its map, work and waiting, its times, its ways, its rules, its evidence."""

from flows.report.figures import process_change, process_map, process_times, process_ways
from flows.report.figures.base import View
from flows.report.figures.processes import cards_of, is_shown
from flows.report.pages.base import Page, Section, found


def process(view: View, process_id: str) -> Page:
    """Return the page of a process over all ministries."""
    t = view.t
    figures = (
        found(
            [
                process_map.flow(view, process_id),
                process_times.steps(view, process_id),
                process_times.lead(view, process_id),
                process_ways.variants(view, process_id),
                process_ways.rules(view, process_id),
                process_times.metrics(view, process_id),
                *process_change.scenarios(view, process_id),
            ]
        )
        if is_shown(view, process_id)
        else ()
    )
    return Page(
        title=view.process(process_id),
        lead=t("process_sub"),
        cards=tuple(cards_of(view, process_id)),
        sections=(Section("process", t("section_process"), figures, empty=t("process_withheld")),),
    )


def process_ids(view: View) -> tuple[str, ...]:
    """Return the processes of which the release has figures, sorted."""
    return tuple(sorted({row["process_id"] for row in view.rows("bpr_metrics")}))

"""The page of one ministry: the same pictures, its own units beside each other, and what its processes show."""

from flows.report.figures import process_change, processes
from flows.report.figures.base import View
from flows.report.figures.overview import cards
from flows.report.pages.base import Page, Section, found
from flows.report.pages.national import model, people, survey

UP = "../"


def ministry(view: View) -> Page:
    """Return the page of the view's ministry."""
    t = view.t
    return Page(
        title=view.org(view.unit),
        lead=t("ministry_lead", units=len(view.parts)),
        cards=tuple(cards(view)),
        sections=(
            Section("model", t("section_model"), model(view), empty=t("model_none")),
            Section("people", t("section_people"), people(view)),
            Section("survey", t("section_survey"), tuple(survey(view)), empty=t("survey_none")),
            Section(
                "processes",
                t("section_processes"),
                found([processes.processes(view, f"{UP}process/{{}}.html"), process_change.priorities(view)]),
                empty=t("process_none"),
            ),
        ),
    )

"""The national page: the service as a whole, its ministries beside each other, its processes."""

from collections.abc import Iterator

from flows.report.figures import (
    ages,
    gaps,
    headcount,
    maturity,
    mobility,
    pay,
    posts,
    process_change,
    processes,
    recommendations,
    recruitment,
    survey_answers,
    survey_heat,
    survey_index,
    turnover,
    workload,
)
from flows.report.figures.base import Figure, View
from flows.report.figures.overview import cards, moves, overview
from flows.report.figures.survey import waves
from flows.report.pages.base import Page, Section, found

ORG_LINK = "org/{}.html"
PROCESS_LINK = "process/{}.html"


def national(view: View) -> Page:
    """Return the page of the service as a whole."""
    t = view.t
    return Page(
        title=t("report_title"),
        lead=t("national_lead", ministries=len(view.parts)),
        cards=tuple(cards(view)),
        sections=(
            Section("model", t("section_model"), model(view), empty=t("model_none")),
            Section("people", t("section_people"), people(view, ORG_LINK)),
            Section("survey", t("section_survey"), tuple(survey(view)), empty=t("survey_none")),
            Section(
                "processes",
                t("section_processes"),
                found([processes.processes(view, PROCESS_LINK), process_change.priorities(view)]),
                empty=t("process_none"),
            ),
        ),
        missing=tuple(source["title"].get(t.code, source["source"]) for source in view.marts.about["missing_sources"]),
    )


def model(view: View) -> tuple[Figure, ...]:
    """Return what the HRM model says of a unit: what to do first, where it stands, how far it is from others."""
    if view.is_national:
        return found([maturity.standings(view), recommendations.common(view), gaps.gaps(view)])
    return found([recommendations.recommendations(view), maturity.maturity(view), gaps.gaps(view)])


def people(view: View, link: str = "") -> tuple[Figure, ...]:
    """Return the pictures about people of a unit, as far as the release holds them."""
    return found(
        [
            overview(view, link),
            moves(view, link),
            headcount.bridge(view),
            posts.posts(view),
            ages.pyramid(view),
            turnover.ways(view),
            turnover.trend(view),
            mobility.mobility(view),
            pay.gaps(view),
            recruitment.funnel(view),
        ]
    )


def survey(view: View) -> Iterator[Figure]:
    """Yield the pictures of the newest wave of each survey."""
    for wave in waves(view):
        made = [survey_heat.heat(view, wave)]
        for scale in wave.scales:
            made += [survey_index.index(view, wave, scale), survey_index.response(view, scale)]
        yield from found([*made, survey_answers.answers(view, wave)])
    yield from found([workload.workload(view)])

"""The page on data quality: what came, what is late, why rows were refused."""

from flows.report.figures.base import View
from flows.report.figures.quality import reasons, sources
from flows.report.pages.base import Page, Section, found


def quality(view: View) -> Page:
    """Return the page on data quality."""
    t = view.t
    return Page(
        title=t("section_quality"),
        lead=t("quality_lead"),
        sections=(Section("quality", t("section_quality"), found([sources(view), reasons(view)])),),
    )

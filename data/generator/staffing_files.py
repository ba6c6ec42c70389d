"""Each ministry's staffing table stands as a file in its own style, with the posts of closed units and their heirs."""

from collections.abc import Sequence
from datetime import date, timedelta

from data.generator.defects import Defect, changed, has_apostrophe, look_alike, plant, put, spaced, typed_apostrophe
from data.generator.histories import LAST_DAY, History
from data.generator.house_styles import HouseStyle, Line, SampleFile, read_style
from data.generator.organisation import APPROVED_ON, MINISTRIES, Post
from data.generator.structure import Place, places
from data.generator.writers import Cell

KNOWN_FROM = date(2026, 10, 5)
TITLE = "Shtat jadvali, {} holatiga"


def staffing_files(history: History) -> list[SampleFile]:
    """Return the staffing table of each ministry."""
    return [_file(history, ministry) for ministry in MINISTRIES]


def _file(history: History, ministry: str) -> SampleFile:
    style = read_style("staffing", ministry)
    posts = [post for post in history.posts if post.ministry == ministry]
    place = places(posts)
    lines = [Line(_cells(post, place[post.position_id, post.valid_from], style), post) for post in posts]
    lines = plant(lines, _planted(style), _is_staff)
    if ministry == "MOA":
        lines = [*lines, _total(posts, style)]
    name = style.file_name(LAST_DAY, KNOWN_FROM)
    return SampleFile(style, name, KNOWN_FROM, lines, TITLE.format(f"{LAST_DAY:%d.%m.%Y}"))


def _cells(post: Post, place: Place, style: HouseStyle) -> dict[str, Cell]:
    category = style.code("position_category", post.grade)
    return {
        "position_id": post.position_id,
        "org_unit_id": post.org_unit_id,
        "position_title": str(category).capitalize(),
        "position_group": style.code("position_group", post.group),
        "position_category": category,
        "is_managerial": style.truth(value=post.is_managerial),
        "approved_fte": style.number(post.approved_fte),
        "valid_from": style.day(post.valid_from),
        "valid_to": style.day(post.valid_to),
        "reports_to_position_id": place.reports_to or None,
        "job_family": style.code("job_family", place.job_family),
        "is_critical": style.truth(value=place.is_critical),
        "rotation_term_months": style.number(place.rotation_months) if place.rotation_months else None,
    }


def _total(posts: Sequence[Post], style: HouseStyle) -> Line:
    fte = sum(post.approved_fte for post in posts)
    return Line({"position_title": "Итого единиц", "approved_fte": style.number(fte)}, None, "I-390")


def _is_staff(line: Line) -> bool:
    return line.record.valid_to is None


def _planted(style: HouseStyle) -> Sequence[Defect]:
    eve = style.day(APPROVED_ON - timedelta(days=1))
    return {
        "MOA": (
            Defect("W-320", changed("position_id", look_alike)),
            Defect("E-301", put("approved_fte", None)),
            Defect("", changed("position_id", spaced), rows=2),
        ),
        "MOC": (
            Defect("W-321", changed("position_title", typed_apostrophe), has_apostrophe("position_title"), rows=2),
            Defect("W-321", changed("position_category", typed_apostrophe), has_apostrophe("position_category")),
            Defect("E-304", put("approved_fte", 100)),
        ),
        "MHE": (Defect("E-307", put("valid_to", eve)), Defect("E-309", put("org_unit_id", "MHE-00"))),
    }[style.ministry]

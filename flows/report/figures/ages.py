"""How old women and men are, now and a year before, and who may soon retire."""

from flows.report.drawing.pyramid import Band, Side, draw_pyramid
from flows.report.drawing.scales import from_zero
from flows.report.figures.base import Cell, Figure, Key, View, ago, both, cell, shown, table
from flows.report.marts import Row as MartRow

BANDS = ("60p", "55_59", "50_54", "40_49", "30_39", "u30")
OLD = ("60p", "55_59")


def pyramid(view: View) -> Figure | None:
    """Return the pyramid of the newest quarter, with the quarter a year before as ticks."""
    t = view.t
    rows = view.rows("hrm_age_pyramid", period_kind="quarter")
    last = rows[-1]["period_end"] if rows else None
    now = {row["age_band"]: row for row in rows if row["period_end"] == last}
    before = {row["age_band"]: row for row in rows if last and row["period_end"] == ago(last)}
    if not now or last is None:
        return None
    bands = [_band(view, band, now.get(band), before.get(band)) for band in BANDS]
    values = [side.value or 0 for band in bands for side in (band.left, band.right)]
    scale = from_zero([*values, *(side.before or 0 for band in bands for side in (band.left, band.right))])
    ticks = [(at, t.number(at)) for at in scale.ticks(2)]
    names = (t("men"), t("women"))
    return Figure(
        id="ages",
        title=t("ages_title"),
        finding=_finding(view, now),
        sub=t("ages_sub", day=t.day(last)),
        marts=("hrm_age_pyramid",),
        rows=[row for row in rows if row["period_end"] in {last, ago(last)}],
        picture=both(lambda width: draw_pyramid(bands, names, scale, ticks, width)),
        table=table(
            (t("age"), t("women"), t("men")),
            [
                [t(f"age_{band}"), *(cell(now.get(band), sex, t, t.number) for sex in ("women", "men"))]
                for band in BANDS
            ],
        ),
        legend=(Key("bar men", t("men")), Key("bar women", t("women")), Key("tick last", t("year_before"))),
        is_half=True,
    )


def _band(view: View, band: str, now: MartRow | None, before: MartRow | None) -> Band:
    return Band(view.t(f"age_{band}"), *(_side(view, now, before, sex) for sex in ("men", "women")))


def _side(view: View, now: MartRow | None, before: MartRow | None, sex: str) -> Side:
    text: Cell = cell(now, sex, view.t, view.t.number)
    value = shown(now, sex)
    return Side(0.0 if text.kind == "none" else value, text.text, shown(before, sex))


def _finding(view: View, now: dict[str, MartRow]) -> str:
    sums = {band: [shown(row, sex) for sex in ("women", "men")] for band, row in now.items() if band in BANDS}
    if any(value is None for pair in sums.values() for value in pair) or not set(OLD) <= set(sums):
        return ""
    total = sum(value or 0 for pair in sums.values() for value in pair)
    old, young = (sum(value or 0 for band in bands for value in sums.get(band, [])) for bands in (OLD, ("u30",)))
    t = view.t
    return (
        t(
            "ages_finding",
            old=t.number(old),
            old_share=t.percent(old / total),
            young=t.number(young),
            young_share=t.percent(young / total),
        )
        if total
        else ""
    )

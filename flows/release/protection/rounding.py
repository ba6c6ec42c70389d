"""Figures whose exact size would give others away are shown with few figures, or to the nearest few persons.

What is computed from rounded figures tells nothing more: a rate over an average of persons is what the shown count and
the shown persons give, so that neither can be got back from the other two.
"""

from collections.abc import Collection, Mapping

import polars as pl

from flows.release.protection.rules import Averaged, Moved, Rounded

DAYS_OF_YEAR = 365.0
WHOLE = "all"
YEAR_DAYS = (365, 366)


def rounded(frame: pl.DataFrame, rule: Rounded | None) -> pl.DataFrame:
    """Round what is shown where exact figures would give others away.

    Of pay, sums of two releases tell of whoever came between them; of the ways of a process, what enters a step and
    what leaves it tell of a way that is withheld.
    """
    if rule is None:
        return frame
    concerned = _concerned(rule)
    few = pl.col(rule.n) < rule.few
    figures = (
        _quotient(concerned, rule)
        if rule.quotient
        else [
            pl.when(concerned & few)
            .then(significant(pl.col(name), rule.figures_of_few))
            .when(concerned)
            .then(significant(pl.col(name), rule.figures))
            .otherwise(pl.col(name))
            .alias(name)
            for name in rule.columns
        ]
    )
    counts = [
        pl.when(concerned)
        .then(nearest(pl.col(name), rule.n_to).cast(frame[name].dtype))
        .otherwise(pl.col(name))
        .alias(name)
        for name in (rule.n, *rule.counts)
    ]
    return frame.with_columns(*figures, *counts)


def _concerned(rule: Rounded) -> pl.Expr:
    """Whether a row is rounded."""
    asked = [pl.col("indicator_id").is_in(list(rule.indicators))] if rule.indicators else []
    asked += [pl.col(column) == value for column, value in rule.where.items()]
    asked += [pl.col(column) != value for column, value in rule.unless.items()]
    return pl.all_horizontal(pl.lit(value=True), *asked)


def _quotient(concerned: pl.Expr, rule: Rounded) -> list[pl.Expr]:
    """Round value and denominator, and let the numerator be what they give; a count of the base goes with the base."""
    top, below, value = rule.columns
    figures = pl.when(pl.col(below) < 100).then(significant(pl.col(below), 1)).otherwise(significant(pl.col(below), 2))  # noqa: PLR2004 - a count of two digits has one
    told = {
        value: significant(pl.col(value), rule.figures),
        below: pl.when(pl.col(below) == pl.col(rule.n)).then(nearest(pl.col(below), rule.n_to)).otherwise(figures),
    }
    told[top] = pl.when(pl.col(top).is_not_null()).then(
        pl.coalesce(told[value] * told[below], significant(pl.col(top), 1))
    )
    return [pl.when(concerned).then(figure).otherwise(pl.col(name)).alias(name) for name, figure in told.items()]


def averaged(frame: pl.DataFrame, rule: Averaged | None) -> pl.DataFrame:
    """Round averages of persons in rows about a part of the staff, and what is computed over them.

    Persons come to the nearest multiple of `to`; person-years, denominators and rates follow from them. Where a row
    divides amounts (days, hours, money), these have as many figures as their persons have and the rate has three.

    Args:
        frame: Rows of the tidy table.
        rule: What each indicator shows; None changes nothing.
    """
    if rule is None or not {"dimension_1", "period_start"} <= set(frame.columns):
        return frame
    persons = nearest(pl.col("n"), rule.to)
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    full_time = (pl.col("value") / rule.to).round() * rule.to
    below = {
        "per_year": {"denominator": persons * days / DAYS_OF_YEAR},
        "per_person": {"denominator": persons},
        "persons": {"numerator": persons * days, "value": persons},
        "fte": {"numerator": full_time * days, "value": full_time},
        "amounts": {
            **{name: _as_many_figures(pl.col(name), rule) for name in ("numerator", "denominator")},
            "value": significant(pl.col("value"), 3),
        },
        "base": {},
    }
    part = pl.col("dimension_1") != WHOLE
    is_kind = {kind: part & pl.col("indicator_id").is_in(_of(rule, kind)) for kind in below}
    changed = {name: pl.col(name) for name in ("numerator", "denominator", "value")}
    for kind, columns in below.items():
        for name, figure in columns.items():
            known = is_kind[kind] & pl.col(name).is_not_null()
            changed[name] = pl.when(known).then(figure.cast(pl.Float64)).otherwise(changed[name])
    counted = part & pl.col("indicator_id").is_in(list(rule.kinds))
    changed["n"] = pl.when(counted).then(persons).otherwise(pl.col("n")).cast(frame["n"].dtype)
    rates = (is_kind["per_year"] | is_kind["per_person"]) & pl.col("value").is_not_null() & (pl.col("denominator") > 0)
    quotient = pl.col("numerator") / pl.col("denominator")
    done = frame.with_columns(**{name: figure.cast(frame[name].dtype) for name, figure in changed.items()})
    done = done.with_columns(pl.when(rates).then(quotient).otherwise(pl.col("value")).alias("value"))
    ratios = pl.col("indicator_id").is_in(list(rule.ratios))
    return done.with_columns(pl.when(ratios).then(significant(pl.col("value"), 2)).otherwise("value").alias("value"))


def moved(
    frame: pl.DataFrame, rule: Moved | None, columns: Mapping[str, Collection[str]], exact: pl.Series
) -> pl.DataFrame:
    """Round movements of persons, and what is computed from them.

    Args:
        frame: Rows of the tidy table, or of a wide one with a column for each count.
        rule: How they are rounded; None changes nothing.
        columns: Indicator -> columns of its rows that count movements.
        exact: Rows that are shown as they are.
    """
    if rule is None or not {"period_start", "period_end"} <= set(frame.columns):
        return frame
    whole = pl.col("dimension_1") == WHOLE if "dimension_1" in frame.columns else pl.lit(value=True)
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    year = whole & days.is_in(YEAR_DAYS) & pl.lit(rule.exact_from > 0)
    near = {
        name: pl.when(exact | (year & (pl.col(name).abs() >= rule.exact_from)))
        .then(pl.col(name))
        .otherwise(pl.col(name).sign() * nearest(pl.col(name).abs(), rule.to))
        .cast(frame[name].dtype)
        for name in (*rule.columns, *({"numerator", "denominator", "n"} & set(frame.columns) if rule.kinds else ()))
    }
    if not rule.kinds:
        return frame.with_columns(**near)
    counts = {name: pl.col("indicator_id").is_in([one for one, own in columns.items() if name in own]) for name in near}
    done = frame.with_columns(
        **{name: pl.when(counts[name]).then(near[name]).otherwise(pl.col(name)).alias(name) for name in near}
    )
    return _rates_of_moved(frame, done, rule)


def _rates_of_moved(frame: pl.DataFrame, done: pl.DataFrame, rule: Moved) -> pl.DataFrame:
    """Work values out from rounded movements; a share of a cohort has few digits, and its numerator follows from it."""
    is_kind = {
        kind: pl.col("indicator_id").is_in([name for name, own in rule.kinds.items() if own == kind])
        & pl.col("value").is_not_null()
        for kind in ("persons", "rate", "cohort")
    }
    few = frame["n"] < rule.one_digit_below
    share = pl.when(few).then(pl.col("value").round(1)).otherwise(pl.col("value").round(2))
    below = pl.col("denominator") > 0
    value = (
        pl.when(is_kind["persons"])
        .then(pl.col("numerator").cast(pl.Float64))
        .when(is_kind["rate"] & below)
        .then(pl.col("numerator") / pl.col("denominator"))
        .when(is_kind["cohort"])
        .then(share)
        .otherwise(pl.col("value"))
    )
    top, of = (share * pl.col("denominator")).round(0), pl.col("denominator")
    few_of = rule.to // 2  # neither the part nor what is left of it looks like a few persons
    top = (
        pl.when((top > 0) & (top < few_of))
        .then(few_of)
        .when((top < of) & (top > of - few_of))
        .then(of - few_of)
        .otherwise(top)
    )
    return done.with_columns(
        value=value,
        numerator=pl.when(is_kind["cohort"]).then(top.cast(frame["numerator"].dtype)).otherwise(pl.col("numerator")),
    )


def nearest(count: pl.Expr, step: int) -> pl.Expr:
    """Return the nearest multiple of a step."""
    return ((count + step // 2) // step) * step


def significant(column: pl.Expr, figures: int) -> pl.Expr:
    """Round to significant figures; large amounts to whole numbers, so that rounding again changes nothing."""
    rounded_ = column.round_sig_figs(figures)
    return pl.when(rounded_.abs() >= 10**figures).then(rounded_.round(0)).otherwise(rounded_)


def _of(rule: Averaged, kind: str) -> list[str]:
    return [name for name, own in rule.kinds.items() if own == kind]


def _as_many_figures(column: pl.Expr, rule: Averaged) -> pl.Expr:
    """Give amounts of few persons one figure, of more two, of many three."""
    one, two = rule.one_figure_below, rule.two_figures_below
    return (
        pl.when(pl.col("n") < one)
        .then(significant(column, 1))
        .when(pl.col("n") < two)
        .then(significant(column, 2))
        .otherwise(significant(column, 3))
    )

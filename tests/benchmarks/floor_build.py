"""The floor of the build: what a careful analyst writes by hand in one DuckDB script for the same main HRM figures.

Person-days, heads, rates of posts, bands, shares, medians, movements and vacancies of 24 months, for each unit, all
units above it and the service, by each breakdown, with sums over quarters, years, twelve months and the year to date,
and both views of the structure. No reorganisation, no overlapping rows, no bridge, no tests, no catalogue.
"""

import sys

import duckdb

from flows.settings import ROOT

DIMENSIONS = (
    "sex",
    "age_band",
    "tenure_band",
    "position_group",
    "position_category",
    "contract_type",
    "education_level",
)
STOCKS = {
    "person_days": "sum(days)",
    "headcount_end": "count(*) filter (is_end)",
    "women_end": "count(*) filter (is_end and sex = 'female')",
    "managers_end": "count(*) filter (is_end and is_managerial)",
    "women_managers_end": "count(*) filter (is_end and is_managerial and sex = 'female')",
    "age_months": "sum(age_months) filter (is_end)",
    "under_30_end": "count(*) filter (is_end and age_months < 360)",
    "over_55_end": "count(*) filter (is_end and age_months >= 660)",
    "fixed_term_end": "count(*) filter (is_end and contract_type in ('fixed_term', 'first_year'))",
    "tertiary_end": "count(*) filter (is_end and education_level in ('bachelor', 'master', 'doctorate'))",
    "long_leave_end": "count(*) filter (is_end and is_away)",
    "pensionable_end": "count(*) filter (is_end and is_pensionable)",
    "pensionable_5y_end": "count(*) filter (is_end and is_pensionable_5y)",
    "fte_end": "sum(fte) filter (is_end and not is_away)",
    "fte_days": "sum(fte * days) filter (not is_away)",
    "managerial_fte_end": "sum(fte) filter (is_end and is_managerial)",
}
FLOWS = {
    "hires_new": "count(*) filter (movement_class in ('new_hire', 'rehire'))",
    "service_exits": "count(*) filter (movement_class in ('quit', 'retirement_voluntary', 'reduction', 'death'))",
    "quits": "count(*) filter (movement_class = 'quit')",
    "retirements": "count(*) filter (movement_class like 'retirement%')",
    "transfers_out": "count(*) filter (movement_class = 'transfer_out')",
}
N_MONTHS = 25  # with the one that opens the first
MEDIANS = ("age_months", "tenure_days", "post_days", "grade_days")

PERSONS = """
create table months as
select m::date as month, last_day(m) as last_day, day(last_day(m)) as n_days
from range(timestamp '2024-09-01', timestamp '2026-09-02', interval 1 month) as t(m);

create table closure as
select view, unit, ancestor
from (
    select distinct org_unit_id as unit, string_split(org_unit_id, '-') as parts
    from read_parquet('{lake}/personnel/*/rows.parquet')
), unnest(['as_was', 'as_is']) as views(view),
unnest(list_distinct([array_to_string(parts[:1], '-'), array_to_string(parts[:2], '-'), unit, 'UZ']))
    as above(ancestor);

create table persons as
select
    {further}p.org_unit_id as unit, m.month,
    date_diff('day', greatest(p.start_date, m.month), least(coalesce(p.end_date, m.last_day), m.last_day)) + 1 as days,
    coalesce(p.end_date, m.last_day) >= m.last_day as is_end,
    p.sex, coalesce(p.contract_type, 'unknown') as contract_type,
    coalesce(p.education_level, 'unknown') as education_level,
    coalesce(s.position_group, 'unknown') as position_group, p.fte::decimal(9, 4) as fte,
    coalesce(s.position_category, 'unknown') as position_category, coalesce(s.is_managerial, false) as is_managerial,
    coalesce(p.long_leave_start <= m.last_day and coalesce(p.long_leave_end, m.last_day) >= m.last_day, false)
        as is_away,
    date_diff('month', p.birth_month, m.last_day)::smallint as age_months,
    date_diff('day', p.civil_service_start_date, least(coalesce(p.end_date, m.last_day), m.last_day))::integer
        as tenure_days,
    date_diff('day', p.start_date, least(coalesce(p.end_date, m.last_day), m.last_day))::integer as post_days,
    post_days as grade_days,
    case
        when age_months < 360 then 'u30' when age_months < 480 then '30_39' when age_months < 600 then '40_49'
        when age_months < 660 then '50_54' when age_months < 720 then '55_59' else '60p'
    end as age_band,
    case
        when tenure_days < 365 then 'u1' when tenure_days < 1096 then '1_2' when tenure_days < 1826 then '3_4'
        when tenure_days < 3652 then '5_9' when tenure_days < 7305 then '10_19' else '20p'
    end as tenure_band,
    age_months >= if(p.sex = 'female', 660, 720) and tenure_days >= if(p.sex = 'female', 7305, 9131) as is_pensionable,
    age_months + 60 >= if(p.sex = 'female', 660, 720) and tenure_days + 1826 >= if(p.sex = 'female', 7305, 9131)
        as is_pensionable_5y
from read_parquet('{lake}/personnel/*/rows.parquet') as p
join months as m on p.start_date <= m.last_day and coalesce(p.end_date, m.last_day) >= m.month
left join read_parquet('{lake}/staffing/*/rows.parquet') as s on p.position_id = s.position_id;

create table movements as
select
    o.org_unit_id as unit, o.movement_class,
    date_trunc('month', if(o.movement_class = 'new_hire', o.effective_date, o.effective_date + 1))::date as month,
    p.sex, p.age_band, p.tenure_band, p.position_group, p.position_category, p.contract_type, p.education_level
from read_parquet('{lake}/orders/*/rows.parquet') as o
join (
    select
        f.person_key, f.sex, coalesce(f.contract_type, 'unknown') as contract_type,
        'u30' as age_band, 'u1' as tenure_band,
        coalesce(f.education_level, 'unknown') as education_level, s.position_group, s.position_category
    from read_parquet('{lake}/personnel/*/rows.parquet') as f
    left join read_parquet('{lake}/staffing/*/rows.parquet') as s on f.position_id = s.position_id
) as p using (person_key);

create table posts as
select
    s.org_unit_id as unit, m.month, s.position_group, s.position_category, any_value(s.approved_fte) as approved_fte,
    greatest(any_value(s.approved_fte) - coalesce(sum(p.fte), 0), 0) as vacant_fte,
    date_diff('day', coalesce(max(p.end_date), any_value(s.valid_from)), m.last_day) as vacant_days
from read_parquet('{lake}/staffing/*/rows.parquet') as s
join months as m on s.valid_from <= m.last_day
left join read_parquet('{lake}/personnel/*/rows.parquet') as p
    on s.position_id = p.position_id and p.start_date <= m.last_day
    and coalesce(p.end_date, m.last_day) >= m.last_day
group by s.position_id, s.org_unit_id, m.month, m.last_day, s.position_group, s.position_category;
"""

PERIODS = """
create table periods as
select kind, ends.month as last_month, inside.month as member
from months as ends, unnest(['month', 'quarter', 'year', 'r12', 'ytd']) as kinds(kind), months as inside
where ends.month > date '2024-09-01' and inside.month <= ends.month
    and (kind in ('month', 'r12', 'ytd') or month(ends.month) in (3, 6, 9, 12))
    and inside.month >= case kind
        when 'month' then ends.month
        when 'quarter' then date_trunc('quarter', ends.month)
        when 'r12' then ends.month - interval 11 month
        else date_trunc('year', ends.month)
    end;
"""


def sums(name: str, relation: str, measures: dict[str, str], dimensions: tuple[str, ...]) -> str:
    """Sum by unit and each breakdown, then at all units above, then over the periods; write the result."""
    aggregates = ", ".join(f"{sql} as {measure}" for measure, sql in measures.items())
    sets = ", ".join(f"(unit, month, {dimension})" for dimension in dimensions)
    added = ", ".join(f"sum({measure}) as {measure}" for measure in measures)
    further = ", ".join(one for one in dimensions if one != "sex")
    named = ", ".join(dimensions)
    return f"""
    create table {name}_leaf as
    select unit, month, {named}, {added}
    from (select unit, month, {named}, {aggregates} from {relation} group by all) -- rows alike are summed once
    group by grouping sets ((unit, month), {sets});
    copy (
        select view, ancestor, kind, last_month, {named}, {added}
        from (
            select view, ancestor, month, {named}, {added}
            from {name}_leaf join closure using (unit) group by all
        ) join periods on month = member
        -- breakdowns beside sex as the pages ask for them: never by month, below ministries by year
        where coalesce({further}) is null or kind = 'year'
            or (kind in ('quarter', 'r12') and ancestor in ('UZ', 'MOA'))
        group by all order by all
    ) to '{{out}}/{name}.parquet' (format parquet, compression zstd);
    """


def _medians() -> str:
    medians = ", ".join(f"quantile_cont({one}, 0.5) as {one}" for one in MEDIANS)
    # a month at a time: all values of a median are held in memory, and of two million persons those of all months spill
    query = f"""
        select 'as_was' as view, ancestor, month, sex, position_group, position_category, {medians}
        from persons join (select unit, ancestor from closure where view = 'as_was') using (unit)
        where is_end and month = (select min(month) + interval ({{month}}) month from months)
        group by grouping sets (
            (ancestor, month), (ancestor, month, sex), (ancestor, month, position_group),
            (ancestor, month, position_category)
        )"""
    inserts = "".join(f"insert into medians {query.format(month=month)};" for month in range(N_MONTHS))
    query = query.format(month=0)
    return f"""
    create table medians as {query} limit 0;
    {inserts}
    copy (from medians order by all) to '{{out}}/medians.parquet' (format parquet, compression zstd);
    copy (
        select ancestor, month, quantile_cont(vacant_days, 0.5) as vacancy_age
        from posts join closure using (unit) where vacant_fte > 0 group by all order by all
    ) to '{{out}}/vacancies.parquet' (format parquet, compression zstd);
    """


POSTS = {"approved_fte": "sum(approved_fte)", "vacant_fte": "sum(vacant_fte)", "posts_end": "count(*)"}


def run(lake: str, out: str, topics: str = "", further: str = "") -> None:
    """Run the script, with more topics and columns of persons behind it."""
    script = PERSONS + PERIODS
    script += sums("stock", "persons", STOCKS, DIMENSIONS) + sums("flow", "movements", FLOWS, DIMENSIONS)
    script += sums("post", "posts", POSTS, ("position_group", "position_category")) + _medians() + topics
    options = {"memory_limit": "3GB", "temp_directory": f"{out}/spill"}
    told = {"lake": lake, "out": out, "further": further, "seeds": ROOT / "dbt_project" / "seeds"}
    duckdb.connect(f"{out}/floor.duckdb", config=options).execute(script.format(**told))


if __name__ == "__main__":
    run(*sys.argv[1:])

"""The floor of the build with pay, leave and trainings: the same script by hand, with what our indicators make of them.

Beyond the main figures: pay, its variable part and its largest receiver, percentiles and gaps between women and men by
unit, group and category; days of leave, of sickness and of service by the calendar; hours, cost and persons of courses,
who had one within three years; who of the personnel file was paid. One payment a month and one absence a day are taken
for granted, and so are persons with one post; inductions, back pay and long leave are left out.
"""

import sys

from tests.benchmarks.floor_build import N_MONTHS, run, sums

# Columns of persons by month that the topics need besides.
FURTHER = "p.person_key, least(coalesce(p.end_date, m.last_day), m.last_day) as day, "
BY_POST = ("position_group", "position_category")
BY_AGE = ("sex", "age_band", *BY_POST)

TABLES = """
create table people as
select
    row_number() over () as person_no, p.person_key, p.org_unit_id as unit, p.sex, p.birth_month, p.start_date,
    coalesce(p.end_date, date '9999-12-30') as end_date,
    coalesce(s.position_group, 'unknown') as position_group,
    coalesce(s.position_category, 'unknown') as position_category
from read_parquet('{lake}/personnel/*/rows.parquet') as p
left join read_parquet('{lake}/staffing/*/rows.parquet') as s using (position_id);

create table calendar as
select day, (day_type <> 'off')::integer as work_day, sum(work_day) over (order by day)::integer as so_far
from read_csv('{seeds}/calendars/work_days.csv') where calendar_id = 'uz_5day';

create table paid as
select
    w.org_unit_id as unit, w.month, p.person_no, p.sex, p.position_group, p.position_category, m.n_days as days,
    base_pay + rank_supplement + tenure_supplement + allowances + bonus as gross_pay,
    allowances + bonus as variable_pay,
    if(w.fte > 0 and coalesce(w.paid_days, 31) >= 15 and gross_pay > 0, gross_pay / w.fte, null) as full_time_pay,
    m.last_day between p.start_date and p.end_date as is_in_file
from read_parquet('{lake}/pay/*/rows.parquet') as w
join months as m on w.month = m.month
join people as p using (person_key)
where w.pay_kind = 'regular';

create table away as
select
    p.unit, m.month, p.sex, p.position_group, p.position_category,
    date_diff('month', p.birth_month, last.day) as age_months,
    case
        when age_months < 360 then 'u30' when age_months < 480 then '30_39' when age_months < 600 then '40_49'
        when age_months < 660 then '50_54' when age_months < 720 then '55_59' else '60p'
    end as age_band,
    if(l.type = 'sick', last.so_far - first.so_far + first.work_day, 0) as sick_work_days,
    if(l.type = 'annual', date_diff('day', first.day, last.day) + 1, 0) as annual_days
from read_parquet('{lake}/leave/*/rows.parquet') as l
join months as m on l.start_date <= m.last_day and l.end_date >= m.month
join calendar as first on first.day = greatest(l.start_date, m.month)
join calendar as last on last.day = least(l.end_date, m.last_day)
join people as p using (person_key);

create table courses as
select
    p.unit, m.month, p.person_no, p.person_key, p.sex, p.position_group, p.position_category, t.end_date,
    date_diff('month', p.birth_month, t.end_date) as age_months,
    case
        when age_months < 360 then 'u30' when age_months < 480 then '30_39' when age_months < 600 then '40_49'
        when age_months < 660 then '50_54' when age_months < 720 then '55_59' else '60p'
    end as age_band,
    t.hours * 0.75 as clock_hours, t.cost
from read_parquet('{lake}/trainings/*/rows.parquet') as t
join people as p using (person_key)
left join months as m on t.end_date between m.month and m.last_day
where t.result = 'completed';
"""

# Persons alike are counted first; whoever served long is looked up among those who had a course, as bits of months.
SERVED = """
create table numbered as select *, 1::bigint << (row_number() over (order by month) - 1) as bit from months;

create table developed as
select c.person_key, bit_or(m.bit) as bits
from courses as c join numbered as m on c.end_date <= m.last_day and c.end_date > m.last_day - interval 36 month
group by c.person_key;

create table served as
select
    a.*, a.persons * (last.so_far - first.so_far + first.work_day) as work_days, a.persons * a.days * 27 / 365.0
        as entitled_days
from (
    select unit, month, sex, age_band, position_group, position_category, day, days, count(*) as persons
    from persons group by all
) as a
join calendar as last on a.day = last.day
join calendar as first on first.day = a.day - (a.days - 1)::integer;

create table long_serving as
select
    p.unit, p.month, p.position_group, p.position_category, count(*) as persons,
    count(*) filter (d.bits & m.bit <> 0) as trained
from persons as p join numbered as m using (month) left join developed as d using (person_key)
where p.is_end and p.tenure_days >= 1096 and p.month >= date '2024-12-01'
group by all;
"""

LARGEST = """
copy (
    select view, ancestor, kind, last_month, position_group, position_category,
        sum(gross_most) / sum(gross) as gross_share, sum(variable_most) / sum(variable) as variable_share
    from (
        select view, ancestor, month, position_group, position_category, max(gross_most) as gross_most,
            sum(gross) as gross, max(variable_most) as variable_most, sum(variable) as variable
        from (
            select unit, month, position_group, position_category, max(gross_pay) as gross_most,
                sum(gross_pay) as gross, max(variable_pay) as variable_most, sum(variable_pay) as variable
            from paid group by grouping sets (
                (unit, month), (unit, month, position_group), (unit, month, position_category)
            )
        ) join closure using (unit) group by all
    ) join periods on month = member group by all order by all
) to '{out}/largest.parquet' (format parquet, compression zstd);
"""

# Distinct persons of a period by the months in which they had a course; as the indicator asks, by years and twelve
# months. Persons of one unit are sorted out once for all places above it.
TRAINED = """
copy (
    with above as (
        select ancestor, sex, age_band, position_group, position_category, person_no, bit_or(bit) as bits
        from courses join numbered using (month) join closure using (unit) where view = 'as_was'
        group by grouping sets (
            (ancestor, person_no), (ancestor, person_no, sex), (ancestor, person_no, age_band),
            (ancestor, person_no, position_group), (ancestor, person_no, position_category)
        )
    ),
    alike as (select * exclude (person_no), count(*) as persons from above group by all),
    spans as (
        select kind, last_month, bit_or(bit) as inside from periods join numbered on member = month
        where kind in ('year', 'r12') group by all
    )
    select * exclude (bits, inside, persons), sum(persons) as persons
    from alike join spans on bits & inside <> 0 group by all order by all
) to '{out}/trained.parquet' (format parquet, compression zstd);
"""

RECONCILED = """
copy (
    select view, ancestor, month, sum(paid) as paid
    from (select unit, month, count(*) filter (is_in_file) as paid from paid group by all)
    join closure using (unit) group by all order by all
) to '{out}/reconciled.parquet' (format parquet, compression zstd);
"""

SEXES = """count(*) as persons,
    quantile_cont(full_time_pay, 0.5) filter (sex = 'female') as women,
    quantile_cont(full_time_pay, 0.5) filter (sex = 'male') as men"""
QUANTILES = {"": "[0.1, 0.9]", "position_group": "", "position_category": "[0.5]"}


def _percentiles() -> str:
    """Percentiles of pay and medians of either sex, a month at a time as the other medians, of one view."""
    script = ""
    for category, asked in QUANTILES.items():
        named = f"{category}, " if category else ""
        asks = f"quantile_cont(full_time_pay, {asked}) as quantiles, " if asked else ""
        query = f"""
            select ancestor, month, {named}{asks}{SEXES}
            from paid join (select unit, ancestor from closure where view = 'as_was') using (unit)
            where month = (select min(month) + interval ({{month}}) month from months) group by all"""
        table = f"pay_{category or 'all'}"
        script += f"create table {table} as {query.format(month=0)} limit 0;"
        script += "".join(f"insert into {table} {query.format(month=month)};" for month in range(N_MONTHS))
        script += f"copy (from {table} order by all) to '{{out}}/{table}.parquet' (format parquet, compression zstd);"
    return script


PAY = {"gross": "sum(gross_pay)", "variable": "sum(variable_pay)", "days_paid": "sum(days)"}
AWAY = {"sick_work_days": "sum(sick_work_days)", "annual_days": "sum(annual_days)"}
SERVICE = {"work_days": "sum(work_days)", "entitled_days": "sum(entitled_days)"}
COURSES = {"hours": "sum(clock_hours)", "cost": "sum(cost)", "n_courses": "count(*)"}
LONG = {"persons": "sum(persons)", "trained": "sum(trained)"}


def main(lake: str, out: str) -> None:
    """Run the script."""
    script = TABLES + SERVED + LARGEST + TRAINED + RECONCILED + _percentiles()
    script += sums("pay", "paid", PAY, BY_POST) + sums("away", "away", AWAY, BY_AGE)
    script += sums("served", "served", SERVICE, BY_AGE) + sums("course", "courses", COURSES, BY_POST)
    script += sums("long", "long_serving", LONG, BY_POST)
    run(lake, out, script, FURTHER)


if __name__ == "__main__":
    main(*sys.argv[1:])

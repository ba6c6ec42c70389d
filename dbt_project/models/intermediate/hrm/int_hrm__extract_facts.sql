{#- what is wrong in extracts: two main posts at a time, rates beyond what one person may hold,
    posts that no staffing table knows, orders that came late -#}
{#- days after its effective day within which an order is to be known -#}
{% set late_after = 31 %}

with assignments as (

    select * from {{ ref('int_hrm__assignments') }}

),

months as (

    select * from {{ ref('int_org__months') }}

),

run as (

    select * from {{ source('build', 'run') }}

),

-- where a person counts, the faults of the person's rows count too
spells as (

    select *
    from {{ ref('int_hrm__spells') }}
    where scope <> 'service'

),

posts as (

    select distinct
        ministry_id,
        position_id
    from {{ ref('int_hrm__post_versions') }}

),

staffed as (

    select distinct ministry_id from posts

),

double_posts as (

    select
        later.ministry_id,
        later.person_key,
        later.start_date as first_day,
        least(later.end_date, earlier.end_date) as last_day
    from assignments as later
    inner join assignments as earlier
        on
            later.ministry_id = earlier.ministry_id
            and later.person_key = earlier.person_key
            and later.position_id <> earlier.position_id
            and later.start_date <= earlier.end_date
            and (
                later.start_date > earlier.start_date
                or (
                    later.start_date = earlier.start_date
                    and later.position_id > earlier.position_id
                )
            )
    where
        later.assignment_type = 'main'
        and earlier.assignment_type = 'main'

),

doubled as (

    select
        months.period_start,
        spells.org_unit_id,
        count(distinct double_posts.person_key) as persons
    from double_posts
    inner join months
        on
            double_posts.first_day <= months.period_end
            and double_posts.last_day >= months.period_end
    inner join spells
        on
            double_posts.person_key = spells.person_key
            and double_posts.ministry_id = spells.ministry_id
            and months.period_end >= spells.valid_from
            and months.period_end <= spells.valid_to
    group by
        months.period_start,
        spells.org_unit_id

),

cap as (

    select max(case when parameter = 'fte_cap' then value else null end) as fte_cap
    from {{ ref('parameters') }}

),

-- few have rows enough to be above at all
loaded as (

    select
        assignments.ministry_id,
        assignments.person_key
    from assignments
    cross join cap
    group by
        assignments.ministry_id,
        assignments.person_key,
        cap.fte_cap
    having sum(assignments.fte) > cap.fte_cap

),

above_cap as (

    select
        months.period_start,
        spells.org_unit_id,
        assignments.person_key
    from assignments
    cross join cap
    inner join loaded
        on
            assignments.ministry_id = loaded.ministry_id
            and assignments.person_key = loaded.person_key
    inner join months
        on
            assignments.start_date <= months.period_end
            and assignments.end_date >= months.period_end
            and (
                assignments.long_leave_start is null
                or assignments.long_leave_start > months.period_end
                or assignments.long_leave_end < months.period_end
            )
    inner join spells
        on
            assignments.person_key = spells.person_key
            and assignments.ministry_id = spells.ministry_id
            and months.period_end >= spells.valid_from
            and months.period_end <= spells.valid_to
    group by
        months.period_start,
        spells.ministry_id,
        spells.org_unit_id,
        assignments.person_key,
        cap.fte_cap
    having sum(assignments.fte) > cap.fte_cap + 1e-9

),

-- who comes and who goes by month; their running sum is the state of the last day
changes as (

    select
        assignments.org_unit_id,
        cast(date_trunc('month', assignments.start_date) as date) as month_start,
        1 as change,
        posts.position_id is null as is_orphan
    from assignments
    cross join run
    inner join staffed on assignments.ministry_id = staffed.ministry_id
    left join posts
        on
            assignments.ministry_id = posts.ministry_id
            and assignments.position_id = posts.position_id
    where assignments.start_date <= run.as_of

    union all

    select
        assignments.org_unit_id,
        cast(date_trunc('month', {{ add_days('assignments.end_date', 1) }}) as date) as month_start,
        -1 as change,
        posts.position_id is null as is_orphan
    from assignments
    cross join run
    inner join staffed on assignments.ministry_id = staffed.ministry_id
    left join posts
        on
            assignments.ministry_id = posts.ministry_id
            and assignments.position_id = posts.position_id
    where assignments.end_date < run.as_of

),

by_month as (

    select
        org_unit_id,
        month_start,
        sum(change) as change,
        sum(case when is_orphan then change else 0 end) as change_of_orphans
    from changes
    group by
        org_unit_id,
        month_start

),

held as (

    select
        'all' as scope,
        months.period_start,
        by_month.org_unit_id,
        sum(by_month.change) as held,
        sum(by_month.change_of_orphans) as orphans
    from by_month
    inner join months on by_month.month_start <= months.period_start
    group by
        months.period_start,
        by_month.org_unit_id

),

-- what took effect long before its sender first delivered could not have come in time
ordered as (

    select
        cast(date_trunc('month', movements.movement_date) as date) as period_start,
        coalesce(movements.org_unit_id, senders.ministry_id) as org_unit_id,
        count(*) as orders,
        sum(
            case
                when arrivals.known_from > {{ add_days('movements.effective_date', late_after) }}
                    then 1
                else 0
            end
        ) as late
    from {{ ref('stg_orders__movements') }} as movements
    inner join {{ source('build', 'order_arrivals') }} as arrivals
        on
            movements.source = arrivals.source
            and movements.person_key = arrivals.person_key
            and movements.movement_class = arrivals.movement_class
            and movements.effective_date = arrivals.effective_date
            and movements.org_unit_id = arrivals.org_unit_id
            and arrivals.source_known_from
            <= {{ add_days('movements.effective_date', late_after) }}
    left join {{ ref('int_org__source_ministries') }} as senders
        on movements.source = senders.source
    group by
        cast(date_trunc('month', movements.movement_date) as date),
        coalesce(movements.org_unit_id, senders.ministry_id)

),

counted as (

    select
        'assignments_end' as measure_id,
        scope,
        period_start,
        org_unit_id,
        held as amount
    from held

    union all

    select
        'orphan_assignments_end' as measure_id,
        scope,
        period_start,
        org_unit_id,
        orphans as amount
    from held

    union all

    select
        'orders_effective' as measure_id,
        'all' as scope,
        period_start,
        org_unit_id,
        orders as amount
    from ordered

    union all

    select
        'orders_late' as measure_id,
        'all' as scope,
        period_start,
        org_unit_id,
        late as amount
    from ordered

    union all

    select
        'overlapping_persons_end' as measure_id,
        'all' as scope,
        period_start,
        org_unit_id,
        persons as amount
    from doubled

    union all

    select
        'persons_above_fte_cap_end' as measure_id,
        'all' as scope,
        period_start,
        org_unit_id,
        count(*) as amount
    from above_cap
    group by
        period_start,
        org_unit_id

),

final as (

    select
        measure_id,
        scope,
        period_start,
        org_unit_id,
        {% for dimension in fact_dimensions() -%}
            'unknown' as {{ dimension }},
        {% endfor -%}
        cast(amount as decimal(28, 6)) as amount
    from counted
    where amount <> 0

)

select * from final

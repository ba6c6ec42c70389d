{% set measures = {
    'fte_end': 'sum(fte_end)',
    'fte_days': 'sum(fte_days)',
    'managerial_fte_end': 'sum(fte_end) filter (where is_managerial)',
    'hr_fte_end_100': "100 * sum(fte_end) filter (where job_family = 'hr')",
    'fte_of_families_end': "sum(fte_end) filter (where job_family <> 'unknown')",
} %}

with assignments as (

    select * from {{ ref('int_hrm__assignments') }}

),

months as (

    select * from {{ ref('int_org__months') }}

),

versions as (

    select * from {{ ref('int_hrm__post_versions') }}

),

-- on long leave a post counts for nothing
dated as (

    select
        assignments.*,
        months.period_start,
        months.period_end,
        greatest(assignments.start_date, months.period_start) as first_day,
        least(assignments.end_date, months.period_end) as last_day,
        greatest(assignments.start_date, months.period_start, assignments.long_leave_start)
            as first_leave_day,
        least(assignments.end_date, months.period_end, assignments.long_leave_end)
            as last_leave_day
    from assignments
    inner join months
        on
            assignments.start_date <= months.period_end
            and assignments.end_date >= months.period_start

),

rates as (

    select
        *,
        cast(fte as decimal(9, 6)) as rate,
        coalesce(
            long_leave_start <= period_end and long_leave_end >= period_end,
            false
        ) as is_on_leave,
        {{ days_between('first_day', 'last_day') }} + 1 as days,
        case
            when long_leave_start is not null and first_leave_day <= last_leave_day
                then {{ days_between('first_leave_day', 'last_leave_day') }} + 1
            else 0
        end as leave_days
    from dated

),

summed as (

    select
        'all' as scope,
        rates.period_start,
        rates.org_unit_id,
        rates.sex,
        coalesce(versions.position_group, 'unknown') as position_group,
        coalesce(versions.position_category, 'unknown') as position_category,
        coalesce(versions.is_managerial, false) as is_managerial,
        coalesce(rates.job_family, versions.job_family, 'unknown') as job_family,
        sum(
            case
                when rates.end_date < rates.period_end or rates.is_on_leave then 0
                else rates.rate
            end
        ) as fte_end,
        sum(rates.rate * (rates.days - rates.leave_days)) as fte_days
    from rates
    left join versions
        on
            rates.ministry_id = versions.ministry_id
            and rates.position_id = versions.position_id
            and rates.last_day >= versions.valid_from
            and rates.last_day <= versions.valid_to
    group by
        rates.period_start,
        rates.org_unit_id,
        rates.sex,
        coalesce(versions.position_group, 'unknown'),
        coalesce(versions.position_category, 'unknown'),
        coalesce(versions.is_managerial, false),
        coalesce(rates.job_family, versions.job_family, 'unknown')

),

cells as (

    {{ leaf_cells('summed', measures, ['sex', 'position_group', 'position_category']) }}

),

final as (

    {{ long_measures('cells', measures | list) }}

)

select * from final

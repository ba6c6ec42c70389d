-- who carried out a process in the last year of its log, and what personnel file and staffing
-- table say of their units at its end
with windows as (

    select
        process_id,
        last_day,
        {{ add_days('last_day', -365) }} as year_before
    from {{ ref('int_bpr__log_windows') }}

),

months as (

    select * from {{ ref('int_org__months') }}

),

seen as (

    select distinct
        instances.process_id,
        instances.ministry_id,
        instances.org_unit_id,
        instances.resource_key
    from {{ ref('int_bpr__clocked_instances') }} as instances
    inner join windows on instances.process_id = windows.process_id
    where
        instances.resource_key is not null
        and instances.completed_at >= windows.year_before

),

placed as (

    select
        'UZ' as organisation_id,
        seen.*
    from seen

    union all

    select
        ministry_id as organisation_id,
        seen.*
    from seen
    where ministry_id is not null

),

persons as (

    select
        process_id,
        organisation_id,
        count(distinct resource_key) as persons
    from placed
    group by
        process_id,
        organisation_id

),

units as (

    select distinct
        process_id,
        organisation_id,
        org_unit_id
    from placed
    where org_unit_id is not null

),

registers as (

    select
        measure_id,
        period_start,
        org_unit_id,
        amount
    from {{ ref('int_hrm__fte_leaves') }}
    where
        measure_id = 'fte_end'
        and dimension_1 = 'all'
        and dimension_2 = 'all'

    union all

    select
        measure_id,
        period_start,
        org_unit_id,
        amount
    from {{ ref('int_hrm__post_leaves') }}
    where
        measure_id = 'approved_fte'
        and dimension_1 = 'all'
        and dimension_2 = 'all'

),

-- the month in which the log ends
held as (

    select
        units.process_id,
        units.organisation_id,
        cast(sum(registers.amount) filter (where registers.measure_id = 'fte_end') as double)
            as fte_in_post,
        cast(sum(registers.amount) filter (where registers.measure_id = 'approved_fte') as double)
            as approved_fte
    from units
    inner join windows on units.process_id = windows.process_id
    inner join months
        on
            windows.last_day >= months.period_start
            and windows.last_day <= months.period_end
    inner join registers
        on
            units.org_unit_id = registers.org_unit_id
            and months.period_start = registers.period_start
    group by
        units.process_id,
        units.organisation_id

),

final as (

    select
        persons.process_id,
        persons.organisation_id as org_unit_id,
        persons.persons,
        held.fte_in_post,
        held.approved_fte
    from persons
    left join held
        on
            persons.process_id = held.process_id
            and persons.organisation_id = held.organisation_id

)

select * from final

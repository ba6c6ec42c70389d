with attendances as (

    select * from {{ ref('stg_trainings__attendances') }}

),

completed as (

    select
        attendances.person_key,
        attendances.org_unit_id as given_unit_id,
        coalesce(units.ministry_id, senders.ministry_id) as ministry_id,
        attendances.end_date as day,
        attendances.is_development,
        attendances.is_induction,
        coalesce(attendances.clock_hours, 0) as clock_hours,
        coalesce(attendances.cost, 0) as cost
    from attendances
    {{ ministry_of('attendances') }}
    where
        attendances.is_completed
        and attendances.end_date is not null

),

final as (

    {{ as_on_day('completed', ['is_development', 'is_induction', 'clock_hours', 'cost']) }}

)

select * from final

with cases as (

    select * from {{ ref('stg_discipline__cases') }}

),

run as (

    select * from {{ source('build', 'run') }}

),

coverage as (

    select *
    from {{ ref('int_hrm__coverage') }}
    where kind = 'discipline'

),

-- a sanction that was cancelled never was
decided as (

    select
        cases.person_key,
        cases.org_unit_id as given_unit_id,
        coalesce(units.ministry_id, senders.ministry_id) as ministry_id,
        cases.decided_date as day,
        coalesce(cases.sanction_class, 'unknown') as sanction_class
    from cases
    cross join run
    {{ ministry_of('cases') }}
    where
        cases.decided_date is not null
        and cases.sanction_code is not null
        and (cases.cancelled_date is null or cases.cancelled_date > run.as_of)

),

described as (

    {{ as_on_day('decided', ['sanction_class']) }}

),

final as (

    select
        coverage.period_start,
        described.*
    from described
    inner join coverage
        on
            described.ministry_id = coverage.ministry_id
            and cast(date_trunc('month', described.day) as date) = coverage.period_start

)

select * from final

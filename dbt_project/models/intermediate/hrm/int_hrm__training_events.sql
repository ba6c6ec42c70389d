with courses as (

    select * from {{ ref('int_hrm__courses') }}

),

coverage as (

    select *
    from {{ ref('int_hrm__coverage') }}
    where kind = 'trainings'

),

final as (

    select
        'persons_trained' as measure_id,
        courses.scope,
        courses.person_key,
        coverage.period_start,
        courses.org_unit_id,
        {{ fact_columns('courses') }}
    from courses
    inner join coverage
        on
            courses.ministry_id = coverage.ministry_id
            and cast(date_trunc('month', courses.day) as date) = coverage.period_start

)

select * from final

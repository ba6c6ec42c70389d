{#- person-days, heads and rates of posts where a kind of data came: what its rates divide by -#}
with given as (

    select *
    from {{ ref('int_hrm__headcount_leaves') }}
    where measure_id in ('person_days', 'headcount_end')

    union all

    select *
    from {{ ref('int_hrm__fte_leaves') }}
    where measure_id in ('fte_days', 'fte_end')

    union all

    select *
    from {{ ref('int_hrm__post_leaves') }}
    where measure_id = 'managerial_posts_end'

),

units as (

    select * from {{ ref('int_org__unit_ministries') }}

),

coverage as (

    select * from {{ ref('int_hrm__coverage') }}

),

wanted as (

    select * from {{ ref('int_hrm__wanted') }}

),

final as (

    select
        given.measure_id || '_' || coverage.kind as measure_id,
        given.scope,
        given.period_start,
        given.org_unit_id,
        given.dimension_1,
        given.category_1,
        given.dimension_2,
        given.category_2,
        given.amount
    from given
    inner join units on given.org_unit_id = units.org_unit_id
    inner join coverage
        on
            units.ministry_id = coverage.ministry_id
            and given.period_start = coverage.period_start
    inner join wanted
        on
            given.measure_id || '_' || coverage.kind = wanted.measure_id
            and given.dimension_1 = wanted.dimension_1
            and given.dimension_2 = wanted.dimension_2

)

select * from final

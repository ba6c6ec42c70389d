with responses as (

    select * from {{ ref('int_survey__weighed_responses') }}

),

waves as (

    select * from {{ ref('int_survey__waves') }}

),

headcounts as (

    select
        org_unit_id,
        period_start,
        category_1 as sex,
        n as headcount
    from {{ ref('hrm_indicators') }}
    where
        indicator_id = 'headcount_end'
        and org_view = 'as_was'
        and period_kind = 'month'
        and dimension_1 = 'sex'
        and dimension_2 = 'all'

),

-- ministries that took part
taking_part as (

    select distinct
        instrument_id,
        instrument_version,
        wave_id,
        ministry
    from responses
    where ministry is not null

),

final as (

    select
        taking_part.instrument_id,
        taking_part.instrument_version,
        taking_part.wave_id,
        taking_part.ministry,
        headcounts.sex,
        headcounts.headcount as persons
    from taking_part
    inner join waves
        on
            taking_part.instrument_id = waves.instrument_id
            and taking_part.wave_id = waves.wave_id
    inner join headcounts
        on
            taking_part.ministry = headcounts.org_unit_id
            and waves.frame_month = headcounts.period_start

)

select * from final

with responses as (

    select * from {{ ref('int_survey__valid_responses') }}
    where instrument_id is not null

),

ministries as (

    select * from {{ ref('int_org__unit_ministries') }}

),

counted as (

    select
        instrument_id,
        instrument_version,
        wave_id,
        org_unit_id,
        sex,
        position_group,
        base_weight,
        count(*) as responses
    from responses
    group by
        instrument_id,
        instrument_version,
        wave_id,
        org_unit_id,
        sex,
        position_group,
        base_weight

),

final as (

    select
        counted.instrument_id,
        counted.instrument_version,
        counted.wave_id,
        ministries.ministry_id as ministry,
        counted.org_unit_id,
        counted.sex,
        counted.position_group,
        counted.base_weight,
        counted.responses,
        row_number() over (
            order by
                counted.instrument_id,
                counted.instrument_version,
                counted.wave_id,
                counted.org_unit_id,
                counted.sex,
                counted.position_group,
                counted.base_weight
        ) - 1 as cell_no
    from counted
    left join ministries on counted.org_unit_id = ministries.org_unit_id

)

select * from final

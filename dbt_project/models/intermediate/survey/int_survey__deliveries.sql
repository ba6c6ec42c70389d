with deliveries as (

    select distinct
        delivery_id,
        instrument_id,
        instrument_version
    from {{ source('build', 'survey_sources') }}

),

final as (

    select
        delivery_id,
        instrument_id,
        instrument_version,
        row_number() over (order by delivery_id) - 1 as delivery_no
    from deliveries

)

select * from final

with responses as (

    select * from {{ ref('int_survey__valid_responses') }}

),

cells as (

    select * from {{ ref('int_survey__cells') }}

),

deliveries as (

    select * from {{ ref('int_survey__deliveries') }}

),

sizes as (

    select
        instrument_id,
        instrument_version,
        max(item_place) + 1 as items
    from {{ ref('int_survey__codes') }}
    group by
        instrument_id,
        instrument_version

),

final as (

    select
        cells.cell_no,
        deliveries.delivery_no,
        responses.row_number,
        coalesce(sizes.items, 0) as items,
        responses.language,
        {{ seconds_between('responses.started_at', 'responses.submitted_at') }} as seconds
    from responses
    inner join deliveries on responses.delivery_id = deliveries.delivery_id
    inner join cells
        on
            responses.instrument_id = cells.instrument_id
            and responses.instrument_version = cells.instrument_version
            and responses.wave_id = cells.wave_id
            and responses.org_unit_id = cells.org_unit_id
            and responses.sex = cells.sex
            and responses.position_group = cells.position_group
            and responses.base_weight = cells.base_weight
    left join sizes
        on
            responses.instrument_id = sizes.instrument_id
            and responses.instrument_version = sizes.instrument_version

)

select * from final

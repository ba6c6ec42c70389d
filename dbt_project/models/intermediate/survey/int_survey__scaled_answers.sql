with answers as (

    select
        delivery_id,
        row_number,
        item_id,
        answer
    from {{ ref('stg_survey__answers') }}
    where
        repeat_group = 'none'
        and choice = 'value'

),

options as (

    select
        deliveries.delivery_id,
        deliveries.delivery_no,
        codes.item_id,
        codes.code,
        cast(256 * codes.item_place + codes.option_place as integer) as sheet_cell
    from {{ ref('int_survey__codes') }} as codes
    inner join {{ ref('int_survey__deliveries') }} as deliveries
        on
            codes.instrument_id = deliveries.instrument_id
            and codes.instrument_version = deliveries.instrument_version

),

final as (

    select
        options.delivery_no,
        answers.row_number,
        options.sheet_cell
    from answers
    inner join options
        on
            answers.item_id = options.item_id
            and answers.answer = options.code
            and answers.delivery_id = options.delivery_id

)

select * from final

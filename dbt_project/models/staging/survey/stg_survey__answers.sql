with source as (

    select * from {{ source('lake', 'survey_answers') }}

),

final as (

    select
        -- keys
        _source as source,
        _delivery_id as delivery_id,
        _row as row_number,
        response_key,
        repeat as repeat_group,
        position as repeat_position,
        item_id,
        choice,
        -- answer
        value as answer,
        try_cast(value as double) as answer_number
    from source

)

select * from final

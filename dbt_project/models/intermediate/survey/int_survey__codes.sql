with points as (

    select * from {{ ref('stg_survey__scale_points') }}

),

final as (

    select
        instrument_id,
        instrument_version,
        item_id,
        code,
        -- places on the sheet of a respondent: of the item from 0, of the option from 1
        dense_rank() over (
            partition by instrument_id, instrument_version
            order by item_id
        ) - 1 as item_place,
        row_number() over (
            partition by instrument_id, instrument_version, item_id
            order by code
        ) as option_place,
        choice_list,
        score,
        score_min,
        score_max,
        is_reversed
    from points

)

select * from final

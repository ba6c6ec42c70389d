with items as (

    select * from {{ source('build', 'codebook_items') }}

),

choices as (

    select * from {{ source('build', 'codebook_choices') }}

),

final as (

    select
        items.instrument_id,
        items.instrument_version,
        items.item_id,
        choices.code,
        items.choices as choice_list,
        items.is_reversed,
        -- a reversed item counts from the other end of its scale
        case
            when items.is_reversed
                then
                    min(choices.score) over (partition by {{ item_key('items') }})
                    + max(choices.score) over (partition by {{ item_key('items') }})
                    - choices.score
            else choices.score
        end as score,
        min(choices.score) over (partition by {{ item_key('items') }}) as score_min,
        max(choices.score) over (partition by {{ item_key('items') }}) as score_max
    from items
    inner join choices
        on
            items.instrument_id = choices.instrument_id
            and items.instrument_version = choices.instrument_version
            and items.choices = choices.list
    where
        choices.score is not null
        and not choices.is_missing

)

select * from final

with items as (

    select * from {{ source('build', 'codebook_items') }}

),

final as (

    select
        instrument_id,
        instrument_version,
        item_id,
        coalesce(is_reversed, false) as is_reversed,
        coalesce(text_uz, item_id) as name_uz,
        coalesce(text_ru, item_id) as name_ru,
        coalesce(text_en, item_id) as name_en,
        coalesce(text_ko, item_id) as name_ko
    from items

)

select * from final

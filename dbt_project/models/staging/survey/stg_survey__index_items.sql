with source as (

    select * from {{ source('build', 'codebook_indices') }}

),

final as (

    select
        instrument_id,
        instrument_version,
        index_id,
        item_id,
        score_family,
        coalesce(name_uz, index_id) as name_uz,
        coalesce(name_ru, index_id) as name_ru,
        coalesce(name_en, index_id) as name_en,
        coalesce(name_ko, index_id) as name_ko,
        coalesce(weight, 1) as weight,
        -- two of three where the codebook says nothing
        coalesce(min_answered_share, 2 / 3.0) as min_answered_share
    from source

)

select * from final

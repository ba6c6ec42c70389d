with source as (

    select * from {{ ref('processes') }}

),

final as (

    select
        process_id,
        calendar_id,
        name_uz,
        name_ru,
        name_en,
        name_ko
    from source

)

select * from final

with processes as (

    select * from {{ ref('int_bpr__processes') }}

),

final as (

    select
        process_id,
        is_listed,
        calendar_id,
        name_uz,
        name_ru,
        name_en,
        name_ko
    from processes

)

select * from final

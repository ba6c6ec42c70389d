with source as (

    select * from {{ ref('process_steps') }}

),

final as (

    select
        process_id,
        step_id,
        position,
        coalesce(is_return, false) as is_return,
        role,
        signoffs,
        name_uz,
        name_ru,
        name_en,
        name_ko
    from source

)

select * from final

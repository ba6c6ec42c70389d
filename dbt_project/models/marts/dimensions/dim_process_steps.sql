with listed as (

    select * from {{ ref('stg_processes__steps') }}

),

seen as (

    select
        process_id,
        step_id
    from {{ ref('int_bpr__log_steps') }}

    union distinct

    select
        process_id,
        step_id
    from {{ ref('int_bpr__survey_steps') }}

    union distinct

    select
        process_id,
        step_id
    from listed

),

final as (

    select
        seen.process_id,
        seen.step_id,
        listed.step_id is not null as is_listed,
        listed.position,
        coalesce(listed.is_return, false) as is_return,
        coalesce(listed.name_uz, seen.step_id) as name_uz,
        coalesce(listed.name_ru, seen.step_id) as name_ru,
        coalesce(listed.name_en, seen.step_id) as name_en,
        coalesce(listed.name_ko, seen.step_id) as name_ko
    from seen
    left join listed
        on
            seen.process_id = listed.process_id
            and seen.step_id = listed.step_id

)

select * from final

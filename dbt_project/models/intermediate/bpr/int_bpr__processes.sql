with listed as (

    select * from {{ ref('stg_processes__processes') }}

),

calendars as (

    select distinct calendar_id
    from {{ ref('int_bpr__work_days') }}

),

seen as (

    select process_id
    from {{ ref('stg_event_log__activities') }}

    union distinct

    select process_id
    from {{ ref('stg_survey__responses') }}
    where process_id is not null

    union distinct

    select process_id
    from listed

),

-- a process that nobody has listed yet goes by its code
final as (

    select
        seen.process_id,
        listed.process_id is not null as is_listed,
        listed.calendar_id,
        calendars.calendar_id is not null as has_calendar,
        coalesce(listed.name_uz, seen.process_id) as name_uz,
        coalesce(listed.name_ru, seen.process_id) as name_ru,
        coalesce(listed.name_en, seen.process_id) as name_en,
        coalesce(listed.name_ko, seen.process_id) as name_ko
    from seen
    left join listed on seen.process_id = listed.process_id
    left join calendars on listed.calendar_id = calendars.calendar_id

)

select * from final

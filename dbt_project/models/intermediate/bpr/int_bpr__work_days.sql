with work_days as (

    select * from {{ ref('work_days') }}

),

work_slots as (

    select * from {{ ref('work_slots') }}

),

-- slots of a day in their order; a day has at most two, before and after lunch
slots as (

    select
        calendar_id,
        day_type,
        {{ seconds_of_clock('slot_start') }} as slot_start,
        {{ seconds_of_clock('slot_end') }} - {{ seconds_of_clock('slot_start') }} as slot_seconds,
        row_number() over (
            partition by calendar_id, day_type
            order by slot_start
        ) as slot_number
    from work_slots

),

days as (

    select
        work_days.calendar_id,
        work_days.day as work_day,
        coalesce(max(case when slots.slot_number = 1 then slots.slot_start else null end), 0)
            as slot_1_start,
        coalesce(max(case when slots.slot_number = 1 then slots.slot_seconds else null end), 0)
            as slot_1_seconds,
        coalesce(max(case when slots.slot_number = 2 then slots.slot_start else null end), 0)
            as slot_2_start,
        coalesce(max(case when slots.slot_number = 2 then slots.slot_seconds else null end), 0)
            as slot_2_seconds
    from work_days
    left join slots
        on
            work_days.calendar_id = slots.calendar_id
            and work_days.day_type = slots.day_type
    group by
        work_days.calendar_id,
        work_days.day

),

final as (

    select
        *,
        coalesce(cast(sum(slot_1_seconds + slot_2_seconds) over (
            partition by calendar_id
            order by work_day
            rows between unbounded preceding and 1 preceding
        ) as bigint), 0) as seconds_before
    from days

)

select * from final

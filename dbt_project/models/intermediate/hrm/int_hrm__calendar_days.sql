with work_days as (

    select * from {{ ref('work_days') }}

),

-- the first calendar by name is that of the whole country
chosen as (

    select min(calendar_id) as calendar_id from work_days

),

final as (

    select
        work_days.day,
        case when work_days.day_type = 'off' then 0 else 1 end as work_day,
        sum(case when work_days.day_type = 'off' then 0 else 1 end) over (
            order by work_days.day
        ) as work_days_so_far
    from work_days
    inner join chosen on work_days.calendar_id = chosen.calendar_id

)

select * from final

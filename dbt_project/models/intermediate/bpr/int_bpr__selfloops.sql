-- rows before and after which the same activity stands
with instances as (

    select
        process_id,
        case_number,
        activity,
        place_in_case,
        resource_key,
        case
            when earlier_activity = activity then null
            else place_in_case
        end as begins_at
    from {{ ref('int_bpr__clocked_instances') }}
    where is_repeated

),

islands as (

    select
        *,
        max(begins_at) over (
            partition by case_number
            order by place_in_case
            rows between unbounded preceding and current row
        ) as island
    from instances

),

final as (

    select
        process_id,
        case_number,
        activity,
        island,
        count(*) - 1 as repeats,
        count(distinct resource_key) > 1 as is_redo
    from islands
    group by
        process_id,
        case_number,
        activity,
        island

)

select * from final

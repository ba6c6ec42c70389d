with cases as (

    select * from {{ ref('int_bpr__cases_by_org') }}

),

counted as (

    select
        process_id,
        org_unit_id,
        has_calendar,
        variant,
        count(*) as cases,
        max(n_rows) as n_steps,
        percentile_cont(0.5) within group (order by lead_main) as lead_main_p50
    from cases
    where is_completed
    group by
        process_id,
        org_unit_id,
        has_calendar,
        variant

),

-- ties stand in the order of their names
final as (

    select
        *,
        row_number() over ranked as place,
        cast(sum(cases) over (partition by process_id, org_unit_id) as bigint) as cases_in_all,
        cast(sum(cases) over (
            partition by process_id, org_unit_id
            order by cases desc, variant asc
            rows between unbounded preceding and current row
        ) as bigint) as cases_so_far
    from counted
    window ranked as (partition by process_id, org_unit_id order by cases desc, variant asc)

)

select * from final

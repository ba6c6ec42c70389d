with posts as (

    select * from {{ ref('int_hrm__posts_at_month_end') }}

),

assignments as (

    select * from {{ ref('int_hrm__assignments') }}

),

months as (

    select * from {{ ref('int_org__months') }}

),

-- whoever acts in a post does not fill it
filled as (

    select
        months.period_start,
        assignments.ministry_id,
        assignments.position_id,
        sum(cast(assignments.fte as decimal(9, 4))) as filled_fte
    from assignments
    inner join months
        on
            assignments.start_date <= months.period_end
            and assignments.end_date >= months.period_end
    where assignments.assignment_type = 'main'
    group by
        months.period_start,
        assignments.ministry_id,
        assignments.position_id

),

-- an overfilled post does not hide the vacancy of another
final as (

    select
        posts.period_start,
        posts.org_unit_id,
        count(*) as posts_end,
        sum(posts.approved_fte) as approved_fte,
        sum(
            case
                when filled.filled_fte is null then posts.approved_fte
                when filled.filled_fte >= posts.approved_fte then 0
                else posts.approved_fte - filled.filled_fte
            end
        ) as vacant_fte
    from posts
    left join filled
        on
            posts.period_start = filled.period_start
            and posts.ministry_id = filled.ministry_id
            and posts.position_id = filled.position_id
    group by
        posts.period_start,
        posts.org_unit_id

)

select * from final

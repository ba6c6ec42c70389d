-- who does a step where no list says so: whom most respondents name
with named as (

    select
        process_id,
        step_id,
        step_role as role,
        count(*) as times
    from {{ ref('int_bpr__step_answers') }}
    where
        step_id is not null
        and step_role is not null
    group by
        process_id,
        step_id,
        step_role

),

ranked as (

    select
        *,
        row_number() over (
            partition by process_id, step_id
            order by times desc, role asc
        ) as place
    from named

),

final as (

    select
        process_id,
        step_id,
        role
    from ranked
    where place = 1

)

select * from final

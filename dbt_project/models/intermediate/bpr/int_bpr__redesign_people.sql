-- persons who did the steps of a role in the log; without a log, whom respondents of the role
-- count in their unit
with instances as (

    select
        process_id,
        activity,
        resource_key
    from {{ ref('int_bpr__clocked_instances') }}
    where resource_key is not null

),

steps as (

    select * from {{ ref('stg_processes__steps') }}

),

answers as (

    select * from {{ ref('int_bpr__process_answers') }}

),

in_log as (

    select
        instances.process_id,
        steps.role,
        count(distinct instances.resource_key) as persons
    from instances
    inner join steps
        on
            instances.process_id = steps.process_id
            and instances.activity = steps.step_id
    group by
        instances.process_id,
        steps.role

),

told as (

    select
        process_id,
        respondent_role as role,
        percentile_cont(0.5) within group (order by e04_staff_unit) as persons,
        {{ exact_sum('e02_hours_process') }}
        / nullif({{ exact_sum('e01_hours_total') }}, 0) as time_share
    from answers
    where respondent_role is not null
    group by
        process_id,
        respondent_role

),

final as (

    select
        coalesce(in_log.process_id, told.process_id) as process_id,
        coalesce(in_log.role, told.role) as role,
        coalesce(cast(in_log.persons as double), told.persons) as persons,
        coalesce(told.time_share, 1) as time_share
    from in_log
    full outer join told
        on
            in_log.process_id = told.process_id
            and in_log.role = told.role
    where coalesce(cast(in_log.persons as double), told.persons) > 0

)

select * from final

with run as (

    select {{ add_days('as_of', 1) }} as day_after from {{ source('build', 'run') }}

),

-- what as_of does not know yet has not happened
{% for kind in ['told', 'gapped'] -%}
    {{ kind }} as (

        select
            executions.process_id,
            executions.case_id,
            executions.execution_id,
            executions.activity,
            activities.activity_number,
            case
                when executions.started_at is null and activities.is_moment
                    then executions.completed_at
                else executions.started_at
            end as started_at,
            executions.completed_at,
            executions.resource_key,
            executions.role,
            executions.org_unit_id,
            coalesce(executions.is_return, activities.is_return) as is_return,
            executions.source,
            executions.sequence,
            executions.delivery_id,
            activities.calendar_id
        from {{ ref('int_bpr__executions') }} as executions
        inner join run on executions.completed_at < run.day_after
        inner join {{ ref('int_bpr__activities') }} as activities
            on
                executions.process_id = activities.process_id
                and executions.activity = activities.activity
                and {{ 'not ' if kind == 'told' }}activities.has_gaps

    ),

{% endfor -%}
-- where a log gives no start, work began when the case and the person were both free
previous as (

    select
        *,
        cast(null as timestamp) as case_free_at,
        cast(null as timestamp) as resource_free_at
    from told

    union all

    select
        *,
        max(completed_at) over (
            partition by process_id, case_id
            order by completed_at, sequence, delivery_id
            rows between unbounded preceding and 1 preceding
        ) as case_free_at,
        max(completed_at) over (
            partition by process_id, resource_key
            order by completed_at, sequence, delivery_id
            rows between unbounded preceding and 1 preceding
        ) as resource_free_at
    from gapped

),

final as (

    select
        case_keys.case_number,
        previous.process_id,
        previous.case_id,
        previous.execution_id,
        previous.activity,
        previous.activity_number,
        previous.completed_at,
        previous.resource_key,
        previous.role,
        previous.org_unit_id,
        previous.is_return,
        previous.source,
        previous.sequence,
        previous.delivery_id,
        previous.calendar_id,
        previous.started_at is null as is_start_inferred,
        case
            when previous.started_at is not null then previous.started_at
            when previous.case_free_at is null then previous.completed_at
            when previous.resource_key is null or previous.resource_free_at is null
                then previous.case_free_at
            else greatest(previous.case_free_at, previous.resource_free_at)
        end as started_at
    from previous
    inner join {{ ref('int_bpr__case_keys') }} as case_keys
        on
            previous.process_id = case_keys.process_id
            and previous.case_id = case_keys.case_id

)

select * from final

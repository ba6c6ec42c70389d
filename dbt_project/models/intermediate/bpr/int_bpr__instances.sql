with run as (

    select {{ add_days('as_of', 1) }} as day_after from {{ source('build', 'run') }}

),

units as (

    select * from {{ ref('int_org__unit_ministries') }}

),

senders as (

    select * from {{ ref('int_org__source_ministries') }}

),

start_counts as (

    select
        process_id,
        activity,
        count(*) as n_rows,
        count(started_at) as starts,
        sum(count(started_at)) over (partition by process_id) as starts_of_process
    from {{ ref('int_bpr__executions') }}
    where completed_at is not null
    group by
        process_id,
        activity

),

-- an activity that never starts in a log that has starts is a moment, not work; where another
-- lacks a start, work is inferred, and only in such processes
activities as (

    select
        process_id,
        activity,
        starts = 0 and starts_of_process > 0 as is_moment,
        max(
            case
                when starts < n_rows and (starts > 0 or starts_of_process = 0) then 1
                else 0
            end
        ) over (partition by process_id) = 1 as has_gaps
    from start_counts

),

-- numbers are put in order faster than texts
deliveries as (

    select
        delivery_id,
        cast(row_number() over (order by delivery_id) as integer) as delivery_number
    from {{ ref('int_bpr__executions') }}
    group by delivery_id

),

{% for kind in ['told', 'gapped'] -%}
    {{ kind }} as (

        select
            executions.source,
            executions.process_id,
            executions.case_id,
            executions.execution_id,
            case_keys.case_number,
            executions.activity,
            case
                when executions.started_at is null and activities.is_moment
                    then executions.completed_at
                else executions.started_at
            end as started_at,
            executions.completed_at,
            executions.resource_key,
            executions.role,
            executions.org_unit_id,
            executions.is_return,
            executions.sequence,
            deliveries.delivery_number
        from {{ ref('int_bpr__executions') }} as executions
        inner join activities
            on
                executions.process_id = activities.process_id
                and executions.activity = activities.activity
                and {{ 'not ' if kind == 'told' }}activities.has_gaps
        inner join {{ ref('int_bpr__case_keys') }} as case_keys
            on
                executions.process_id = case_keys.process_id
                and executions.case_id = case_keys.case_id
        left join deliveries on executions.delivery_id = deliveries.delivery_id
        where executions.completed_at is not null

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
            partition by case_number
            order by completed_at, sequence, delivery_number
            rows between unbounded preceding and 1 preceding
        ) as case_free_at,
        max(completed_at) over (
            partition by process_id, resource_key
            order by completed_at, sequence, delivery_number
            rows between unbounded preceding and 1 preceding
        ) as resource_free_at
    from gapped

),

started as (

    select
        *,
        started_at is null as is_start_inferred,
        case
            when started_at is not null then started_at
            when case_free_at is null then completed_at
            when resource_key is null or resource_free_at is null then case_free_at
            else greatest(case_free_at, resource_free_at)
        end as start_at
    from previous

),

-- what as_of does not know yet has not happened
final as (

    select
        started.process_id,
        started.case_id,
        started.execution_id,
        started.case_number,
        started.activity,
        started.start_at as started_at,
        started.completed_at,
        started.is_start_inferred,
        started.resource_key,
        started.role,
        started.org_unit_id,
        started.is_return,
        coalesce(units.ministry_id, senders.ministry_id) as ministry_id,
        started.sequence,
        started.delivery_number
    from started
    inner join run on started.completed_at < run.day_after
    left join units on started.org_unit_id = units.org_unit_id
    left join senders on started.source = senders.source

)

select * from final

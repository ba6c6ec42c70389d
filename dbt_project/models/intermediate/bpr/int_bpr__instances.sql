with activities as (

    select *
    from {{ ref('int_bpr__executions') }}
    where completed_at is not null

),

run as (

    select {{ add_days('as_of', 1) }} as day_after from {{ source('build', 'run') }}

),

units as (

    select * from {{ ref('int_org__unit_ministries') }}

),

senders as (

    select * from {{ ref('int_org__source_ministries') }}

),

-- a case is open on as_of where its log goes on afterwards
cases as (

    select
        activities.process_id,
        activities.case_id,
        min(
            case
                when activities.is_case_closed and activities.completed_at < run.day_after then 1
                else 0
            end
        ) = 1 as is_completed
    from activities
    cross join run
    group by
        activities.process_id,
        activities.case_id

),

case_numbers as (

    select
        *,
        row_number() over (order by process_id, case_id) as case_number
    from cases

),

-- an activity that never starts in a log that has starts is a moment, not work
start_counts as (

    select
        process_id,
        activity,
        count(started_at) as starts,
        sum(count(started_at)) over (partition by process_id) as starts_of_process
    from activities
    group by
        process_id,
        activity

),

moments as (

    select
        process_id,
        activity
    from start_counts
    where
        starts = 0
        and starts_of_process > 0

),

-- processes of whose activities some lack a start: only there work is inferred
gaps as (

    select distinct activities.process_id
    from activities
    left join moments
        on
            activities.process_id = moments.process_id
            and activities.activity = moments.activity
    where
        activities.started_at is null
        and moments.activity is null

),

placed as (

    select
        case_numbers.case_number,
        activities.process_id,
        activities.activity,
        coalesce(
            activities.started_at,
            case when moments.activity is null then null else activities.completed_at end
        ) as started_at,
        activities.completed_at,
        activities.resource_key,
        activities.role,
        activities.org_unit_id,
        activities.is_return,
        activities.case_id,
        activities.execution_id,
        coalesce(units.ministry_id, senders.ministry_id) as ministry_id,
        activities.due_at,
        case_numbers.is_completed,
        activities.completed_at < run.day_after as is_known,
        gaps.process_id is not null as has_gaps,
        activities.sequence,
        activities.delivery_id
    from activities
    inner join case_numbers
        on
            activities.process_id = case_numbers.process_id
            and activities.case_id = case_numbers.case_id
    left join moments
        on
            activities.process_id = moments.process_id
            and activities.activity = moments.activity
    left join gaps on activities.process_id = gaps.process_id
    left join units on activities.org_unit_id = units.org_unit_id
    left join senders on activities.source = senders.source
    cross join run

),

-- where a log gives no start, work began when the case and the person were both free
previous as (

    select
        *,
        cast(null as timestamp) as case_free_at,
        cast(null as timestamp) as resource_free_at
    from placed
    where not has_gaps

    union all

    select
        *,
        max(completed_at) over (
            partition by case_number
            order by completed_at, sequence, delivery_id
            rows between unbounded preceding and 1 preceding
        ) as case_free_at,
        max(completed_at) over (
            partition by process_id, resource_key
            order by completed_at, sequence, delivery_id
            rows between unbounded preceding and 1 preceding
        ) as resource_free_at
    from placed
    where has_gaps

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
        process_id,
        case_id,
        execution_id,
        case_number,
        activity,
        start_at as started_at,
        completed_at,
        is_start_inferred,
        resource_key,
        role,
        org_unit_id,
        is_return,
        ministry_id,
        due_at,
        is_completed,
        sequence,
        delivery_id
    from started
    where is_known

)

select * from final

with rules as (

    select * from {{ ref('process_rules') }}

),

instances as (

    select * from {{ ref('int_bpr__clocked_instances') }}

),

work_days as (

    select
        calendar_id,
        work_day,
        sum(case when slot_1_seconds + slot_2_seconds > 0 then 1 else 0 end) over (
            partition by calendar_id
            order by work_day
            rows between unbounded preceding and current row
        ) as working_day_number
    from {{ ref('int_bpr__work_days') }}

),

processes as (

    select * from {{ ref('int_bpr__processes') }}

),

windows as (

    select * from {{ ref('int_bpr__log_windows') }}

),

-- a rule holds for the cases that began while it was in force
asked as (

    select
        rules.*,
        cases.case_number,
        cases.is_completed,
        cases.started_at,
        cases.start_cal,
        cases.lead_work,
        case when cases.is_completed then cases.completed_at else windows.closes_at end as ends_at
    from {{ ref('int_bpr__cases') }} as cases
    inner join rules
        on
            cases.process_id = rules.process_id
            and cast(cases.started_at as date) >= rules.valid_from
            and cast(cases.started_at as date) < coalesce(rules.valid_to, date '9999-12-31')
    inner join windows on cases.process_id = windows.process_id
    where
        cases.is_completed
        or rules.rule_kind = 'deadline'

),

-- the steps that a rule speaks of
spoken_of as (

    select
        process_id,
        rule_id,
        step_id,
        true as is_own
    from rules
    where step_id is not null

    union all

    select
        process_id,
        rule_id,
        other_step_id as step_id,
        false as is_own
    from rules
    where other_step_id is not null

),

-- one pass over the log for all rules
found as (

    select
        instances.case_number,
        spoken_of.rule_id,
        spoken_of.is_own,
        instances.place_in_case,
        instances.resource_key,
        instances.next_activity,
        instances.role
    from instances
    inner join spoken_of
        on
            instances.process_id = spoken_of.process_id
            and instances.activity = spoken_of.step_id

),

steps_done as (

    select
        found.case_number,
        found.rule_id,
        count(*) filter (where found.is_own) as times,
        min(found.place_in_case) filter (where found.is_own) as first_place,
        min(found.place_in_case) filter (where not found.is_own) as other_place,
        count(*) filter (
            where found.is_own
            and (
                (rules.rule_kind = 'not_next' and found.next_activity = rules.other_step_id)
                or (rules.rule_kind = 'only_role' and found.role <> rules.role)
            )
        ) as wrong
    from found
    inner join rules on found.rule_id = rules.rule_id
    group by
        found.case_number,
        found.rule_id

),

-- one person in both steps of a rule of four eyes
same_eyes as (

    select distinct
        found.case_number,
        found.rule_id
    from found
    inner join rules on found.rule_id = rules.rule_id
    where
        rules.rule_kind = 'four_eyes'
        and found.resource_key is not null
    group by
        found.case_number,
        found.rule_id,
        found.resource_key
    having count(distinct found.is_own) = 2

),

measured as (

    select
        asked.*,
        coalesce(steps_done.times, 0) as times,
        steps_done.first_place,
        steps_done.other_place,
        same_eyes.case_number is not null as is_same_person,
        coalesce(steps_done.wrong, 0) as wrong,
        case asked.limit_unit
            when 'cal_day'
                then {{ days_between(
                    'cast(asked.started_at as date)', 'cast(asked.ends_at as date)'
                ) }}
            when 'work_day' then last_days.working_day_number - first_days.working_day_number
            when 'work_hour' then asked.lead_work / 3600
            else null
        end as taken
    from asked
    left join steps_done
        on
            asked.case_number = steps_done.case_number
            and asked.rule_id = steps_done.rule_id
    left join same_eyes
        on
            asked.case_number = same_eyes.case_number
            and asked.rule_id = same_eyes.rule_id
    left join processes on asked.process_id = processes.process_id
    left join work_days as first_days
        on
            processes.calendar_id = first_days.calendar_id
            and cast(asked.started_at as date) = first_days.work_day
    left join work_days as last_days
        on
            processes.calendar_id = last_days.calendar_id
            and cast(asked.ends_at as date) = last_days.work_day

),

judged as (

    select
        process_id,
        case_number,
        rule_id,
        is_completed,
        case
            when rule_kind = 'present' then times > 0
            when rule_kind = 'before' and other_place is null then null
            when rule_kind = 'before' then coalesce(first_place < other_place, false)
            when rule_kind = 'at_most' then times <= limit_value
            when rule_kind = 'four_eyes' and (first_place is null or other_place is null) then null
            when rule_kind = 'four_eyes' then not is_same_person
            when rule_kind in ('not_next', 'only_role') and times = 0 then null
            when rule_kind in ('not_next', 'only_role') then wrong = 0
            when rule_kind = 'deadline' then taken <= limit_value
            else null
        end as is_kept
    from measured

),

-- nobody knows yet whether an open case in time will keep its deadline
final as (

    select
        process_id,
        case_number,
        rule_id,
        is_kept
    from judged
    where
        is_kept is not null
        and (is_completed or not is_kept)

)

select * from final

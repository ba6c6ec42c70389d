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

named as (

    select
        process_id,
        step_id
    from rules
    where step_id is not null

    union distinct

    select
        process_id,
        other_step_id as step_id
    from rules
    where other_step_id is not null

),

steps_done as (

    select
        instances.case_number,
        instances.activity,
        count(*) as times,
        min(instances.place_in_case) as first_place
    from instances
    inner join named
        on
            instances.process_id = named.process_id
            and instances.activity = named.step_id
    group by
        instances.case_number,
        instances.activity

),

same_eyes as (

    select
        one.case_number,
        rules.rule_id,
        count(*) as pairs
    from rules
    inner join instances as one
        on
            rules.process_id = one.process_id
            and rules.step_id = one.activity
    inner join instances as other
        on
            one.case_number = other.case_number
            and rules.other_step_id = other.activity
            and one.resource_key = other.resource_key
    where rules.rule_kind = 'four_eyes'
    group by
        one.case_number,
        rules.rule_id

),

wrong_rows as (

    select
        instances.case_number,
        rules.rule_id,
        count(*) as wrong
    from rules
    inner join instances
        on
            rules.process_id = instances.process_id
            and rules.step_id = instances.activity
    where
        (rules.rule_kind = 'not_next' and instances.next_activity = rules.other_step_id)
        or (rules.rule_kind = 'only_role' and instances.role <> rules.role)
    group by
        instances.case_number,
        rules.rule_id

),

measured as (

    select
        asked.*,
        coalesce(here.times, 0) as times,
        here.first_place,
        there.first_place as other_place,
        coalesce(same_eyes.pairs, 0) as pairs,
        coalesce(wrong_rows.wrong, 0) as wrong,
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
    left join steps_done as here
        on
            asked.case_number = here.case_number
            and asked.step_id = here.activity
    left join steps_done as there
        on
            asked.case_number = there.case_number
            and asked.other_step_id = there.activity
    left join same_eyes
        on
            asked.case_number = same_eyes.case_number
            and asked.rule_id = same_eyes.rule_id
    left join wrong_rows
        on
            asked.case_number = wrong_rows.case_number
            and asked.rule_id = wrong_rows.rule_id
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
            when rule_kind = 'four_eyes' then pairs = 0
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

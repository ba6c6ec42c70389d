with rules as (

    select * from {{ ref('process_rules') }}

),

instances as (

    select * from {{ ref('int_bpr__clocked_instances') }}

),

cases as (

    select * from {{ ref('int_bpr__cases') }}

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

-- cases that went alike keep and break the same rules of order: one of them is looked at
ways as (

    select distinct
        process_id,
        way_number
    from cases
    where is_completed

),

way_steps as (

    select
        ways.way_number,
        rules.rule_id,
        count(*) filter (where instances.activity = rules.step_id) as times,
        min(instances.place_in_case) filter (where instances.activity = rules.step_id)
            as first_place,
        min(instances.place_in_case) filter (where instances.activity = rules.other_step_id)
            as other_place,
        count(*) filter (
            where instances.activity = rules.step_id
            and instances.next_activity = rules.other_step_id
        ) as times_followed
    from ways
    inner join instances on ways.way_number = instances.case_number
    inner join rules
        on
            ways.process_id = rules.process_id
            and instances.activity in (rules.step_id, rules.other_step_id)
    group by
        ways.way_number,
        rules.rule_id

),

ways_judged as (

    select
        ways.way_number,
        rules.rule_id,
        case
            when rules.rule_kind = 'present' then coalesce(way_steps.times, 0) > 0
            when rules.rule_kind = 'before'
                then
                    case
                        when way_steps.other_place is null then null
                        else coalesce(way_steps.first_place < way_steps.other_place, false)
                    end
            when rules.rule_kind = 'at_most' then coalesce(way_steps.times, 0) <= rules.limit_value
            when rules.rule_kind = 'four_eyes' and way_steps.other_place is null then null
            when coalesce(way_steps.times, 0) = 0 then null
            when rules.rule_kind = 'not_next' then way_steps.times_followed = 0
            when rules.rule_kind in ('four_eyes', 'only_role') then true
            else null
        end as is_kept
    from ways
    inner join rules
        on
            ways.process_id = rules.process_id
            and rules.rule_kind <> 'deadline'
    left join way_steps
        on
            ways.way_number = way_steps.way_number
            and rules.rule_id = way_steps.rule_id

),

-- one person in both steps of a rule of four eyes, or a role to which a step is not given
breaches as (

    select
        instances.case_number,
        rules.rule_id
    from instances
    inner join rules
        on
            instances.process_id = rules.process_id
            and instances.activity in (rules.step_id, rules.other_step_id)
    where
        rules.rule_kind = 'four_eyes'
        and instances.resource_key is not null
    group by
        instances.case_number,
        rules.rule_id,
        instances.resource_key
    having min(instances.activity) <> max(instances.activity)

    union distinct

    select
        instances.case_number,
        rules.rule_id
    from instances
    inner join rules
        on
            instances.process_id = rules.process_id
            and instances.activity = rules.step_id
    where
        rules.rule_kind = 'only_role'
        and instances.role <> rules.role

),

-- a rule holds for the cases that began while it was in force
orders as (

    select
        cases.process_id,
        cases.ministry_id,
        cases.case_number,
        rules.rule_id,
        ways_judged.is_kept and breaches.case_number is null as is_kept
    from cases
    inner join rules
        on
            cases.process_id = rules.process_id
            and cast(cases.started_at as date) >= rules.valid_from
            and cast(cases.started_at as date) < coalesce(rules.valid_to, date '9999-12-31')
    inner join ways_judged
        on
            cases.way_number = ways_judged.way_number
            and rules.rule_id = ways_judged.rule_id
    left join breaches
        on
            cases.case_number = breaches.case_number
            and rules.rule_id = breaches.rule_id
    where
        cases.is_completed
        and ways_judged.is_kept is not null

),

timed as (

    select
        cases.*,
        processes.calendar_id,
        case when cases.is_completed then cases.completed_at else windows.closes_at end as ends_at
    from cases
    inner join {{ ref('int_bpr__log_windows') }} as windows
        on cases.process_id = windows.process_id
    left join {{ ref('int_bpr__processes') }} as processes
        on cases.process_id = processes.process_id

),

deadlines as (

    select
        timed.process_id,
        timed.ministry_id,
        timed.case_number,
        timed.is_completed,
        rules.rule_id,
        case rules.limit_unit
            when 'cal_day'
                then {{ days_between(
                    'cast(timed.started_at as date)', 'cast(timed.ends_at as date)'
                ) }}
            when 'work_day' then last_days.working_day_number - first_days.working_day_number
            when 'work_hour' then timed.lead_work / 3600
            else null
        end <= rules.limit_value as is_kept
    from timed
    inner join rules
        on
            timed.process_id = rules.process_id
            and cast(timed.started_at as date) >= rules.valid_from
            and cast(timed.started_at as date) < coalesce(rules.valid_to, date '9999-12-31')
    left join work_days as first_days
        on
            timed.calendar_id = first_days.calendar_id
            and cast(timed.started_at as date) = first_days.work_day
    left join work_days as last_days
        on
            timed.calendar_id = last_days.calendar_id
            and cast(timed.ends_at as date) = last_days.work_day
    where rules.rule_kind = 'deadline'

),

-- nobody knows yet whether an open case in time will keep its deadline
final as (

    select
        process_id,
        ministry_id,
        case_number,
        rule_id,
        is_kept
    from orders

    union all

    select
        process_id,
        ministry_id,
        case_number,
        rule_id,
        is_kept
    from deadlines
    where
        is_kept is not null
        and (is_completed or not is_kept)

)

select * from final

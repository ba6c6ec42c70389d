{% set measures = [
    'nobody_share', 'legal_share', 'signoff_share', 'signoff_effect_share', 'follows_same_hands',
    'signs_again', 'follows_check', 'follows_signoff', 'wait_rank', 'wait_for_person_share',
    'late_check', 'return_share', 'rekeyed_fields', 'medium_level', 'signoffs',
    'rule_based_share', 'volume_rank',
] %}

with steps as (

    select * from {{ ref('int_bpr__survey_step_figures') }}

),

listed as (

    select * from {{ ref('stg_processes__steps') }}

),

answers as (

    select * from {{ ref('int_bpr__step_answers') }}
    where step_id is not null

),

placed_answers as (

    {{ service_and_ministries('answers') }}

),

-- what respondents say of the kind of work and of its wait, as shares of those who say
told as (

    select
        process_id,
        org_unit_id,
        period_start,
        period_end,
        step_id,
        mode(step_type order by step_type asc) as step_type,
        mode(step_role order by step_role asc) as step_role,
        mode(step_place order by step_place asc) as step_place,
        avg(case when step_type in ('approve', 'consult') then 1 else 0 end) as signoff_share,
        avg(
            case
                when wait_reason is null then null
                when wait_reason in ('queue', 'priority', 'absent', 'batch') then 1
                else 0
            end
        ) as wait_for_person_share
    from placed_answers
    group by
        process_id,
        org_unit_id,
        period_start,
        period_end,
        step_id

),

placed as (

    select
        steps.process_id,
        steps.org_unit_id,
        steps.period_start,
        steps.period_end,
        steps.step_id,
        steps.n,
        steps.is_for_nobody as nobody_share,
        steps.is_legal as legal_share,
        steps.is_signoff_effective as signoff_effect_share,
        steps.return_share,
        steps.rekeyed_fields,
        steps.medium_level,
        steps.signoffs,
        steps.rule_based_share,
        steps.volume_rank,
        told.signoff_share,
        told.wait_for_person_share,
        told.step_type,
        told.step_role,
        told.step_place,
        coalesce(listed.position, 999) as position,
        percent_rank() over (
            partition by steps.process_id, steps.org_unit_id, steps.period_start, steps.period_end
            order by coalesce(steps.wait_share, -1)
        ) as wait_rank,
        row_number() over in_order as place,
        count(*) over (
            partition by steps.process_id, steps.org_unit_id, steps.period_start, steps.period_end
        ) as steps_in_all,
        lag(told.step_role) over in_order as role_before,
        lag(told.step_place) over in_order as place_before,
        lag(told.step_type) over in_order as type_before
    from steps
    inner join told
        on
            steps.process_id = told.process_id
            and steps.org_unit_id = told.org_unit_id
            and steps.period_start = told.period_start
            and steps.period_end = told.period_end
            and steps.step_id = told.step_id
    left join listed
        on
            steps.process_id = listed.process_id
            and steps.step_id = listed.step_id
    window
        in_order as (
            partition by steps.process_id, steps.org_unit_id, steps.period_start, steps.period_end
            order by coalesce(listed.position, 999) asc, steps.step_id asc
        )

),

measured as (

    select
        *,
        case when step_role = role_before and step_place = place_before then 1 else 0 end
            as follows_same_hands,
        case when step_type = 'check' and type_before = 'check' then 1 else 0 end as follows_check,
        case
            when
                step_type in ('approve', 'consult') and type_before in ('approve', 'consult')
                and step_role <> role_before
                then 1
            else 0
        end as follows_signoff,
        case when step_type = 'check' and place * 2 > steps_in_all then 1 else 0 end as late_check,
        case
            when step_type in ('approve', 'consult') and lag(place) over (
                partition by process_id, org_unit_id, period_start, period_end, step_role, step_type
                order by place
            ) is not null then 1
            else 0
        end as signs_again
    from placed

),

final as (

    {% for measure in measures -%}
        select
            process_id,
            org_unit_id,
            period_start,
            period_end,
            step_id,
            n,
            '{{ measure }}' as measure_id,
            cast({{ measure }} as double) as amount
        from measured
        {%- if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}

)

select * from final

with evidence as (

    select * from {{ ref('int_model__recommendations') }}

),

rules as (

    select * from {{ ref('recommendation_rules') }}

),

-- a rule speaks once for an organisation, assessment and process; its evidence stands beside
cases as (

    select
        org_unit_id,
        assessed_on,
        rule_id,
        subject,
        state,
        place,
        priority,
        confidence,
        conflicts,
        count(value) as evidence_rows,
        coalesce(min(case when least_n > 0 then least_n end), 0) as least_n
    from evidence
    group by
        org_unit_id, assessed_on, rule_id, subject, state, place, priority, confidence, conflicts

),

thresholds as (

    select max(amount) as process_min
    from {{ source('build', 'disclosure') }}
    where family = 'process' and rule = 'base_min'

),

-- of several scenarios of a process the one that changes the measure most
expected as (

    select
        scenarios.process_id,
        scenarios.measure_id,
        scenarios.scenario_id,
        scenarios.difference,
        scenarios.difference_low,
        scenarios.difference_high,
        scenarios.unit,
        row_number() over (
            partition by scenarios.process_id, scenarios.measure_id
            order by abs(scenarios.difference) desc, scenarios.scenario_id asc
        ) as place
    from {{ ref('bpr_scenarios') }} as scenarios
    cross join thresholds
    where
        scenarios.part = 'benefit'
        and scenarios.role = 'all'
        and scenarios.difference is not null
        and scenarios.n >= thresholds.process_min
        and scenarios.evidence_level in ('A', 'B', 'C')

),

final as (

    select
        cases.org_unit_id,
        'r12' as period_kind,
        cast({{ add_days(add_months('cases.assessed_on', '-12'), 1) }} as date) as period_start,
        cases.assessed_on as period_end,
        cases.rule_id,
        cases.subject as process_id,
        rules.domain_id,
        cases.state,
        cast(cases.place as integer) as place,
        cases.priority,
        cases.confidence,
        cases.conflicts,
        rules.title_uz,
        rules.title_ru,
        rules.title_en,
        rules.title_ko,
        rules.legal_basis,
        rules.owner,
        cast(rules.effect as integer) as effect,
        cast(rules.effort as integer) as effort,
        cast(rules.horizon_months as integer) as horizon_months,
        rules.effect_measure,
        expected.scenario_id,
        expected.difference as expected_effect,
        expected.difference_low as expected_effect_low,
        expected.difference_high as expected_effect_high,
        expected.unit as expected_effect_unit,
        cases.evidence_rows,
        cases.least_n,
        'F' as conf_status
    from cases
    inner join rules on cases.rule_id = rules.rule_id
    left join expected
        on
            cases.subject = expected.process_id
            and rules.effect_measure = expected.measure_id
            and expected.place = 1

)

select * from final

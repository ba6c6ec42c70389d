with measures as (

    select
        *,
        rank() over (
            partition by process_id, org_unit_id
            order by period_end desc, period_start desc
        ) as waves_back
    from {{ ref('int_bpr__ecrs_measures') }}

),

rules as (

    select * from {{ ref('ecrs_rules') }}

),

-- a rule hits where all its conditions hold and five respondents or more describe the step
hits as (

    select
        measures.process_id,
        measures.org_unit_id,
        measures.period_start,
        measures.period_end,
        measures.step_id,
        rules.rule_id,
        max(measures.n) as n,
        max(rules.ecrs_class) as ecrs_class,
        max(rules.name_uz) as name_uz,
        max(rules.name_ru) as name_ru,
        max(rules.name_en) as name_en,
        max(rules.name_ko) as name_ko
    from measures
    inner join rules on measures.measure_id = rules.measure_id
    where measures.waves_back = 1
    group by
        measures.process_id,
        measures.org_unit_id,
        measures.period_start,
        measures.period_end,
        measures.step_id,
        rules.rule_id
    having
        min(
            case
                when
                    rules.comparison = 'at_least' and measures.amount >= rules.limit_value
                    then 1
                when
                    rules.comparison = 'at_most' and measures.amount <= rules.limit_value
                    then 1
                else 0
            end
        ) = 1
        and max(measures.n) >= 5

),

legal as (

    select * from measures
    where measure_id = 'legal_share'

),

-- the first class in the order E, C, R, S, A is the primary one
final as (

    select
        hits.process_id,
        hits.org_unit_id,
        hits.step_id,
        hits.rule_id,
        hits.ecrs_class,
        hits.period_start,
        hits.period_end,
        hits.n,
        hits.name_uz,
        hits.name_ru,
        hits.name_en,
        hits.name_ko,
        row_number() over (
            partition by hits.process_id, hits.org_unit_id, hits.step_id
            order by
                case hits.ecrs_class
                    when 'E' then 1
                    when 'C' then 2
                    when 'R' then 3
                    when 'S' then 4
                    else 5
                end asc,
                hits.rule_id asc
        ) = 1 as is_primary,
        hits.ecrs_class = 'E' and coalesce(legal.amount, 1) >= 0.5 as is_legal_change_needed,
        'F' as conf_status
    from hits
    left join legal
        on
            hits.process_id = legal.process_id
            and hits.org_unit_id = legal.org_unit_id
            and hits.period_start = legal.period_start
            and hits.period_end = legal.period_end
            and hits.step_id = legal.step_id

)

select * from final

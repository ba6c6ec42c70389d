with tests as (

    select * from {{ ref('int_model__tests') }}

),

kinds as (

    select * from {{ ref('model_test_kinds') }}

),

findings as (

    select * from {{ ref('model_test_findings') }}

),

-- of a change the greatest counts, of everything else the least
counted as (

    select
        assessed_on,
        goalpost_version,
        test_id,
        max(threshold) as threshold,
        count(*) filter (where verdict in ('held', 'not_held')) as judged,
        count(*) filter (where verdict = 'not_held') as not_held,
        count(*) filter (where verdict = 'not_judged') as not_judged,
        count(*) filter (where verdict = 'told') as told,
        case
            when max(statistic) = 'greatest_change_points' then max(value)
            else min(value)
        end as value
    from tests
    group by
        assessed_on,
        goalpost_version,
        test_id

),

judged as (

    select
        *,
        case
            when not_held > 0 then 'not_held'
            when judged > 0 then 'held'
            when told > 0 then 'told'
            else 'not_judged'
        end as verdict
    from counted

),

final as (

    select
        judged.assessed_on as period_end,
        judged.goalpost_version,
        judged.test_id,
        cast(kinds.position as integer) as test_order,
        judged.verdict,
        judged.value,
        judged.threshold,
        judged.judged,
        judged.not_held,
        judged.not_judged,
        kinds.title_uz,
        kinds.title_ru,
        kinds.title_en,
        kinds.title_ko,
        {{ filled_text('findings.text_uz', 'judged', 'uz') }} as finding_uz,
        {{ filled_text('findings.text_ru', 'judged', 'ru') }} as finding_ru,
        {{ filled_text('findings.text_en', 'judged', 'en') }} as finding_en,
        {{ filled_text('findings.text_ko', 'judged', 'ko') }} as finding_ko
    from judged
    inner join kinds on judged.test_id = kinds.test_id
    inner join findings
        on
            kinds.kind = findings.kind
            and judged.verdict = findings.verdict

)

select * from final

with leaves as (

    select * from {{ ref('int_survey__answer_sums') }}

),

closure as (

    select * from {{ ref('int_org__closure') }}
    where is_greatest

),

headcounts as (

    select
        org_view,
        org_unit_id,
        period_start,
        category_1 as sex,
        n as headcount
    from {{ ref('hrm_indicators') }}
    where
        indicator_id = 'headcount_end'
        and period_kind = 'month'
        and dimension_1 in ('all', 'sex')
        and dimension_2 = 'all'

),

{{ placed_by_wave() }},

rolled as (

    {% set key = [
        'instrument_id', 'instrument_version', 'wave_id', 'period_end', 'frame_month',
        'measure_kind', 'score_family', 'measure_id', 'first_item', 'second_item', 'org_view',
        'ancestor_id',
    ] | join(', ') -%}
    select
        {{ key }},
        coalesce(sex, 'all') as sex,
        cast(sum(n) as bigint) as n,
        cast(sum(n_positive) as bigint) as n_positive,
        cast(sum(n_negative) as bigint) as n_negative,
        cast(sum(w) as double) as w,
        cast(sum(w2) as double) as w2,
        {{ exact_sum('wx') }} as wx,
        {{ exact_sum('w2x') }} as w2x,
        {{ exact_sum('w2y') }} as w2y,
        {{ exact_sum('w2xy') }} as w2xy,
        {{ exact_sum('w_negative') }} as w_negative
    from placed
    group by grouping sets (
        ({{ key }}),
        ({{ key }}, sex)
    )

),

final as (

    select
        rolled.instrument_id,
        rolled.instrument_version,
        rolled.wave_id,
        rolled.period_end,
        rolled.measure_kind,
        rolled.score_family,
        rolled.measure_id,
        rolled.first_item,
        rolled.second_item,
        rolled.org_view,
        rolled.ancestor_id as org_unit_id,
        rolled.sex,
        rolled.n,
        rolled.n_positive,
        rolled.n_negative,
        rolled.w,
        rolled.w2,
        rolled.wx,
        rolled.w2x,
        rolled.w2y,
        rolled.w2xy,
        rolled.w_negative,
        headcounts.headcount as frame_n
    from rolled
    left join headcounts
        on
            rolled.org_view = headcounts.org_view
            and rolled.ancestor_id = headcounts.org_unit_id
            and rolled.sex = headcounts.sex
            and rolled.frame_month = headcounts.period_start
    where rolled.sex in ('all', 'male', 'female')

)

select * from final

with scores as (

    select * from {{ ref('int_survey__respondent_scores') }}

),

waves as (

    select * from {{ ref('int_survey__waves') }}

),

closure as (

    select * from {{ ref('int_org__closure') }}

),

months as (

    select
        min(period_start) as first_month,
        max(period_start) as last_month
    from {{ ref('int_org__months') }}

),

leaves as (

    select
        instrument_id,
        instrument_version,
        wave_id,
        index_id,
        score_family,
        org_unit_id,
        sex,
        count(*) as responses,
        count(score) as n,
        {{ exact_sum('score') }} as score_sum,
        {{ exact_sum('score * score') }} as score_square_sum
    from scores
    group by
        instrument_id,
        instrument_version,
        wave_id,
        index_id,
        score_family,
        org_unit_id,
        sex

),

-- the structure of the wave's month; of the nearest month known where the wave lies outside
dated as (

    select
        leaves.*,
        greatest(least(waves.frame_month, months.last_month), months.first_month) as tree_month
    from leaves
    inner join waves
        on
            leaves.instrument_id = waves.instrument_id
            and leaves.wave_id = waves.wave_id
    cross join months

),

views as (

    select 'as_was' as org_view
    union all
    select 'as_is' as org_view

),

placed as (

    select
        dated.*,
        closure.org_view,
        closure.ancestor_id
    from dated
    inner join closure
        on
            dated.tree_month = closure.period_start
            and dated.org_unit_id = closure.org_unit_id

    union all

    select
        dated.*,
        views.org_view,
        'UZ' as ancestor_id
    from dated
    cross join views

),

final as (

    select
        instrument_id,
        instrument_version,
        wave_id,
        index_id,
        score_family,
        org_view,
        ancestor_id as org_unit_id,
        coalesce(sex, 'all') as sex,
        cast(sum(responses) as bigint) as responses,
        cast(sum(n) as bigint) as n,
        {{ exact_sum('score_sum') }} as score_sum,
        {{ exact_sum('score_square_sum') }} as score_square_sum
    from placed
    group by grouping sets (
        (
            instrument_id, instrument_version, wave_id, index_id, score_family,
            org_view, ancestor_id
        ),
        (
            instrument_id, instrument_version, wave_id, index_id, score_family,
            org_view, ancestor_id, sex
        )
    )

)

select * from final

with scores as (

    select * from {{ ref('int_survey__respondent_scores') }}

),

closure as (

    select * from {{ ref('int_org__closure') }}

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

{{ placed_by_wave() }},

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

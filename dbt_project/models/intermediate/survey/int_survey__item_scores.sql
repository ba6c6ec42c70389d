with responses as (

    select * from {{ ref('int_survey__valid_responses') }}

),

answers as (

    select *
    from {{ ref('stg_survey__answers') }}
    where
        repeat_group = 'none'
        and choice = 'value'

),

index_items as (

    select * from {{ ref('stg_survey__index_items') }}

),

scale_points as (

    select * from {{ ref('stg_survey__scale_points') }}

),

-- the scale of each item is brought to 0 to 100, and kept as it is
final as (

    select
        responses.source,
        responses.response_key,
        responses.instrument_id,
        responses.instrument_version,
        responses.wave_id,
        responses.org_unit_id,
        responses.sex,
        responses.submitted_at,
        index_items.index_id,
        index_items.score_family,
        index_items.item_id,
        index_items.min_answered_share,
        (scale_points.score - scale_points.score_min) * 100.0
        / nullif(scale_points.score_max - scale_points.score_min, 0) as item_score,
        scale_points.score as item_native
    from responses
    inner join index_items
        on
            responses.instrument_id = index_items.instrument_id
            and responses.instrument_version = index_items.instrument_version
    left join answers
        on
            responses.response_key = answers.response_key
            and responses.source = answers.source
            and index_items.item_id = answers.item_id
    left join scale_points
        on
            index_items.instrument_id = scale_points.instrument_id
            and index_items.instrument_version = scale_points.instrument_version
            and index_items.item_id = scale_points.item_id
            and answers.answer = scale_points.code

)

select * from final

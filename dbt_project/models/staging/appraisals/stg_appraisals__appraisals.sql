with source as (

    select * from {{ source('lake', 'appraisals') }}

),

ratings as (

    select
        code,
        scale_id,
        class_number,
        is_top,
        count(*) over (partition by scale_id) as classes_in_scale
    from {{ ref('appraisal_rating') }}

),

final as (

    select
        -- keys
        source._source as source,
        source.person_key,
        source.cycle,
        source.org_unit_id,
        source.rater_position_id,
        -- days
        source.cycle_start,
        source.cycle_end,
        source.due_date,
        source.completed_date,
        -- rating; null where the appraisal was not completed
        source.rating_code,
        ratings.scale_id,
        ratings.class_number,
        ratings.classes_in_scale,
        ratings.is_top,
        source.score,
        source.kpi_score,
        source.kpi_version
    from source
    left join ratings on source.rating_code = ratings.code

)

select * from final

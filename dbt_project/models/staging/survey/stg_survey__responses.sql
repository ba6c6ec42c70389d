with source as (

    select * from {{ source('lake', 'survey_responses') }}

),

waves as (

    select * from {{ source('build', 'survey_sources') }}

),

final as (

    select
        -- keys
        source._source as source,
        source._delivery_id as delivery_id,
        source._row as row_number,
        source.response_key,
        waves.instrument_id,
        waves.instrument_version,
        waves.wave_id,
        waves.known_from,
        -- respondent
        source.started_at,
        source.submitted_at,
        source.language,
        source.ministry_id,
        coalesce(source.org_unit_id, source.ministry_id, 'unknown') as org_unit_id,
        coalesce(source.sex, 'unknown') as sex,
        coalesce(source.position_group, 'unknown') as position_group,
        cast(coalesce(source.weight, 1) as double) as base_weight,
        source.role,
        source.process_id,
        -- verdict of the survey team: code or label in KoboToolbox, review state in ODK Central
        replace(lower(coalesce(source.validation_status, '')), ' ', '_') not in (
            'not_approved', 'validation_status_not_approved', 'rejected'
        ) as is_approved
    from source
    left join waves
        on
            source._source = waves.source
            and source._delivery_id = waves.delivery_id

)

select * from final

with source as (

    select * from {{ source('lake', 'competitions') }}

),

types as (

    select * from {{ ref('competition_type') }}

),

final as (

    select
        -- keys
        source._source as source,
        source.vacancy_id,
        source.position_id,
        source.org_unit_id,
        source.previous_vacancy_id,
        source.selected_person_key,
        -- competition
        source.competition_type,
        coalesce(types.is_competition, false) as is_competition,
        source.stages,
        source.outcome,
        -- days
        source.opened_date,
        source.announced_date,
        source.closed_date,
        source.filled_date
    from source
    left join types on source.competition_type = types.code

)

select * from final

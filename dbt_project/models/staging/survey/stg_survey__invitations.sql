with source as (

    select * from {{ source('lake', 'survey_invitations') }}

),

final as (

    select
        -- keys
        _source as source,
        invitation_key,
        instrument_id,
        wave_id,
        -- invited person
        org_unit_id,
        coalesce(sex, 'unknown') as sex,
        coalesce(position_group, 'unknown') as position_group,
        frozen_on,
        coalesce(outcome, 'unknown') as outcome
    from source

)

select * from final

with responses as (

    select * from {{ ref('int_survey__valid_responses') }}

),

ministries as (

    select * from {{ ref('int_org__unit_ministries') }}

),

final as (

    select
        responses.source,
        responses.response_key,
        responses.instrument_id,
        responses.instrument_version,
        responses.wave_id,
        ministries.ministry_id as ministry,
        responses.sex
    from responses
    left join ministries on responses.org_unit_id = ministries.org_unit_id

)

select * from final

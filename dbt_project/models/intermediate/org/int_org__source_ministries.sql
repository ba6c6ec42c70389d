with sources as (

    select * from {{ source('build', 'sources') }}

),

units as (

    select * from {{ ref('int_org__unit_ministries') }}

),

-- a sender that the structure does not know is no ministry
final as (

    select
        sources.source,
        units.ministry_id
    from sources
    inner join units on sources.organisation = units.org_unit_id

)

select * from final

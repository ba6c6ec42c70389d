with source as (

    select * from {{ source('lake', 'discipline') }}

),

sanctions as (

    select * from {{ ref('sanction') }}

),

final as (

    select
        -- keys
        source._source as source,
        source.record_id,
        source.person_key,
        source.org_unit_id,
        -- case
        source.breach_code,
        source.sanction_code,
        sanctions.sanction_class,
        -- days
        source.opened_date,
        source.decided_date,
        source.expired_date,
        source.cancelled_date
    from source
    left join sanctions on source.sanction_code = sanctions.code

)

select * from final

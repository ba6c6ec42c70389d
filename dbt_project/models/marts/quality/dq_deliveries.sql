with deliveries as (

    select * from {{ source('build', 'deliveries') }}

),

final as (

    select
        delivery_id,
        source,
        kind,
        organisation,
        scope,
        slice,
        period,
        known_from,
        verdict,
        is_current,
        contract_version,
        read as rows_read,
        landed as rows_landed,
        refused as rows_refused,
        cast(refused * 1.0 / nullif(read, 0) as double) as refused_share
    from deliveries

)

select * from final

with deliveries as (

    select * from {{ source('build', 'deliveries') }}

),

mended as (

    select
        origin,
        sum(landed) as landed
    from deliveries
    where origin is not null
    group by origin

),

final as (

    select
        deliveries.delivery_id,
        deliveries.source,
        deliveries.kind,
        deliveries.organisation,
        deliveries.scope,
        deliveries.slice,
        deliveries.origin as origin_delivery_id,
        deliveries.period,
        deliveries.known_from,
        deliveries.verdict,
        deliveries.is_current,
        deliveries.contract_version,
        deliveries.read as rows_read,
        deliveries.landed as rows_landed,
        deliveries.refused as rows_refused,
        cast(coalesce(mended.landed, 0) as bigint) as rows_mended,
        cast(deliveries.refused * 1.0 / nullif(deliveries.read, 0) as double) as refused_share
    from deliveries
    left join mended on deliveries.delivery_id = mended.origin

)

select * from final

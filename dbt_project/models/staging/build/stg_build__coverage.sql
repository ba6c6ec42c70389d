with deliveries as (

    select * from {{ source('build', 'deliveries') }}

),

final as (

    select
        organisation,
        kind,
        min(period) as first_period,
        max(period) as last_period
    from deliveries
    where
        is_current
        and organisation <> ''
    group by
        organisation,
        kind

)

select * from final

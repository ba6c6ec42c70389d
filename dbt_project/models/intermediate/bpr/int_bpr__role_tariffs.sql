-- the price of an hour of each role that is valid on as_of
with tariffs as (

    select * from {{ ref('role_tariffs') }}

),

run as (

    select as_of from {{ source('build', 'run') }}

),

final as (

    select
        tariffs.role,
        cast(tariffs.hour_uzs as double) as hour_uzs
    from tariffs
    cross join run
    where
        run.as_of >= tariffs.valid_from
        and run.as_of < coalesce(tariffs.valid_to, date '9999-12-31')

)

select * from final

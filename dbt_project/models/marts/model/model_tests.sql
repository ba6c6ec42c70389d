with tests as (

    select * from {{ ref('int_model__tests') }}

),

final as (

    select
        assessed_on as period_end,
        goalpost_version,
        test_id,
        subject,
        statistic,
        value,
        threshold,
        verdict,
        n,
        unrated
    from tests

)

select * from final

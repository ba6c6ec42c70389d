with recursive run as (

    select * from {{ source('build', 'run') }}

),

parameters as (

    select cast(max(case when parameter = 'months' then value else null end) as integer) as n_months
    from {{ ref('parameters') }}

),

-- one month more than is reported: its last day is the opening of the first reported month
spine as (

    select
        cast(date_trunc('month', run.as_of) as date) as period_start,
        0 as months_back
    from run

    union all

    select
        {{ add_months('spine.period_start', -1) }} as period_start,
        spine.months_back + 1 as months_back
    from spine
    cross join parameters
    where spine.months_back < parameters.n_months

),

final as (

    select
        spine.period_start,
        least(last_day(spine.period_start), run.as_of) as period_end,
        {{ days_between('spine.period_start', 'least(last_day(spine.period_start), run.as_of)') }}
        + 1 as days_in_period,
        spine.months_back < parameters.n_months as is_reported,
        last_day(spine.period_start) > run.as_of as is_provisional
    from spine
    cross join run
    cross join parameters

)

select * from final

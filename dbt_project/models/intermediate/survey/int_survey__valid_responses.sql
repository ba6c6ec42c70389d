with responses as (

    select * from {{ ref('stg_survey__responses') }}

),

run as (

    select {{ add_days('as_of', 1) }} as day_after
    from {{ source('build', 'run') }}

),

-- what is submitted after as_of has not happened yet
final as (

    select responses.*
    from responses
    cross join run
    where
        responses.is_approved
        and responses.base_weight > 0
        and (responses.submitted_at is null or responses.submitted_at < run.day_after)

)

select * from final

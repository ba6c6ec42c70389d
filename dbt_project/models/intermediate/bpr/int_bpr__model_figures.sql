-- Cardoso's control-flow complexity: a choice counts its branches, an inclusive choice the sets of
-- branches that can be taken, parallel branches count one
with edges as (

    select * from {{ ref('process_model') }}

),

splits as (

    select
        process_id,
        from_step_id,
        max(split) as split,
        count(*) as branches
    from edges
    group by
        process_id,
        from_step_id

),

run as (

    select as_of from {{ source('build', 'run') }}

),

final as (

    select
        splits.process_id,
        run.as_of,
        count(*) filter (where splits.from_step_id <> 'start') as steps,
        cast(sum(
            case
                when splits.branches < 2 then 0
                when splits.split = 'and' then 1
                when splits.split = 'or' then power(2, splits.branches) - 1
                else splits.branches
            end
        ) as double) as cfc
    from splits
    cross join run
    group by
        splits.process_id,
        run.as_of

)

select * from final

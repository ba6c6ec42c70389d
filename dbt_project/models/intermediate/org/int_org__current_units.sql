with recursive units as (

    select distinct org_unit_id
    from {{ ref('stg_org__units') }}

),

run as (

    select * from {{ source('build', 'run') }}

),

-- what happens after as_of has not happened yet
successors as (

    select stg_successors.*
    from {{ ref('stg_org__successors') }} as stg_successors
    inner join run on stg_successors.valid_from <= run.as_of

),

-- a successor may itself have been succeeded
chain as (

    select
        org_unit_id,
        org_unit_id as current_org_unit_id,
        0 as steps
    from units

    union all

    select
        chain.org_unit_id,
        successors.successor_id as current_org_unit_id,
        chain.steps + 1 as steps
    from chain
    inner join successors on chain.current_org_unit_id = successors.org_unit_id
    where chain.steps < 20

),

ranked as (

    select
        org_unit_id,
        current_org_unit_id,
        row_number() over (
            partition by org_unit_id
            order by steps desc, current_org_unit_id asc
        ) as choice
    from chain

),

final as (

    select
        org_unit_id,
        current_org_unit_id
    from ranked
    where choice = 1

)

select * from final

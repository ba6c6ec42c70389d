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

-- a successor may itself have been succeeded; what it took over is shared out again
chain as (

    select
        org_unit_id,
        org_unit_id as current_org_unit_id,
        cast(1 as decimal(9, 6)) as share,
        0 as steps
    from units

    union all

    select
        chain.org_unit_id,
        successors.successor_id as current_org_unit_id,
        cast(chain.share * successors.share as decimal(9, 6)) as share,
        chain.steps + 1 as steps
    from chain
    inner join successors on chain.current_org_unit_id = successors.org_unit_id
    where chain.steps < 20

),

ends as (

    select
        chain.org_unit_id,
        chain.current_org_unit_id,
        sum(chain.share) as share
    from chain
    left join successors on chain.current_org_unit_id = successors.org_unit_id
    where
        successors.org_unit_id is null
        or chain.steps = 20
    group by
        chain.org_unit_id,
        chain.current_org_unit_id

),

ranked as (

    select
        org_unit_id,
        current_org_unit_id,
        share,
        row_number() over (
            partition by org_unit_id
            order by share desc, current_org_unit_id asc
        ) as choice,
        sum(share) over (partition by org_unit_id) as shares
    from ends

),

-- what shares of shares lose by rounding stays with the greatest, so that they make 1
final as (

    select
        org_unit_id,
        current_org_unit_id,
        cast(
            case when choice = 1 then share + 1 - shares else share end
            as decimal(9, 6)
        ) as share,
        choice = 1 as is_greatest
    from ranked

)

select * from final

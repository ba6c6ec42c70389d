with source as (

    select * from {{ ref('org_unit_successors') }}

),

final as (

    select
        org_unit_id,
        successor_id,
        valid_from,
        cast(share as decimal(9, 6)) as share
    from source

)

select * from final

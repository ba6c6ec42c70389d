with movements as (

    select * from {{ ref('int_hrm__movements') }}

),

closure as (

    select * from {{ ref('int_org__closure') }}

),

pairs as (

    select
        period_start,
        org_unit_id,
        to_org_unit_id,
        count(*) as moves
    from movements
    where
        direction = 'internal'
        and to_org_unit_id is not null
    group by
        period_start,
        org_unit_id,
        to_org_unit_id

),

-- whatever holds both ends of a move neither wins nor loses by it
left_behind as (

    select
        above_from.org_view,
        pairs.period_start,
        above_from.ancestor_id as org_unit_id,
        0 as moves_in,
        pairs.moves as moves_out
    from pairs
    inner join closure as above_from
        on
            pairs.period_start = above_from.period_start
            and pairs.org_unit_id = above_from.org_unit_id
    left join closure as above_to
        on
            pairs.period_start = above_to.period_start
            and pairs.to_org_unit_id = above_to.org_unit_id
            and above_from.org_view = above_to.org_view
            and above_from.ancestor_id = above_to.ancestor_id
    where above_to.ancestor_id is null

),

entered as (

    select
        above_to.org_view,
        pairs.period_start,
        above_to.ancestor_id as org_unit_id,
        pairs.moves as moves_in,
        0 as moves_out
    from pairs
    inner join closure as above_to
        on
            pairs.period_start = above_to.period_start
            and pairs.to_org_unit_id = above_to.org_unit_id
    left join closure as above_from
        on
            pairs.period_start = above_from.period_start
            and pairs.org_unit_id = above_from.org_unit_id
            and above_to.org_view = above_from.org_view
            and above_to.ancestor_id = above_from.ancestor_id
    where above_from.ancestor_id is null

),

both_ends as (

    select * from left_behind

    union all

    select * from entered

),

final as (

    select
        org_view,
        period_start,
        org_unit_id,
        cast(sum(moves_in) as bigint) as moves_in,
        cast(sum(moves_out) as bigint) as moves_out
    from both_ends
    group by
        org_view,
        period_start,
        org_unit_id

)

select * from final

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

-- whatever holds both ends of a move neither wins nor loses by it;
-- what holds a share of a unit has that share of its moves
left_behind as (

    select
        above_from.org_view,
        pairs.period_start,
        above_from.ancestor_id as org_unit_id,
        cast(0 as decimal(38, 12)) as moves_in,
        cast(
            pairs.moves * (above_from.share - least(above_from.share, coalesce(above_to.share, 0)))
            as decimal(38, 12)
        ) as moves_out
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

),

entered as (

    select
        above_to.org_view,
        pairs.period_start,
        above_to.ancestor_id as org_unit_id,
        cast(
            pairs.moves * (above_to.share - least(above_to.share, coalesce(above_from.share, 0)))
            as decimal(38, 12)
        ) as moves_in,
        cast(0 as decimal(38, 12)) as moves_out
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
        cast(sum(moves_in) as decimal(38, 12)) as moves_in,
        cast(sum(moves_out) as decimal(38, 12)) as moves_out
    from both_ends
    group by
        org_view,
        period_start,
        org_unit_id
    having sum(moves_in) + sum(moves_out) > 0

)

select * from final

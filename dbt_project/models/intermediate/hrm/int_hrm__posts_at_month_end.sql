with posts as (

    select * from {{ ref('stg_staffing__posts') }}

),

months as (

    select * from {{ ref('int_org__months') }}

),

units as (

    select * from {{ ref('int_org__unit_ministries') }}

),

senders as (

    select * from {{ ref('int_org__source_ministries') }}

),

ranked as (

    select
        months.period_start,
        coalesce(units.ministry_id, senders.ministry_id) as ministry_id,
        posts.position_id,
        posts.org_unit_id,
        posts.is_managerial,
        cast(posts.approved_fte as decimal(9, 4)) as approved_fte,
        row_number() over (
            partition by
                months.period_start,
                coalesce(units.ministry_id, senders.ministry_id),
                posts.position_id
            order by posts.valid_from desc, posts.org_unit_id asc
        ) as choice
    from posts
    inner join months
        on
            posts.valid_from <= months.period_end
            and posts.valid_to >= months.period_end
    left join units on posts.org_unit_id = units.org_unit_id
    left join senders on posts.source = senders.source

),

final as (

    select
        period_start,
        ministry_id,
        position_id,
        org_unit_id,
        is_managerial,
        approved_fte
    from ranked
    where choice = 1

)

select * from final

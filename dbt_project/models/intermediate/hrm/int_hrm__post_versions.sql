with posts as (

    select * from {{ ref('stg_staffing__posts') }}

),

units as (

    select * from {{ ref('int_org__unit_ministries') }}

),

senders as (

    select * from {{ ref('int_org__source_ministries') }}

),

placed as (

    select
        coalesce(units.ministry_id, senders.ministry_id) as ministry_id,
        posts.position_id,
        posts.org_unit_id,
        posts.is_managerial,
        coalesce(posts.position_group, 'unknown') as position_group,
        coalesce(posts.position_category, 'unknown') as position_category,
        cast(posts.approved_fte as decimal(9, 4)) as approved_fte,
        posts.job_family,
        posts.reports_to_position_id,
        posts.rotation_term_months,
        posts.valid_from,
        posts.valid_to,
        row_number() over (
            partition by
                coalesce(units.ministry_id, senders.ministry_id),
                posts.position_id,
                posts.valid_from
            order by posts.org_unit_id
        ) as choice
    from posts
    left join units on posts.org_unit_id = units.org_unit_id
    left join senders on posts.source = senders.source

),

-- a later version of a post ends the earlier one
ordered as (

    select
        *,
        lead(valid_from) over (
            partition by ministry_id, position_id
            order by valid_from
        ) as next_valid_from
    from placed
    where choice = 1

),

final as (

    select
        ministry_id,
        position_id,
        org_unit_id,
        is_managerial,
        position_group,
        position_category,
        approved_fte,
        job_family,
        reports_to_position_id,
        rotation_term_months,
        valid_from,
        case
            when next_valid_from <= valid_to then {{ add_days('next_valid_from', -1) }}
            else valid_to
        end as valid_to
    from ordered

)

select * from final

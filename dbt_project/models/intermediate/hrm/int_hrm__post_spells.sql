with versions as (

    select * from {{ ref('int_hrm__post_versions') }}

),

assignments as (

    select
        ministry_id,
        position_id,
        assignment_type,
        cast(fte as decimal(9, 6)) as fte,
        start_date,
        {{ add_days('end_date', 1) }} as left_on
    from {{ ref('int_hrm__assignments') }}
    where assignment_type in ('main', 'acting')

),

-- whoever acts in a post does not fill it
changes as (

    select
        ministry_id,
        position_id,
        start_date as day,
        case when assignment_type = 'main' then fte else 0 end as filled_fte,
        case when assignment_type = 'acting' then 1 else 0 end as acting,
        cast(null as date) as vacated_on
    from assignments

    union all

    select
        ministry_id,
        position_id,
        left_on as day,
        case when assignment_type = 'main' then -fte else 0 end as filled_fte,
        case when assignment_type = 'acting' then -1 else 0 end as acting,
        case when assignment_type = 'main' then left_on else null end as vacated_on
    from assignments

    union all

    select distinct
        ministry_id,
        position_id,
        date '1900-01-01' as day,
        0 as filled_fte,
        0 as acting,
        cast(null as date) as vacated_on
    from versions

),

days as (

    select
        ministry_id,
        position_id,
        day,
        sum(filled_fte) as filled_fte,
        sum(acting) as acting,
        -- a holder who stays on in a new row, or is replaced the same day, leaves nothing vacant
        case when sum(filled_fte) < 0 then max(vacated_on) else null end as vacated_on
    from changes
    group by
        ministry_id,
        position_id,
        day

),

held as (

    select
        ministry_id,
        position_id,
        day as valid_from,
        lead(day) over (
            partition by ministry_id, position_id
            order by day
        ) as next_day,
        sum(filled_fte) over (
            partition by ministry_id, position_id
            order by day
        ) as filled_fte,
        sum(acting) over (
            partition by ministry_id, position_id
            order by day
        ) as acting,
        max(vacated_on) over (
            partition by ministry_id, position_id
            order by day
        ) as vacated_on
    from days

),

-- one spell for each version of a post and each state of its holders
final as (

    select
        versions.ministry_id,
        versions.position_id,
        versions.org_unit_id,
        versions.is_managerial,
        versions.position_group,
        versions.position_category,
        versions.approved_fte,
        held.filled_fte,
        held.acting > 0 as is_acted,
        coalesce(held.vacated_on, versions.valid_from) as vacated_on,
        greatest(versions.valid_from, held.valid_from) as valid_from,
        least(versions.valid_to, coalesce({{ add_days('held.next_day', -1) }}, versions.valid_to))
            as valid_to
    from versions
    inner join held
        on
            versions.ministry_id = held.ministry_id
            and versions.position_id = held.position_id
            and versions.valid_to >= held.valid_from
            and versions.valid_from < coalesce(held.next_day, date '9999-12-31')

)

select * from final

{#- where both views put the same units together, persons need to be counted once only -#}
with closure as (

    select *
    from {{ ref('int_org__closure') }}
    where is_greatest

),

members as (

    select
        org_view,
        period_start,
        ancestor_id,
        {{ ordered_text('org_unit_id', 'org_unit_id') }} as units
    from closure
    group by
        org_view,
        period_start,
        ancestor_id

),

ministries as (

    select distinct ministry_id from {{ ref('int_org__unit_versions') }}

),

alike as (

    select
        was.period_start,
        was.ancestor_id
    from members as was
    inner join members as today
        on
            was.period_start = today.period_start
            and was.ancestor_id = today.ancestor_id
            and was.units = today.units
    where
        was.org_view = 'as_was'
        and today.org_view = 'as_is'

),

final as (

    select
        case when alike.ancestor_id is null then closure.org_view else 'both' end as placed_view,
        closure.period_start,
        closure.org_unit_id,
        closure.ancestor_id,
        ministries.ministry_id is not null as is_above_units
    from closure
    left join alike
        on
            closure.period_start = alike.period_start
            and closure.ancestor_id = alike.ancestor_id
    left join ministries on closure.ancestor_id = ministries.ministry_id
    where
        alike.ancestor_id is null
        or closure.org_view = 'as_was'

)

select * from final

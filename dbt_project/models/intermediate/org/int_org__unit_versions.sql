with months as (

    select * from {{ ref('int_org__months') }}

),

units as (

    select * from {{ ref('stg_org__units') }}

),

-- a unit keeps its last parent after it is abolished, so that nobody drops out of the tree
ranked as (

    select
        months.period_start,
        units.org_unit_id,
        units.parent_id,
        units.ministry_id,
        units.level,
        units.region,
        units.valid_from <= months.period_end
        and units.valid_to >= months.period_start as is_valid,
        row_number() over (
            partition by months.period_start, units.org_unit_id
            order by
                case when units.valid_from <= months.period_end then 0 else 1 end,
                case
                    when units.valid_from <= months.period_end
                        then {{ days_between('units.valid_from', 'months.period_end') }}
                    else {{ days_between('months.period_end', 'units.valid_from') }}
                end
        ) as choice
    from months
    cross join units

),

final as (

    select
        period_start,
        org_unit_id,
        parent_id,
        ministry_id,
        level,
        region,
        is_valid
    from ranked
    where choice = 1

)

select * from final

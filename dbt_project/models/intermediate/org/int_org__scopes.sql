with periods as (

    select *
    from {{ ref('int_org__scope_periods') }}
    where scope_period_id = figures_id

),

final as (

    select
        org_view,
        org_unit_id,
        cast(row_number() over (order by org_view, org_unit_id) as integer) as scope_id
    from periods
    group by
        org_view,
        org_unit_id

)

select * from final

with spells as (

    select * from {{ ref('int_hrm__headcount_spells') }}

),

months as (

    select * from {{ ref('int_org__months') }}

),

posts as (

    select * from {{ ref('int_hrm__posts_at_month_end') }}

),

final as (

    select
        spells.scope,
        months.period_start,
        spells.org_unit_id,
        spells.sex,
        coalesce(posts.is_managerial, false) as is_managerial,
        12 * (extract(year from months.period_end) - extract(year from spells.birth_month))
        + extract(month from months.period_end)
        - extract(month from spells.birth_month) as age_months,
        case
            when spells.civil_service_start_date <= months.period_end
                then
                    {{ days_between('spells.civil_service_start_date', 'months.period_end') }}
                    / 365.25
            else null
        end as tenure_years
    from spells
    inner join months
        on
            spells.valid_from <= months.period_end
            and spells.valid_to >= months.period_end
    left join posts
        on
            months.period_start = posts.period_start
            and spells.ministry_id = posts.ministry_id
            and spells.position_id = posts.position_id

)

select * from final

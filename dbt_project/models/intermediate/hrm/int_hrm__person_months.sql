with spells as (

    select * from {{ ref('int_hrm__spells') }}

),

months as (

    select * from {{ ref('int_org__months') }}

),

versions as (

    select * from {{ ref('int_hrm__post_versions') }}

),

several_posts as (

    select * from {{ ref('int_hrm__several_posts') }}

),

pensions as (

    select * from {{ ref('pension_rules') }}

),

-- a person is described as on the last day counted in the month
dated as not materialized (

    select
        spells.*,
        months.period_start,
        spells.valid_to >= months.period_end as is_end,
        least(spells.valid_to, months.period_end) as day,
        {{ days_between(
            'greatest(spells.valid_from, months.period_start)',
            'least(spells.valid_to, months.period_end)'
        ) }} + 1 as days
    from spells
    inner join months
        on
            spells.valid_from <= months.period_end
            and spells.valid_to >= months.period_start

),

posted as (

    select
        *,
        group_at_start as position_group,
        category_at_start as position_category,
        is_managerial_at_start as is_managerial
    from dated
    where has_one_version

    union all

    select
        dated.*,
        coalesce(versions.position_group, 'unknown') as position_group,
        coalesce(versions.position_category, 'unknown') as position_category,
        coalesce(versions.is_managerial, false) as is_managerial
    from dated
    left join versions
        on
            dated.ministry_id = versions.ministry_id
            and dated.position_id = versions.position_id
            and dated.day >= versions.valid_from
            and dated.day <= versions.valid_to
    where not dated.has_one_version

),

aged as (

    select
        *,
        {{ months_of_age('birth_month', 'day') }} as age_months,
        {{ days_since('civil_service_start_date', 'day') }} as tenure_days,
        {{ days_since('pension_service_since', 'day') }} as pension_days
    from posted

),

final as (

    select
        aged.scope,
        aged.period_start,
        aged.person_key,
        aged.ministry_id,
        aged.org_unit_id,
        cast(aged.days as smallint) as days,
        aged.day,
        aged.is_end,
        -- breakdowns
        aged.sex,
        {{ age_band('aged.age_months') }} as age_band,
        {{ tenure_band('aged.tenure_days') }} as tenure_band,
        aged.position_group,
        aged.position_category,
        aged.contract_type,
        aged.education_level,
        -- what is counted
        aged.is_managerial,
        aged.assignment_type = 'seconded_out' as is_seconded_out,
        coalesce(
            aged.long_leave_start <= aged.day and aged.long_leave_end >= aged.day,
            false
        ) as is_on_long_leave,
        aged.disability_flag,
        aged.annual_leave_days,
        several_posts.person_key is not null as has_several_posts,
        -- who has reached the age may lack the years, so that both must be known
        case
            when aged.age_months + aged.pension_days is not null
                then
                    aged.age_months >= 12 * pensions.age_years
                    and aged.pension_days >= 365.25 * pensions.service_years
            else null
        end as is_pensionable,
        case
            when aged.age_months + aged.pension_days is not null
                then
                    aged.age_months + 60 >= 12 * pensions.age_years
                    and aged.pension_days + 1826.25 >= 365.25 * pensions.service_years
            else null
        end as is_pensionable_in_5y,
        cast(aged.age_months as smallint) as age_months,
        cast(aged.tenure_days as integer) as tenure_days
    from aged
    left join several_posts
        on
            aged.period_start = several_posts.period_start
            and aged.person_key = several_posts.person_key
    left join pensions
        on
            aged.sex = pensions.sex
            and aged.day >= pensions.valid_from
            and aged.day <= coalesce(pensions.valid_to, date '9999-12-30')

)

select * from final

with spells as (

    select * from {{ ref('int_hrm__headcount_spells') }}

),

months as (

    select * from {{ ref('int_org__months') }}

),

holders as (

    select * from {{ ref('int_hrm__month_end_holders') }}

),

served as (

    select
        spells.scope,
        months.period_start,
        spells.org_unit_id,
        spells.sex,
        sum(
            {{ days_between(
                'greatest(spells.valid_from, months.period_start)',
                'least(spells.valid_to, months.period_end)'
            ) }} + 1
        ) as person_days
    from spells
    inner join months
        on
            spells.valid_from <= months.period_end
            and spells.valid_to >= months.period_start
    group by
        spells.scope,
        months.period_start,
        spells.org_unit_id,
        spells.sex

),

held as (

    select
        scope,
        period_start,
        org_unit_id,
        sex,
        count(*) as headcount_end,
        count(*) filter (where sex = 'female') as women_end,
        count(*) filter (where is_managerial) as managers_end,
        count(*) filter (where is_managerial and sex = 'female') as women_managers_end,
        count(age_months) as aged_end,
        sum(age_months) as age_months
    from holders
    group by
        scope,
        period_start,
        org_unit_id,
        sex

),

final as (

    select
        served.scope,
        served.period_start,
        served.org_unit_id,
        served.sex,
        served.person_days,
        coalesce(held.headcount_end, 0) as headcount_end,
        coalesce(held.women_end, 0) as women_end,
        coalesce(held.managers_end, 0) as managers_end,
        coalesce(held.women_managers_end, 0) as women_managers_end,
        coalesce(held.aged_end, 0) as aged_end,
        coalesce(held.age_months, 0) as age_months
    from served
    left join held
        on
            served.scope = held.scope
            and served.period_start = held.period_start
            and served.org_unit_id = held.org_unit_id
            and served.sex = held.sex

)

select * from final

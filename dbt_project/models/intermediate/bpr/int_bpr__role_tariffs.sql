-- the price of an hour of each role, from the payroll of a year where it holds enough persons of
-- the role and none of them dominates it, else from the list
with recursive price_years as (

    select min(cast(extract(year from valid_from) as integer)) as price_year
    from {{ ref('role_tariffs') }}

    union all

    select price_years.price_year + 1 as price_year
    from price_years
    cross join {{ source('build', 'run') }} as run
    where price_years.price_year < extract(year from run.as_of)

),

years as (

    select
        price_year,
        make_date(price_year, 1, 1) as first_day,
        make_date(price_year + 1, 1, 1) as next_day
    from price_years

),

paid as (

    select
        paid.person_key,
        paid.position_category,
        coalesce(versions.job_family, 'unknown') as job_family,
        cast(extract(year from paid.period_start) as integer) as pay_year,
        paid.full_time_pay
    from {{ ref('int_hrm__paid_months') }} as paid
    left join {{ ref('int_hrm__post_versions') }} as versions
        on
            paid.ministry_id = versions.ministry_id
            and paid.position_id = versions.position_id
            and paid.period_start >= versions.valid_from
            and paid.period_start <= versions.valid_to
    where paid.full_time_pay is not null

),

parameters as (

    select
        max(case when parameter = 'annual_work_hours' then value else null end) as year_hours,
        max(case when parameter = 'practical_capacity_share' then value else null end)
            as capacity_share,
        max(case when parameter = 'employer_contribution_share' then value else null end)
            as contribution_share,
        max(case when parameter = 'overhead_share' then value else null end) as overhead_share,
        max(case when parameter = 'tariff_persons_min' then value else null end) as persons_min,
        max(case when parameter = 'tariff_largest_share_max' then value else null end)
            as largest_share_max
    from {{ ref('parameters') }}

),

persons as (

    select
        role_posts.role,
        paid.pay_year,
        paid.person_key,
        count(*) as months,
        {{ exact_sum('paid.full_time_pay') }} as pay
    from paid
    inner join {{ ref('role_posts') }} as role_posts
        on
            paid.position_category = role_posts.position_category
            and (role_posts.job_family = 'all' or paid.job_family = role_posts.job_family)
    group by
        role_posts.role,
        paid.pay_year,
        paid.person_key

),

roles as (

    select
        role,
        pay_year,
        count(*) as persons,
        max(pay) / {{ exact_sum('pay') }} as largest_share,
        {{ exact_sum('pay') }} / sum(months) as month_pay
    from persons
    group by
        role,
        pay_year

),

-- two figures below a hundred persons and three above, like all pay that is published
priced as (

    select
        roles.role,
        roles.pay_year,
        cast(round(roles.persons / 5.0) * 5 as bigint) as persons,
        roles.month_pay * 12
        * (1 + parameters.contribution_share) * (1 + parameters.overhead_share)
        / (parameters.year_hours * parameters.capacity_share) as hour_uzs,
        case when roles.persons < 100 then 1 else 2 end as digits
    from roles
    cross join parameters
    where
        roles.persons >= parameters.persons_min
        and roles.largest_share <= parameters.largest_share_max

),

rounded as (

    select
        role,
        pay_year,
        persons,
        round(hour_uzs / power(10, floor(log10(hour_uzs)) - digits))
        * power(10, floor(log10(hour_uzs)) - digits) as hour_uzs
    from priced

),

-- pay of the year speaks, else that of the year before, else the list
final as (

    select
        listed.role,
        greatest(listed.valid_from, years.first_day) as valid_from,
        least(coalesce(listed.valid_to, years.next_day), years.next_day) as valid_to,
        coalesce(this_year.hour_uzs, year_before.hour_uzs, listed.hour_uzs) as hour_uzs,
        case
            when coalesce(this_year.hour_uzs, year_before.hour_uzs) is null then 'list'
            else 'pay'
        end as price_source,
        coalesce(this_year.persons, year_before.persons) as persons,
        run.as_of >= greatest(listed.valid_from, years.first_day)
        and run.as_of < least(coalesce(listed.valid_to, years.next_day), years.next_day)
            as is_current
    from {{ ref('role_tariffs') }} as listed
    cross join {{ source('build', 'run') }} as run
    inner join years
        on
            listed.valid_from < years.next_day
            and coalesce(listed.valid_to, years.next_day) > years.first_day
    left join rounded as this_year
        on
            listed.role = this_year.role
            and years.price_year = this_year.pay_year
    left join rounded as year_before
        on
            listed.role = year_before.role
            and years.price_year = year_before.pay_year + 1

)

select * from final

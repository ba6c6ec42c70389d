{#- staffing table, personnel file and payroll held against each other on the last day -#}
with months as (

    select *
    from {{ ref('int_org__months') }}
    where is_reported

),

versions as (

    select * from {{ ref('int_hrm__post_versions') }}

),

paid as (

    select * from {{ ref('int_hrm__paid_months') }}

),

coverage as (

    select *
    from {{ ref('int_hrm__coverage') }}
    where kind = 'pay'

),

spells as (

    select *
    from {{ ref('int_hrm__headcount_spells') }}
    where scope <> 'service'

),

staffed as (

    select distinct ministry_id from versions

),

persons as (

    select
        months.period_start,
        spells.ministry_id,
        spells.person_key,
        spells.org_unit_id,
        spells.position_id,
        versions.org_unit_id as post_unit_id,
        staffed.ministry_id is not null as is_staffed,
        coverage.ministry_id is not null as is_covered,
        paid.org_unit_id as paid_unit_id
    from spells
    inner join months
        on
            spells.valid_from <= months.period_end
            and spells.valid_to >= months.period_end
    left join staffed on spells.ministry_id = staffed.ministry_id
    left join versions
        on
            spells.ministry_id = versions.ministry_id
            and spells.position_id = versions.position_id
            and months.period_end >= versions.valid_from
            and months.period_end <= versions.valid_to
    left join coverage
        on
            spells.ministry_id = coverage.ministry_id
            and months.period_start = coverage.period_start
    left join paid
        on
            spells.ministry_id = paid.ministry_id
            and spells.person_key = paid.person_key
            and months.period_start = paid.period_start

),

-- how many hold a post, in its own unit and counted elsewhere
held as (

    select
        period_start,
        ministry_id,
        position_id,
        sum(case when org_unit_id = post_unit_id then 1 else 0 end) as persons_here,
        sum(case when org_unit_id <> post_unit_id then 1 else 0 end) as persons_elsewhere
    from persons
    where post_unit_id is not null
    group by
        period_start,
        ministry_id,
        position_id

),

posts as (

    select
        months.period_start,
        versions.org_unit_id,
        coalesce(held.persons_here, 0) as persons_here,
        coalesce(held.persons_elsewhere, 0) as persons_elsewhere
    from versions
    inner join months
        on
            versions.valid_from <= months.period_end
            and versions.valid_to >= months.period_end
    left join held
        on
            versions.ministry_id = held.ministry_id
            and versions.position_id = held.position_id
            and months.period_start = held.period_start

),

-- whoever was paid and is not counted on the last day: gone during the month, or never in the file
paid_others as (

    select
        paid.period_start,
        paid.ministry_id,
        paid.person_key,
        paid.org_unit_id,
        max(case when spells.person_key is not null then 1 else 0 end) as was_in_file
    from paid
    inner join months on paid.period_start = months.period_start
    left join persons
        on
            paid.ministry_id = persons.ministry_id
            and paid.person_key = persons.person_key
            and paid.period_start = persons.period_start
    left join spells
        on
            paid.ministry_id = spells.ministry_id
            and paid.person_key = spells.person_key
            and months.period_end >= spells.valid_from
            and months.period_start <= spells.valid_to
    where persons.person_key is null
    group by
        paid.period_start,
        paid.ministry_id,
        paid.person_key,
        paid.org_unit_id

),

lines as (

    select
        period_start,
        org_unit_id,
        'posts_approved' as line,
        count(*) as amount
    from posts
    group by
        period_start,
        org_unit_id

    union all

    select
        period_start,
        org_unit_id,
        case
            when persons_here > 0 then 'posts_filled'
            when persons_elsewhere > 0 then 'posts_held_from_elsewhere'
            else 'posts_vacant'
        end as line,
        count(*) as amount
    from posts
    group by
        period_start,
        org_unit_id,
        case
            when persons_here > 0 then 'posts_filled'
            when persons_elsewhere > 0 then 'posts_held_from_elsewhere'
            else 'posts_vacant'
        end

    union all

    select
        period_start,
        org_unit_id,
        'persons_sharing_post' as line,
        sum(persons_here - 1) as amount
    from posts
    where persons_here > 1
    group by
        period_start,
        org_unit_id

    union all

    select
        period_start,
        org_unit_id,
        'persons_of_staffing' as line,
        count(*) as amount
    from persons
    where is_staffed
    group by
        period_start,
        org_unit_id

    union all

    select
        period_start,
        org_unit_id,
        case
            when post_unit_id is null then 'persons_without_post'
            else 'persons_in_posts_elsewhere'
        end as line,
        count(*) as amount
    from persons
    where
        is_staffed
        and (post_unit_id is null or post_unit_id <> org_unit_id)
    group by
        period_start,
        org_unit_id,
        case
            when post_unit_id is null then 'persons_without_post'
            else 'persons_in_posts_elsewhere'
        end

    union all

    select
        period_start,
        org_unit_id,
        'persons_of_payroll' as line,
        count(*) as amount
    from persons
    where is_covered
    group by
        period_start,
        org_unit_id

    union all

    select
        period_start,
        org_unit_id,
        case
            when paid_unit_id is null then 'persons_not_paid'
            when paid_unit_id = org_unit_id then 'persons_paid'
            else 'persons_paid_elsewhere'
        end as line,
        count(*) as amount
    from persons
    where is_covered
    group by
        period_start,
        org_unit_id,
        case
            when paid_unit_id is null then 'persons_not_paid'
            when paid_unit_id = org_unit_id then 'persons_paid'
            else 'persons_paid_elsewhere'
        end

    union all

    select
        period_start,
        paid_unit_id as org_unit_id,
        'paid_for_elsewhere' as line,
        count(*) as amount
    from persons
    where
        is_covered
        and paid_unit_id <> org_unit_id
    group by
        period_start,
        paid_unit_id

    union all

    select
        period_start,
        org_unit_id,
        case when was_in_file = 1 then 'paid_and_gone' else 'paid_without_person' end as line,
        count(*) as amount
    from paid_others
    group by
        period_start,
        org_unit_id,
        case when was_in_file = 1 then 'paid_and_gone' else 'paid_without_person' end

    union all

    select
        paid.period_start,
        paid.org_unit_id,
        'payroll' as line,
        count(*) as amount
    from paid
    inner join months on paid.period_start = months.period_start
    group by
        paid.period_start,
        paid.org_unit_id

),

final as (

    select
        'all' as scope,
        period_start,
        org_unit_id,
        line,
        cast(sum(amount) as bigint) as amount
    from lines
    group by
        period_start,
        org_unit_id,
        line

)

select * from final

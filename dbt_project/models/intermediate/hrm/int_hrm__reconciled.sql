{#- staffing table, personnel file and payroll held against each other on the last day -#}
{#- what follows by subtraction: line -> what it is the rest of, and what is taken off -#}
{% set rests = {
    'posts_vacant': ('posts_approved', ['posts_filled', 'posts_held_from_elsewhere']),
    'persons_without_post': ('persons_of_staffing', ['persons_with_post']),
    'persons_not_paid': ('persons_of_payroll', ['persons_paid', 'persons_paid_elsewhere']),
} %}

with months as (

    select *
    from {{ ref('int_org__months') }}
    where is_reported

),

ends as (

    select
        min(period_end) as first_end,
        max(period_end) as last_end
    from months

),

versions as (

    select
        ministry_id,
        position_id,
        org_unit_id,
        valid_from,
        valid_to,
        row_number() over (order by ministry_id, position_id, valid_from) as version_no
    from {{ ref('int_hrm__post_versions') }}

),

paid as (

    select
        ministry_id,
        person_key,
        period_start,
        org_unit_id
    from {{ ref('int_hrm__paid_months') }}

),

coverage as (

    select *
    from {{ ref('int_hrm__coverage') }}
    where kind = 'pay'

),

spells as (

    select
        ministry_id,
        person_key,
        org_unit_id,
        position_id,
        valid_from,
        valid_to
    from {{ ref('int_hrm__headcount_spells') }}
    where scope <> 'service'

),

staffed as (

    select distinct ministry_id from versions

),

-- who is counted in a unit, in which post of which unit, from day to day
holders as (

    select
        versions.version_no,
        spells.org_unit_id,
        versions.org_unit_id as post_unit_id,
        greatest(spells.valid_from, versions.valid_from) as valid_from,
        least(spells.valid_to, versions.valid_to) as valid_to
    from spells
    inner join versions
        on
            spells.ministry_id = versions.ministry_id
            and spells.position_id = versions.position_id
            and spells.valid_from <= versions.valid_to
            and spells.valid_to >= versions.valid_from

),

-- most posts have one holder all along, and need not be looked at month by month
shared_versions as (

    select version_no
    from holders
    group by version_no
    having count(*) > 1

),

lone_holders as (

    select holders.*
    from holders
    left join shared_versions on holders.version_no = shared_versions.version_no
    where shared_versions.version_no is null

),

spans as (

    select
        'persons_of_staffing' as line,
        spells.org_unit_id,
        spells.valid_from,
        spells.valid_to
    from spells
    inner join staffed on spells.ministry_id = staffed.ministry_id

    union all

    select
        'persons_with_post' as line,
        org_unit_id,
        valid_from,
        valid_to
    from holders

    union all

    select
        'persons_in_posts_elsewhere' as line,
        org_unit_id,
        valid_from,
        valid_to
    from holders
    where post_unit_id <> org_unit_id

    union all

    select
        'posts_approved' as line,
        org_unit_id,
        valid_from,
        valid_to
    from versions

    union all

    select
        case
            when post_unit_id = org_unit_id then 'posts_filled'
            else 'posts_held_from_elsewhere'
        end as line,
        post_unit_id as org_unit_id,
        valid_from,
        valid_to
    from lone_holders

),

-- spans alike in the months told are counted before they meet the months
alike as (

    select
        spans.line,
        spans.org_unit_id,
        greatest(spans.valid_from, ends.first_end) as valid_from,
        least(spans.valid_to, ends.last_end) as valid_to,
        count(*) as amount
    from spans
    cross join ends
    group by
        spans.line,
        spans.org_unit_id,
        greatest(spans.valid_from, ends.first_end),
        least(spans.valid_to, ends.last_end)

),

shared_months as (

    select
        months.period_start,
        holders.version_no,
        holders.post_unit_id as org_unit_id,
        sum(case when holders.org_unit_id = holders.post_unit_id then 1 else 0 end) as persons_here
    from holders
    inner join shared_versions on holders.version_no = shared_versions.version_no
    inner join months
        on
            holders.valid_from <= months.period_end
            and holders.valid_to >= months.period_end
    group by
        months.period_start,
        holders.version_no,
        holders.post_unit_id

),

payroll_spells as (

    select
        spells.ministry_id,
        spells.org_unit_id,
        greatest(spells.valid_from, ends.first_end) as valid_from,
        least(spells.valid_to, ends.last_end) as valid_to,
        count(*) as amount
    from spells
    cross join ends
    where spells.ministry_id in (select coverage.ministry_id from coverage)
    group by
        spells.ministry_id,
        spells.org_unit_id,
        greatest(spells.valid_from, ends.first_end),
        least(spells.valid_to, ends.last_end)

),

-- each payment with the unit in which its receiver is counted on the last day
paid_persons as not materialized (

    select
        paid.*,
        months.period_end,
        spells.org_unit_id as person_unit_id,
        coverage.ministry_id is not null as is_covered
    from paid
    inner join months on paid.period_start = months.period_start
    left join coverage
        on
            paid.ministry_id = coverage.ministry_id
            and paid.period_start = coverage.period_start
    left join spells
        on
            paid.ministry_id = spells.ministry_id
            and paid.person_key = spells.person_key
            and months.period_end >= spells.valid_from
            and months.period_end <= spells.valid_to

),

paid_alike as (

    select
        period_start,
        org_unit_id,
        person_unit_id,
        is_covered,
        count(*) as persons
    from paid_persons
    group by
        period_start,
        org_unit_id,
        person_unit_id,
        is_covered

),

-- whoever was paid and is not counted on the last day: gone during the month, or never in the file
paid_others as (

    select
        others.period_start,
        others.ministry_id,
        others.person_key,
        others.org_unit_id,
        max(case when spells.person_key is not null then 1 else 0 end) as was_in_file
    from paid_persons as others
    left join spells
        on
            others.ministry_id = spells.ministry_id
            and others.person_key = spells.person_key
            and others.period_end >= spells.valid_from
            and others.period_start <= spells.valid_to
    where others.person_unit_id is null
    group by
        others.period_start,
        others.ministry_id,
        others.person_key,
        others.org_unit_id

),

lines as (

    select
        months.period_start,
        alike.org_unit_id,
        alike.line,
        alike.amount
    from alike
    inner join months
        on
            alike.valid_from <= months.period_end
            and alike.valid_to >= months.period_end

    union all

    select
        period_start,
        org_unit_id,
        case
            when persons_here > 0 then 'posts_filled'
            else 'posts_held_from_elsewhere'
        end as line,
        1 as amount
    from shared_months

    union all

    select
        period_start,
        org_unit_id,
        'persons_sharing_post' as line,
        persons_here - 1 as amount
    from shared_months
    where persons_here > 1

    union all

    select
        months.period_start,
        payroll_spells.org_unit_id,
        'persons_of_payroll' as line,
        payroll_spells.amount
    from payroll_spells
    inner join months
        on
            payroll_spells.valid_from <= months.period_end
            and payroll_spells.valid_to >= months.period_end
    inner join coverage
        on
            payroll_spells.ministry_id = coverage.ministry_id
            and months.period_start = coverage.period_start

    union all

    select
        period_start,
        person_unit_id as org_unit_id,
        case
            when org_unit_id = person_unit_id then 'persons_paid'
            else 'persons_paid_elsewhere'
        end as line,
        sum(persons) as amount
    from paid_alike
    where
        is_covered
        and person_unit_id is not null
    group by
        period_start,
        person_unit_id,
        case
            when org_unit_id = person_unit_id then 'persons_paid'
            else 'persons_paid_elsewhere'
        end

    union all

    select
        period_start,
        org_unit_id,
        'paid_for_elsewhere' as line,
        sum(persons) as amount
    from paid_alike
    where
        is_covered
        and org_unit_id <> person_unit_id
    group by
        period_start,
        org_unit_id

    union all

    select
        period_start,
        org_unit_id,
        case when was_in_file = 1 then 'paid_and_gone' else 'paid_without_person' end as line,
        1 as amount
    from paid_others

    union all

    select
        period_start,
        org_unit_id,
        'payroll' as line,
        sum(persons) as amount
    from paid_alike
    group by
        period_start,
        org_unit_id

),

counted as (

    select
        period_start,
        org_unit_id,
        line,
        sum(amount) as amount
    from lines
    group by
        period_start,
        org_unit_id,
        line

),

told as (

    select *
    from counted
    where line <> 'persons_with_post'
    {%- for line, (whole, taken_off) in rests.items() %}

        union all

        select
            period_start,
            org_unit_id,
            '{{ line }}' as line,
            sum(case when line = '{{ whole }}' then amount else -amount end) as amount
        from counted
        where
            line = '{{ whole }}'
            {% for part in taken_off -%}
                or line = '{{ part }}'
            {% endfor %}
        group by
            period_start,
            org_unit_id
    {%- endfor %}

),

final as (

    select
        'all' as scope,
        period_start,
        org_unit_id,
        line,
        cast(amount as bigint) as amount
    from told
    where amount <> 0

)

select * from final

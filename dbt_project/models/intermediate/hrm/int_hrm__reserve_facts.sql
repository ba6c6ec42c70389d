with members as (

    select * from {{ ref('stg_reserve__members') }}

),

appointments as (

    select *
    from {{ ref('int_hrm__appointments') }}
    where is_managerial

),

posts as (

    select *
    from {{ ref('stg_staffing__posts') }}
    where is_critical

),

coverage as (

    select *
    from {{ ref('int_hrm__coverage') }}
    where kind = 'reserve'

),

months as (

    select * from {{ ref('int_org__months') }}

),

placed_members as (

    select
        members.person_key,
        members.target_position,
        members.org_unit_id,
        members.is_ready,
        members.entered_date,
        members.left_date,
        coalesce(units.ministry_id, senders.ministry_id) as ministry_id
    from members
    {{ ministry_of('members') }}

),

-- on the last day of a month; a person who stands for several posts is one
standing as (

    select
        coverage.period_start,
        placed_members.ministry_id,
        placed_members.person_key,
        min(placed_members.org_unit_id) as org_unit_id
    from placed_members
    inner join coverage on placed_members.ministry_id = coverage.ministry_id
    inner join months
        on
            coverage.period_start = months.period_start
            and placed_members.entered_date <= months.period_end
            and placed_members.left_date >= months.period_end
    group by
        coverage.period_start,
        placed_members.ministry_id,
        placed_members.person_key

),

counted as (

    select
        *,
        count(*) over (partition by period_start, person_key) as n_ministries,
        row_number() over (
            partition by period_start, person_key
            order by ministry_id
        ) as choice
    from standing

),

-- who stands in two ministries is one person of the service
scoped as (

    select
        case when n_ministries = 1 then 'all' else 'ministry' end as scope,
        period_start,
        org_unit_id
    from counted

    union all

    select
        'service' as scope,
        period_start,
        org_unit_id
    from counted
    where
        n_ministries > 1
        and choice = 1

),

from_reserve as (

    select distinct
        appointments.person_key,
        appointments.day
    from appointments
    inner join placed_members
        on
            appointments.person_key = placed_members.person_key
            and appointments.day >= placed_members.entered_date
            and appointments.day <= placed_members.left_date

),

appointed as (

    select
        coverage.period_start,
        appointments.scope,
        appointments.org_unit_id,
        {{ fact_columns('appointments') }},
        from_reserve.person_key is not null as is_from_reserve
    from appointments
    inner join coverage
        on
            appointments.ministry_id = coverage.ministry_id
            and cast(date_trunc('month', appointments.day) as date) = coverage.period_start
    left join from_reserve
        on
            appointments.person_key = from_reserve.person_key
            and appointments.day = from_reserve.day

),

critical as (

    select distinct
        months.period_start,
        months.period_end,
        coalesce(units.ministry_id, senders.ministry_id) as ministry_id,
        posts.org_unit_id,
        posts.position_id,
        coalesce(posts.position_group, 'unknown') as position_group,
        coalesce(posts.position_category, 'unknown') as position_category
    from posts
    inner join months
        on
            posts.valid_from <= months.period_end
            and posts.valid_to >= months.period_end
    {{ ministry_of('posts') }}

),

successors as (

    select
        critical.period_start,
        critical.ministry_id,
        critical.position_id,
        count(distinct placed_members.person_key) as n_ready
    from critical
    inner join placed_members
        on
            critical.ministry_id = placed_members.ministry_id
            and critical.position_id = placed_members.target_position
            and critical.period_end >= placed_members.entered_date
            and critical.period_end <= placed_members.left_date
    where placed_members.is_ready
    group by
        critical.period_start,
        critical.ministry_id,
        critical.position_id

),

succession as (

    select
        'all' as scope,
        critical.period_start,
        critical.org_unit_id,
        critical.position_group,
        critical.position_category,
        coalesce(successors.n_ready, 0) as n_ready
    from critical
    inner join coverage
        on
            critical.ministry_id = coverage.ministry_id
            and critical.period_start = coverage.period_start
    left join successors
        on
            critical.ministry_id = successors.ministry_id
            and critical.position_id = successors.position_id
            and critical.period_start = successors.period_start

),

described_members as (

    select
        *,
        'unknown' as sex,
        'unknown' as age_band,
        'unknown' as tenure_band,
        'unknown' as position_group,
        'unknown' as position_category,
        'unknown' as contract_type,
        'unknown' as education_level
    from scoped

),

described_posts as (

    select
        *,
        'unknown' as sex,
        'unknown' as age_band,
        'unknown' as tenure_band,
        'unknown' as contract_type,
        'unknown' as education_level
    from succession

),

final as (

    {{ facts('described_members', {'reserve_members_end': 'count(*)'}) }}

    union all

    {{ facts('appointed', {
        'managerial_appointments': 'count(*)',
        'reserve_appointments': 'count(*) filter (where is_from_reserve)',
    }) }}

    union all

    {{ facts('described_posts', {
        'critical_posts_end': 'count(*)',
        'critical_posts_ready_end': 'count(*) filter (where n_ready >= 2)',
    }) }}

)

select * from final

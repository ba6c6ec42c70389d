with competitions as (

    select * from {{ ref('int_hrm__competitions') }}

),

versions as (

    select * from {{ ref('int_hrm__post_versions') }}

),

applications as (

    select
        chains.chain_id,
        count(*) as n_applications
    from {{ ref('stg_applications__applications') }} as applied
    inner join {{ ref('int_hrm__competitions') }} as chains
        on applied.vacancy_id = chains.vacancy_id
    group by chains.chain_id

),

-- who sends competitions without applications does not say that nobody applied
told as (

    select distinct competitions.ministry_id
    from competitions
    inner join applications on competitions.chain_id = applications.chain_id

),

coverage as (

    select *
    from {{ ref('int_hrm__coverage') }}
    where kind = 'competitions'

),

appointments as (

    select *
    from {{ ref('int_hrm__appointments') }}
    where position_group in ('managerial', 'auxiliary')

),

spells as (

    select * from {{ ref('int_hrm__spells') }}

),

movements as (

    select * from {{ ref('int_hrm__movements') }}

),

ended as (

    select
        'all' as scope,
        coverage.period_start,
        competitions.org_unit_id,
        'unknown' as sex,
        'unknown' as age_band,
        'unknown' as tenure_band,
        coalesce(versions.position_group, 'unknown') as position_group,
        coalesce(versions.position_category, 'unknown') as position_category,
        'unknown' as contract_type,
        'unknown' as education_level,
        competitions.filled_date is not null as is_filled,
        told.ministry_id is not null as is_told,
        applications.n_applications
    from competitions
    inner join coverage
        on
            competitions.ministry_id = coverage.ministry_id
            and cast(date_trunc('month', competitions.closed_date) as date) = coverage.period_start
    left join versions
        on
            competitions.ministry_id = versions.ministry_id
            and competitions.position_id = versions.position_id
            and competitions.closed_date >= versions.valid_from
            and competitions.closed_date <= versions.valid_to
    left join applications on competitions.chain_id = applications.chain_id
    left join told on competitions.ministry_id = told.ministry_id
    where
        competitions.is_last
        and competitions.is_competition

),

scopes as (

    select 'ministry' as scope

    union all

    select 'service' as scope

),

-- who was in the ministry, or for the service in the service, on the day before
filled as (

    select
        scopes.scope,
        coverage.period_start,
        competitions.org_unit_id,
        'unknown' as sex,
        'unknown' as age_band,
        'unknown' as tenure_band,
        coalesce(versions.position_group, 'unknown') as position_group,
        coalesce(versions.position_category, 'unknown') as position_category,
        'unknown' as contract_type,
        'unknown' as education_level,
        max(
            case
                when scopes.scope = 'service' and spells.person_key is not null then 1
                when spells.ministry_id = competitions.ministry_id then 1
                else 0
            end
        ) = 1 as is_internal
    from competitions
    cross join scopes
    inner join coverage
        on
            competitions.ministry_id = coverage.ministry_id
            and cast(date_trunc('month', competitions.filled_date) as date) = coverage.period_start
    left join versions
        on
            competitions.ministry_id = versions.ministry_id
            and competitions.position_id = versions.position_id
            and competitions.filled_date >= versions.valid_from
            and competitions.filled_date <= versions.valid_to
    left join spells
        on
            competitions.selected_person_key = spells.person_key
            and competitions.filled_date > spells.valid_from
            and competitions.filled_date <= {{ add_days('spells.valid_to', 1) }}
    where
        competitions.filled_date is not null
        and competitions.selected_person_key is not null
    group by
        scopes.scope,
        competitions.vacancy_id,
        coverage.period_start,
        competitions.org_unit_id,
        coalesce(versions.position_group, 'unknown'),
        coalesce(versions.position_category, 'unknown')

),

by_competition as (

    select distinct
        appointments.person_key,
        appointments.day
    from appointments
    inner join competitions
        on
            competitions.is_competition
            and (
                appointments.vacancy_id = competitions.vacancy_id
                or (
                    appointments.person_key = competitions.selected_person_key
                    and abs(
                        {{ days_between('appointments.day', 'competitions.filled_date') }}
                    ) <= 31
                )
            )

),

appointed as (

    select
        coverage.period_start,
        appointments.scope,
        appointments.org_unit_id,
        {{ fact_columns('appointments') }},
        by_competition.person_key is not null as is_competitive
    from appointments
    inner join coverage
        on
            appointments.ministry_id = coverage.ministry_id
            and cast(date_trunc('month', appointments.day) as date) = coverage.period_start
    left join by_competition
        on
            appointments.person_key = by_competition.person_key
            and appointments.day = by_competition.day

),

hired as (

    select *
    from movements
    where movement_class in ('new_hire', 'rehire')

),

-- still in service 365 days after the start
kept as (

    select distinct
        hired.person_key,
        hired.movement_date
    from hired
    inner join spells
        on
            hired.person_key = spells.person_key
            and {{ add_days('hired.movement_date', 365) }} >= spells.valid_from
            and {{ add_days('hired.movement_date', 365) }} <= spells.valid_to

),

followed as (

    select
        hired.*,
        kept.person_key is not null as is_kept
    from hired
    left join kept
        on
            hired.person_key = kept.person_key
            and hired.movement_date = kept.movement_date

),

-- within the service a transfer brings nobody
entered as (

    select
        movements.*,
        'ministry' as counted_scope
    from movements
    where
        movements.direction = 'in'
        and not movements.is_mass

    union all

    select
        movements.*,
        'service' as counted_scope
    from movements
    where
        movements.direction = 'in'
        and movements.movement_class in ('new_hire', 'rehire')

),

entries as (

    select
        entered.counted_scope as scope,
        entered.period_start,
        entered.org_unit_id,
        {{ fact_columns('entered') }}
    from entered

),

final as (

    {{ facts('ended', {
        'competitions_closed': 'count(*)',
        'competitions_failed': 'count(*) filter (where not is_filled)',
        'competitions_closed_told': 'count(*) filter (where is_told)',
        'competition_applications': 'sum(n_applications)',
    }) }}

    union all

    {{ facts('filled', {
        'vacancies_filled': 'count(*)',
        'vacancies_filled_inside': 'count(*) filter (where is_internal)',
    }) }}

    union all

    {{ facts('appointed', {
        'appointments': 'count(*)',
        'competitive_appointments': 'count(*) filter (where is_competitive)',
    }) }}

    union all

    {{ facts('followed', {'hires_kept_1y': 'count(*) filter (where is_kept)'}) }}

    union all

    {{ facts('entries', {'persons_entered': 'count(*)'}) }}

)

select * from final

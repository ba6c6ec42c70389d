with assignments as (

    select * from {{ ref('stg_personnel__assignments') }}

),

run as (

    select * from {{ source('build', 'run') }}

),

rules as (

    select * from {{ ref('first_contract_rules') }}

),

spells as (

    select *
    from {{ ref('int_hrm__spells') }}
    where scope <> 'service'

),

versions as (

    select * from {{ ref('int_hrm__post_versions') }}

),

held as (

    select
        assignments.*,
        coalesce(units.ministry_id, senders.ministry_id) as ministry_id
    from assignments
    {{ ministry_of('assignments') }}

),

-- the first contract of a hire since the rule is in force
first_contracts as (

    select
        held.person_key,
        held.ministry_id,
        min(held.org_unit_id) as given_unit_id,
        min(held.start_date) as started_on,
        coalesce(
            max(held.contract_end_date),
            min({{ add_days('held.start_date', 'rules.contract_days - 1') }})
        ) as due_on
    from held
    inner join rules
        on
            held.contract_type = rules.contract_type
            and held.start_date >= rules.valid_from
            and held.start_date <= coalesce(rules.valid_to, date '9999-12-30')
    group by
        held.person_key,
        held.ministry_id

),

-- by order, or by a row of the extract without limit
conversions as (

    select
        person_key,
        movement_date as converted_on
    from {{ ref('stg_orders__movements') }}
    where movement_class = 'contract_conversion'

    union all

    select
        person_key,
        start_date as converted_on
    from held
    where contract_type = 'indefinite'

),

converted as (

    select
        first_contracts.person_key,
        first_contracts.ministry_id,
        min(conversions.converted_on) as converted_on
    from first_contracts
    cross join run
    inner join conversions
        on
            first_contracts.person_key = conversions.person_key
            and first_contracts.started_on < conversions.converted_on
            and conversions.converted_on <= {{ add_days('first_contracts.due_on', 31) }}
            and run.as_of >= conversions.converted_on
    group by
        first_contracts.person_key,
        first_contracts.ministry_id

),

left_service as (

    select
        person_key,
        ministry_id,
        max(valid_to) as left_on
    from spells
    group by
        person_key,
        ministry_id

),

ended as (

    select
        first_contracts.*,
        converted.converted_on is not null as is_converted,
        least(
            first_contracts.due_on,
            coalesce({{ add_days('converted.converted_on', -1) }}, first_contracts.due_on),
            coalesce(left_service.left_on, first_contracts.due_on)
        ) as day
    from first_contracts
    left join converted
        on
            first_contracts.person_key = converted.person_key
            and first_contracts.ministry_id = converted.ministry_id
    left join left_service
        on
            first_contracts.person_key = left_service.person_key
            and first_contracts.ministry_id = left_service.ministry_id

),

ended_by_now as (

    select
        ended.*,
        cast(date_trunc('month', ended.day) as date) as period_start
    from ended
    cross join run
    where ended.day <= run.as_of

),

contracts as (

    {{ as_on_day('ended_by_now', ['period_start', 'is_converted']) }}

),

holds as (

    select
        person_key,
        ministry_id,
        post_since,
        max(position_id) as position_id,
        max(org_unit_id) as given_unit_id,
        max(valid_to) as last_day
    from spells
    group by
        person_key,
        ministry_id,
        post_since

),

-- due: who still held the post a month before, and is in the service on the day
due as (

    select
        holds.person_key,
        holds.ministry_id,
        holds.given_unit_id,
        {{ add_days(add_months('holds.post_since', 'versions.rotation_term_months'), -31) }} as day,
        cast(
            date_trunc(
                'month', {{ add_months('holds.post_since', 'versions.rotation_term_months') }}
            )
            as date
        ) as period_start,
        max(
            case
                when
                    holds.last_day
                    <= {{ add_months('holds.post_since', 'versions.rotation_term_months') }}
                    then 1
                else 0
            end
        ) = 1 as is_on_time
    from holds
    cross join run
    inner join versions
        on
            holds.ministry_id = versions.ministry_id
            and holds.position_id = versions.position_id
            and holds.post_since >= versions.valid_from
            and holds.post_since <= versions.valid_to
            and {{ add_months('holds.post_since', 'versions.rotation_term_months') }} <= run.as_of
            and holds.last_day >= {{ add_days(
                add_months('holds.post_since', 'versions.rotation_term_months'), -31
            ) }}
    inner join spells
        on
            holds.person_key = spells.person_key
            and {{ add_months('holds.post_since', 'versions.rotation_term_months') }}
            >= spells.valid_from
            and {{ add_months('holds.post_since', 'versions.rotation_term_months') }}
            <= spells.valid_to
    where versions.rotation_term_months > 0
    group by
        holds.person_key,
        holds.ministry_id,
        holds.given_unit_id,
        {{ add_days(add_months('holds.post_since', 'versions.rotation_term_months'), -31) }},
        {{ add_months('holds.post_since', 'versions.rotation_term_months') }}

),

rotations as (

    {{ as_on_day('due', ['period_start', 'is_on_time']) }}

),

rated as (

    select
        appraisals.person_key,
        coalesce(appraisals.is_top, false) as is_top,
        appraisals.completed_date as valid_from,
        lead(appraisals.completed_date) over (
            partition by appraisals.person_key
            order by appraisals.completed_date, appraisals.cycle
        ) as next_from
    from {{ ref('stg_appraisals__appraisals') }} as appraisals
    cross join run
    where
        appraisals.rating_code is not null
        and appraisals.completed_date <= run.as_of

),

-- who was rated top the last time
top_rated as (

    select
        person_key,
        valid_from,
        coalesce({{ add_days('next_from', -1) }}, date '9999-12-30') as valid_to
    from rated
    where
        is_top
        and valid_from < coalesce(next_from, date '9999-12-30')

),

top_days as (

    select
        persons.scope,
        persons.period_start,
        persons.org_unit_id,
        {{ fact_columns('persons') }},
        {{ days_between(
            'greatest(' ~ add_days('persons.day', '1 - persons.days') ~ ', top_rated.valid_from)',
            'least(persons.day, top_rated.valid_to)'
        ) }} + 1 as top_days
    from {{ ref('int_hrm__person_months') }} as persons
    inner join top_rated
        on
            persons.person_key = top_rated.person_key
            and persons.day >= top_rated.valid_from
            and {{ add_days('persons.day', '1 - persons.days') }} <= top_rated.valid_to

),

top_exits as (

    select movements.*
    from {{ ref('int_hrm__movements') }} as movements
    inner join top_rated
        on
            movements.person_key = top_rated.person_key
            and movements.movement_date >= top_rated.valid_from
            and movements.movement_date <= top_rated.valid_to
    where movements.is_service_exit

),

final as (

    {{ facts('contracts', {
        'first_contracts_ended': 'count(*)',
        'first_contracts_converted': 'count(*) filter (where is_converted)',
    }) }}

    union all

    {{ facts('rotations', {
        'rotations_due': 'count(*)',
        'rotations_on_time': 'count(*) filter (where is_on_time)',
    }) }}

    union all

    {{ facts('top_days', {'person_days_top': 'sum(top_days)'}) }}

    union all

    {{ facts('top_exits', {'top_rated_exits': 'count(*)'}) }}

)

select * from final

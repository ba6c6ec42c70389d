with waves as (

    select * from {{ ref('int_survey__waves') }}

),

cells as (

    select * from {{ ref('int_survey__cells') }}

),

invitations as (

    select * from {{ ref('stg_survey__invitations') }}

),

months as (

    select max(period_start) as last_month from {{ ref('int_org__months') }}

),

persons as (

    select * from {{ ref('int_hrm__person_months') }}
    where
        is_end
        and scope <> 'service'

),

-- the list is that of the last day before the month of field work, where nobody sent another
frozen as (

    select
        waves.instrument_id,
        waves.wave_id,
        {{ add_months('cast(date_trunc(\'month\', waves.period_start) as date)', -1) }}
            as frozen_month,
        least(waves.frame_month, months.last_month) as end_month
    from waves
    cross join months
    left join invitations
        on
            waves.instrument_id = invitations.instrument_id
            and waves.wave_id = invitations.wave_id
    where invitations.wave_id is null

),

-- all staff are asked for an index; a questionnaire without one asks those who know a process
asked_of_all as (

    select distinct instrument_id from {{ ref('stg_survey__index_items') }}

),

taking_part as (

    select distinct
        cells.instrument_id,
        cells.wave_id,
        cells.ministry
    from cells
    inner join asked_of_all on cells.instrument_id = asked_of_all.instrument_id
    where cells.ministry is not null

),

-- who left by the end of field work was not eligible; who joined was not invited
final as (

    select
        frozen.instrument_id,
        frozen.wave_id,
        last_day(frozen.frozen_month) as frozen_on,
        persons.org_unit_id,
        persons.sex,
        persons.position_group,
        count(*) as invited,
        sum(case when stayed.person_key is null then 1 else 0 end) as ineligible
    from frozen
    inner join taking_part
        on
            frozen.instrument_id = taking_part.instrument_id
            and frozen.wave_id = taking_part.wave_id
    inner join persons
        on
            frozen.frozen_month = persons.period_start
            and taking_part.ministry = persons.ministry_id
    left join persons as stayed
        on
            frozen.end_month = stayed.period_start
            and persons.person_key = stayed.person_key
            and persons.ministry_id = stayed.ministry_id
            and persons.scope = stayed.scope
    group by
        frozen.instrument_id,
        frozen.wave_id,
        frozen.frozen_month,
        persons.org_unit_id,
        persons.sex,
        persons.position_group

)

select * from final

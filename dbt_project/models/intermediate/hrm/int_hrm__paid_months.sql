with months as (

    select
        *,
        {{ month_bit('period_start') }} as month_bit
    from {{ ref('int_org__months') }}

),

versions as (

    select * from {{ ref('int_hrm__post_versions') }}

),

persons as (

    select
        person_key,
        max(sex) as sex
    from {{ ref('int_hrm__assignments') }}
    group by person_key

),

-- few are paid for a month more than once, or later; months are bits
several as (

    select pay.person_key
    from {{ ref('stg_pay__months') }} as pay
    inner join months on pay.month = months.period_start
    where pay.pay_kind in ('regular', 'back_pay')
    group by pay.person_key
    having
        count(*) > bit_count(bit_or(months.month_bit))
        or max(case when pay.pay_kind = 'regular' then 0 else 1 end) = 1

),

-- what is paid after the day of the build is not known yet; one-off payments belong to no month
known as not materialized (

    select
        coalesce(units.ministry_id, senders.ministry_id) as ministry_id,
        months.period_start,
        months.period_end,
        several.person_key is null as is_once,
        pay.*
    from {{ ref('stg_pay__months') }} as pay
    inner join months on pay.month = months.period_start
    cross join {{ source('build', 'run') }} as run
    left join several on pay.person_key = several.person_key
    {{ ministry_of('pay') }}
    where
        pay.pay_kind in ('regular', 'back_pay')
        and pay.paid_month <= run.as_of

),

summed as (

    select
        ministry_id,
        period_start,
        period_end,
        person_key,
        org_unit_id,
        position_id,
        fte,
        paid_days,
        gross_pay,
        variable_pay
    from known
    where is_once

    union all

    select
        ministry_id,
        period_start,
        period_end,
        person_key,
        coalesce(
            max(case when pay_kind = 'regular' then org_unit_id else null end), max(org_unit_id)
        ) as org_unit_id,
        coalesce(
            max(case when pay_kind = 'regular' then position_id else null end), max(position_id)
        ) as position_id,
        sum(case when pay_kind = 'regular' then fte else 0 end) as fte,
        min(case when pay_kind = 'regular' then paid_days else null end) as paid_days,
        sum(gross_pay) as gross_pay,
        sum(variable_pay) as variable_pay
    from known
    where not is_once
    group by
        ministry_id,
        period_start,
        period_end,
        person_key

),

-- scaled to one full rate; a month of few paid days is not comparable
final as (

    select
        'all' as scope,
        summed.period_start,
        summed.ministry_id,
        coalesce(summed.org_unit_id, versions.org_unit_id, summed.ministry_id) as org_unit_id,
        summed.person_key,
        summed.position_id,
        coalesce(persons.sex, 'unknown') as sex,
        coalesce(versions.position_group, 'unknown') as position_group,
        coalesce(versions.position_category, 'unknown') as position_category,
        {{ days_between('summed.period_start', 'summed.period_end') }} + 1 as days,
        summed.fte,
        summed.gross_pay,
        summed.variable_pay,
        case
            when summed.fte > 0 and coalesce(summed.paid_days, 31) >= 15 and summed.gross_pay > 0
                then cast(summed.gross_pay / summed.fte as double)
            else null
        end as full_time_pay
    from summed
    left join persons on summed.person_key = persons.person_key
    left join versions
        on
            summed.ministry_id = versions.ministry_id
            and summed.position_id = versions.position_id
            and summed.period_end >= versions.valid_from
            and summed.period_end <= versions.valid_to

)

select * from final

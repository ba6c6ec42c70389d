{#- persons awarded a rank, and persons whose time in rank is over, in each month in which it is -#}
with assignments as (

    select *
    from {{ ref('stg_personnel__assignments') }}
    where qualification_rank_date is not null

),

ranks as (

    select *
    from {{ ref('qualification_rank') }}
    where months_to_next is not null

),

awards as (

    select *
    from {{ ref('int_hrm__movements') }}
    where movement_class = 'rank_award'

),

-- who sends no ranks has nobody of whom it is known that the time is over
told as (

    select distinct coalesce(units.ministry_id, senders.ministry_id) as ministry_id
    from assignments
    {{ ministry_of('assignments') }}

),

ripe as (

    select
        assignments.person_key,
        max({{ add_months('assignments.qualification_rank_date', 'ranks.months_to_next') }})
            as ripe_on
    from assignments
    inner join ranks on assignments.qualification_rank = ranks.code
    group by assignments.person_key

),

awarded as (

    select awards.*
    from awards
    inner join told on awards.ministry_id = told.ministry_id

),

-- an award ends the wait
waiting as (

    select
        ripe.person_key,
        ripe.ripe_on,
        min(awarded.movement_date) as awarded_on
    from ripe
    left join awarded
        on
            ripe.person_key = awarded.person_key
            and ripe.ripe_on <= awarded.movement_date
    group by
        ripe.person_key,
        ripe.ripe_on

),

eligible as (

    select persons.*
    from {{ ref('int_hrm__person_months') }} as persons
    inner join waiting
        on
            persons.person_key = waiting.person_key
            and persons.day >= waiting.ripe_on
            and persons.period_start <= coalesce(waiting.awarded_on, date '9999-12-30')
    where persons.is_end

),

final as (

    {% for measure, relation in [
        ('persons_awarded_rank', 'awarded'),
        ('persons_due_rank', 'awarded'),
        ('persons_due_rank', 'eligible'),
    ] -%}
        select
            '{{ measure }}' as measure_id,
            scope,
            person_key,
            period_start,
            org_unit_id,
            sex,
            age_band,
            tenure_band,
            position_group,
            position_category,
            contract_type,
            education_level
        from {{ relation }}
        {%- if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}

)

select * from final

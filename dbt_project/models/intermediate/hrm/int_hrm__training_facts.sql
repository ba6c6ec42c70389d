with courses as (

    select * from {{ ref('int_hrm__courses') }}

),

coverage as (

    select *
    from {{ ref('int_hrm__coverage') }}
    where kind = 'trainings'

),

pay_coverage as (

    select *
    from {{ ref('int_hrm__coverage') }}
    where kind = 'pay'

),

persons as (

    select *
    from {{ ref('int_hrm__person_months') }}
    where
        is_end
        and tenure_days >= 1096

),

months as (

    select
        *,
        {{ month_bit('period_start') }} as month_bit
    from {{ ref('int_org__months') }}

),

rules as (

    select * from {{ ref('training_rules') }}

),

movements as (

    select *
    from {{ ref('int_hrm__movements') }}
    where movement_class = 'new_hire'

),

held as (

    select
        courses.*,
        coverage.period_start,
        pay_coverage.period_start is not null as is_pay_known
    from courses
    inner join coverage
        on
            courses.ministry_id = coverage.ministry_id
            and cast(date_trunc('month', courses.day) as date) = coverage.period_start
    left join pay_coverage
        on
            coverage.ministry_id = pay_coverage.ministry_id
            and coverage.period_start = pay_coverage.period_start

),

-- months in which a course of development counts for a person, a bit each
developed as (

    select
        courses.person_key,
        bit_or(months.month_bit) as month_bits
    from courses
    inner join months
        on
            courses.day <= months.period_end
            and courses.day > {{ add_months('months.period_end', -36) }}
    where courses.is_development
    group by courses.person_key

),

-- three years are judged only where three years of courses are known
judged as (

    select
        persons.*,
        coalesce({{ bits_meet('developed.month_bits', 'months.month_bit') }}, false) as is_developed
    from persons
    inner join months on persons.period_start = months.period_start
    inner join coverage
        on
            persons.ministry_id = coverage.ministry_id
            and persons.period_start = coverage.period_start
            and coverage.first_month <= {{ add_months('coverage.period_start', -35) }}
    left join developed on persons.person_key = developed.person_key

),

inducted as (

    select distinct
        movements.person_key,
        movements.movement_date
    from movements
    inner join courses on movements.person_key = courses.person_key
    inner join rules
        on
            rules.training_class = 'induction'
            and movements.movement_date >= rules.valid_from
    where
        courses.is_induction
        and courses.day >= movements.movement_date
        and {{ days_between('movements.movement_date', 'courses.day') }} <= rules.within_days

),

entrants as (

    select
        movements.*,
        inducted.person_key is not null as is_inducted
    from movements
    inner join coverage
        on
            movements.ministry_id = coverage.ministry_id
            and movements.period_start = coverage.period_start
    left join inducted
        on
            movements.person_key = inducted.person_key
            and movements.movement_date = inducted.movement_date

),

final as (

    {{ facts('held', {
        'training_hours': 'sum(clock_hours)',
        'training_cost': 'sum(cost) filter (where is_pay_known)',
    }) }}

    union all

    {{ facts('judged', {
        'long_serving_end': 'count(*)',
        'long_serving_trained_end': 'count(*) filter (where is_developed)',
    }) }}

    union all

    {{ facts('entrants', {
        'entrants_trainings': 'count(*)',
        'entrants_inducted': 'count(*) filter (where is_inducted)',
    }) }}

)

select * from final

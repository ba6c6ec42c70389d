{#- each month is a bit, so that the months of a person are told by one value -#}
{% set dimensions = fact_dimensions() %}

with events as (

    select * from {{ ref('int_hrm__person_events') }}

),

scopes as (

    select * from {{ ref('int_org__scopes') }}

),

months as (

    select
        period_start,
        {{ month_bit('period_start') }} as month_bit
    from {{ ref('int_org__months') }}

),

periods as (

    select
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        periods.days_in_period,
        bit_or(months.month_bit) as month_bits
    from {{ ref('int_org__periods') }} as periods
    inner join months on periods.month_start = months.period_start
    group by
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        periods.days_in_period

),

wanted as (

    select *
    from {{ ref('int_hrm__wanted') }}
    where
        dimension_1 in (
            {% for dimension in ['all'] + dimensions -%}
                '{{ dimension }}'{{ ',' if not loop.last }}
            {% endfor %}
        )
        and (
            dimension_2 = 'all'
            or (dimension_1 = 'sex' and dimension_2 = 'position_category')
        )

),

persons as (

    select
        person_key,
        row_number() over (order by person_key) as person_no
    from events
    group by person_key

),

-- persons alike in all that figures are broken down by
kinds as (

    select
        measure_id,
        {{ dimensions | join(', ') }},
        row_number() over () as kind_no
    from events
    group by
        measure_id,
        {{ dimensions | join(', ') }}

),

named as (

    select
        kinds.kind_no,
        kinds.measure_id,
        wanted.dimension_1,
        case wanted.dimension_1
            {% for dimension in dimensions -%}
                when '{{ dimension }}' then kinds.{{ dimension }}
            {% endfor -%}
            else 'all'
        end as category_1,
        wanted.dimension_2,
        case wanted.dimension_2
            when 'position_category' then kinds.position_category
            else 'all'
        end as category_2
    from kinds
    inner join wanted on kinds.measure_id = wanted.measure_id

),

categories as (

    select
        *,
        dense_rank() over (
            order by measure_id, dimension_1, category_1, dimension_2, category_2
        ) as category_no
    from named

),

numbered as (

    select
        events.scope,
        events.org_unit_id,
        events.period_start,
        persons.person_no,
        kinds.kind_no,
        months.month_bit
    from events
    inner join months on events.period_start = months.period_start
    inner join persons on events.person_key = persons.person_key
    inner join kinds
        on
            events.measure_id = kinds.measure_id
            {% for dimension in dimensions -%}
                and events.{{ dimension }} is not distinct from kinds.{{ dimension }}
            {% endfor %}

),

placed as (

    {{ placed_once('numbered') }}

),

-- months in which something happened to a person, at each place and in each category
met as (

    select
        placed.scope_id,
        categories.category_no,
        placed.person_no,
        bit_or(placed.month_bit) as month_bits
    from placed
    inner join categories on placed.kind_no = categories.kind_no
    group by
        placed.scope_id,
        categories.category_no,
        placed.person_no

),

alike as (

    select
        scope_id,
        category_no,
        month_bits,
        count(*) as persons
    from met
    group by
        scope_id,
        category_no,
        month_bits

),

counted as (

    select
        alike.scope_id,
        alike.category_no,
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        periods.days_in_period,
        sum(alike.persons) as persons
    from alike
    inner join periods on {{ bits_meet('alike.month_bits', 'periods.month_bits') }}
    group by
        alike.scope_id,
        alike.category_no,
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        periods.days_in_period

),

names as (

    select distinct
        category_no,
        measure_id,
        dimension_1,
        category_1,
        dimension_2,
        category_2
    from categories

),

final as (

    select
        names.measure_id,
        scopes.org_view,
        scopes.org_unit_id,
        counted.period_kind,
        counted.period_start,
        counted.period_end,
        counted.days_in_period,
        names.dimension_1,
        names.category_1,
        names.dimension_2,
        names.category_2,
        cast(counted.persons as decimal(38, 12)) as amount
    from counted
    inner join scopes on counted.scope_id = scopes.scope_id
    inner join names on counted.category_no = names.category_no

)

select * from final

{% set dimensions = [
    'sex', 'age_band', 'tenure_band', 'position_group', 'position_category', 'contract_type',
    'education_level',
] %}

with events as (

    select * from {{ ref('int_hrm__person_events') }}

),

periods as (

    select * from {{ ref('int_org__periods') }}

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

placed as (

    {{ placed('events') }}

),

-- months in which something happened to a person, once for each category that the person was in
happened as (

    select distinct
        placed.measure_id,
        placed.org_view,
        placed.ancestor_id as org_unit_id,
        wanted.dimension_1,
        case wanted.dimension_1
            {% for dimension in dimensions -%}
                when '{{ dimension }}' then placed.{{ dimension }}
            {% endfor -%}
            else 'all'
        end as category_1,
        wanted.dimension_2,
        case wanted.dimension_2
            when 'position_category' then placed.position_category
            else 'all'
        end as category_2,
        placed.person_key,
        placed.period_start
    from placed
    inner join wanted on placed.measure_id = wanted.measure_id

),

followed as (

    select
        * exclude (person_key),
        lead(period_start) over (
            partition by
                measure_id,
                org_view,
                org_unit_id,
                dimension_1,
                category_1,
                dimension_2,
                category_2,
                person_key
            order by period_start
        ) as next_start
    from happened

),

summed as (

    select
        *,
        count(*) as persons
    from followed
    group by all

),

-- whoever is met in several months of a period is counted in the last of them
final as (

    select
        summed.measure_id,
        summed.org_view,
        summed.org_unit_id,
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        periods.days_in_period,
        summed.dimension_1,
        summed.category_1,
        summed.dimension_2,
        summed.category_2,
        cast(sum(summed.persons) as decimal(38, 12)) as amount
    from summed
    inner join periods on summed.period_start = periods.month_start
    where
        summed.next_start is null
        or summed.next_start > periods.period_end
    group by
        summed.measure_id,
        summed.org_view,
        summed.org_unit_id,
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        periods.days_in_period,
        summed.dimension_1,
        summed.category_1,
        summed.dimension_2,
        summed.category_2

)

select * from final

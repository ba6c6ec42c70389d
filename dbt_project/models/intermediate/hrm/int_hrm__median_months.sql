{#- told by post and category in some months; below ministries in fewer -#}
{% set medians = [
    'age_median', 'tenure_median', 'time_in_post_median', 'time_in_grade_median',
] %}

with months as (

    select * from {{ ref('int_org__months') }}

),

told as (

    select
        periods.month_start as period_start,
        max(case when asked.is_below_ministries then 1 else 0 end) = 1 as is_below_ministries
    from {{ ref('int_hrm__asked_measures') }} as asked
    inner join {{ ref('int_org__periods') }} as periods
        on asked.period_kind = periods.period_kind
    where
        periods.is_last
        and asked.measure_id in (
            {% for name in medians -%}
                '{{ name }}'{{ ',' if not loop.last }}
            {% endfor %}
        )
        and asked.dimension_1 in ('position_group', 'position_category')
    group by periods.month_start

),

final as (

    select
        months.period_start,
        cast({{ month_number('months.period_end') }} as integer) as month_no,
        cast({{ day_number('months.period_end') }} as integer) as day_no,
        told.is_below_ministries
    from months
    left join told on months.period_start = told.period_start

)

select * from final

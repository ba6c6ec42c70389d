{% set questions = [
    ('lead_time_p10', 'c02_lead_p10'), ('lead_time_p50', 'c01_lead_p50'),
    ('lead_time_p90', 'c03_lead_p90'),
] %}

with answers as (

    select * from {{ ref('int_bpr__process_answers') }}

),

placed as (

    {{ service_and_ministries('answers') }}

),

estimates as (

    {% for metric, question in questions -%}
        select
            '{{ metric }}' as indicator_id,
            process_id,
            org_unit_id,
            period_start,
            period_end,
            response_key,
            {{ question }} as estimate
        from placed
        where {{ question }} is not null
        {%- if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}

),

ranked as (

    select
        *,
        row_number() over in_group as place,
        count(*) over (
            partition by indicator_id, process_id, org_unit_id, period_start, period_end
        ) as n
    from estimates
    window
        in_group as (
            partition by indicator_id, process_id, org_unit_id, period_start, period_end
            order by estimate, response_key
        )

),

-- the interval of a median lies between two answers: at least 95 of 100 from six respondents on
final as (

    select
        indicator_id,
        process_id,
        org_unit_id,
        period_start,
        period_end,
        percentile_cont(0.5) within group (order by estimate) as value,
        max(n) as n,
        max(
            case
                when n >= 6 and place = greatest(1, floor((n - 1.96 * sqrt(n)) / 2)) then estimate
                else null
            end
        ) as ci_low,
        max(
            case
                when n >= 6 and place = n + 1 - greatest(1, floor((n - 1.96 * sqrt(n)) / 2))
                    then estimate
                else null
            end
        ) as ci_high
    from ranked
    group by
        indicator_id,
        process_id,
        org_unit_id,
        period_start,
        period_end

)

select * from final

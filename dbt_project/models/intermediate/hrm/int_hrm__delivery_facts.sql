{#- what the gate found in deliveries of a ministry; a row may break several rules of a kind -#}
with deliveries as (

    select * from {{ source('build', 'deliveries') }}

),

results as (

    select * from {{ source('build', 'rule_results') }}

),

ministries as (

    select distinct ministry_id from {{ ref('int_org__unit_ministries') }}

),

found as (

    select
        delivery_id,
        sum(case when code = 'E-303' then failed else 0 end) as unmapped,
        sum(case when code = 'I-390' then failed else 0 end) as excluded,
        sum(
            case
                when code in ('E-310', 'E-311') or rule = 'pinfl_check_digit' then failed
                else 0
            end
        ) as malformed,
        sum(case when code = 'E-314' then failed else 0 end) as contradicted,
        max(case when rule = 'pinfl.valid' then 1 else 0 end) = 1 as has_pinfl
    from results
    group by delivery_id

),

-- a delivery stands for the month that it is about, at the latest that of the build
dated as (

    select
        'all' as scope,
        cast(
            date_trunc(
                'month', least(coalesce(deliveries.period, deliveries.known_from), run.as_of)
            ) as date
        ) as period_start,
        ministries.ministry_id as org_unit_id,
        deliveries.kind,
        -- a total or a remark below the table is no row of it
        deliveries.read - coalesce(found.excluded, 0) as delivered,
        least(coalesce(found.unmapped, 0), deliveries.read) as unmapped,
        least(coalesce(found.malformed, 0), deliveries.read) as malformed,
        least(coalesce(found.contradicted, 0), deliveries.read) as contradicted,
        -- where persons have another id there is no personal number to be right or wrong
        coalesce(found.has_pinfl, true) as has_pinfl
    from deliveries
    cross join {{ source('build', 'run') }} as run
    inner join ministries on deliveries.organisation = ministries.ministry_id
    left join found on deliveries.delivery_id = found.delivery_id
    where deliveries.read > 0

),

described as (

    select
        *,
    {% for dimension in fact_dimensions() -%}
        'unknown' as {{ dimension }}{{ ',' if not loop.last }}
    {% endfor %}
    from dated

),

final as (

    {{ facts('described', {
        'rows_delivered': 'sum(delivered)',
        'rows_unmapped': 'sum(unmapped)',
    }) }}

    union all

    {{ facts('described', {
        'personnel_rows': 'sum(delivered)',
        'personnel_rows_with_pinfl': 'sum(delivered - malformed)',
        'personnel_rows_agreeing': 'sum(delivered - malformed - contradicted)',
    }, "kind = 'personnel' and has_pinfl") }}

)

select * from final

with measures as (

    select *
    from {{ ref('measures') }}
    where made_from is not null

),

given as (

    select * from {{ ref('int_hrm__sums') }}

    union all

    select * from {{ ref('int_hrm__distinct_persons') }}

),

-- what is made from others: person-years, average headcount and days themselves from person-days
final as (

    select
        measure_id,
        org_view,
        org_unit_id,
        period_kind,
        period_start,
        period_end,
        dimension_1,
        category_1,
        dimension_2,
        category_2,
        cast(amount as double) as amount
    from given

    union all

    select
        measures.measure_id,
        given.org_view,
        given.org_unit_id,
        given.period_kind,
        given.period_start,
        given.period_end,
        given.dimension_1,
        given.category_1,
        given.dimension_2,
        given.category_2,
        case
            when measures.measure_id = 'days' then given.days_in_period
            when measures.measure_id = 'age_years' then cast(given.amount as double) / 12.0
            when measures.measure_id like 'person_years%' then cast(given.amount as double) / 365.0
            else cast(given.amount as double) / nullif(given.days_in_period, 0)
        end as amount
    from given
    inner join measures on given.measure_id = measures.made_from

    union all

    select * from {{ ref('int_hrm__pay_dominance') }}

)

select * from final

with measures as (

    {{ numbered_measures() }}

),

scopes as (

    select *
    from {{ ref('int_org__scope_periods') }}
    where scope_period_id = figures_id

),

breakdowns as (

    select * from {{ ref('int_hrm__breakdowns') }}

),

-- what is counted for each period by itself
counted as (

    select
        measures.measure_no,
        scopes.scope_period_id,
        breakdowns.breakdown_id,
        cast(given.amount as decimal(38, 12)) as amount
    from {{ ref('int_hrm__distinct_persons') }} as given
    inner join measures on given.measure_id = measures.measure_id
    {{ numbered_cells('given') }}

),

given as (

    select * from {{ ref('int_hrm__sums') }}

    union all

    select * from counted

),

-- what is made from others: person-years, average headcount and days themselves from person-days
final as (

    select
        measure_no,
        scope_period_id,
        breakdown_id,
        cast(amount as double) as amount
    from given

    union all

    select
        measures.measure_no,
        given.scope_period_id,
        given.breakdown_id,
        case
            when measures.measure_id = 'days' then scopes.days_in_period
            when measures.measure_id = 'age_years' then cast(given.amount as double) / 12.0
            when measures.measure_id like 'person_years%' then cast(given.amount as double) / 365.0
            else cast(given.amount as double) / nullif(scopes.days_in_period, 0)
        end as amount
    from given
    inner join measures on given.measure_no = measures.made_from_no
    inner join scopes on given.scope_period_id = scopes.scope_period_id

    union all

    select
        measures.measure_no,
        scopes.scope_period_id,
        breakdowns.breakdown_id,
        given.amount
    from {{ ref('int_hrm__pay_dominance') }} as given
    inner join measures on given.measure_id = measures.measure_id
    {{ numbered_cells('given') }}

)

select * from final

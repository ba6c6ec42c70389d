with months as (

    select * from {{ ref('int_org__months') }}

),

waves as (

    select * from {{ ref('survey_indices') }}

),

processes as (

    select * from {{ ref('bpr_metrics') }}

),

final as (

    select
        'month' as period_kind,
        period_start,
        period_end,
        cast(days_in_period as integer) as days,
        cast(extract(year from period_start) as integer) as calendar_year,
        cast(extract(month from period_start) as integer) as calendar_month,
        is_provisional
    from months
    where is_reported

    union distinct

    select
        period_kind,
        period_start,
        period_end,
        cast({{ days_between('period_start', 'period_end') }} + 1 as integer) as days,
        cast(extract(year from period_end) as integer) as calendar_year,
        cast(extract(month from period_end) as integer) as calendar_month,
        false as is_provisional
    from (
        select
            period_kind,
            period_start,
            period_end
        from waves

        union distinct

        select
            period_kind,
            period_start,
            period_end
        from processes
    ) as spans

)

select * from final

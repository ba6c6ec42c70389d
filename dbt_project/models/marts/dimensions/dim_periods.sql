with periods as (

    select distinct
        period_kind,
        period_start,
        period_end,
        days_in_period,
        is_provisional
    from {{ ref('int_org__periods') }}

),

waves as (

    select * from {{ ref('survey_indices') }}

),

processes as (

    select * from {{ ref('bpr_metrics') }}

),

final as (

    select
        period_kind,
        period_start,
        period_end,
        days_in_period as days,
        cast(extract(year from period_end) as integer) as calendar_year,
        cast(extract(month from period_end) as integer) as calendar_month,
        is_provisional
    from periods

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

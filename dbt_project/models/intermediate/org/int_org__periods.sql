with months as (

    select * from {{ ref('int_org__months') }}

),

run as (

    select * from {{ source('build', 'run') }}

),

kinds as (

    select 'month' as period_kind
    union all
    select 'quarter' as period_kind
    union all
    select 'year' as period_kind
    union all
    select 'r12' as period_kind
    union all
    select 'ytd' as period_kind

),

-- each period is named by the month it ends with
spans as (

    select
        kinds.period_kind,
        months.period_start as last_month,
        months.period_end,
        months.is_provisional,
        cast(
            case kinds.period_kind
                when 'month' then months.period_start
                when 'quarter' then date_trunc('quarter', months.period_start)
                when 'r12' then {{ add_months('months.period_start', -11) }}
                else date_trunc('year', months.period_start)
            end as date
        ) as period_start,
        run.as_of
    from months
    cross join kinds
    cross join run
    where months.is_reported

),

-- a quarter or year in progress ends with the month of as_of
wanted as (

    select *
    from spans
    where
        period_kind in ('month', 'r12', 'ytd')
        or (period_kind = 'quarter' and extract(month from last_month) in (3, 6, 9, 12))
        or (period_kind = 'year' and extract(month from last_month) = 12)
        or last_month = cast(date_trunc('month', as_of) as date)

),

members as (

    select
        wanted.period_kind,
        wanted.period_start,
        wanted.period_end,
        wanted.last_month,
        wanted.is_provisional
        or (
            wanted.period_kind = 'quarter'
            and extract(month from wanted.last_month) not in (3, 6, 9, 12)
        )
        or (wanted.period_kind = 'year' and extract(month from wanted.last_month) <> 12)
            as is_provisional,
        months.period_start as month_start,
        months.period_start = wanted.last_month as is_last,
        sum(months.days_in_period) over (
            partition by wanted.period_kind, wanted.period_start, wanted.period_end
        ) as days_in_period,
        min(months.period_start) over (
            partition by wanted.period_kind, wanted.period_start, wanted.period_end
        ) as first_month
    from wanted
    inner join months
        on
            wanted.period_start <= months.period_start
            and wanted.last_month >= months.period_start
    where months.is_reported

),

-- a period of which months are missing is none
final as (

    select
        period_kind,
        period_start,
        period_end,
        month_start,
        cast(days_in_period as integer) as days_in_period,
        is_last,
        is_provisional
    from members
    where first_month = period_start

)

select * from final

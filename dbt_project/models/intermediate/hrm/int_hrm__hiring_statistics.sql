{#- of whom fewer were selected, nothing is said about either sex -#}
{% set least = 5 %}

with competitions as (

    select * from {{ ref('int_hrm__competitions') }}

),

periods as (

    select * from {{ ref('int_org__periods') }}

),

-- how long each competition took, or has been open on the day of the build
followed as (

    select
        'all' as scope,
        cast(date_trunc('month', competitions.opened_date) as date) as period_start,
        competitions.org_unit_id,
        {{ days_between(
            'competitions.opened_date', 'coalesce(competitions.filled_date, run.as_of)'
        ) }} as days,
        case when competitions.filled_date is null then 0 else 1 end as is_filled
    from competitions
    cross join {{ source('build', 'run') }} as run
    where
        competitions.is_last
        and competitions.is_competition

),

placed_followed as (

    {{ placed('followed') }}

),

-- Kaplan-Meier: of those still open on a day, how many were filled on it
by_day as (

    select
        placed.org_view,
        placed.ancestor_id as org_unit_id,
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        placed.days,
        count(*) as ended,
        sum(placed.is_filled) as filled
    from placed_followed as placed
    inner join periods on placed.period_start = periods.month_start
    group by
        placed.org_view,
        placed.ancestor_id,
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        placed.days

),

at_risk as (

    select
        *,
        sum(ended) over (
            partition by org_view, org_unit_id, period_kind, period_start, period_end
            order by days desc
            rows between unbounded preceding and current row
        ) as still_open,
        sum(ended) over (
            partition by org_view, org_unit_id, period_kind, period_start, period_end
        ) as n
    from by_day

),

survived as (

    select
        *,
        exp(
            sum(
                case
                    when filled = still_open then -1000
                    else ln(1 - filled / cast(still_open as double))
                end
            ) over (
                partition by org_view, org_unit_id, period_kind, period_start, period_end
                order by days
                rows between unbounded preceding and current row
            )
        ) as unfilled
    from at_risk

),

times as (

    select
        org_view,
        org_unit_id,
        period_kind,
        period_start,
        period_end,
        min(case when unfilled <= 0.5 + 1e-9 then days else null end) as p50,
        min(case when unfilled <= 0.1 + 1e-9 then days else null end) as p90,
        max(n) as n
    from survived
    group by
        org_view,
        org_unit_id,
        period_kind,
        period_start,
        period_end

),

ends as (

    select
        chain_id,
        org_unit_id,
        closed_date
    from competitions
    where
        is_last
        and is_competition
        and closed_date is not null

),

applicants as (

    select
        'all' as scope,
        cast(date_trunc('month', ends.closed_date) as date) as period_start,
        ends.org_unit_id,
        applied.sex,
        case when applied.selected then 1 else 0 end as is_selected
    from {{ ref('stg_applications__applications') }} as applied
    inner join competitions on applied.vacancy_id = competitions.vacancy_id
    inner join ends on competitions.chain_id = ends.chain_id
    where applied.sex in ('female', 'male')

),

placed_applicants as (

    {{ placed('applicants') }}

),

chances as (

    select
        placed.org_view,
        placed.ancestor_id as org_unit_id,
        periods.period_kind,
        periods.period_start,
        periods.period_end,
    {% for sex in ('female', 'male') -%}
        cast(count(case when placed.sex = '{{ sex }}' then 1 else null end) as double)
            as {{ sex }}_applied,
        coalesce(sum(case when placed.sex = '{{ sex }}' then placed.is_selected else 0 end), 0)
            as {{ sex }}_selected{{ ',' if not loop.last }}
    {% endfor %}
    from placed_applicants as placed
    inner join periods on placed.period_start = periods.month_start
    group by
        placed.org_view,
        placed.ancestor_id,
        periods.period_kind,
        periods.period_start,
        periods.period_end

),

named as (

    {% for name, column in {'time_to_fill_median': 'p50', 'time_to_fill_p90': 'p90'}.items() -%}
        select
            '{{ name }}' as measure_id,
            org_view,
            org_unit_id,
            period_kind,
            period_start,
            period_end,
            cast({{ column }} as double) as amount,
            n
        from times

        union all

    {% endfor -%}
    select
        'selection_parity_ratio' as measure_id,
        org_view,
        org_unit_id,
        period_kind,
        period_start,
        period_end,
        case
            when female_selected >= {{ least }} and male_selected >= {{ least }}
                then (female_selected / female_applied) / (male_selected / male_applied)
            else null
        end as amount,
        female_selected + male_selected as n
    from chances

),

final as (

    select
        measure_id,
        org_view,
        org_unit_id,
        period_kind,
        period_start,
        period_end,
        'all' as dimension_1,
        'all' as category_1,
        'all' as dimension_2,
        'all' as category_2,
        amount,
        n
    from named

)

select * from final

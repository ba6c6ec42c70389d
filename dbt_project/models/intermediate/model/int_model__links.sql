with links as (

    select * from {{ ref('link_kinds') }}

),

measures as (

    select * from {{ ref('int_model__link_measures') }}

),

thresholds as (

    select
        max(case when rule = 'base_min' and family = 'headcount' then amount end) as headcount_min,
        max(case when rule = 'base_min' and family = 'survey' then amount end) as survey_min,
        max(case when rule = 'dominance' and name = 'pay_per_fte' then amount end)
            as largest_share_max
    from {{ source('build', 'disclosure') }}

),

cards as (

    select * from {{ ref('indicators') }}

),

-- what registers and surveys say of the persons of a unit, as far as the release would show it
figures as (

    select
        figures.indicator_id,
        figures.org_unit_id,
        figures.category_1,
        'hrm_indicators' as source_table,
        figures.value,
        figures.unit,
        figures.n,
        figures.period_start,
        figures.period_end
    from {{ ref('hrm_indicators') }} as figures
    inner join cards on figures.indicator_id = cards.indicator_id
    cross join thresholds
    where
        figures.org_view = 'as_was'
        and figures.value is not null
        and figures.n >= greatest(thresholds.headcount_min, coalesce(cards.n_min, 0))
        and (
            (
                figures.indicator_id = 'vacancy_rate'
                and figures.period_kind = 'month'
                and figures.category_1 = 'all'
            )
            or (
                figures.indicator_id = 'pay_per_fte'
                and figures.period_kind = 'r12'
                and figures.dimension_1 = 'position_category'
                and figures.dimension_2 = 'all'
                and figures.largest_share <= thresholds.largest_share_max
            )
        )

    union all

    select
        estimates.measure_id as indicator_id,
        estimates.org_unit_id,
        'all' as category_1,
        'survey_estimates' as source_table,
        estimates.value,
        estimates.unit,
        estimates.n,
        estimates.period_start,
        estimates.period_end
    from {{ ref('survey_estimates') }} as estimates
    cross join thresholds
    where
        estimates.measure_id in ('engagement', 'red_tape')
        and estimates.measure_kind = 'scale'
        and estimates.org_view = 'as_was'
        and estimates.category_1 = 'all'
        and estimates.value is not null
        and estimates.n >= thresholds.survey_min

),

parameters as (

    select
        max(case when parameter = 'model_evidence_months' then value end) as evidence_months,
        max(case when parameter = 'annual_work_hours' then value end) as year_hours
    from {{ ref('parameters') }}

),

-- the newest figure that is not older than an assessment allows
ranked as (

    select
        links.link_id,
        links.expected_sign,
        measures.org_unit_id,
        measures.process_id,
        measures.category_1,
        measures.measure_id,
        measures.source_table as measure_table,
        measures.value as measure_value,
        measures.unit as measure_unit,
        measures.n as measure_n,
        measures.period_start,
        measures.period_end,
        figures.indicator_id,
        figures.source_table,
        figures.value,
        figures.unit,
        figures.n,
        figures.period_start as figure_start,
        figures.period_end as figure_end,
        case
            when links.link_id = 'cost_by_grade'
                then measures.value * figures.value / parameters.year_hours
        end as cost_year_uzs,
        row_number() over (
            partition by
                links.link_id, measures.measure_id, measures.org_unit_id, measures.process_id,
                measures.category_1, measures.source_table, measures.period_end
            order by figures.period_end desc
        ) as place
    from links
    cross join parameters
    inner join measures on links.measure_id = measures.measure_id
    inner join figures
        on
            links.indicator_id = figures.indicator_id
            and measures.org_unit_id = figures.org_unit_id
            and measures.category_1 = figures.category_1
            and measures.period_end >= figures.period_end
            and figures.period_end
            >= {{ add_months('measures.period_end', '-parameters.evidence_months') }}

),

final as (

    select
        link_id,
        expected_sign,
        org_unit_id,
        process_id,
        category_1,
        measure_id,
        measure_table,
        measure_value,
        measure_unit,
        measure_n,
        period_start,
        period_end,
        indicator_id,
        source_table,
        value,
        unit,
        n,
        figure_start,
        figure_end,
        cost_year_uzs
    from ranked
    where place = 1

)

select * from final

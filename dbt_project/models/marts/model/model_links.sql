with pairs as (

    select * from {{ ref('int_model__links') }}

),

links as (

    select
        link_id,
        max(name_uz) as name_uz,
        max(name_ru) as name_ru,
        max(name_en) as name_en,
        max(name_ko) as name_ko
    from {{ ref('link_kinds') }}
    group by link_id

),

units as (

    select
        org_unit_id,
        max(ministry_id) as ministry_id
    from {{ ref('stg_org__units') }}
    where level not in ('service', 'ministry')
    group by org_unit_id

),

-- units of a ministry in the order of both sides: how many lie below less how many lie above
ranked as (

    select
        units.ministry_id,
        pairs.*,
        rank() over (compared order by pairs.measure_value)
        - rank() over (compared order by pairs.measure_value desc) as measure_rank,
        rank() over (compared order by pairs.value)
        - rank() over (compared order by pairs.value desc) as value_rank
    from pairs
    inner join units on pairs.org_unit_id = units.org_unit_id
    where pairs.category_1 = 'all'
    window compared as (
        partition by
            units.ministry_id, pairs.link_id, pairs.process_id, pairs.measure_id,
            pairs.measure_table, pairs.period_end
    )

),

-- over which units both sides go together; three points are always nearly in line
associations as (

    select
        ministry_id as org_unit_id,
        link_id,
        process_id,
        measure_id,
        measure_table,
        indicator_id,
        source_table,
        expected_sign,
        min(period_start) as period_start,
        period_end,
        min(figure_start) as figure_start,
        max(figure_end) as figure_end,
        count(*) as units,
        min(least(measure_n, n)) as least_n,
        min(value_rank) < max(value_rank) and min(measure_rank) < max(measure_rank) as both_vary,
        corr(measure_rank, value_rank) as rank_correlation
    from ranked
    group by
        ministry_id,
        link_id,
        process_id,
        measure_id,
        measure_table,
        indicator_id,
        source_table,
        expected_sign,
        period_end

),

rows_of_both as (

    select
        'pair' as row_kind,
        link_id,
        org_unit_id,
        process_id,
        category_1,
        measure_id,
        measure_table,
        indicator_id,
        source_table,
        period_start,
        period_end,
        figure_start,
        figure_end,
        measure_value,
        measure_unit,
        measure_n,
        value,
        unit,
        n,
        cost_year_uzs,
        cast(null as bigint) as units,
        cast(null as double) as rank_correlation,
        cast(null as varchar) as verdict,
        least(measure_n, n) as least_n
    from pairs

    union all

    select
        'association' as row_kind,
        link_id,
        org_unit_id,
        process_id,
        'all' as category_1,
        measure_id,
        measure_table,
        indicator_id,
        source_table,
        period_start,
        period_end,
        figure_start,
        figure_end,
        cast(null as double) as measure_value,
        cast(null as varchar) as measure_unit,
        cast(null as bigint) as measure_n,
        cast(null as double) as value,
        cast(null as varchar) as unit,
        cast(null as bigint) as n,
        cast(null as double) as cost_year_uzs,
        units,
        case when both_vary and units >= 5 then rank_correlation end as rank_correlation,
        case
            when units < 10 or not both_vary then 'not_judged'
            when abs(rank_correlation) < 0.3 then 'no_link'
            when expected_sign is null then 'linked'
            when sign(rank_correlation) = expected_sign then 'as_expected'
            else 'contrary'
        end as verdict,
        least_n
    from associations

),

final as (

    select
        rows_of_both.row_kind,
        rows_of_both.link_id,
        rows_of_both.org_unit_id,
        rows_of_both.process_id,
        case when rows_of_both.category_1 = 'all' then 'all' else 'position_category' end
            as dimension_1,
        rows_of_both.category_1,
        'wave' as period_kind,
        rows_of_both.period_start,
        rows_of_both.period_end,
        rows_of_both.measure_id,
        rows_of_both.measure_table,
        rows_of_both.measure_value,
        rows_of_both.measure_unit,
        cast(rows_of_both.measure_n as bigint) as measure_n,
        rows_of_both.indicator_id,
        rows_of_both.source_table,
        rows_of_both.value,
        rows_of_both.unit,
        cast(rows_of_both.n as bigint) as n,
        rows_of_both.figure_start,
        rows_of_both.figure_end,
        rows_of_both.cost_year_uzs,
        rows_of_both.units,
        rows_of_both.rank_correlation,
        rows_of_both.verdict,
        links.name_uz,
        links.name_ru,
        links.name_en,
        links.name_ko,
        cast(rows_of_both.least_n as bigint) as least_n,
        'F' as conf_status
    from rows_of_both
    inner join links on rows_of_both.link_id = links.link_id

)

select * from final

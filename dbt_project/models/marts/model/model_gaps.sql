with gaps as (

    select * from {{ ref('int_model__gaps') }}

),

final as (

    select
        org_unit_id,
        'r12' as period_kind,
        cast({{ add_days(add_months('assessed_on', '-12'), 1) }} as date) as period_start,
        assessed_on as period_end,
        indicator_id,
        reference,
        reference_year,
        comparability,
        benchmark_kind,
        score_family,
        direction,
        value,
        reference_value,
        gap_raw,
        unit,
        score,
        reference_score,
        gap_score,
        share_of_gap_closed,
        population,
        definition,
        source,
        source_url,
        basis,
        note,
        retrieved_on,
        source_table,
        figure_start,
        figure_end,
        least_n,
        'F' as conf_status
    from gaps

)

select * from final

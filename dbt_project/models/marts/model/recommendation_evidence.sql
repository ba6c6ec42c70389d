with evidence as (

    select * from {{ ref('int_model__recommendations') }}

),

final as (

    select
        org_unit_id,
        assessed_on as period_end,
        rule_id,
        subject as process_id,
        measure_id as indicator_id,
        comparison,
        threshold,
        value,
        unit,
        ci_low,
        ci_high,
        source_table,
        figure_start,
        figure_end,
        evidence_level,
        coalesce(least_n, 0) as least_n,
        'F' as conf_status
    from evidence

)

select * from final

with measured as (

    select * from {{ ref('int_bpr__metric_rows') }}

),

cards as (

    select * from {{ ref('indicators') }}

),

final as (

    select
        measured.indicator_id,
        cards.method_version,
        measured.process_id,
        measured.step_id,
        measured.evidence_source,
        measured.org_unit_id,
        'as_was' as org_view,
        case
            when measured.evidence_source in ('log', 'model') then measured.evidence_source
            else 'wave'
        end as period_kind,
        measured.period_start,
        measured.period_end,
        measured.dimension_1,
        measured.category_1,
        'all' as dimension_2,
        'all' as category_2,
        measured.numerator,
        measured.denominator,
        measured.value,
        measured.unit,
        measured.n,
        measured.ci_low,
        measured.ci_high,
        measured.evidence_level,
        case when measured.value is null then 'O' else 'A' end as obs_status,
        'F' as conf_status
    from measured
    inner join cards on measured.indicator_id = cards.indicator_id

)

select * from final

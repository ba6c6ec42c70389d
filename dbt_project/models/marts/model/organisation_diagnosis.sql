-- six-box, CAF, workload and the other surveys of one organisation side by side, through one lens
with lens as (

    select * from {{ ref('diagnosis_lens') }}

),

factors as (

    select * from {{ ref('burke_litwin') }}

),

scales as (

    select
        instrument_id,
        index_id as measure_id,
        max(name_uz) as name_uz,
        max(name_ru) as name_ru,
        max(name_en) as name_en,
        max(name_ko) as name_ko
    from {{ source('build', 'codebook_indices') }}
    group by instrument_id, index_id

    union all

    select
        instrument_id,
        item_id as measure_id,
        max(text_uz) as name_uz,
        max(text_ru) as name_ru,
        max(text_en) as name_en,
        max(text_ko) as name_ko
    from {{ source('build', 'codebook_items') }}
    group by instrument_id, item_id

),

-- a scale and an item of one name are one measure
domains as (

    select
        instrument_id,
        measure_id,
        max(domain_id) as domain_id
    from {{ ref('model_inputs') }}
    where source = 'survey'
    group by instrument_id, measure_id

),

measured as (

    select
        instrument_id,
        instrument_version,
        wave_id,
        measure_id,
        score_family,
        org_unit_id,
        period_start,
        period_end,
        value,
        unit,
        n,
        ci_low,
        ci_high,
        'survey_estimates' as source_table
    from {{ ref('survey_estimates') }}
    where
        org_view = 'as_was'
        and category_1 = 'all'
        and value is not null

    union all

    select
        instrument_id,
        '1' as instrument_version,
        wave_id,
        'fte_per_person' as measure_id,
        '' as score_family,
        org_unit_id,
        period_start,
        period_end,
        fte_per_person as value,
        'ratio' as unit,
        n,
        cast(null as double) as ci_low,
        cast(null as double) as ci_high,
        'diagnosis_workload' as source_table
    from {{ ref('diagnosis_workload') }}
    where
        org_view = 'as_was'
        and category_1 = 'all'
        and fte_per_person is not null

),

-- six boxes: the middle is 50, and an interval beyond it says something; CAF: the panels of its
-- guideline, plan to PDCA; workload: a tenth more or less work than persons
final as (

    select
        measured.org_unit_id,
        measured.instrument_id,
        measured.instrument_version,
        measured.wave_id,
        'wave' as period_kind,
        measured.period_start,
        measured.period_end,
        measured.measure_id,
        measured.score_family,
        lens.factor,
        factors.kind as factor_kind,
        domains.domain_id,
        measured.value,
        measured.unit,
        measured.n,
        measured.ci_low,
        measured.ci_high,
        case
            when measured.instrument_id = 'sixbox' and measured.ci_high < 50 then 'problem'
            when measured.instrument_id = 'sixbox' and measured.ci_low > 50 then 'strength'
            when measured.instrument_id = 'sixbox' then 'neutral'
            when measured.instrument_id like 'caf2020%' and measured.value <= 10 then 'none'
            when measured.instrument_id like 'caf2020%' and measured.value <= 30 then 'plan'
            when measured.instrument_id like 'caf2020%' and measured.value <= 50 then 'do'
            when measured.instrument_id like 'caf2020%' and measured.value <= 70 then 'check'
            when measured.instrument_id like 'caf2020%' and measured.value <= 90 then 'act'
            when measured.instrument_id like 'caf2020%' then 'pdca'
            when measured.measure_id = 'fte_per_person' and measured.value > 1.1 then 'overload'
            when measured.measure_id = 'fte_per_person' and measured.value < 0.9 then 'reserve'
            when measured.measure_id = 'fte_per_person' then 'balanced'
        end as band,
        measured.source_table,
        scales.name_uz,
        scales.name_ru,
        scales.name_en,
        scales.name_ko,
        factors.name_uz as factor_uz,
        factors.name_ru as factor_ru,
        factors.name_en as factor_en,
        factors.name_ko as factor_ko,
        'F' as conf_status
    from measured
    inner join lens
        on
            measured.instrument_id = lens.instrument_id
            and measured.measure_id = lens.measure_id
    inner join factors on lens.factor = factors.factor
    left join domains
        on
            measured.instrument_id = domains.instrument_id
            and measured.measure_id = domains.measure_id
    left join scales
        on
            measured.instrument_id = scales.instrument_id
            and measured.measure_id = scales.measure_id

)

select * from final

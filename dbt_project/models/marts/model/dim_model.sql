with inputs as (

    select * from {{ ref('model_inputs') }}

),

domains as (

    select * from {{ ref('model_domains') }}

),

levels as (

    select * from {{ ref('model_levels') }}

),

newest as (

    select
        *,
        row_number() over (partition by input_id order by goalpost_version desc) as place
    from {{ ref('model_goalposts') }}

),

gates as (

    select
        input_id,
        replace({{ ordered_text(
            "'level ' || level || ' ' || replace(comparison, '_', ' ') || ' ' || threshold",
            'level * 10 + threshold'
        ) }}, '>', '; ') as gates
    from {{ ref('model_gates') }}
    group by input_id

),

cards as (

    select
        indicator_id,
        name_uz,
        name_ru,
        name_en,
        name_ko
    from {{ ref('indicators') }}

),

questions as (

    select
        instrument_id,
        item_id,
        max(text_uz) as name_uz,
        max(text_ru) as name_ru,
        max(text_en) as name_en,
        max(text_ko) as name_ko
    from {{ source('build', 'codebook_items') }}
    group by instrument_id, item_id

),

scales as (

    select
        instrument_id,
        index_id,
        max(name_uz) as name_uz,
        max(name_ru) as name_ru,
        max(name_en) as name_en,
        max(name_ko) as name_ko
    from {{ source('build', 'codebook_indices') }}
    group by instrument_id, index_id

),

final as (

    select
        'domain' as row_kind,
        domain_id,
        'all' as input_id,
        cast(null as varchar) as part,
        weight,
        name_uz,
        name_ru,
        name_en,
        name_ko,
        cast(null as varchar) as meaning_uz,
        cast(null as varchar) as meaning_ru,
        cast(null as varchar) as meaning_en,
        cast(null as varchar) as meaning_ko,
        cast(null as varchar) as direction,
        cast(null as varchar) as goalposts,
        cast(null as varchar) as scale,
        cast(null as integer) as goalpost_version,
        cast(null as varchar) as gates,
        cast(null as varchar) as definition_source
    from domains

    union all

    select
        'level' as row_kind,
        'all' as domain_id,
        cast(level as varchar) as input_id,
        cast(null as varchar) as part,
        score_from as weight,
        name_uz,
        name_ru,
        name_en,
        name_ko,
        meaning_uz,
        meaning_ru,
        meaning_en,
        meaning_ko,
        cast(null as varchar) as direction,
        cast(null as varchar) as goalposts,
        cast(null as varchar) as scale,
        cast(null as integer) as goalpost_version,
        cast(null as varchar) as gates,
        cast(null as varchar) as definition_source
    from levels

    union all

    select
        'input' as row_kind,
        inputs.domain_id,
        inputs.input_id,
        inputs.part,
        inputs.weight,
        coalesce(cards.name_uz, scales.name_uz, questions.name_uz) as name_uz,
        coalesce(cards.name_ru, scales.name_ru, questions.name_ru) as name_ru,
        coalesce(cards.name_en, scales.name_en, questions.name_en) as name_en,
        coalesce(cards.name_ko, scales.name_ko, questions.name_ko) as name_ko,
        cast(null as varchar) as meaning_uz,
        cast(null as varchar) as meaning_ru,
        cast(null as varchar) as meaning_en,
        cast(null as varchar) as meaning_ko,
        newest.direction,
        newest.points as goalposts,
        newest.scale,
        newest.goalpost_version,
        gates.gates,
        newest.definition_source
    from inputs
    left join newest on inputs.input_id = newest.input_id and newest.place = 1
    left join gates on inputs.input_id = gates.input_id
    left join cards on inputs.source = 'hrm' and inputs.measure_id = cards.indicator_id
    left join scales
        on inputs.instrument_id = scales.instrument_id and inputs.measure_id = scales.index_id
    left join questions
        on inputs.instrument_id = questions.instrument_id and inputs.measure_id = questions.item_id

)

select * from final

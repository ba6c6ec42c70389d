with inputs as (

    select * from {{ ref('model_inputs') }}

),

levels as (

    select
        *,
        cast(level as varchar) as input_id
    from {{ ref('model_levels') }}

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

-- cards, scales and questions name what an input is measured by
names as (

    select
        '' as instrument_id,
        indicator_id as measure_id,
        name_uz,
        name_ru,
        name_en,
        name_ko
    from {{ ref('indicators') }}

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

    union all

    select
        instrument_id,
        index_id as measure_id,
        max(name_uz) as name_uz,
        max(name_ru) as name_ru,
        max(name_en) as name_en,
        max(name_ko) as name_ko
    from {{ source('build', 'codebook_indices') }}
    group by instrument_id, index_id

),

named as (

    select
        'domain' as row_kind,
        domain_id,
        'all' as input_id,
        weight,
        name_uz,
        name_ru,
        name_en,
        name_ko
    from {{ ref('model_domains') }}

    union all

    select
        'level' as row_kind,
        'all' as domain_id,
        input_id,
        score_from as weight,
        name_uz,
        name_ru,
        name_en,
        name_ko
    from levels

    union all

    select
        'input' as row_kind,
        inputs.domain_id,
        inputs.input_id,
        inputs.weight,
        names.name_uz,
        names.name_ru,
        names.name_en,
        names.name_ko
    from inputs
    left join names
        on
            coalesce(inputs.instrument_id, '') = names.instrument_id
            and inputs.measure_id = names.measure_id

),

final as (

    select
        named.row_kind,
        named.domain_id,
        named.input_id,
        inputs.part,
        named.weight,
        named.name_uz,
        named.name_ru,
        named.name_en,
        named.name_ko,
        levels.meaning_uz,
        levels.meaning_ru,
        levels.meaning_en,
        levels.meaning_ko,
        newest.direction,
        newest.points as goalposts,
        newest.scale,
        newest.goalpost_version,
        gates.gates,
        newest.basis,
        newest.definition_source
    from named
    left join inputs
        on
            named.row_kind = 'input'
            and named.input_id = inputs.input_id
    left join levels
        on
            named.row_kind = 'level'
            and named.input_id = levels.input_id
    left join newest
        on
            named.row_kind = 'input'
            and named.input_id = newest.input_id
            and newest.place = 1
    left join gates
        on
            named.row_kind = 'input'
            and named.input_id = gates.input_id

)

select * from final
